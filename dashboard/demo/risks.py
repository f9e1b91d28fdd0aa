"""What may happen to the demo agency, and how that was seen over time. All of it is invented.

Weeks are counted from the turn, as in the story.
"""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.utils import timezone

from dashboard.demo.chance import dice
from dashboard.demo.history import turn
from dashboard.demo.story import FAILED, OVERLOADED
from departments.models import Department, User
from issues.scales import Level, Rating
from issues.services.assessing import Described, accept, close, review, take_up
from kpis.models import Kpi

APPETITES = [  # week, category, level
    (-72, "supply", "medium"), (-72, "labour", "medium"), (-72, "compliance", "low"), (-72, "technology", "medium"),
    (-72, "client", "medium"), (-72, "finance", "high"), (-72, "reputation", "low"), (-30, "finance", "medium"),
]  # fmt: skip


class Seen(NamedTuple):
    """How likely and how bad it was held to be: by itself, and with what is done about it."""

    week: int
    inherent: tuple[int, int]
    residual: tuple[int, int]
    words: str = ""


class Feared(NamedTuple):
    department: str
    category: str
    title: str
    cause: str
    event: str
    effect: str
    seen: tuple[Seen, ...]
    indicator: tuple[str, str] | None = None  # KPI, department
    closed: tuple[int, str] | None = None  # week, why


FEARED = [
    Feared(
        "account-service", "client", "Nordwind leaves",
        "a third of our income comes from Nordwind", "Nordwind puts its account up for a pitch",
        "eight people have nothing to do for a quarter",
        (
            Seen(-60, (4, 5), (3, 5)), Seen(-47, (4, 5), (3, 5)),
            Seen(-34, (4, 5), (3, 4), "Two people of ours know everybody there now."), Seen(-21, (4, 5), (3, 4)),
            Seen(OVERLOADED + 1, (4, 5), (4, 4), "Both campaigns run late, and they say so."),
        ),
        indicator=("account-service-satisfaction", "account-service"),
    ),
    Feared(
        "account-service", "finance", "Work beyond scope is not billed",
        "changes are agreed on the phone", "clients take them for part of the fee",
        "a tenth of our hours is given away",
        (
            Seen(-55, (4, 3), (4, 3)), Seen(-42, (4, 3), (3, 3), "Scopes are written down since summer."),
            Seen(-16, (4, 3), (3, 2), "A price list for additional rounds."),
        ),
        indicator=("account-service-over-servicing", "account-service"),
    ),
    Feared(
        "creative", "labour", "Final artwork hangs on one person",
        "Greta alone does final artwork", "she is away for more than two weeks",
        "print dates slip for all clients",
        (
            Seen(-52, (4, 4), (3, 3)), Seen(-26, (4, 4), (3, 3)),
            Seen(OVERLOADED + 2, (5, 4), (4, 3), "Two large campaigns at once; a freelancer is looked for."),
        ),
        indicator=("creative-on-time", "creative"),
    ),
    Feared(
        "creative", "reputation", "A motif hurts people",
        "we post for nine clients every day", "something goes out that nobody looked at twice",
        "a client ends the contract in public",
        (
            Seen(-58, (3, 5), (3, 4)), Seen(-45, (3, 5), (2, 4), "Four eyes for whatever is published."),
            Seen(-19, (3, 5), (2, 4)),
        ),
    ),
    Feared(
        "media", "labour", "Programmatic buyers are hired away",
        "others pay a fifth more", "both buyers leave within a quarter",
        "campaigns are bought through an outside desk at twice the price",
        (
            Seen(-66, (4, 4), (3, 4)), Seen(-53, (4, 4), (3, 4)), Seen(-40, (4, 4), (3, 4)),
            Seen(-27, (4, 4), (2, 4), "Pay was raised, and a third person is trained."), Seen(-3, (4, 4), (2, 4)),
        ),
        indicator=("agency-turnover", "media"),
    ),
    Feared(
        "media", "compliance", "Consent for tracking cannot be proven",
        "clients’ sites pass us data on visitors", "an authority asks for proof of consent that we do not have",
        "campaigns stop, and a fine is due",
        (
            Seen(-50, (3, 5), (3, 5)), Seen(-37, (3, 5), (3, 4), "Contracts name who proves it."),
            Seen(-20, (3, 5), (2, 4), "The proof is asked for before a campaign begins."),
        ),
    ),
    Feared(
        "media", "supply", "The ad server changes under our feet",
        "one ad server carries all campaigns", "it renames or drops what our plans rely on",
        "campaigns start late or wrong",
        (
            Seen(-48, (3, 4), (2, 3)), Seen(-22, (3, 4), (2, 3)),
            Seen(-8, (4, 4), (3, 3), "It renamed its placements in a day."),
        ),
        indicator=("media-trafficking-errors", "media"),
    ),
    Feared(
        "it", "technology", "The file server fails",
        "the storage array is past its service life", "two discs fail within a day",
        "nobody can work on files for days",
        (
            Seen(-64, (3, 4), (3, 3)), Seen(-38, (3, 4), (3, 3)),
            Seen(FAILED + 1, (4, 5), (4, 5), "It happened. The other discs are as old."),
            Seen(FAILED + 5, (4, 5), (3, 4), "Backups are tried out every week."),
            Seen(-4, (4, 4), (2, 4), "The new array is in service."),
        ),
        indicator=("it-availability", "it"),
    ),
    Feared(
        "it", "technology", "Ransomware",
        "people open attachments from strangers every day", "a machine is encrypted and it spreads",
        "the work of days is lost, and clients have to be told",
        (
            Seen(-61, (4, 5), (3, 5)), Seen(-48, (4, 5), (3, 5)),
            Seen(-35, (4, 5), (2, 5), "A second factor for everybody."), Seen(-22, (4, 5), (2, 5)),
        ),
    ),
    Feared(
        "it", "technology", "The power is out for a day",
        "the house hangs on one line", "the power is out for a day", "phones are dead and people work from home",
        (Seen(-63, (2, 3), (2, 2)),),
    ),
    Feared(
        "accounting", "finance", "Clients pay later",
        "two large clients extended their terms", "receivables grow beyond our credit line",
        "salaries are paid from an overdraft",
        (
            Seen(-50, (3, 5), (2, 4)), Seen(-24, (3, 5), (3, 4), "A third client asked for 60 days."),
            Seen(-10, (4, 5), (4, 4), "Days sales outstanding rises month after month."),
        ),
        indicator=("accounting-days-sales-outstanding", "accounting"),
    ),
    Feared(
        "accounting", "compliance", "Freelancers are taken for staff",
        "some freelancers have worked for us alone for years",
        "the pension insurance audits us and says they are staff",
        "we pay the contributions of four years",
        (Seen(-44, (3, 4), (3, 3)), Seen(-18, (3, 4), (2, 3), "Contracts were looked through by a lawyer.")),
    ),
    Feared(
        "traffic", "supply", "The print house closes",
        "most of our print goes to one house", "it closes or is sold", "dates slip and prices rise for two months",
        (Seen(-57, (3, 4), (3, 3)), Seen(-31, (3, 4), (2, 3), "A second house prints a fifth of it.")),
        indicator=("traffic-client-date", "traffic"),
    ),
    Feared(
        "agency", "reputation", "Generated pictures are somebody else’s",
        "picture generators are used, and nobody lists where", "a motif turns out to be somebody else’s",
        "a campaign is withdrawn and the agency is named",
        (Seen(-11, (4, 4), (3, 4)),),
    ),
    Feared(
        "agency", "client", "Hafenkontor merges",
        "Hafenkontor is to merge with a competitor", "its new owner brings an agency of its own",
        "we lose a tenth of our income",
        (Seen(-54, (3, 4), (3, 3)), Seen(-41, (3, 4), (3, 4), "The boards agreed.")),
        closed=(-17, "The merger was called off, and they signed for two years."),
    ),
]  # fmt: skip


def lay_down(departments: dict[str, Department], people: dict[str, User], kpis: dict[str, Kpi], on: date):
    """Appetites, and risks with all that was said of them before today."""
    for week, category, level in APPETITES:
        accept({category: Level(level)}, by=people["coo"], at=moment(week, on))
    for feared in FEARED:
        fear(feared, departments, people, kpis, on)


def fear(feared: Feared, departments: dict, people: dict, kpis: dict, on: date):
    owner = people["coo" if feared.department == "agency" else feared.department]
    measured = feared.indicator and (kpis[feared.indicator[0]], departments[feared.indicator[1]])
    words = (feared.category, feared.title, feared.cause, feared.event, feared.effect)
    described, risk = Described(departments[feared.department], *words, owner, measured), None
    for number, seen in enumerate(feared.seen):
        said = {"inherent": Rating(*seen.inherent), "residual": Rating(*seen.residual), "words": seen.words}
        said |= {"by": owner, "at": moment(seen.week, on, feared.title)}
        if risk is None:
            risk = take_up(described, **said)
        else:
            review(risk, number=number, **said)
    if feared.closed:
        close(risk, feared.closed[1], by=owner, at=moment(feared.closed[0], on))


def moment(week: int, on: date, title: str = "") -> datetime:
    """On a weekday of that week, in the hours of work."""
    chance = dice(title, "risk", week)
    day = turn(on) + timedelta(weeks=week, days=chance.randint(0, 4))
    return timezone.make_aware(datetime.combine(day, time(chance.randint(9, 16), chance.randint(0, 59))))
