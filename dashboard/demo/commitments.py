"""What the people of the demo agency promised in a year, and what became of it. Plain Python; the same day gives the
same promises.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from typing import NamedTuple

from dashboard.demo import agency
from dashboard.demo.chance import dice
from dashboard.demo.history import turn
from dashboard.demo.story import FAILED, NEW_BRIEF, OVERLOADED

WEEKS, AHEAD = 52, 3
A_DAY, A_WEEK = timedelta(days=1), timedelta(weeks=1)

# By department: how many are due in a week, how likely one is done in time, why dates are moved (with weights).
HABITS = {
    "agency": (1, 0.9, {"priorities": 4, "department": 3, "client": 1}),
    "account-service": (2, 0.84, {"client": 8, "department": 3, "priorities": 2, "more_work": 1}),
    "creative": (3, 0.72, {"more_work": 7, "client": 5, "priorities": 4, "department": 3, "people": 2, "tools": 1}),
    "media": (2, 0.8, {"client": 4, "department": 4, "more_work": 2, "tools": 2, "priorities": 1}),
    "it": (2, 0.82, {"priorities": 5, "tools": 4, "department": 3, "people": 2, "other": 1}),
    "accounting": (1, 0.9, {"department": 5, "people": 2, "client": 2}),
    "traffic": (2, 0.78, {"department": 7, "more_work": 2, "people": 2, "priorities": 2, "other": 1}),
}
# From a week on (counted from the turn) to another: how likely it is then.
SPELLS = {
    "creative": (OVERLOADED, 99, 0.45),
    "traffic": (OVERLOADED + 1, 99, 0.6),
    "account-service": (NEW_BRIEF - 4, NEW_BRIEF + 1, 0.55),
    "it": (FAILED, FAILED + 3, 0.3),
}
PROMISED = {  # what, and to whom: the agency is the COO
    "agency": [
        ("Decide on the second art director", "creative"), ("Talk to the landlord about the fourth floor", "it"),
        ("Sign the framework with the print shop", "traffic"), ("Answer on the price list", "account-service"),
        ("Go through the budget with each head", "accounting"), ("Reference call for the media tool", "media"),
    ],
    "account-service": [
        ("Get the budget of Nordwind in writing", "creative"), ("Feedback of Hafenkontor on round two", "creative"),
        ("Complete brief for the winter campaign", "creative"), ("Approval of the media plan", "media"),
        ("Purchase order from Brandt & Cie", "accounting"), ("Answer to the scope question of Meridian", "traffic"),
        ("Agree rush fees with three clients", "agency"), ("Contact list of the new client", "media"),
    ],
    "creative": [
        ("Final artwork of the winter mailing", "traffic"), ("Sizes for the display banners", "media"),
        ("Layouts for the annual report", "account-service"), ("Estimate for the Meridian relaunch", "account-service"),
        ("Storyboard of the fair film", "account-service"), ("Time sheets of the quarter complete", "accounting"),
        ("Key visual in two variants", "account-service"), ("Plan for the freelancers", "agency"),
        ("Subtitles for the launch film", "media"), ("Clean names in the asset library", "it"),
    ],
    "media": [
        ("Placement list with all formats", "creative"), ("Report of the autumn wave", "account-service"),
        ("Corrected invoices of the ad server", "accounting"), ("Dates of the bookings", "traffic"),
        ("Forecast for the first quarter", "agency"), ("Tracking codes for the landing page", "it"),
        ("Offer for out-of-home in four cities", "account-service"),
    ],
    "it": [
        ("More space on the file server", "creative"), ("Accounts for two freelancers", "traffic"),
        ("Landing page of Nordwind live", "media"), ("Interface to the time sheets", "accounting"),
        ("New laptop for the junior", "account-service"), ("Result of the restore test", "agency"),
        ("Fix the colour profile of the printer", "creative"), ("Single sign-on for the booking tool", "media"),
    ],
    "accounting": [
        ("List of unbilled jobs", "account-service"), ("Monthly accounts", "agency"),
        ("Credit note for Brandt & Cie", "account-service"), ("Hours by job of last month", "traffic"),
        ("Cash plan for thirteen weeks", "agency"), ("Check of the freelancers' invoices", "creative"),
    ],
    "traffic": [
        ("Slots for the photo shoot", "creative"), ("Printer's proof at the client's", "account-service"),
        ("Resource plan for four weeks", "creative"), ("New dates for the moved jobs", "account-service"),
        ("Open jobs without a budget", "accounting"), ("Hand-off checklist, second version", "account-service"),
        ("Delivery specification of the publisher", "media"), ("Lead times of all printers", "agency"),
    ],
}  # fmt: skip
WORDS = {
    "department": ["Their part is not there yet.", "Waiting for numbers.", ""],
    "client": ["The client has not answered.", "The client wants to see it once more.", "", ""],
    "more_work": ["Twice the size it looked.", "A third round was needed.", "", ""],
    "priorities": ["The pitch came first.", "Another job could not wait.", ""],
    "people": ["Two of us were ill.", ""],
    "tools": ["The server was slow all week.", ""],
    "other": ["The room was not free.", "Misunderstood what was asked."],
}


class Happening(NamedTuple):
    """An entry: as `issues.ledger` names acts; `by` and `who` are log-ins, `by` is "" for what happens by itself."""

    act: str
    at: datetime
    by: str
    who: str
    due_on: date
    reason: str = ""
    words: str = ""


class Promise(NamedTuple):
    """`to_user` is a log-in or "", `status` the Monday of the week whose status it was made in, or None."""

    department: str
    what: str
    to_department: str
    to_user: str
    status: date | None
    entries: tuple[Happening, ...]


def promised(*, on: date) -> Iterator[Promise]:
    """Up to the midnight in which the day begins, by department, oldest due first."""
    for department in HABITS:
        stock, number = PROMISED[department], 0
        for back in range(WEEKS, -AHEAD, -1):
            week = on - timedelta(days=on.weekday()) - back * A_WEEK
            chance = dice(department, "commitments", week)
            for _ in range(max(0, HABITS[department][0] + chance.choice([-1, 0, 0, 1]))):
                number += 1
                if found := one(department, stock[number % len(stock)], week, chance, on):
                    yield found


def one(department: str, promise: tuple[str, str], week: date, chance: Random, on: date) -> Promise | None:
    """None where it had not been made yet."""
    what, to = promise
    due = week + timedelta(days=chance.choice([1, 2, 3, 4, 4, 4]))
    made = workday(due - timedelta(days=chance.randint(4, 16)))
    head, who = asked(department, made, chance, on)
    to_user = "coo" if to == "agency" else (to if chance.random() < 0.3 else "")
    in_status = chance.random() < 0.4 and department != "agency" and 1 <= (on - made).days // 7 < 20
    entries = [Happening("make", at(made, chance), head if chance.random() < 0.3 else who, who, due)]
    entries += course(department, entries[0], chance, on)
    entries = left(entries, department, on)
    known = tuple(each for each in entries if each.at.date() < on)
    monday = made - timedelta(days=made.weekday(), weeks=1)
    return Promise(department, what, to, to_user, monday if in_status else None, known) if known else None


def asked(department: str, day: date, chance: Random, on: date) -> tuple[str, str]:
    """The head, and who promises something on a day: every third time the head."""
    head = head_of(department, day, on)
    staff = [p.username for p in agency.people(on) if p.department == department and p.works_on(day)]
    staff = [username for username in staff if username not in ("ceo", "admin")]
    return head, head if chance.random() < 0.35 else chance.choice(staff)


def head_of(department: str, day: date, on: date) -> str:
    leads = [lead for lead in agency.leads(on) if lead.department == department and lead.kind == "head"]
    return next(lead.username for lead in leads if lead.starts_on <= day and (lead.ends_on or day) >= day)


def course(department: str, made: Happening, chance: Random, on: date) -> Iterator[Happening]:
    """What became of it, whenever that is."""
    due, who = made.due_on, made.who
    if chance.random() < 0.03 and who != "coo":  # nobody lets themselves off
        yield Happening("release", at(workday(due - A_DAY), chance), "coo", who, due, words="Not needed any more.")
        return
    if chance.random() < likely(department, due, on):
        day = max(workday(due - timedelta(days=chance.choice([0, 0, 1, 2]))), made.at.date() + A_DAY)
        yield Happening("done", at(min(day, due), chance), who, who, due)
        return
    if chance.random() < 0.4:  # late without a word
        yield Happening("done", at(workday(due + timedelta(days=chance.randint(4, 23))), chance), who, who, due)
        return
    for _ in range(1 if chance.random() < 0.8 else 2):
        reason = picked(chance, HABITS[department][2])
        moved, due = due, workday(due + timedelta(days=chance.randint(3, 12)))
        yield Happening("move", at(moved, chance), who, who, due, reason, chance.choice(WORDS[reason]))
    day = due if chance.random() < 0.7 else workday(due + timedelta(days=chance.randint(4, 16)))
    yield Happening("done", at(day, chance, 16), who, who, due)


def likely(department: str, due: date, on: date) -> float:
    first, last, then = SPELLS.get(department, (0, 0, 0))
    return then if first <= (due - turn(on)).days // 7 < last else HABITS[department][1]


def picked(chance: Random, weights: dict[str, int]) -> str:
    return chance.choices(list(weights), list(weights.values()))[0]


def left(entries: list[Happening], department: str, on: date) -> list[Happening]:
    """Whoever leaves hands nothing over: it passes on by itself the day after."""
    person = next(each for each in agency.people(on) if each.username == entries[0].who)
    if person.leaves_on is None or entries[-1].at.date() <= person.leaves_on:
        return entries
    after = person.leaves_on + A_DAY
    heir = head_of(department, after, on)
    before = [each for each in entries if each.at.date() < after]
    passed = Happening("hand_over", datetime.combine(after, time(0, 1)), "", heir, before[-1].due_on)
    passed = passed._replace(words=f"{person.name} has left.")
    rest = [each._replace(by=heir, who=heir) for each in entries[len(before) :]]
    return [*before, passed, *rest]


def workday(day: date) -> date:
    """The day, or the Friday before it."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def at(day: date, chance: Random, hour: int = 0) -> datetime:
    return datetime.combine(day, time(hour or chance.randint(9, 15), chance.randint(0, 59)))
