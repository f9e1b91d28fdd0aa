"""One plain function per model: what is not said is sensible and distinct."""

from datetime import date, time, timedelta
from decimal import Decimal
from itertools import count

from django.utils import timezone

from departments.models import (
    Absence,
    BusinessCalendar,
    Delivery,
    Department,
    Headship,
    Holiday,
    Pause,
    User,
    Webhook,
)  # fmt: skip
from departments.services import muting
from departments.services.commenting import comment as say
from departments.services.notifying import notify
from issues.models import Agreement, Appetite, EventCase, EventGroup, EventLog, Handover
from issues.scales import Rating
from issues.services.assessing import Described, take_up
from issues.services.attaching import attach
from issues.services.committing import Promised, commit
from issues.services.measuring import Taken, take_measure
from issues.services.mediating import call_mediation
from issues.services.moving import Raised, raise_issue
from kpis.models import Assignment, Event, Formula, Kpi, Phase, Signal, SignalTopic, Target, Upload
from kpis.services.recording import Entry, record_observations
from meetings.models import AgendaItem, Deadline, Invited, Meeting, Schedule, Section, Series
from meetings.parts import Part
from meetings.selectors.machine import DataSay
from meetings.services.agenda import on_record
from meetings.services.feeds import open_feed
from meetings.services.sending import Said, send_status
from tests.clock import NOW

numbers = count(1)


def weeks_ago(number):
    """Monday of the week so many weeks ago."""
    today = timezone.localdate()
    return today - timedelta(days=today.weekday(), weeks=number)


def department(name=None, *, parent=None, **fields):
    name = name or f"Department {next(numbers)}"
    parent = parent or Department.objects.filter(parent=None).first()
    return Department.objects.create(name=name, slug=name.lower().replace(" ", "-"), parent=parent, **fields)


def user(username=None, *, role=User.Role.STAFF, **fields):
    username = username or f"user{next(numbers)}"
    return User.objects.create_user(
        username, "a long password", name=fields.pop("name", username.title()), role=role, **fields
    )


def head(department, username=None, *, starts_on=date(2020, 1, 1), **fields):
    person = user(username, department=department, **fields)
    Headship.objects.create(department=department, user=person, starts_on=starts_on)
    return person


def kpi(*departments, code=None, starts_on=date(2000, 1, 1), **fields):
    """A KPI that these departments measure; unless told otherwise a weekly sum."""
    code = code or f"kpi-{next(numbers)}"
    fields = {
        "name": code.replace("-", " ").capitalize(),
        "cadence": "week",
        "recorded": fields.get("cadence", "week"),
        "over_time": "sum",
        "over_departments": "sum",
        "owner": departments[0],
        **fields,
    }
    made = Kpi.objects.create(code=code, **fields)
    for each in departments:
        Assignment.objects.create(kpi=made, department=each, starts_on=starts_on)
    return made


def ratio(*departments, **fields):
    return kpi(*departments, **{"over_time": "ratio", "over_departments": "ratio", "per": 100, "unit": "%", **fields})


def formula(*departments, expression, starts_on=None, **fields):
    """A KPI that is worked out; how another one takes over says `services.formulas`."""
    made = kpi(*departments, **{"over_time": "formula", "over_departments": "formula", "unit": "%", **fields})
    Formula.objects.create(kpi=made, expression=expression, starts_on=starts_on, recorded_at=NOW)
    return made


def target(kpi, *, lower=None, upper=None, starts_on=date(2000, 1, 1), department=None, **fields):
    return Target.objects.create(
        kpi=kpi, lower=lower, upper=upper, starts_on=starts_on, department=department, recorded_at=NOW, **fields
    )


def observations(kpi, department, values, *, by=None, at=NOW, source="entry", reason="", reference=""):
    """`values` maps a date to a value, or to (numerator, denominator)."""
    entries = []
    for day, value in values.items():
        value = value if isinstance(value, tuple) else (value,)
        numbers = [Decimal(str(n)) for n in value]
        kind = {"value": numbers[0]} if len(numbers) == 1 else {"numerator": numbers[0], "denominator": numbers[1]}
        entries.append(Entry(kpi.pk, department.pk, day, reference=reference, **kind))
    return record_observations(entries, by=by, at=at, source=source, reason=reason)


def phase(kpi, *, department=None, starts_on=date(2026, 9, 1), reason="A new tool", **fields):
    return Phase.objects.create(
        kpi=kpi, department=department, starts_on=starts_on, reason=reason, recorded_at=NOW, **fields
    )


def event(*departments, title="Power cut", starts_on=date(2026, 9, 1), kpis=(), **fields):
    """Something that happened in these departments; in none: in the whole agency."""
    made = Event.objects.create(title=title, starts_on=starts_on, **{"recorded_at": NOW, **fields})
    made.departments.set(departments)
    made.kpis.set(kpis)
    return made


def signal(kpi, department, *, kind="concern", rules="beyond_limit", period=None, **fields):
    period = period or weeks_ago(1)
    spans = {"grain": "week", "first": period, "last": period, "known": period, "found_at": NOW}
    return Signal.objects.create(kpi=kpi, department=department, kind=kind, rules=rules, **{**spans, **fields})


def comment(thing, text="Seen.", *, by, at=NOW):
    """Something that was said of a signal; of a KPI's value, where a topic is given."""
    topic = SignalTopic.objects.about(signal=thing) if isinstance(thing, Signal) else thing
    return say(topic, text, by=by, at=at).comment


def upload(by, *, state="read", **fields):
    """A file of this person that was read: one column, one row."""
    seen = {
        "sheet": "",
        "sheets": [],
        "header_row": 1,
        "rows": 1,
        "heads": ["value"],
        "head_key": "",
        "comments": [],
        "numeric": [1],
    }
    seen |= {"preview": [[1, ["value"]], [2, ["5"]]], "dated": {}, "heads_dated": None, "guess": {"layout": "long"}}
    known = {"file_name": "values.csv", "size": 8, "sha256": "", "shelf_name": f"shelf {next(numbers)}", "seen": seen}
    return Upload.objects.create(uploaded_by=by, uploaded_at=NOW, changed_at=NOW, state=state, **(known | fields))


def deadline(**fields):
    return Deadline.objects.create(**fields)


def status(department, *, week=None, by=None, at=NOW, instead_of=None, due_at=None, data=None, **said):
    """A weekly status that was sent, of this week unless told otherwise."""
    said = {"health": "on", "headline": "A quiet week.", **said}
    by = by or User.objects.filter(headships__department=department).first() or user()
    return send_status(
        department,
        week or weeks_ago(0),
        Said(**said),
        instead_of=instead_of,
        due_at=due_at,
        data=data or DataSay(),
        by=by,
        at=at,
    )


def absence(user, starts_on=date(2026, 11, 16), ends_on=date(2026, 11, 20)):
    return Absence.objects.create(user=user, starts_on=starts_on, ends_on=ends_on)


def pause(department, starts_on=date(2026, 11, 16), ends_on=date(2026, 11, 20), reason="Moving house"):
    return Pause.objects.create(department=department, starts_on=starts_on, ends_on=ends_on, reason=reason)


def holiday(day=date(2026, 11, 20), name="Company outing", **fields):
    return Holiday.objects.create(day=day, name=name, **fields)


def calendar(**fields):
    """The business calendar: Monday to Friday and no public holidays, unless told otherwise."""
    return BusinessCalendar.objects.create(**fields)


def notification(to, *, kind="comment", key=None, at=NOW, **fields):
    told = {"subject": "Somebody commented", "url": "/overview/", "why": "You head the department."}
    return notify(to=to, kind=kind, key=key or f"key {next(numbers)}", at=at, **told | fields)


def mute(user, kind="comment"):
    muting.mute(user, [kind], at=NOW)
    return user.mutes.get(kind=kind)


def webhook(name="Slack", url="https://chat.example.org/hook", **fields):
    return Webhook.objects.create(name=name, url=url, **fields)


def delivery(to, *, state="waiting", at=NOW, **fields):
    sent = {"sent_at": at} if state == "sent" else {}
    return Delivery.objects.create(
        channel="email",
        to=to,
        state=state,
        created_at=at,
        due_at=at,
        message_id=f"{next(numbers)}@localhost",
        **sent | fields,
    )


def issue(raiser, owner, title="The brief has no budget", *, by=None, at=NOW, **said):
    """An issue that one department raised to another."""
    by = by or User.objects.filter(headships__department=raiser).first() or user(department=raiser)
    said = {"needed": "A figure from the client.", **said}
    return raise_issue(Raised(title=title, raiser=raiser, owner=owner, **said), by=by, at=at)


def attachment(issue, *, by, name="brief.txt", holds=b"A brief.", at=NOW):
    return attach(issue, [holds], name=name, kind="text/plain", by=by, at=at)


def mediation(issue, *, by=None, at=NOW, why="Neither gives way."):
    """Of an issue, called by the head of its raiser."""
    by = by or User.objects.filter(headships__department=issue.raiser).first()
    return call_mediation(issue, why=why, by=by, at=at)


def agreement(raiser, owner, *, at=NOW, **terms):
    return Agreement.objects.create(raiser=raiser, owner=owner, recorded_at=at, **terms)


def event_log(name="Incidents", *, passes=((("Desk", "Network"), 3600),), at=NOW):
    """A log with a case for each hand-over: from which group to which, after so many seconds."""
    log = EventLog.objects.create(
        name=name, file_name="log.csv", file_sha256=f"{next(numbers):064}", columns={"case": "case"}, imported_at=at
    )
    for (left, came_to), waited in passes:
        groups = [EventGroup.objects.get_or_create(log=log, name=each)[0] for each in (left, came_to)]
        begun = at - timedelta(seconds=waited)
        case = EventCase.objects.create(log=log, name=f"Case {next(numbers)}", first_at=begun, last_at=at)
        Handover.objects.create(case=case, left=groups[0], came_to=groups[1], at=at, elapsed=waited, worked=0)
    return log


def commitment(who, to, what="Send the brief", *, due_on=None, by=None, at=NOW, **said):
    """What somebody promised to a department, or to a person: for Friday, unless told otherwise."""
    said |= {"to_user": to} if isinstance(to, User) else {"to_department": to}
    due_on = due_on or weeks_ago(0) + timedelta(days=4)
    return commit(Promised(who=who, what=what, due_on=due_on, **said), by=by or who, at=at)


def risk(department, title="A client leaves", *, owner=None, at=NOW, inherent=(4, 4), residual=(3, 3), **fields):
    """A risk with its first scores: (likelihood, impact). `indicator`: a KPI and a department."""
    owner = owner or User.objects.filter(headships__department=department).first() or user(department=department)
    said = {
        "category": "client",
        "title": title,
        "cause": "one client is half of our income",
        "event": "it leaves",
        "effect": "we have nothing to do",
    }
    words, by = fields.pop("words", ""), fields.pop("by", owner)
    described = Described(department=department, owner=owner, **said | fields)
    return take_up(described, inherent=Rating(*inherent), residual=Rating(*residual), words=words, by=by, at=at)


def appetite(category="client", level="medium", *, at=NOW, **fields):
    return Appetite.objects.create(category=category, level=level, recorded_at=at, **fields)


def series(*invited, title=None, department=None, chair=None, starts_on=None, sections=(), **schedule):
    """A series of meetings: weekly on Mondays at 9:00 for an hour, from the Monday before last, unless told otherwise.

    `invited`: people. `sections`: pairs of a part and its minutes.
    """
    department = department or Department.objects.get(parent=None)
    chair = chair or User.objects.filter(role=User.Role.COO).first() or user(role=User.Role.COO)
    title = title or f"Series {next(numbers)}"
    made = Series.objects.create(title=title, department=department, chair=chair, made_at=NOW, made_by=chair)
    said = {"starts_at": time(9), "minutes": 60, "zone": "UTC", "rule": "FREQ=WEEKLY", **schedule}
    Schedule.objects.create(
        series=made, starts_on=starts_on or weeks_ago(2), recorded_at=NOW, recorded_by=chair, **said
    )
    for each in invited:
        Invited.objects.create(series=made, who="person", user=each)
    for position, (part, minutes) in enumerate(sections, 1):
        Section.objects.create(series=made, position=position, part=part, title=Part(part).words, minutes=minutes)
    return made


def meeting(series=None, slot=None, **fields):
    """One on record: of next Monday, unless told otherwise."""
    series = series or globals()["series"]()
    made = on_record(series, slot or weeks_ago(-1))
    if fields:
        Meeting.objects.filter(pk=made.pk).update(**fields)
        made.refresh_from_db()
    return made


def agenda_item(meeting, title="The pitch", *, part="talk", minutes=10, **fields):
    last = meeting.items.order_by("position").last()
    said = {"position": last.position + 1 if last else 1, "added_at": NOW, "added_by": meeting.series.chair}
    return AgendaItem.objects.create(meeting=meeting, title=title, part=part, minutes=minutes, **said | fields)


def measure(kpi, department, what="A checklist for briefs", *, by=None, at=NOW, **taken):
    """Something that was done thirteen weeks ago, of which ten more are expected, to be looked at today."""
    by = by or User.objects.filter(headships__department=department).first() or user(department=department)
    days = {"effective_on": weeks_ago(13), "look_on": weeks_ago(0) + timedelta(days=2)}
    said = {"kind": "process", "way": "up", "size": Decimal(10), **days}
    return take_measure(Taken(kpi=kpi, department=department, what=what, **said | taken), by=by, at=at)


def feed(user, series=None, *, at=NOW):
    """One that calendar programs find by its `secret`."""
    made, secret = open_feed(user=user, series=series, at=at)
    made.secret = secret
    return made
