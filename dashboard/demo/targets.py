"""What the demo agency's KPIs should be, since when, and the month-by-month budgets. Plain Python."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from dashboard.demo import ledger
from dashboard.demo.agency import ROOT
from dashboard.demo.behaviour import CALENDAR
from kpis.goals import Goal
from kpis.periods import Grain


class Rule(NamedTuple):
    """`since_january`: from this year on, instead of from the first day. Without a department it holds for all."""

    goal: Goal
    department: str | None = None
    since_january: bool = False


def least(number, **more) -> Rule:
    return Rule(Goal(Decimal(str(number)), None), **more)


def most(number, **more) -> Rule:
    return Rule(Goal(None, Decimal(str(number))), **more)


def band(lower, upper, **more) -> Rule:
    return Rule(Goal(Decimal(str(lower)), Decimal(str(upper))), **more)


PLAN = {"account-service": 6.5, "creative": 11, "media": 7, "it": 5, "accounting": 4.5, "traffic": 4}

RULES: dict[str, list[Rule]] = {
    "account-service-satisfaction": [least(8)],
    "account-service-brief-completeness": [least(85), least(90, since_january=True)],
    "account-service-scope-creep": [most(15)],
    "account-service-retention": [least(80)],
    "account-service-over-servicing": [most(12), most(10, since_january=True)],
    "creative-on-time": [least(95)],
    "creative-revision-rounds": [most(2)],
    "creative-billable-utilisation": [
        band(75, 80),
        band(62, 69, department="account-service"),
        band(67, 75, department="media"),
        band(40, 55, department="it"),
        band(66, 73, department=ROOT),
    ],
    "creative-rework-hours": [most(5)],
    "media-pacing": [band(0.95, 1.05)],
    "media-launched-on-time": [least(98)],
    "media-trafficking-errors": [most(1.5), most(1, since_january=True)],
    "it-first-contact": [least(70)],
    "it-within-agreement": [least(95)],
    "it-availability": [least(99.5)],
    "accounting-days-sales-outstanding": [most(36)],
    "accounting-billing-accuracy": [least(98)],
    "accounting-timesheets": [least(90), least(95, since_january=True)],
    "accounting-unbilled": [most(130_000), most(110_000, since_january=True)],
    "traffic-client-date": [least(95)],
    "traffic-rush-jobs": [most(10)],
    "traffic-bounce-rate": [most(10)],
    "agency-profit-margin": [least(20)],
    "agency-salary-share": [most(55)],
    "agency-cash-flow": [least(0)],
    "agency-headcount": [
        *(band(posts - 0.5, posts + 0.5, department=slug) for slug, posts in PLAN.items()),
        band(sum(PLAN.values()) - 2, sum(PLAN.values()) + 2, department=ROOT),
    ],
    "agency-turnover": [most(20)],
}  # backlog and open jobs are judged by their own limits, sales and income by the budget
BUDGETED = {
    "agency-sales": (ledger.BILLINGS, ledger.BILLED),
    "agency-gross-income": (ledger.INCOME, ledger.EARNED),
}


class Aimed(NamedTuple):
    """A target row: what was decided when, for which days."""

    code: str
    department: str | None
    starts_on: date
    ends_on: date | None
    goal: Goal
    decided_on: date
    reason: str


def aims(*, first: date, on: date) -> Iterator[Aimed]:
    """All that was decided before a day; a year's targets in December, its budget on 20 November before."""
    january = date(on.year, 1, 1)
    for code, rules in RULES.items():
        for rule in rules:
            if rule.since_january:
                yield Aimed(
                    code, rule.department, january, None, rule.goal, date(on.year - 1, 12, 15), "Plan for the year"
                )
            else:
                yield Aimed(code, rule.department, first, None, rule.goal, first, "")
    for year in range(first.year, on.year + 2):
        decided_on = max(first, date(year - 1, 11, 20))
        for code, basis in BUDGETED.items():
            for month in CALENDAR.within(date(year, 1, 1), Grain.YEAR, Grain.MONTH) if decided_on < on else []:
                goal = Goal(ledger.budget(*basis, month), None)
                yield Aimed(code, ROOT, month, CALENDAR.end(month, Grain.MONTH), goal, decided_on, f"Budget {year}")
