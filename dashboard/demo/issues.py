"""What departments of the demo agency need from each other, and how it went. Plain Python; all of it is invented."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from dashboard.demo.chance import dice

DAYS = timedelta(days=1)


class Done(NamedTuple):
    """So many days after the issue was raised, at an hour: an act, what was said, and to whom the ball passed."""

    day: int
    hour: int
    act: str
    words: str = ""
    to: str = ""


class Called(NamedTuple):
    """At an hour of the last weekday before today, its raiser calls mediation, and writes how they see it."""

    hour: int
    why: str
    view: str


class Stuck(NamedTuple):
    """An issue, raised so many days ago; who acts is the head of the department that has to."""

    raiser: str
    owner: str
    title: str
    needed: str
    severity: str
    days: int
    done: tuple[Done, ...] = ()
    matters: str = ""
    needed_in: int | None = None  # days from today
    kpi: str = ""
    called: Called | None = None


class Agreed(NamedTuple):
    """What one department promises another, in hours of working time."""

    raiser: str
    owner: str
    accept: int
    medium: int
    ready: str


AGREED = [
    Agreed("account-service", "creative", 8, 40, "For whom and what for\nBudget is agreed\nDate is agreed"),
    Agreed("creative", "account-service", 8, 16, "What exactly is asked of the client\nUntil when it is needed"),
    Agreed("media", "creative", 8, 24, "Formats and sizes are listed\nThe plan is signed off"),
    Agreed("traffic", "creative", 4, 16, ""),
    Agreed("accounting", "account-service", 16, 40, "Invoice numbers are named"),
]  # fmt: skip

# What comes up again and again between two departments: titles, what is needed, and how often it is returned first.
USUAL = {
    ("creative", "account-service"): (
        ["Feedback on the layouts", "Sign-off of the storyboard", "Claims for the mailing", "Who decides on the film"],
        "One answer from the client, not three.", 0.1,
    ),
    ("account-service", "creative"): (
        ["Layouts for the pitch", "Change of the headline", "Three sizes more", "A version without the price"],
        "As the brief says.", 0.45,
    ),
    ("media", "creative"): (
        ["Banner sizes for the new placements", "Lighter files", "Spot in ten seconds", "Texts with tracking links"],
        "Formats are in the plan.", 0.2,
    ),
    ("traffic", "creative"): (
        ["A date for the annual report", "Hours for the rush job", "Artwork for the printer"],
        "A day that holds.", 0.05,
    ),
    ("accounting", "account-service"): (
        ["Scope of two jobs without an offer", "Whom to remind", "Why the invoice was cut"],
        "So that it can be billed this month.", 0.15,
    ),
    ("account-service", "it"): (
        ["Access for a client's team", "Large files to Brandt & Cie", "The share was moved"],
        "By name, with rights to read.", 0.1,
    ),
}  # fmt: skip

OPEN = [
    Stuck(
        "creative", "account-service", "Sign-off for Nordwind takes three days",
        "One person at Nordwind who may **say yes** within a day. Three of them answer now, and they differ.",
        "high", 9,
        (Done(0, 15, "accept"), Done(1, 10, "start"), Done(4, 11, "pause", "Nordwind is at a fair until Thursday.")),
        "Both launches hang on it: each day of waiting is a day of overtime at the end.", 3, "creative-on-time",
    ),
    Stuck(
        "media", "creative", "Ad server names do not match the plans",
        "Name files as the plan does: client, campaign, format, size. The list is in the plan of Brandt & Cie.",
        "medium", 6, (Done(0, 16, "accept"),), "Two evenings a week go into it.", None, "media-trafficking-errors",
    ),
    Stuck(
        "traffic", "creative", "Rush jobs push out planned ones",
        "Say which planned job gives way **before** a rush job is accepted.", "high", 4, (),
        "Every third date of last week slipped.", 1, "traffic-rush-jobs",
    ),
    Stuck(
        "account-service", "agency", "A fee for additional rounds",
        "A rule from which round on we charge, so that all of us say the same.", "medium", 12,
        (Done(1, 9, "accept"), Done(5, 14, "return", "What did the last five jobs lose by it? Then I can decide.")),
    ),
    Stuck(
        "accounting", "account-service", "Three jobs without a signed offer",
        "Offers for Hafenkontor 114, 117 and 121, signed, or word that we do not bill them.", "critical", 7,
        (Done(0, 11, "accept"), Done(2, 15, "resolve", "114 and 117 are signed. 121 was free of charge."),
         Done(3, 9, "dispute", "121 has 46 hours on it: who agreed to that?")),
        "26,000 euros cannot be billed.", -1, "accounting-unbilled",
        Called(10, "Whether 121 is billed decides whether the month closes, and we go round in circles.",
               "46 hours went into 121, booked over three weeks. **Nobody told us** that it was free of charge, and the"
               " client had three reminders that a fee was open.\n\n- We bill it, or somebody signs the write-off.\n"
               "- From now on no job opens without an offer or that signature."),
    ),
    Stuck(
        "creative", "it", "The asset library is slow from home",
        "Thumbnails in a second, as in the office.", "low", 15,
        (Done(1, 13, "accept"), Done(2, 10, "start"), Done(8, 9, "resolve", "Thumbnails are kept at the edge now.")),
    ),
    Stuck(
        "traffic", "account-service", "Half of the briefs come without a budget",
        "A figure, or the words “not yet”: both will do.", "medium", 3, (Done(0, 14, "accept"),), "", 4,
        "account-service-brief-completeness",
    ),
    Stuck(
        "account-service", "media", "Numbers for the quarterly review with Meridian",
        "Reach and cost per lead by month, as last quarter.", "medium", 1, (), "", 6,
    ),
    Stuck(
        "it", "accounting", "Approve the second storage array",
        "The offer lies in the folder: 18,400 euros, delivery three weeks after the order.", "high", 10,
        (Done(1, 10, "accept"), Done(2, 16, "pass", "It is above my limit.", "agency")),
        "Until then one failed disk stops everybody again.", 5,
    ),
]  # fmt: skip


def stuck(*, on: date) -> Iterator[Stuck]:
    """The oldest first: half a year of what was settled, then what is open."""
    chance, found = dice("issues", on.isocalendar().week), []
    for (raiser, owner), (titles, needed, returned) in USUAL.items():
        for n in range(7):
            days = 21 + 24 * n + chance.randint(0, 17)
            found.append(settled(raiser, owner, chance.choice(titles), needed, returned, days, chance))
    found.sort(key=lambda each: -each.days)
    yield from found
    yield from OPEN


def settled(raiser, owner, title, needed, returned, days, chance) -> Stuck:
    done, day = [], chance.choice([0, 0, 1, 2])
    if chance.random() < returned:
        done += [
            Done(day, 13, "return", "No budget, and no date."),
            Done(day + 1, 15, "complete", "Both are in it now."),
        ]
        day += 2
    done.append(Done(day, 16, "accept"))
    day += chance.choice([1, 1, 2, 3, 6, 9])
    done.append(Done(day, 14, "resolve", "Done, and filed with the job."))
    done.append(Done(day + chance.choice([0, 1, 1, 4]), 17, "confirm"))
    severity = chance.choice(["low", "medium", "medium", "medium", "high"])
    return Stuck(raiser, owner, title, needed, severity, days, tuple(done))


def called_at(each: Called, *, on: date) -> datetime:
    day = on - DAYS
    return datetime.combine(day - max(day.weekday() - 4, 0) * DAYS, time(each.hour))


def moment(each: Stuck, day: int, hour: int, *, on: date) -> datetime:
    """On a working day: what falls on a weekend waits for Monday."""
    at = on - each.days * DAYS + day * DAYS
    at += (7 - at.weekday()) * DAYS if at.weekday() > 4 else timedelta()
    return datetime.combine(at, time(hour))
