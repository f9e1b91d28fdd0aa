"""Lays the demo agency down: departments, people, KPIs, targets, and all that was handed in so far."""

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import count, groupby
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from simple_history.utils import bulk_create_with_history

from dashboard.demo import agency, commitments, measures, risks, statuses
from dashboard.demo.between import agree, lay_issues
from dashboard.demo.catalogue import CATALOGUE, MONEY
from dashboard.demo.history import HandIn, Value, first_day, history, turn
from dashboard.demo.meetings import meet
from dashboard.demo.story import BEHAVIOUR, EXPLAINED, HAPPENED, Happened
from dashboard.demo.talk import TALKS, Talk
from dashboard.demo.targets import Aimed, aims
from departments.models import BusinessCalendar, Department, Headship, User
from departments.services.absences import record_absence
from departments.services.commenting import comment, resolve
from issues.ledger import balance
from issues.models import Commitment, Entry
from kpis.models import Assignment, Batch, CalendarDay, Event, Kpi, Observation, Signal, SignalTopic
from kpis.periods import Grain
from kpis.services.events import record_event
from kpis.services.explaining import explain
from kpis.services.formulas import record_formula
from kpis.services.judging import judge
from kpis.services.rollups import drain
from kpis.services.targets import Aim, record_targets
from meetings.models import StatusReading, WeeklyStatus
from meetings.selectors.due import due_at
from meetings.selectors.machine import DataSay
from meetings.services.sending import Review, Said, send_status

PASSWORD = "opsroom-demo"  # noqa: S105 (public, and good for DEMO=1 alone)
CHUNK = 2000


class NotEmpty(Exception):
    """Departments, people or KPIs exist already."""


class Loaded(NamedTuple):
    departments: int
    people: int
    kpis: int
    observations: int


@transaction.atomic
def load(*, now: datetime) -> Loaded:
    """All of it or nothing. Of the moment only its day counts: the same day gives the same rows. Raises NotEmpty."""
    if in_use():
        raise NotEmpty("There are departments, people or KPIs already; the demo agency needs an empty database.")
    on = timezone.localdate(now)
    departments = found_departments()
    people = employ(departments, on)
    plan(people, on)
    kpis = define(departments, on)
    aim(departments, people, kpis, on)
    written = record(departments, people, kpis, on)
    agree(departments, people["coo"], on)
    measures.lay_briefs(departments, people, kpis, on, now)
    measures.take(departments, people, kpis, on)
    happened = {each: happen(each, departments, people, kpis, on) for each in HAPPENED}
    drain(now=now)
    judge(on=on, now=now)
    found_in_time(now=now)
    measures.name_signal(kpis)
    say(happened, departments, people, kpis)
    write(departments, people["coo"], on)
    lay_issues(departments, people, kpis, on, now)
    measures.take(departments, people, kpis, on)
    drain(now=now)
    judge(on=on, now=now)
    promise(departments, people, on)
    risks.lay_down(departments, people, kpis, on)
    for each in TALKS:
        discuss(each, departments, people, kpis, on)
    meet(departments, people, on, now)
    return Loaded(len(departments), len(people), len(kpis), written)


def in_use() -> bool:
    return any(model.objects.exists() for model in (Department, User, Kpi))


def found_departments() -> dict[str, Department]:
    root = Department.objects.create(slug=agency.ROOT, name=agency.NAME, opened_on=agency.FOUNDED)
    rest = [
        Department(slug=slug, name=name, parent=root, position=position, opened_on=agency.FOUNDED)
        for position, (slug, name) in enumerate(agency.DEPARTMENTS.items(), start=1)
    ]
    return {d.slug: d for d in [root, *bulk_create_with_history(rest, Department)]}


def employ(departments: dict[str, Department], on: date) -> dict[str, User]:
    hashed = make_password(PASSWORD)  # slow on purpose, so once for all
    staff = [
        User(
            username=person.username,
            name=person.name,
            email=f"{person.username}@{agency.MAIL}",
            role=person.role,
            password=hashed,
            is_active=person.leaves_on is None,
            department=departments[person.department],
            title=person.title,
            fte=person.fte,
            starts_on=person.starts_on,
            leaves_on=person.leaves_on,
        )
        for person in agency.people(on)
    ]
    people = {user.username: user for user in bulk_create_with_history(staff, User)}
    leads = [
        Headship(
            department=departments[lead.department],
            user=people[lead.username],
            kind=lead.kind,
            starts_on=lead.starts_on,
            ends_on=lead.ends_on,
        )
        for lead in agency.leads(on)
    ]
    bulk_create_with_history(leads, Headship)
    return people


def plan(people: dict[str, User], on: date):
    """The working days, and who is away."""
    BusinessCalendar.objects.create(country=agency.COUNTRY)
    head, deputy = (people[username] for username in agency.AWAY)
    first, last = agency.away(on)
    record_absence(user=head, starts_on=first, ends_on=last, deputy=deputy, by=people["coo"])


def define(departments: dict[str, Department], on: date) -> dict[str, Kpi]:
    first = first_day(on)
    found = [
        Kpi(
            code=f"{owner}-{each.code}",
            name=each.name,
            description=each.description,
            owner=departments[owner],
            category=each.category,
            unit=settings.CURRENCY if each.unit == MONEY else each.unit,
            decimals=each.decimals,
            direction=each.direction,
            cadence=each.cadence,
            recorded=each.cadence,
            over_time=each.combines[0],
            over_departments=each.combines[1],
            numerator_name=each.counts[0],
            denominator_name=each.counts[1],
            per=each.per,
            least=each.bounds[0],
            most=each.bounds[1],
            headline=each.headline,
        )
        for owner, definitions in CATALOGUE.items()
        for each in definitions
    ]
    for position, kpi in enumerate(found, start=1):
        kpi.position = position
    kpis = {kpi.code: kpi for kpi in bulk_create_with_history(found, Kpi)}
    measured = [
        Assignment(kpi=kpi, department=departments[department], starts_on=first)
        for code, kpi in kpis.items()
        for department in BEHAVIOUR[code] or [kpi.owner.slug]
    ]
    bulk_create_with_history(measured, Assignment)
    begun = timezone.make_aware(datetime.combine(first, time(9)))
    for owner, definitions in CATALOGUE.items():
        for each in (each for each in definitions if each.expression):
            record_formula(kpis[f"{owner}-{each.code}"], expression=each.expression, by=None, at=begun)
    return kpis


def aim(departments: dict[str, Department], people: dict[str, User], kpis: dict[str, Kpi], on: date):
    def decision(each: Aimed):
        return each.decided_on, each.reason

    for (day, reason), group in groupby(sorted(aims(first=first_day(on), on=on), key=decision), key=decision):
        record_targets(
            (Aim(kpis[a.code].pk, departments[a.department].pk if a.department else None, *a[2:5]) for a in group),
            by=people["coo"],
            at=timezone.make_aware(datetime.combine(day, time(9))),
            reason=reason,
        )


def happen(each: Happened, departments: dict, people: dict, kpis: dict, on: date) -> Event:
    first = turn(on) + timedelta(weeks=each.week, days=each.day)
    last = first + timedelta(days=each.lasted - 1)
    return record_event(
        title=each.title,
        starts_on=first,
        ends_on=last if last > first else None,
        description=each.description,
        departments=[departments[slug] for slug in each.departments],
        kpis=[kpis[code] for code in each.kpis],
        by=people[each.by],
        at=timezone.make_aware(datetime.combine(last, time(17))),
    )


def found_in_time(*, now: datetime):
    """Signals were found when their period was over, not on the day of the demo."""
    calendar, signals = CalendarDay.objects.calendar(), list(Signal.objects.all())
    for signal in signals:
        over = calendar.end(signal.known, Grain(signal.grain)) + timedelta(days=1)
        signal.found_at = min(now, moment(over, 6))
    Signal.objects.bulk_update(signals, ["found_at"], batch_size=CHUNK)


def say(happened: dict[Happened, Event], departments: dict, people: dict, kpis: dict):
    """Explain the concerns that followed an event, when their period was over."""
    for code, department, cause, words, by in EXPLAINED:
        event = happened[cause]
        soon = (event.starts_on - timedelta(days=6), event.starts_on + timedelta(weeks=8))
        concerns = Signal.objects.standing().filter(kind=Signal.Kind.CONCERN, first__range=soon)
        for signal in concerns.filter(kpi=kpis[code], department=departments[department]).order_by("pk"):
            at = timezone.make_aware(datetime.combine(signal.known + timedelta(weeks=1), time(10)))
            explain(signal, words, event=event, by=people[by], at=at)


def write(departments: dict[str, Department], coo: User, on: date):
    """The heads' weekly statuses, each with what became of the plans before; the COO has read all but the newest."""
    before: dict[str, WeeklyStatus] = {}
    for each in statuses.written(on=on):
        department, last = departments[each.department], before.get(each.department)
        plans = list(last.items.filter(kind="plan")) if last else []
        reviews = tuple(Review(plan, *review) for plan, review in zip(plans, each.reviews, strict=True))
        said = Said(
            each.health, each.headline, each.confidence, each.progress, each.plans, each.problems, reviews=reviews
        )
        at = timezone.make_aware(each.at)
        head = department.headships.heads().on(each.week).select_related("user").first().user
        before[each.department] = send_status(
            department, each.week, said, instead_of=None, due_at=due_at(each.week), data=DataSay(), by=head, at=at
        )
    newest = {status.week for status in before.values()}
    read = WeeklyStatus.objects.exclude(week=max(newest))
    StatusReading.objects.bulk_create(
        StatusReading(status=each, user=coo, read_at=each.sent_at + timedelta(days=3)) for each in read
    )


def promise(departments: dict[str, Department], people: dict[str, User], on: date):
    """Straight into the tables: nobody is told today of what was promised in a year."""
    made, entries = [], []
    for each in commitments.promised(on=on):
        first, department = each.entries[0], departments[each.department]
        lines = [
            Entry(
                number=number,
                act=line.act,
                at=timezone.make_aware(line.at),
                by=people.get(line.by),
                who=people[line.who],
                due_on=line.due_on,
                reason=line.reason,
                words=line.words,
            )
            for number, line in enumerate(each.entries, start=1)
        ]
        commitment = Commitment(
            what=each.what,
            department=department,
            to_department=departments[each.to_department],
            to_user=people.get(each.to_user),
            first_due_on=first.due_on,
            made_at=lines[0].at,
            made_by=lines[0].by,
            edition=len(lines),
            **made_in(department, each.status),
        )
        commitment.stand(balance(lines))
        made.append(commitment)
        entries.append(lines)
    for commitment, lines in zip(Commitment.objects.bulk_create(made, batch_size=CHUNK), entries, strict=True):
        for line in lines:
            line.commitment = commitment
    Entry.objects.bulk_create([line for lines in entries for line in lines], batch_size=CHUNK)


def made_in(department: Department, week: date | None) -> dict[str, str]:
    if week is None or not WeeklyStatus.objects.filter(department=department, week=week).exists():
        return {}
    url = reverse("meetings:status", args=[department.slug, week])
    return {"origin": f"{department}, status of week {week.isocalendar().week}", "origin_url": url}


def discuss(talk: Talk, departments: dict, people: dict, kpis: dict, on: date):
    """As much of it as was said before today, beginning when the concern was known."""
    about = {"kpi": kpis[talk.kpi], "department": departments[talk.department], "kind": Signal.Kind.CONCERN}
    began = turn(on) + timedelta(weeks=talk.week)
    soon = Signal.objects.standing().filter(**about, known__range=(began, began + timedelta(weeks=8)))
    if not (signal := soon.order_by("known", "pk").first()):
        return
    topic, monday = SignalTopic(signal=signal), signal.known + timedelta(weeks=1)
    for line in talk.lines:
        if (day := monday + timedelta(days=line.day)) < on:
            comment(topic, line.text, by=people[line.by], at=moment(day, line.hour))
    if talk.resolved and (day := monday + timedelta(days=talk.resolved[0])) < on:
        resolve(topic, by=people[talk.resolved[1]], at=moment(day, 16))


def moment(day: date, hour: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))


def record(departments: dict[str, Department], people: dict[str, User], kpis: dict[str, Kpi], on: date) -> int:
    """Straight into the tables, each batch at its own moment: thousands of them through the front door take minutes."""
    values = list(history(on=on, zone=timezone.get_current_timezone()))
    batches, lines = made_batches(values, people), defaultdict(lambda: count(2))  # below the heading
    rows = [
        Observation(
            kpi_id=kpis[value.code].pk,
            department_id=departments[value.department].pk,
            date=value.period,
            note=version.note,
            row=next(lines[version.handed_in]) if version.handed_in.file_name else None,
            batch_id=batches[version.handed_in],
            recorded_at=version.handed_in.at,
            superseded_at=following.handed_in.at if following else None,
            superseded_in_id=batches[following.handed_in] if following else None,
            **named(version.numbers),
        )
        for value in values
        for version, following in zip(value.versions, [*value.versions[1:], None], strict=True)
    ]
    rows.sort(key=lambda row: row.recorded_at)
    Observation.objects.bulk_create(rows, batch_size=CHUNK)
    return len(rows)


def named(numbers: tuple[Decimal, ...]) -> dict[str, Decimal]:
    return dict(zip(("value",) if len(numbers) == 1 else ("numerator", "denominator"), numbers, strict=True))


def made_batches(values: list[Value], people: dict[str, User]) -> dict[HandIn, int]:
    handed_in = sorted({version.handed_in for value in values for version in value.versions})
    batches = [
        Batch(
            source=each.source,
            recorded_at=each.at,
            recorded_by=people[each.by],
            reason=each.reason,
            file_name=each.file_name,
        )
        for each in handed_in
    ]
    made = Batch.objects.bulk_create(batches, batch_size=CHUNK)
    return {each: batch.pk for each, batch in zip(handed_in, made, strict=True)}
