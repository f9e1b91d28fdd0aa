"""What was promised and has come due: answered, or silent."""

from typing import NamedTuple

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from issues.ledger import Act
from issues.models import Commitment, Entry
from issues.selectors.commitments import listed
from meetings.parts import Part
from meetings.selectors.memo.told import Drafted, Then, Told, counted, day, shortened

ANSWERED = ("done", "released", "moved")
ORDER = ["silent", "moved", "due", "done", "released"]


class Promise(NamedTuple):
    """A commitment as it stood, and what became of it since: one of ORDER."""

    commitment: Commitment
    became: str
    entry: Entry  # its last one by then


def came_back(then: Then) -> list[Promise]:
    """Of those that the departments stand for: what is due by the day of the meeting, and what was settled since."""
    due = Q(first_due_on__lte=then.on) | Q(moved__gt=0)
    found = Commitment.objects.filter(due, made_at__lte=then.at, department__in=then.places)
    found = found.filter(Q(ended_on=None) | Q(ended_on__gte=timezone.localdate(then.since)))
    rows = listed(found.order_by("first_due_on", "pk"), on=then.today, known_at=then.at)
    told = [promise for row in rows if (promise := promise_of(row.commitment, then))]
    return sorted(told, key=lambda each: (ORDER.index(each.became), each.commitment.due_on, each.commitment.pk))


def promise_of(commitment: Commitment, then: Then) -> Promise | None:
    """None where there is nothing to tell: settled before, or due only later."""
    last = commitment.known[-1]
    ended_at = commitment.done_at or commitment.released_at
    if ended_at:
        became = "done" if commitment.done_at else "released"
        return Promise(commitment, became, last) if ended_at > then.since else None
    moved = [entry for entry in commitment.known if entry.act == Act.MOVE and entry.at > then.since]
    if moved and commitment.due_on >= then.today:
        return Promise(commitment, "moved", moved[-1])
    if commitment.due_on < then.today:
        return Promise(commitment, "silent", last)
    return Promise(commitment, "due", last) if commitment.due_on <= then.on else None


def in_words(found: Promise, then: Then) -> str:
    """“Mara Okafor promised Media “Send the brief” by Fri 13 Nov: silent.”"""
    promised = found.commitment
    said = {
        "silent": "nothing was heard of it",
        "due": "due by then",
        "done": f"done on {day(promised.ended_on)}" if promised.ended_on else "",
        "released": "released",
        "moved": f"moved to {day(promised.due_on)}",
    }[found.became]
    why = f" ({found.entry.get_reason_display().lower()})" if found.became == "moved" else ""
    by = day(promised.first_due_on if found.became in ANSWERED else promised.due_on)
    to = (promised.to_user, then.departments.get(promised.to_department_id))
    to = ", ".join(str(each) for each in to if each)
    return f"{promised.who} promised {to} “{promised.what}” by {by}: {said}{why}."


def follow_ups(then: Then) -> Drafted:
    found = came_back(then)
    url = reverse("issues:commitments")
    lines = [
        Told(
            in_words(each, then),
            reverse("issues:commitment", args=[each.commitment.pk]),
            {"commitment_id": each.commitment.pk},
        )
        for each in found
    ]
    number = {became: sum(each.became == became for each in found) for became in ORDER}
    said = counted(
        [
            (number["silent"], "overdue without a word"), (number["moved"], "moved"), (number["due"], "due by then"),
            (number["done"], "done"), (number["released"], "released"),
        ],
        none="Nothing that was promised has come due",
    )  # fmt: skip
    return Drafted(Part.FOLLOW_UPS, "Follow-ups", f"{said}.", url, shortened(lines, url=url, noun="commitment"))
