"""What was known at a moment: observations, targets, phases, definitions and the tree as they stood on record then.

Rollups say what is known now; of an earlier moment they are reckoned anew, from the observations that stood then.
What has no record of so early a time is taken as it was first put on record; but who measures a KPI, who leads a
department and when it is paused was not known where the KPI or the department was on record by then, and that was not.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from itertools import groupby

from django.db.models import BigIntegerField, Exists, ExpressionWrapper, F, Min, OuterRef

from departments.models import Department, Headship, Pause, User
from departments.tree import Tree
from kpis import recomputation
from kpis.models import Assignment, Formula, Kpi, Observation
from kpis.periods import Calendar, Grain
from kpis.selectors.readings import Sums

STORED = [  # numbers in millionths
    ExpressionWrapper(F(name), output_field=BigIntegerField()) for name in ("value", "numerator", "denominator")
]
ABOUT = {Assignment: Kpi, Headship: Department, Pause: Department}


def table(model, *, at: datetime, **where) -> list:
    """The rows of a model as they stood, those that were deleted by then left out."""
    return tables(model, [at], **where)[0]


def tables(model, moments: Sequence[datetime], **where) -> list[list]:
    """The same for several moments, in two queries."""
    versions = list(model.history.filter(**where).order_by("history_date", "history_id"))
    kept = {version.id for version in versions}
    never_kept = [row for row in model.objects.filter(**where) if row.pk not in kept]
    about = ABOUT.get(model)
    since = dict(about.history.values_list("id").annotate(Min("history_date")).order_by()) if about else {}
    return [[*standing(versions, at, {pk for pk, on in since.items() if on <= at}), *never_kept] for at in moments]


def rules(model, *, at: datetime) -> list:
    """Rows that hold for the whole agency, such as its days off: one that was put on record later was not known then,
    unless nothing of the agency was.
    """
    versions = list(model.history.order_by("history_date", "history_id"))
    kept = {version.id for version in versions}
    never_kept = [row for row in model.objects.all() if row.pk not in kept]
    if Department.history.filter(history_date__lte=at).exists():
        versions = [version for version in versions if version.history_date <= at]
    return [*standing(versions, at, ()), *never_kept]


def standing(versions: Iterable, at: datetime, there: Collection[int]) -> list:
    """`there`: what was on record itself, so that a row about it which was not was not known."""
    then = {}
    for version in versions:
        if version.history_date <= at or (version.id not in then and subject(version) not in there):
            then[version.id] = version
    return [v.instance for v in then.values() if v.history_type != "-" or v.history_date > at]


def subject(version) -> int | None:
    """The key of what a row is about, where it is about something else than itself."""
    about = ABOUT.get(version.instance_type)
    return about and getattr(version, f"{about._meta.model_name}_id")


def definition(kpi: Kpi, *, at: datetime) -> Kpi:
    """As it was defined; addresses call it by its present code."""
    return definitions_of([kpi], at=at)[0]


def definitions_of(kpis: Sequence[Kpi], *, at: datetime) -> list[Kpi]:
    """As `definition`, of several KPIs in one go."""
    then = {kpi.pk: kpi for kpi in table(Kpi, at=at, id__in=[kpi.pk for kpi in kpis])}
    for kpi in kpis:
        if kpi.pk in then:
            then[kpi.pk].code = kpi.code
    return [then.get(kpi.pk, kpi) for kpi in kpis]


def definitions(kpis: Sequence[Kpi], moments: Sequence[datetime]) -> list[dict[str, Kpi]]:
    """As `definitions_of`, by present code, at each of these moments."""
    codes = {kpi.pk: kpi.code for kpi in kpis}
    found = []
    for then in tables(Kpi, moments, id__in=list(codes)):
        found.append({kpi.code: kpi for kpi in kpis} | {codes[kpi.pk]: kpi for kpi in then})
        for code, kpi in found[-1].items():
            kpi.code = code
    return found


def trees(moments: Sequence[datetime]) -> list[dict[int, Department]]:
    """The departments at each of these moments, each below the one that it stood below."""
    now = dict(Department.objects.values_list("pk", "parent_id"))
    found = []
    for then in tables(Department, moments):
        there = {department.pk: department for department in then}
        for pk, department in there.items():
            if department.parent_id not in there:
                department.parent_id = now.get(pk)
        found.append(there)
    return found


def kpis(
    *, at: datetime, owners: dict[int, Department], live_on: date, measured_in: Collection[int] | None = None
) -> list[Kpi]:
    """Those that were on record then, or of which something was, as they were defined; in their order."""
    there = defined(at=at)
    if measured_in is not None:
        there &= {each.kpi_id for each in table(Assignment, at=at) if each.department_id in measured_in}
    found = [
        kpi for kpi in table(Kpi, at=at) if kpi.pk in there and (kpi.retired_on is None or kpi.retired_on > live_on)
    ]
    codes = dict(Kpi.objects.values_list("pk", "code"))
    for kpi in found:
        kpi.code = codes.get(kpi.pk, kpi.code)  # addresses call it by this
        kpi.owner = owners.get(kpi.owner_id) or kpi.owner
    return sorted(found, key=lambda kpi: (kpi.position, kpi.name, kpi.code))


def speaking_of(kpis: Iterable[Kpi], words: str) -> list[Kpi]:
    words = words.lower()
    return [kpi for kpi in kpis if any(words in text.lower() for text in (kpi.name, kpi.code, kpi.description))]


def defined(*, at: datetime) -> set[int]:
    """The KPIs that were on record then, or of which something was."""
    rows = Observation.objects.known_at(at).filter(kpi=OuterRef("pk"))
    said = Formula.objects.known_at(at).filter(kpi=OuterRef("pk"))
    return set(Kpi.objects.filter(Exists(rows) | Exists(said)).values_list("pk", flat=True)) | on_record(Kpi, at=at)


def departments(*, at: datetime) -> list[Department]:
    """Those that were on record then, or of which (or of what is below them) something was; in their order.

    Addresses call them by their present slugs.
    """
    found = {department.pk: department for department in table(Department, at=at)}
    for pk, slug, above in Department.objects.filter(pk__in=found).values_list("pk", "slug", "parent_id"):
        found[pk].slug = slug
        if found[pk].parent_id not in found:  # the one above is gone without a trace: it stands where it stands now
            found[pk].parent_id = above
    parents = {pk: each.parent_id for pk, each in found.items()}
    there = on_record(Department, at=at)
    measured = measured_by(at) if found.keys() - there else ()
    there |= {above for pk in measured for above in recomputation.upwards(pk, parents)}
    there |= {pk for pk, above in parents.items() if above is None}
    return sorted((found[pk] for pk in there & set(found)), key=lambda each: (each.position, each.name))


def measured_by(at: datetime) -> list[int]:
    """The departments of which there are observations; asked for with their KPIs, for that is what is indexed."""
    rows = Observation.objects.known_at(at).filter(kpi__in=Kpi.objects.values("pk"), department=OuterRef("pk"))
    return list(Department.objects.filter(Exists(rows)).values_list("pk", flat=True))


def on_record(model, *, at: datetime) -> set[int]:
    return set(model.history.filter(history_date__lte=at).values_list("id", flat=True))


def leads(*, at: datetime, on: date) -> list[Headship]:
    """Who led departments on that day, or stood in for a head, as it was known."""
    led = table(Headship, at=at)
    led = [each for each in led if each.starts_on <= on and (each.ends_on is None or each.ends_on >= on)]
    people = User.objects.in_bulk({each.user_id for each in led})
    for each in led:
        each.user = people[each.user_id]
    return led


def below(department: Department, *, at: datetime) -> set[int]:
    """The department and what was below it then."""
    return Tree((each.pk, each.parent_id) for each in departments(at=at)).below(department.pk)


def totals(
    kpis: Iterable[Kpi],
    *,
    at: datetime,
    calendar: Calendar,
    parents: dict[int, int | None],
    grains: Collection[Grain],
    within: Collection[int] | None = None,
) -> dict[tuple[int, int, str], dict[date, Sums]]:
    """{(KPI, department, grain): {period: what was on record then adds up to}}, for each with everything below it.

    `within`: of which departments, where not of all; who may see less now sees no more of then. Days stand alone: with
    them, no longer periods are told.
    """
    defined, found = {kpi.pk: kpi for kpi in kpis}, {}
    rows = Observation.objects.known_at(at).filter(kpi__in=defined, department__in=parents)
    if within is not None:
        rows = rows.filter(department__in=within)
    rows = rows.order_by("kpi").values_list("kpi", "department", "date", *STORED)
    for key, group in groupby(rows.iterator(5000), key=lambda row: row[0]):
        made = added_up((row[1:] for row in group), defined[key], calendar=calendar, parents=parents, grains=grains)
        found |= {(key, *place): by_period for place, by_period in made.items()}
    return found


def added_up(
    rows: Iterable[tuple], kpi: Kpi, *, calendar: Calendar, parents: dict[int, int | None], grains: Collection[Grain]
) -> dict[tuple[int, str], dict[date, Sums]]:
    """{(department, grain): {period: what these observations come to}}, each department with everything below it.

    An observation is (department, date, value, numerator, denominator), its numbers as they are stored.
    """
    if Grain.DAY in grains:
        own = own_days(rows)
    else:
        own = recomputation.own(rows, recorded=kpi.recorded, calendar=calendar, grains=grains)
    totals = recomputation.tree(own, over_time=kpi.over_time, over_departments=kpi.over_departments, parents=parents)
    found = {}
    for (place, grain, period), total in totals.items():
        found.setdefault((place, grain), {})[period] = Sums(*total[:7], total.amount, total.reporting)
    return found


def own_days(rows: Iterable[tuple]) -> dict:
    found = {}
    for department, day, value, numerator, denominator in rows:
        key = (department, str(Grain.DAY), day)
        one = recomputation.Sums(1, value, value, value, numerator, denominator, value, day)
        found[key] = recomputation.joined(found[key], one) if key in found else one
    return found


def period_of(day: date, kpi: Kpi, grain: Grain, calendar: Calendar) -> date | None:
    """The period that a value recorded for a day counts towards; None where the KPI has none of this grain."""
    if grain is Grain.DAY:
        return day
    return dict(recomputation.periods(day, recorded=kpi.recorded, calendar=calendar)).get(grain)
