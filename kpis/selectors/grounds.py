"""What figures rest on besides observations: definitions, formulas, the tree and who measures, at several moments."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from departments.models import Department
from departments.tree import Tree
from kpis.models import Assignment, Kpi
from kpis.selectors import knowledge
from kpis.selectors.book import Stay, last_day
from kpis.selectors.restatements import Figures
from kpis.selectors.series import Series
from kpis.selectors.worked import Workings


class Ground(NamedTuple):
    """It at a moment. `parents`: {department: the one above it}; `stays`: who measured what a formula works out."""

    at: datetime
    kpi: Kpi
    workings: Workings
    parents: dict[int, int | None]
    stays: list[Stay]

    @property
    def basis(self) -> tuple:
        """What makes a figure another one where it is another."""
        how = [(each.over_time, each.over_departments, each.per) for each in self.workings.kpis.values()]
        return how, self.workings.versions, self.parents, self.stays

    def measures(self, period: date, end: date) -> bool:
        """What a formula says is told where it is measured; what is recorded is told everywhere."""
        return not self.kpi.is_formula or any(stay.holds(period, end) for stay in self.stays)

    def figures(self, found: Series, period: date) -> Figures:
        return Figures(self.kpi, found.department.pk, found.grain, {period}, set(self.parents), self.workings)


def grounds_at(found: Series, moments: Sequence[datetime]) -> list[Ground]:
    """At each of these moments, in as many queries as at one."""
    made_of = found.evaluation.workings.made_of(found.kpi, ever=True)
    defined, trees = knowledge.definitions(made_of, moments), knowledge.trees(moments)
    measured = [[]] * len(moments)
    if found.kpi.is_formula:
        measured = knowledge.tables(Assignment, moments, kpi_id=found.kpi.pk)
    made = []
    for at, kpis, tree, spans in zip(moments, defined, trees, measured, strict=True):
        kpi = kpis[found.kpi.code]
        workings = found.evaluation.workings.as_they_stood(at, kpis)
        parents = {pk: department.parent_id for pk, department in tree.items()}
        made.append(Ground(at, kpi, workings, parents, stays(kpi, found.department, tree, parents, spans)))
    return made


def stays(kpi: Kpi, department: Department, tree: dict, parents: dict, spans: list[Assignment]) -> list[Stay]:
    """Who measured the KPI in a department then, as in a book."""
    if department.pk not in tree:
        return []
    within = Tree(parents.items()).below(department.pk) if kpi.over_departments != "none" else {department.pk}
    return [
        Stay(each.department_id, each.starts_on, last_day(kpi, tree[each.department_id], each.ends_on))
        for each in spans
        if each.department_id in within
    ]


def histories(found: Series) -> list:
    """The records of all that may make a figure another one."""
    made_of = found.evaluation.workings.made_of(found.kpi, ever=True)
    records = [Kpi.history.filter(id__in=[kpi.pk for kpi in made_of]), Department.history.all()]
    return [*records, Assignment.history.filter(kpi=found.kpi)] if found.kpi.is_formula else records
