"""Brings into being what a file names for the first time, where its mapping says so."""

from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.text import slugify
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from departments.models import Department, User
from kpis.cells import NotRead, one_line
from kpis.mapping import Create, MappingInvalid
from kpis.models import Assignment, Kpi
from kpis.periods import FIRST_DAY, LAST_DAY
from kpis.reading import Problem, Reading, Row
from kpis.services.contracts import Understood, clashes
from kpis.services.known import Known, key


@dataclass
class Discovery:
    """What is new in a file. `refused` are codes whose definition cannot be taken."""

    departments: dict[str, str] = field(default_factory=dict)
    kpis: dict[str, Row] = field(default_factory=dict)
    since: dict[tuple[str, str], date] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    departments_created: int = 0
    kpis_created: int = 0


def bring_along(reading: Reading, known: Known, *, by: User | None, at: datetime) -> Discovery:
    """Create what the mapping lets the file create, and add it to what is known. Twice: nothing is new any more."""
    create = reading.mapping.create
    found = Discovery()
    for row in reading.rows():
        if not row.problems and not row.is_empty and FIRST_DAY <= row.date <= LAST_DAY:
            note(row, create, known, found)
    kpis = definitions(reading, known, found) if found.kpis else {}
    if create.departments and found.departments:
        found.departments_created = open_departments(list(found.departments.values()), create, known, by=by, at=at)
    new = [kpi for kpi in (owned(kpi, owner, known, found) for kpi, owner in kpis.values()) if kpi]
    for kpi in bulk_create_with_history(new, Kpi, default_user=by, default_date=at):
        known.kpis[kpi.code] = kpi
    found.kpis_created = len(new)
    assign(found, known, by=by, at=at)
    return found


def note(row: Row, create: Create, known: Known, found: Discovery):
    if create.departments and known.department(row.department) is None:
        found.departments.setdefault(key(row.department), one_line(row.department))
    if create.kpis is not None:
        if row.kpi not in known.kpis:
            found.kpis.setdefault(row.kpi, row)
        pair = (row.kpi, key(row.department))
        found.since[pair] = min(row.date, found.since.get(pair, row.date))


def definitions(reading: Reading, known: Known, found: Discovery) -> dict[str, tuple[Kpi, str]]:
    """The new KPIs, not yet saved, each with its owner's name; faults become problems."""
    kpis = {}
    for code, row in found.kpis.items():
        try:
            texts, columns = reading.definition(row)
        except NotRead as error:
            refuse(found, code, Problem(row.number, error.column, error.found, error.expected))
            continue
        understood = Understood(texts)
        faults = understood.faults
        kpi = Kpi(**understood.with_defaults())
        if kpi.is_formula:
            faults = {"over_time": "how recorded values combine; a formula is defined with its KPI"}
        for name, expected in (faults or clashes(kpi)).items():
            column = columns.get(name, row.layout["kpi"].column if name == "code" else f"create.kpis.{name}")
            refuse(found, code, Problem(row.number, column, texts.get(name, str(getattr(kpi, name))), expected))
        if code not in found.refused:
            kpis[code] = (kpi, texts["owner"])
            if reading.mapping.create.departments and known.department(texts["owner"]) is None:
                found.departments.setdefault(key(texts["owner"]), one_line(texts["owner"]))
    return kpis


def refuse(found: Discovery, code: str, problem: Problem):
    found.refused.add(code)
    found.problems.append(problem)


def owned(kpi: Kpi, owner: str, known: Known, found: Discovery) -> Kpi | None:
    row = found.kpis[kpi.code]
    kpi.owner = known.department(owner)
    if kpi.owner is None:
        column = row.layout["department"].column
        refuse(found, kpi.code, Problem(row.number, column, owner, known.a_department(owner)))
        return None
    return kpi


def open_departments(names: list[str], create: Create, known: Known, *, by: User | None, at: datetime) -> int:
    """Create departments, each below its parent or else the agency, which is created too where there is none."""
    root = next((each for each in known.departments.values() if each.parent_id is None), None)
    waiting = [] if root else [(create.root, None)]
    root_name = root.name if root else create.root
    parents = {key(child): parent for child, parent in create.parents.items()}
    while names:
        name = names.pop(0)
        if key(name) in {key(each) for each, _ in waiting} or known.department(name):
            continue
        parent = parents.get(key(name), root_name)
        waiting.append((name, parent))
        names.append(parent)
    opened = 0
    while waiting:
        ready = [(name, parent) for name, parent in waiting if parent is None or known.department(parent)]
        if not ready:
            raise MappingInvalid(f"create.parents goes round in a circle at {waiting[0][0]}.")
        waiting = [each for each in waiting if each not in ready]
        new = [department(name, parent, known, opened + place) for place, (name, parent) in enumerate(ready)]
        for each in bulk_create_with_history(new, Department, default_user=by, default_date=at):
            known.departments |= {key(each.slug): each, key(each.name): each}
        opened += len(new)
    return opened


def department(name: str, parent: str | None, known: Known, position: int) -> Department:
    if len(name) > 80:
        raise MappingInvalid(f"“{name[:40]}…” is too long for a department's name: at most 80 characters.")
    slug = base = slugify(name)[:55] or "department"
    number = 2
    while known.department(slug):
        slug, number = f"{base}-{number}", number + 1
    above = known.department(parent) if parent else None
    return Department(name=name, slug=slug, parent=above, position=position)


def assign(found: Discovery, known: Known, *, by: User | None, at: datetime):
    """Who has values in the file measures the KPI from the first of them on; what starts later is moved there."""
    new, moved = [], []
    for (code, name), first in found.since.items():
        kpi, department = known.kpis.get(code), known.departments.get(name)
        if kpi is None or department is None:
            continue
        first, _ = known.period(kpi, first)
        spans = known.assignments[kpi.pk, department.pk]
        if not spans:
            new.append(Assignment(kpi=kpi, department=department, starts_on=first))
            spans.append(new[-1])
        elif (earliest := min(spans, key=lambda span: span.starts_on)).starts_on > first:
            earliest.starts_on = first
            moved.append(earliest)
    bulk_create_with_history(new, Assignment, default_user=by, default_date=at)
    bulk_update_with_history(moved, Assignment, ["starts_on"], default_user=by, default_date=at)
