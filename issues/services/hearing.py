"""Who hears of a commitment: whoever is given it, and those to whom it was promised."""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils import timezone

from departments.models import Notification, User
from departments.selectors import answers_for
from departments.services.notifying import notify
from issues.ledger import Act
from issues.models import Commitment, Entry

GIVEN = {Act.MAKE: "wrote down that you promised it", Act.HAND_OVER: "handed it over to you"}
HEARD = {  # what those hear to whom it was promised, and who promised it where somebody else did that
    Act.MOVE: "{by} moved it to {day}: {what}",
    Act.DONE: "{by} did what was promised: {what}",
    Act.UNDO: "{by} took back that it is done: {what}",
    Act.RELEASE: "{by} released it: {what}",
}


def tell(commitment: Commitment, made: Entry):
    """Each person once for an entry; nobody hears of what they did themselves."""
    for to, subject, why in whom(commitment, made):
        if to.pk != made.by_id:
            notify(
                to=to,
                kind=Notification.Kind.COMMITMENT,
                key=f"commitment:{commitment.pk}:{made.number}",
                subject=subject,
                text=said(commitment, made),
                url=address(commitment),
                why=why,
                at=made.at,
            )


def whom(commitment: Commitment, made: Entry) -> Iterator[tuple[User, str, str]]:
    """(person, subject, why)"""
    if made.act in GIVEN:
        given = f"{made.by} {GIVEN[Act(made.act)]}" if made.by else "It passed on to you"
        yield made.who, f"{given}: {commitment}", "You answer for it now."
    if made.act == Act.HAND_OVER:
        before = commitment.entries.select_related("who").get(number=made.number - 1).who
        yield before, f"{made.by} handed it over to {made.who}: {commitment}", "You had promised it."
    if made.act == Act.RELEASE:
        yield made.who, f"{made.by} released you from it: {commitment}", "You had promised it."
    if made.act in HEARD:
        subject = HEARD[Act(made.act)].format(by=made.by, day=day_in_words(made.due_on), what=commitment)
        concerned = [(made.who, "You promised it."), *those_waiting(commitment, timezone.localdate(made.at))]
        yield from ((to, subject, why) for to, why in concerned)


def those_waiting(commitment: Commitment, on: date) -> Iterator[tuple[User, str]]:
    """To whom it was promised; for a department, and for somebody who has left, whoever is asked there."""
    person, place = commitment.to_user, commitment.to_department
    if person and not person.is_gone(on=on):
        yield person, "It was promised to you."
    elif (place := place or person.department) and (to := answers_for(place, on)):
        left = f"{person}, who has left, and you are asked for {place}"
        yield to, f"It was promised to {left if person else f'{place}, for whom you are asked'}."


def said(commitment: Commitment, made: Entry) -> str:
    if made.act == Act.MOVE:
        return ". ".join(filter(None, [made.get_reason_display(), made.words]))
    due = f"It is due on {day_in_words(made.due_on)}."
    return " ".join(filter(None, [made.words, due if made.act in GIVEN else ""]))


def day_in_words(day: date) -> str:
    return f"{day:%a %-d %b %Y}"


def address(commitment: Commitment) -> str:
    return reverse("issues:commitment", args=[commitment.pk])
