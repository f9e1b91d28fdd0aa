"""What a meeting decides, and what is promised in it: once, however often the form is sent."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from departments.models import Department, User
from issues.models import Commitment, Measure
from issues.services.committing import Promised, commit
from issues.services.measuring import Taken as Measured
from issues.services.measuring import take_measure
from meetings.models import AgendaItem, Decision, ItemCommitment, Taken
from meetings.services.agenda import MeetingRefused, changed
from meetings.services.running import hold, hold_running, refuse_removed


@dataclass(frozen=True)
class Decided:
    """What was decided, what is expected of it, and when to look at it again."""

    words: str
    expects: str = ""
    revisit_on: date | None = None


def taken(item: AgendaItem, key: str, *, by: User, at: datetime) -> bool:
    """Whether a form with this key was taken before; from now on it is."""
    try:
        with transaction.atomic():
            Taken.objects.create(item=item, key=key, by=by, at=at)
    except IntegrityError:
        return True
    return False


@transaction.atomic
def decide(item: AgendaItem, said: Decided, *, key: str, by: User, at: datetime) -> Decision | None:
    """Put a decision on record; None where the form of this key was taken already."""
    held = hold_running(item.meeting)
    refuse_removed(item)
    if taken(item, key, by=by, at=at):
        return None
    changed(held)
    return item.decisions.create(**vars(said), recorded_at=at, recorded_by=by)


@transaction.atomic
def amend(decision: Decision, said: Decided, *, by: User, at: datetime) -> Decision:
    """Put a decision otherwise: the version before stays to be read. Twice is once.

    Raises MeetingRefused where somebody else amended it meanwhile.
    """
    changed(hold(decision.item.meeting))
    stands = Decision.objects.select_related("superseded_by").get(pk=decision.pk)
    if said == Decided(stands.words, stands.expects, stands.revisit_on) and stands.superseded_at is None:
        return stands
    if stands.superseded_at:
        newer = stands.amended_as
        if said == Decided(newer.words, newer.expects, newer.revisit_on) and newer.recorded_by == by:
            return newer
        raise MeetingRefused(f"{stands.superseded_by} amended this decision meanwhile. Your text is below.")
    Decision.objects.filter(pk=stands.pk).update(superseded_at=at, superseded_by=by)
    kept = {"item": stands.item, "measure": stands.measure, "amends": stands}
    return Decision.objects.create(**kept, **vars(said), recorded_at=at, recorded_by=by)


@transaction.atomic
def measure_effect(decision: Decision, said: Measured, *, by: User, at: datetime) -> Measure:
    """Say by which KPI it will be told whether a decision worked; the decision that stands has the measure.

    Raises MeetingRefused where it has one that stands, or was amended meanwhile.
    """
    held = Decision.objects.select_for_update(no_key=True, of=("self",)).get(pk=decision.pk)
    if held.superseded_at:
        raise MeetingRefused("This decision was amended meanwhile: see how it is put now.")
    if held.measure_id and Measure.objects.standing().filter(pk=held.measure_id).exists():
        raise MeetingRefused("By which values it is told whether this decision worked is on record already.")
    measure = take_measure(said, by=by, at=at)
    Decision.objects.filter(pk=held.pk).update(measure=measure)
    return measure


@transaction.atomic
def promise(
    item: AgendaItem, *, who: User, what: str, due_on: date, to: Department, key: str, by: User, at: datetime
) -> Commitment | None:
    """Put a commitment that was made on an item into the ledger; on an issue it hangs on that, on a risk it treats it.

    None where the form of this key was taken already. Raises CommitmentRefused as `commit` does.
    """
    held = hold_running(item.meeting)
    refuse_removed(item)
    if taken(item, key, by=by, at=at):
        return None
    about = {"issue": item.issue, "risk": item.risk if not item.issue_id else None}
    # a commitment is read by more people than the meeting: its title stays there
    origin = {"origin": f"A meeting on {held.slot:%-d %b %Y}", "origin_url": held.url}
    made = commit(Promised(who=who, what=what, due_on=due_on, to_department=to, **about, **origin), by=by, at=at)
    ItemCommitment.objects.create(item=item, commitment=made)
    changed(held)
    return made
