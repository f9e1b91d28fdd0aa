"""How each number behaves where it is measured: what is usual, and what happened. Plain Python.

Weeks are counted from the turn: the Monday of the week in which the present month began.
"""

from typing import NamedTuple

from dashboard.demo import ledger
from dashboard.demo.agency import DEPARTMENTS
from dashboard.demo.behaviour import Derived, Faults, Kind, Part, Repeated, Scores, Share, Stock, Uptime
from dashboard.demo.chance import Level, Shift

OVERLOADED = -6  # Creative takes on more than it can finish
FAILED = -14  # the storage of the file server fails
NEW_BRIEF = -20  # Account Service works with a new briefing form
SLIPPING = -5  # Media begins to hand in a week late


class Happened(NamedTuple):
    """Something that was recorded as an event: when (days after the Monday of a week), where, by whom, about what."""

    title: str
    week: int
    day: int
    lasted: int  # days
    departments: tuple[str, ...]  # none: the whole agency
    by: str
    description: str = ""
    kpis: tuple[str, ...] = ()


OUTAGE = Happened(
    "File server storage failed", FAILED, 1, 3, ("it",), "it",
    "Two discs of the array within a day. Restored from the backup; nothing was lost.",
)  # fmt: skip
HAPPENED = [
    Happened("New ticket system", -60, 0, 1, ("it",), "it"),
    Happened("Move to the second floor", -46, 3, 2, (), "coo", "Desks and phones were out for two days."),
    OUTAGE,
    Happened("Ad server renamed its placements", -9, 2, 1, ("media",), "media", kpis=("media-trafficking-errors",)),
    Happened(
        "Two campaigns for Nordwind began", OVERLOADED, 0, 1, ("creative", "traffic"), "coo",
        "Won in the pitch; both go out before the holidays.",
    ),
]  # fmt: skip
# What explains the concerns that begin within eight weeks of an event: KPI, department, event, words, by whom.
EXPLAINED = [
    ("it-availability", "it", OUTAGE, "", "it"),
    ("it-within-agreement", "it", OUTAGE, "The desk had one question from everybody, and no answer.", "it"),
    ("it-old-backlog", "it", OUTAGE, "Worked off since then.", "it"),
]

BEHAVIOUR: dict[str, dict[str, Kind]] = {
    "account-service-satisfaction": {"account-service": Scores(26, Level(8.3, Shift(OVERLOADED, 7.7)))},
    "account-service-brief-completeness": {
        "account-service": Share(36, Level(0.84, Shift(NEW_BRIEF - 12, 0.74), Shift(NEW_BRIEF, 0.955)))
    },
    "account-service-scope-creep": {"account-service": Share(48, Level(0.12))},
    "account-service-retention": {
        "account-service": Part(40, Level(0.85), 0.012, wobble=0.03, busy=False, step="1"),
    },
    "account-service-over-servicing": {"account-service": Part(980, Level(0.088), 0.012, heat=0.3)},
    "creative-on-time": {"creative": Share(46, Level(0.965, Shift(OVERLOADED, 0.86)))},
    "creative-revision-rounds": {"creative": Repeated(40, Level(1.72, Shift(OVERLOADED, 2.15)))},
    "creative-billable-utilisation": {
        "account-service": Part(210, Level(0.655), 0.025, heat=0.1),
        "creative": Part(345, Level(0.77, Shift(OVERLOADED, 0.835)), 0.02, heat=0.1),
        "media": Part(240, Level(0.71), 0.025, heat=0.1),
        "it": Part(165, Level(0.47), 0.03),
    },
    "creative-rework-hours": {
        "creative": Part(345, Level(0.041, Shift(OVERLOADED, 0.062)), 0.009),
        "media": Part(240, Level(0.03), 0.008),
        "it": Part(165, Level(0.038), 0.011),
    },
    "media-pacing": {"media": Part(182_000, Level(1.0), 0.018, wobble=0.12, step="10")},
    "media-launched-on-time": {"media": Share(34, Level(0.988))},
    "media-trafficking-errors": {"media": Faults(430, Level(1.25, Shift(-40, 0.75, builds=10)))},
    "it-first-contact": {"it": Share(58, Level(0.74, Shift(FAILED, 0.56, fades=4)))},
    "it-within-agreement": {"it": Share(66, Level(0.982, Shift(FAILED, 0.8, fades=5)))},
    "it-old-backlog": {"it": Stock(Level(12, Shift(FAILED, 43, fades=7)), 2)},
    "it-availability": {"it": Uptime(FAILED)},
    "accounting-days-sales-outstanding": {
        "accounting": Stock(Level(34.6, Shift(-26, 37.8, builds=24)), 0.7, step="0.1"),
    },
    "accounting-billing-accuracy": {"accounting": Share(165, Level(0.99))},
    "accounting-timesheets": {
        "account-service": Share(33, Level(0.978)),
        "creative": Share(52, Level(0.905)),
        "media": Share(34, Level(0.965)),
        "it": Share(25, Level(0.985)),
        "accounting": Share(23, Level(0.99)),
        "traffic": Share(19, Level(0.985)),
    },
    "accounting-unbilled": {"accounting": Stock(Level(94_000, Shift(-30, 172_000, builds=40)), 3_800, step="100")},
    "traffic-client-date": {"traffic": Share(54, Level(0.965, Shift(OVERLOADED + 1, 0.9)))},
    "traffic-rush-jobs": {"traffic": Share(50, Level(0.085), heat=1.5)},
    "traffic-bounce-rate": {"traffic": Share(72, Level(0.128, Shift(NEW_BRIEF + 1, 0.065)))},
    "traffic-open-jobs": {"traffic": Stock(Level(124), 6, heat=0.4)},
    "agency-sales": {"agency": Derived(ledger.sales)},
    "agency-gross-income": {"agency": Derived(ledger.income)},
    "agency-salaries": {"agency": Derived(ledger.salaries)},
    "agency-overhead": {"agency": Derived(ledger.overhead)},
    "agency-profit-margin": {},  # worked out from these
    "agency-salary-share": {},
    "agency-cash-flow": {"agency": Derived(ledger.cash)},
    "agency-headcount": {department: Derived(ledger.headcount) for department in DEPARTMENTS},
    "agency-turnover": {department: Derived(ledger.turnover) for department in DEPARTMENTS},
}
