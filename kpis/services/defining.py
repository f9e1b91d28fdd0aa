"""Importing a file of KPI definitions: all of it or nothing, every cell that cannot be taken named."""

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from departments.models import Department, User
from kpis import sheets
from kpis.cells import A_VALUE, Fault, NotRead, in_words, one_line
from kpis.dates import parse_date
from kpis.formulas import FormulaInvalid, names, parse
from kpis.mapping import DEFINITION, MappingInvalid
from kpis.models import Assignment, Kpi, Observation
from kpis.numbers import A_BAND, parse_target
from kpis.reading import Problem
from kpis.selectors.definitions import COLUMNS, definitions
from kpis.services.contracts import Understood, clashes, words
from kpis.services.formulas import check_formula, formula_in_force, needed, one_at_a_time, record_formula
from kpis.services.known import Known
from kpis.services.rejections import Rejections
from kpis.services.targets import Aim, NeedsABand, goal_for, record_targets

ALSO_CALLED = {"owner": "department"}
AS_FORMULA = ("=", "+", "-", "@")  # an export puts an apostrophe before a text that starts so
SINCE_EVER = date(2000, 1, 1)  # assignments and targets start here unless the file says otherwise
KEPT_WITH_VALUES = [("recorded", "recorded"), ("over_time", "is_ratio"), ("over_time", "is_formula")]


@dataclass
class KpiReport(Rejections):
    """What an import of definitions did, or would do; `written` says which.

    `before` and `after` are the cells of what the file speaks of, by code and column; a new KPI has none before.
    """

    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    targets: int = 0
    written: bool = False
    before: dict[str, dict[str, str]] = field(default_factory=dict)
    after: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass
class Definition:
    """A row of the file, understood: the KPI as it is to be, who measures it from when, and what it should be."""

    kpi: Kpi
    changes: set[str]
    measured_by: list[Department]
    starts_on: date
    target: object
    formula: str
    formula_from: date | None


def import_kpis(
    source: Path,
    *,
    by: User | None,
    at: datetime,
    dry_run: bool = False,
    skip_rejected: bool = False,
    most_rows: int | None = None,
) -> KpiReport:
    """Create and change KPIs as a file says, in one transaction: nothing where a row is rejected, unless skipped.

    An empty cell, or a column that is not there, leaves a KPI that exists as it is. Departments are added to those that
    measure it, never taken away. Safe to run twice: the second time all is unchanged.
    Raises UnreadableFile or MappingInvalid where the file is no table of definitions, or has more rows than it may.
    """
    report, on = KpiReport(), timezone.localdate(at)
    with transaction.atomic():
        run = Definitions(report, on=on)
        table = sheets.read(Path(source))
        found = []
        for texts in rows(table):
            if most_rows and report.rows >= most_rows:
                raise MappingInvalid(f"{table.name} has more than {most_rows:,} rows: split it.")
            if definition := run.definition(*texts):
                found.append(definition)
        found = run.with_formulas_that_hold(found)
        spoken_of = Kpi.objects.filter(code__in=[each.kpi.code for each in found])
        report.before = definitions(spoken_of, on=on)
        run.write(found, by=by, at=at)
        report.after = definitions(spoken_of, on=on)
        report.written = not dry_run and (skip_rejected or not report.rejected)
        transaction.set_rollback(not report.written)
    return report


def rows(table: sheets.Table):
    """(number, cells by column) of every row that has something in it."""
    heads = None
    for number, cells in table.rows:
        texts = [one_line(in_words(cell)) for cell in cells]
        if heads is None and any(texts):
            heads = [ALSO_CALLED.get(text.casefold(), text.casefold()) for text in texts]
            refuse_heads(heads, table.name)
        elif any(texts):
            yield number, dict.fromkeys(heads) | dict(zip(heads, cells, strict=False)), texts[len(heads) :]
    if heads is None:
        raise MappingInvalid(f"{table.name} has no row with the names of its columns.")


def refuse_heads(heads: list[str], name: str):
    known = f"Known are {', '.join(COLUMNS)}."
    if "code" not in heads:
        raise MappingInvalid(f"{name} has no column code. {known}")
    if odd := [head for head in heads if head and (head not in COLUMNS or heads.count(head) > 1)]:
        raise MappingInvalid(
            f"{name} has columns that are not known, or twice: {', '.join(dict.fromkeys(odd))}. {known}"
        )


class Definitions:
    """One import: what is known, and what has been found so far."""

    def __init__(self, report: KpiReport, *, on: date):
        self.report, self.known, self.on = report, Known(), on
        self.with_formula: set[int] = set()
        recorded = Kpi.objects.filter(Exists(Observation.objects.filter(kpi=OuterRef("pk"))))
        self.with_values = set(recorded.values_list("code", flat=True))
        self.rows: dict[str, int] = {}

    def definition(self, number: int, cells: dict, beyond: list[str]) -> Definition | None:
        self.report.rows += 1
        texts = {head: as_written(head, cell) for head, cell in cells.items()}
        faults = {head: A_VALUE for head, cell in cells.items() if isinstance(cell, Fault)}
        faults |= {f"column {len(cells) + 1}": "nothing: the head has no such column"} if any(beyond) else {}
        if texts.get("formula"):
            texts["over_time"] = texts.get("over_time") or "formula"
        understood = Understood(texts)
        faults |= understood.faults
        owner = self.owner(texts, faults)
        measured_by = self.measured_by(texts, owner, faults)
        starts_on = read(
            "starts_on", faults, lambda: parse_date(cells["starts_on"]) if texts.get("starts_on") else None
        )
        target = read("target", faults, lambda: parse_target(cells.get("target")))
        if not faults:
            kpi, changes = self.applied(understood, owner)
            faults = clashes(kpi) | self.breaks(kpi, texts, target, number)
        if faults:
            texts |= {f"column {len(cells) + 1}": "".join(beyond)}
            self.report.reject(
                Problem(number, column, texts.get(column, "")[:60], expected) for column, expected in faults.items()
            )
            return None
        self.rows[kpi.code] = number
        since = starts_on or (self.on if kpi.pk else None)  # another formula holds from today, unless the file says
        return Definition(kpi, changes, measured_by, starts_on or SINCE_EVER, target, texts.get("formula", ""), since)

    def with_formulas_that_hold(self, found: list[Definition]) -> list[Definition]:
        """Without those whose formula does not: this is said. What speaks of these falls with them."""
        one_at_a_time()
        while True:
            among = self.known.kpis | {each.kpi.code: each.kpi for each in found}
            needs = needed()
            for each in found:
                needs[each.kpi.code] = needs.get(each.kpi.code, set()) | codes(each.formula)
            wrong = {each.kpi.code: why for each in found if each.formula and (why := self.wrong(each, among, needs))}
            if not wrong:
                return found
            for problem in wrong.values():
                self.report.reject([problem])
            found = [each for each in found if each.kpi.code not in wrong]

    def wrong(self, each: Definition, among: dict, needs: dict) -> Problem | None:
        row = self.rows[each.kpi.code]
        stands = formula_in_force(each.kpi, on=self.on) if each.kpi.pk else None
        if stands and stands.starts_on and stands.expression != each.formula and each.formula_from < stands.starts_on:
            expected = f"a day from {stands.starts_on} on, from which another formula holds"
            return Problem(row, "starts_on", str(each.formula_from), expected)
        try:
            check_formula(each.formula, kpi=each.kpi, among=among.values(), needs=needs)
        except FormulaInvalid as error:
            found_there = f"{each.formula[:60]} (character {error.position}: {error.found})"
            return Problem(row, "formula", found_there, error.expected)
        return None

    def owner(self, texts: dict, faults: dict) -> Department | None:
        if "code" not in faults and not texts["code"]:
            faults["code"] = "a KPI's code"
        name = texts.get("department", "")
        owner = self.known.department(name)
        if owner is None and (name or texts["code"] not in self.known.kpis):
            faults["department"] = self.known.a_department(name)
        return owner

    def measured_by(self, texts: dict, owner: Department | None, faults: dict) -> list[Department]:
        names = [name for name in texts.get("measured_by", "").split(";") if name.strip()]
        found = {name: self.known.department(name) for name in names}
        for name, department in found.items():
            if department is None:
                faults["measured_by"] = self.known.a_department(name)
        if not names and texts["code"] not in self.known.kpis:
            return [owner]
        return list(found.values())

    def applied(self, understood: Understood, owner: Department | None) -> tuple[Kpi, set[str]]:
        """The KPI with what the file says of it, and what that changes (all, where it is new)."""
        kpi = self.known.kpis.get(understood["code"])
        if kpi is None:
            return Kpi(owner=owner, **understood.with_defaults()), {*DEFINITION}
        said = {**understood, **({"owner": owner} if owner else {})}
        changes = {name for name, value in said.items() if as_kept(kpi, name) != value}
        fields = {each.attname: getattr(kpi, each.attname) for each in Kpi._meta.concrete_fields}
        changed = Kpi(**fields)
        for name in changes:
            setattr(changed, name, said[name])
        return changed, changes

    def breaks(self, kpi: Kpi, texts: dict, target, number: int) -> dict[str, str]:
        """What the rest of the file, or what stands, does not allow."""
        if kpi.code in self.rows:
            return {"code": f"a code that row {self.rows[kpi.code]} does not define already"}
        before = self.known.kpis.get(kpi.code)
        if before and kpi.code in self.with_values:
            for column, what in KEPT_WITH_VALUES:
                if getattr(before, what) != getattr(kpi, what):
                    return {column: f"{getattr(before, column)}: values are already recorded"}
        if texts.get("formula") and not kpi.is_formula:
            return {"formula": f"nothing, where over_time is {kpi.over_time}"}
        if kpi.is_formula and not texts.get("formula") and not (before and before.is_formula):
            return {"formula": "a formula, where over_time is formula"}
        try:
            if target is not None:
                goal_for(target, direction=kpi.direction)
        except NeedsABand:
            return {"target": A_BAND}
        return {}

    def write(self, found: list[Definition], *, by: User | None, at: datetime):
        how = {"default_user": by, "default_date": at}
        new = [each for each in found if each.kpi.pk is None]
        changed = [each for each in found if each.kpi.pk and each.changes]
        bulk_create_with_history([each.kpi for each in new], Kpi, **how)
        if changed:
            names = sorted({name for each in changed for name in each.changes})
            bulk_update_with_history([each.kpi for each in changed], Kpi, names, **how)
        assignments = [
            Assignment(kpi=each.kpi, department=department, starts_on=each.starts_on)
            for each in found
            for department in dict.fromkeys(each.measured_by)
            if not self.known.assignments.get((each.kpi.pk, department.pk))
        ]
        bulk_create_with_history(assignments, Assignment, **how)
        for each in (each for each in found if each.formula):
            standing = formula_in_force(each.kpi, on=self.on)
            if standing is None or standing.expression != each.formula:
                record_formula(each.kpi, expression=each.formula, starts_on=each.formula_from, by=by, at=at)
                self.with_formula.add(each.kpi.pk)
        aims = [
            Aim(each.kpi.pk, None, each.starts_on, None, goal_for(each.target, direction=each.kpi.direction))
            for each in found
            if each.target is not None
        ]
        self.report.targets = record_targets(aims, by=by, at=at)
        self.report.created = len(new)
        touched = {each.kpi.pk for each in changed} | {each.kpi_id for each in assignments} | self.with_formula
        self.report.changed = len(touched - {each.kpi.pk for each in new})
        self.report.unchanged = len(found) - self.report.created - self.report.changed


def codes(formula: str) -> set[str]:
    """What it speaks of; nothing where it cannot be read."""
    try:
        return {name.code for name in names(parse(formula))}
    except FormulaInvalid:
        return set()


def as_kept(kpi: Kpi, name: str):
    value = getattr(kpi, name)
    return words(Kpi._meta.get_field(name), value) if name == "description" else value


def as_written(column: str, cell) -> str:
    """The text of a cell, without the apostrophe that made it inert; a description keeps its lines."""
    text = in_words(cell).strip() if column == "description" else one_line(in_words(cell))
    return text[1:] if text[:1] == "'" and text[1:].startswith(AS_FORMULA) else text


def read(column: str, faults: dict[str, str], parse):
    try:
        return parse()
    except NotRead as error:
        faults[column] = error.expected
        return None
