"""What was done and decided before, and whether it worked: what is to be looked at again by the day of the meeting."""

from django.urls import reverse
from django.utils import timezone

from issues.effect_words import brief
from issues.models import Measure
from issues.selectors.effects import Verdict, verdicts
from kpis.effect import Effect
from meetings.models import Decision
from meetings.parts import Part
from meetings.selectors.memo.told import Drafted, Then, Told, counted, day, shortened
from meetings.selectors.subjects import SUBJECTS

TOLD = {
    Effect.WORKED: "worked",
    Effect.WORSE: "got worse",
    Effect.NONE: "without a detectable change",
    Effect.EARLY: "too early to tell",
    Effect.UNKNOWN: "of which it cannot be told",
}


def looked_at(then: Then) -> list[Verdict]:
    """Measures whose day to look again has come since, and those of which more can be told since; newest day first."""
    due = Measure.objects.standing(at=then.at).filter(look_on__lte=then.on, department__in=then.places)
    found = verdicts(due.order_by("-look_on", "pk"), on=then.today, known_at=then.at)
    since = timezone.localdate(then.since)
    before = {each.measure.pk: each.effect for each in verdicts(due, on=since, known_at=then.since)}
    return [
        each
        for each in found
        if each.measure.look_on > since or each.effect != before.get(each.measure.pk, each.effect)
    ]


def measure_in_words(found: Verdict, then: Then) -> str:
    """““A checklist for briefs”, Brief completeness, Creative, since 24 Aug: worked: 81.2 → 91.4 %.”"""
    measure = found.measure
    where = then.places[measure.department_id]
    return f"“{measure}”, {found.kpi}, {where}, since {day(measure.effective_on)}: {brief(found)}."


def revisited(then: Then) -> list[Told]:
    """Decisions of the same series that were to be looked at again since: those of others stay with who is in them."""
    since = timezone.localdate(then.since)
    decisions = Decision.objects.known_at(then.at).filter(
        revisit_on__gt=since, revisit_on__lte=then.on, item__meeting__series=then.series
    )
    found = []
    for each in decisions.select_related("item__meeting").order_by("revisit_on", "pk"):
        meeting = each.item.meeting
        expected = f" Expected was: {each.expects}" if each.expects else ""
        words = f"Decided on {day(timezone.localdate(meeting.starts_at))}: “{each.words}”.{expected}"
        about = {f"{name}_id": getattr(each.item, f"{name}_id") for name in SUBJECTS}
        found.append(Told(words, reverse("meetings:minutes", args=[meeting.series_id, meeting.slot]), about))
    return found


def effects(then: Then) -> Drafted:
    found, again = looked_at(then), revisited(then)
    url = reverse("issues:effects")
    lines = [Told(measure_in_words(each, then), each.measure.url, {"measure_id": each.measure.pk}) for each in found]
    numbers = [(sum(each.effect == effect for each in found), words) for effect, words in TOLD.items()]
    words = f"{counted(numbers, none='No measure is to be looked at')}." if found or not again else ""
    lines = shortened(lines, url=url, noun="measure") + shortened(again, url=url, noun="decision")
    return Drafted(Part.EFFECTS, "What was done, and did it work", words, url, lines)
