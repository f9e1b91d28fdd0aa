"""What the heads of the demo agency wrote, week by week. Plain Python; the same day gives the same texts."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from dashboard.demo.chance import dice
from dashboard.demo.history import turn
from dashboard.demo.story import FAILED, NEW_BRIEF, OVERLOADED, SLIPPING

WEEKS, PLANNED = 26, 3
PROGRESS = [
    "Two freelancers found for December", "A thank-you from Brandt & Cie", "Templates shared with Traffic",
    "Half a day of training for everybody", "Backlog is half of what it was a month ago",
]  # fmt: skip

# By department: how likely a plan is done in its week, how sure its head is, and what there is to plan.
RELIABLE = {
    "account-service": (0.86, 85), "creative": (0.62, 90), "media": (0.74, 75), "it": (0.82, 80),
    "accounting": (0.9, 90), "traffic": (0.78, 80),
}  # fmt: skip
PLANS = {
    "account-service": [
        "Quarterly review with Nordwind", "Renew the retainer of Hafenkontor", "Brief for the winter campaign",
        "Feedback talks with three clients", "Scope of the Meridian relaunch agreed in writing",
        "Reference case for Brandt & Cie", "Price list for additional rounds", "Hand over two accounts to Emil",
    ],
    "creative": [
        "Launch film for the spring campaign", "Template set for social media", "Layouts for the annual report",
        "Key visual for Nordwind", "Clean up the asset library", "Storyboard for the fair", "Type licences renewed",
        "Second round of the Hafenkontor mailing", "Briefing for the photo shoot",
    ],
    "media": [
        "Plan for the first quarter", "Negotiate out-of-home rates", "Tracking of the new placements checked",
        "Report for Brandt & Cie", "Line items of Nordwind set up", "Budget shift to connected TV tested",
        "Post-campaign analysis of the autumn wave",
    ],
    "it": [
        "Move the last file shares", "Restore test of the backups", "Renew certificates", "Laptops for three starters",
        "Single sign-on for the time sheets", "Patch the print server", "Close tickets older than ten days",
    ],
    "accounting": [
        "Monthly accounts closed", "Second reminder to five debtors", "Budget talks with two departments",
        "Credit notes of the autumn checked", "Time sheets complete for billing", "Cash plan for thirteen weeks",
    ],
    "traffic": [
        "Resource plan for four weeks", "Hand-off checklist with Account Service", "Freelancers booked for the film",
        "Open jobs without a date cleared", "Lead times of printers updated", "Board of jobs tidied",
    ],
}  # fmt: skip
QUIET = {
    "account-service": "All reviews held; two clients ask for faster answers.",
    "creative": "Two launches out on time.",
    "media": "All campaigns deliver as planned.",
    "it": "A quiet week at the desk.",
    "accounting": "Invoices are out, cash came in as planned.",
    "traffic": "Everything that was due left the house.",
}
# From a week on (counted from the turn) to another: health, the week in a line, a problem.
SPELLS = {
    "account-service": [(NEW_BRIEF - 3, NEW_BRIEF + 1, "risk", "Briefs come back too often.", "Briefs lack budgets")],
    "creative": [
        (OVERLOADED, OVERLOADED + 2, "on", "Busy: both Nordwind campaigns have begun.", "Sign-off takes three days"),
        (OVERLOADED + 2, 9, "on", "Full, but in hand; sign-off is slow again.", "Sign-off takes three days"),
    ],
    "media": [(SLIPPING, 9, "risk", "The new placements cost us two evenings.", "Ad server names do not match plans")],
    "it": [
        (FAILED, FAILED + 1, "off", "The file server stood still for three days.", "Storage array failed"),
        (FAILED + 1, FAILED + 5, "risk", "Working off what the outage left.", "Tickets from the outage"),
    ],
    "accounting": [(-8, 9, "risk", "Clients pay later and later.", "Days sales outstanding above 36")],
    "traffic": [(OVERLOADED + 1, 9, "risk", "Dates slip where Creative is full.", "Rush jobs push out planned ones")],
}


class Written(NamedTuple):
    """A department's week. `reviews`: outcome and reason of each plan of the week before, in its order."""

    department: str
    week: date
    at: datetime
    health: str
    headline: str
    confidence: int
    progress: tuple[str, ...]
    plans: tuple[str, ...]
    problems: tuple[str, ...]
    reviews: tuple[tuple[str, str], ...]


def written(*, on: date) -> Iterator[Written]:
    """The last weeks of each department, oldest first; Media has not written the newest."""
    last = on - timedelta(days=on.weekday() + 7)
    for department in PLANS:
        weeks = [last - timedelta(weeks=back) for back in reversed(range(WEEKS))]
        if department == "media":
            weeks.remove(last)
        yield from of_department(department, weeks, on)


def of_department(department: str, weeks: list[date], on: date) -> Iterator[Written]:
    likely, sure = RELIABLE[department]
    stock, open_plans, chance = list(PLANS[department]), [], dice(department, "status")
    for number, week in enumerate(weeks):
        spell = at(department, (week - turn(on)).days // 7)
        reviews = [outcome(chance, likely) for _ in open_plans]
        carried = [plan for plan, (what, _) in zip(open_plans, reviews, strict=True) if what == "carried"]
        new = [each for each in rotated(stock, number * 2) if each not in carried][: max(0, PLANNED - len(carried))]
        yield Written(
            department=department,
            week=week,
            at=datetime.combine(week + timedelta(days=4), time(chance.randint(11, 16), chance.randint(0, 59))),
            health=spell[0],
            headline=spell[1],
            confidence=max(40, min(100, sure + 5 * chance.randint(-2, 1))),
            progress=(chance.choice(PROGRESS),) if chance.random() < 0.5 else (),
            plans=tuple(new),
            problems=spell[2],
            reviews=tuple(reviews),
        )
        open_plans = carried + new


def at(department: str, week: int) -> tuple[str, str, tuple[str, ...]]:
    for first, last, health, headline, problem in SPELLS[department]:
        if first <= week < last:
            return health, headline, (problem,)
    return "on", QUIET[department], ()


def outcome(chance, likely: float) -> tuple[str, str]:
    if chance.random() < likely:
        return "done", ""
    return ("dropped", "Not wanted any more") if chance.random() < 0.1 else ("carried", "")


def rotated(stock: list[str], by: int) -> list[str]:
    by %= len(stock)
    return stock[by:] + stock[:by]
