"""What the demo agency did so that its numbers move, and what was expected of it. All of it is invented."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.utils import timezone

from dashboard.demo.between import concern, lay
from dashboard.demo.history import turn
from dashboard.demo.issues import Done, Stuck
from dashboard.demo.story import FAILED, NEW_BRIEF
from departments.models import Notification
from issues.ledger import Act
from issues.models import Issue
from issues.services.committing import Promised, commit, do
from issues.services.measuring import Taken, take_measure


class Planted(NamedTuple):
    """A measure: weeks from the turn on which it took effect, and after how many more it was to be looked at."""

    kpi: str
    department: str
    week: int
    kind: str
    what: str
    way: str
    size: str
    look: int
    issue: str = ""  # its title


BRIEFS = "Every second brief comes back"
MEASURES = [
    Planted(
        "media-trafficking-errors", "media", -30, "process", "Line items checked by a second person", "down", "0.6", 12
    ),
    Planted("it-first-contact", "it", -42, "training", "The desk trained in the new ticket system", "up", "6", 13),
    Planted(
        "account-service-over-servicing", "account-service", -44, "policy", "A fee from the third round on", "down",
        "2", 39,
    ),
    Planted(
        "accounting-timesheets", "creative", -25, "training", "Time sheets filled in together on Fridays", "up", "4.5",
        13,
    ),
    Planted("it-old-backlog", "it", FAILED - 3, "staffing", "A third person at the desk", "down", "5", 13),
    Planted("traffic-bounce-rate", "traffic", NEW_BRIEF + 1, "tool", "New briefing form", "down", "6", 13),
    Planted(
        "account-service-brief-completeness", "account-service", NEW_BRIEF, "tool", "New briefing form", "up", "8", 13,
        BRIEFS,
    ),
    Planted(
        "creative-on-time", "creative", 0, "process", "Two days for sign-off in every plan", "up", "5", 12,
        "Sign-off for Nordwind takes three days",
    ),
]  # fmt: skip
PROMISED = [  # on BRIEFS: who, what, due and done so many days after it was raised
    ("account-service", "A form that asks for budget, date and who decides", 10, 9),
    ("account-service", "Everybody has filled in one under supervision", 18, 18),
    ("traffic", "What does not fit the form goes back on the same day", 18, 17),
]


def take(departments: dict, people: dict, kpis: dict, on: date):
    """Those that were taken by themselves, and those of issues that are on record by now. Twice is once."""
    for each in MEASURES:
        issue = Issue.objects.filter(title=each.issue).first() if each.issue else None
        if issue or not each.issue:
            plant(each, issue, departments, people, kpis, on)


def plant(each: Planted, issue: Issue | None, departments: dict, people: dict, kpis: dict, on: date):
    begun = turn(on) + timedelta(weeks=each.week)
    if issue:
        begun = max(begun, timezone.localdate(issue.raised_at) + timedelta(days=2))
    taken = Taken(
        kpi=kpis[each.kpi],
        department=departments[each.department],
        kind=each.kind,
        what=each.what,
        way=each.way,
        size=Decimal(each.size),
        effective_on=begun,
        look_on=begun + timedelta(weeks=each.look),
        issue=issue,
    )
    at = timezone.make_aware(datetime.combine(begun - timedelta(days=3), time(9)))
    take_measure(taken, by=people[each.department], at=max(at, issue.raised_at + timedelta(hours=1)) if issue else at)


def lay_briefs(departments: dict, people: dict, kpis: dict, on: date, now: datetime):
    """The issue that the new briefing form came of, with what was promised for it."""
    raised = turn(on) + timedelta(weeks=NEW_BRIEF - 4, days=1)
    done = (
        Done(0, 15, "accept"),
        Done(1, 10, "start"),
        Done(27, 16, "resolve", "The form is in use."),
        Done(29, 9, "confirm"),
    )
    said = Stuck(
        "traffic", "account-service", BRIEFS, "Budget, date and who decides, before a job is opened.", "high",
        (on - raised).days, tuple(done), "A day goes by until each is complete.", None,
        "account-service-brief-completeness",
    )  # fmt: skip
    lay(said, departments, people, kpis, on, now)
    issue = Issue.objects.get(title=BRIEFS)
    for who, what, due, ended in PROMISED:
        to = departments["traffic" if who == "account-service" else "account-service"]
        promised = Promised(people[who], what, raised + timedelta(days=due), to_department=to, issue=issue)
        made = commit(promised, by=people[who], at=moment(raised, 2))
        do(made, Act.DONE, edition=made.edition, by=people[who], at=moment(raised, ended))
    Notification.objects.filter(created_at__lt=moment(on, -3)).update(read_at=now)


def name_signal(kpis: dict):
    """What it was raised from: signals are found once all values are in."""
    issue = Issue.objects.get(title=BRIEFS)
    signal = concern(kpis["account-service-brief-completeness"], issue.raised_at)
    for rows in (Issue.objects.filter(pk=issue.pk), issue.history.all()):
        rows.update(signal=signal)


def moment(day: date, after: int) -> datetime:
    return timezone.make_aware(datetime.combine(day + timedelta(days=after), time(11)))
