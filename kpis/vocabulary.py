"""What the files of somebody may speak of: the departments they write for, and what is measured there."""

from collections import defaultdict

from departments.models.department import DepartmentQuerySet
from kpis.models import Kpi
from kpis.profile import Vocabulary, folded


def vocabulary(departments: DepartmentQuerySet) -> Vocabulary:
    names = {folded(text): d.slug for d in departments for text in (d.slug, d.name)}
    kpis = list(Kpi.objects.entered().measured_in(departments).by_name())
    parts = defaultdict(set)
    for kpi in (each for each in kpis if each.is_ratio):
        for part, called in (("numerator", kpi.numerator_name), ("denominator", kpi.denominator_name)):
            for text in (called, f"{kpi.name} {called or part}", f"{kpi.code} {part}", f"{kpi.code} {called}"):
                parts[folded(text)].add((kpi.code, part))
    called = once({folded(kpi.name): set() for kpi in kpis}, [(folded(kpi.name), kpi.code) for kpi in kpis])
    codes = once({folded(kpi.code): set() for kpi in kpis}, [(folded(kpi.code), kpi.code) for kpi in kpis])
    plain = {name: next(iter(found)) for name, found in parts.items() if name and len(found) == 1}
    return Vocabulary(names, called | codes, plain)


def once(found: dict[str, set], pairs: list[tuple[str, str]]) -> dict[str, str]:
    """A name that two KPIs have names neither."""
    for name, code in pairs:
        found[name].add(code)
    return {name: next(iter(codes)) for name, codes in found.items() if name and len(codes) == 1}
