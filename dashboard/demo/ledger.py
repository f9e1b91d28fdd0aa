"""The demo agency's money and staff figures, consistent with one another and with the staff list. Plain Python."""

from datetime import date, timedelta
from decimal import Decimal

from dashboard.demo.behaviour import CALENDAR, At, exact
from dashboard.demo.chance import dice, growth
from kpis.periods import Grain

BILLINGS, INCOME, OVERHEAD, PAY = 1_150_000, 375_000, 89_000, 5_450  # euros a month; pay per full-time post
BILLED = [0.82, 0.88, 1.0, 1.02, 1.06, 1.03, 0.9, 0.74, 1.06, 1.14, 1.22, 1.13]
EARNED = [0.94, 0.96, 1.0, 1.01, 1.04, 1.01, 0.96, 0.87, 1.02, 1.07, 1.08, 1.04]
AMBITION = 1.01  # how far the budget lies above an ordinary year


def budget(base: float, seasons: list[float], month: date) -> Decimal:
    return exact(base * seasons[month.month - 1] * growth(month.replace(month=1)) * AMBITION, "1000")


def sales(at: At) -> tuple[Decimal]:
    chance, month = dice("sales", at.period), at.period
    return (exact(BILLINGS * BILLED[month.month - 1] * growth(month) * chance.gauss(1, 0.05)),)


def income(at: At) -> tuple[Decimal]:
    chance, month = dice("income", at.period), at.period
    return (exact(INCOME * EARNED[month.month - 1] * growth(month) * chance.gauss(1, 0.035)),)


def salaries(at: At) -> tuple[Decimal]:
    posts = sum(person.fte for person in at.staff if person.works_on(at.middle))
    grown = growth(at.period.replace(month=1)) * dice("pay", at.period).gauss(1, 0.006)
    return (exact(float(posts) * PAY * grown),)


def overhead(at: At) -> tuple[Decimal]:
    return (exact(OVERHEAD * growth(at.period) * dice("overhead", at.period).gauss(1, 0.04)),)


def cash(at: At) -> tuple[Decimal]:
    """What comes in every week, less the salaries in the week that holds the 28th."""
    week = [at.period + timedelta(days=n) for n in range(7)]
    chance, grown = dice("cash", at.period), growth(at.period)
    came = chance.gauss(69_000, 20_000) * (0.6 + 0.4 * at.busy)
    paid = 215_000 if any(day.day == 28 for day in week) else 0
    return (exact((came - paid) * grown),)


def posts_on(at: At, day: date) -> Decimal:
    return sum((p.fte for p in at.staff if p.department == at.department and p.works_on(day)), Decimal(0))


def headcount(at: At) -> tuple[Decimal]:
    return (posts_on(at, CALENDAR.end(at.period, Grain.MONTH)),)


def turnover(at: At) -> tuple[Decimal, Decimal]:
    """Who left in the twelve months up to the end of this one, and the average headcount over them."""
    months = CALENDAR.last(at.period, Grain.MONTH, 12)
    end = CALENDAR.end(at.period, Grain.MONTH)
    left = [p for p in at.staff if p.department == at.department and p.leaves_on and months[0] <= p.leaves_on <= end]
    posts = sum(posts_on(at, CALENDAR.end(month, Grain.MONTH)) for month in months)
    return Decimal(len(left)), exact(float(posts) / 12, "0.01")
