"""What departments said of their week: where the data say otherwise, who was silent, what is carried on and on."""

from datetime import timedelta

from django.urls import reverse

from meetings import weeks
from meetings.models import StatusItem, WeeklyStatus
from meetings.parts import Part
from meetings.selectors.due import Due, due
from meetings.selectors.memo.told import Drafted, Then, Told, several, shortened

A_YEAR = 53  # weeks
TIRED = 2  # times a plan was carried, from which on it is spoken of


def asked_for(then: Then) -> Due:
    """The last week of which statuses were due by then; where none was for a year, this one."""
    this = weeks.week_of(then.today)
    asked = (due(this - timedelta(weeks=back), known_at=then.at) for back in range(A_YEAR))
    return next((each for each in asked if each.at and each.at <= then.at), Due(this, None, {}))


def sent(then: Then, week) -> dict[int, WeeklyStatus]:
    found = WeeklyStatus.objects.known_at(then.at).filter(week=week, department__in=then.places)
    return {status.department_id: status for status in found.prefetch_related("items")}


def doubts(then: Then) -> list[Told]:
    """Questions to heads whose status says other than the data, or who sent none."""
    asked = asked_for(then)
    statuses, found = sent(then, asked.week), []
    for place in then.places.values():
        url = reverse("meetings:status", args=[place.slug, asked.week])
        status, head = statuses.get(place.pk), then.heads.get(place.pk)
        if status and status.disagrees:
            words = f"{place} reports {status.get_health_display().lower()}; the data say: {status.data_words}."
            found.append(Told(f"{words} How do the two go together?", url, {"status_id": status.pk}, head))
        elif status is None and asked.is_owed_by(place):
            words = f"{place} sent no status of week {weeks.number(asked.week)}. How does it stand?"
            found.append(Told(words, url, {"department_id": place.pk}, head))
    return found


def priorities(then: Then) -> Drafted:
    """Plans that are carried from week to week."""
    asked, lines = asked_for(then), []
    for status in sent(then, asked.week).values():
        place = then.places[status.department_id]
        plans = [item for item in status.items.all() if item.kind == StatusItem.Kind.PLAN and item.age >= TIRED]
        lines += [
            Told(
                f"{place} carries “{plan.text}” for the {ordinal(plan.age)} time.",
                reverse("meetings:status", args=[place.slug, asked.week]),
                {"status_id": status.pk},
                then.heads.get(place.pk),
            )
            for plan in plans
        ]
    words = f"{several(len(lines), 'plan')} carried {TIRED} times or more." if lines else ""
    url = reverse("meetings:board")
    return Drafted(Part.PRIORITIES, "Priorities", words, url, shortened(lines, url=url, noun="plan"))


def ordinal(number: int) -> str:
    """“2nd”, “11th”, “23rd”"""
    teen = number % 100 in (11, 12, 13)
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"
