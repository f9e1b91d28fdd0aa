"""A commitment is made, moved, handed over, done or released: each is put on record, and whom it concerns is told."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from departments.models import Department, User
from departments.models.department import Reach
from issues.ledger import Act, balance
from issues.models import Commitment, Entry, Issue, Risk, RiskClosure
from issues.models.commitment import REPEATED
from issues.models.entry import DONE
from issues.services.hearing import tell

UNDO = timedelta(minutes=10)


class CommitmentRefused(Exception):
    """What somebody asked of a commitment is not done."""


class ChangedSince(CommitmentRefused):
    """It does not stand where it stood when somebody decided what to do."""

    def __init__(self, last: Entry):
        who = f"{last.by} {DONE[Act(last.act)]}" if last.by else f"It passed on to {last.who}"
        super().__init__(f"{who} meanwhile. Nothing was done; what you wrote is below.")


class NotPossible(CommitmentRefused):
    """It cannot be done with a commitment that stands where it does, or not by this person."""


@dataclass(frozen=True)
class Promised:
    """Who promised what to whom by when; `department` is whose ledger it stands in, else that of who promised it.

    What is promised to lower a `risk` is a treatment of it.
    """

    who: User
    what: str
    due_on: date
    to_user: User | None = None
    to_department: Department | None = None
    department: Department | None = None
    issue: Issue | None = None
    risk: Risk | None = None
    origin: str = ""
    origin_url: str = ""


@transaction.atomic
def commit(said: Promised, *, by: User, at: datetime) -> Commitment:
    """Put a commitment on record. Raises NotPossible where it is past already, to nobody, of who has left, or for a
    risk that is closed."""
    on = timezone.localdate(at)
    if said.due_on < on:
        raise NotPossible(f"Found {said.due_on:%-d %B %Y}, expected today or later: what is promised lies ahead.")
    if said.to_user is None and said.to_department is None:
        raise NotPossible("Say to whom it is promised.")
    if said.who.is_gone(on=on):
        raise NotPossible(f"{said.who} has left and promises nothing any more.")
    if closure := said.risk and RiskClosure.objects.standing().filter(risk=said.risk).select_related("by").first():
        raise NotPossible(f"{closure.by} closed this risk: {closure.why} Reopen it first.")
    commitment = Commitment.objects.create(
        what=said.what,
        who=said.who,
        department=said.department or said.who.department or Department.objects.get(parent=None),
        to_user=said.to_user,
        to_department=said.to_department,
        first_due_on=said.due_on,
        due_on=said.due_on,
        issue=said.issue,
        risk=said.risk,
        origin=said.origin,
        origin_url=said.origin_url,
        made_at=at,
        made_by=by,
        edition=0,
    )
    record(commitment, Act.MAKE, by=by, at=at)
    return commitment


@transaction.atomic
def do(commitment: Commitment, act: Act, *, edition: int, by: User, at: datetime, words: str = "", **fields) -> Entry:
    """Do something with a commitment that stands where it stood at this `edition`.

    MOVE takes a date (`due_on`) and a `reason`: the date first promised stays what it is judged by. HAND_OVER takes
    `who` answers for it from now on; it stays in the ledger of the department that promised it. UNDO takes back that
    it is done, for some minutes. RELEASE: whoever it was promised to needs it no more; by its first date it counts for
    nothing then, later as missed.

    Raises ChangedSince where it does not any more, and NotPossible where this person may not do it, or not now.
    """
    held = Commitment.objects.select_for_update(no_key=True, of=("self",)).select_related("who").get(pk=commitment.pk)
    last = held.entries.select_related("by", "who").get(number=held.edition)
    if held.edition != edition:
        raise ChangedSince(last)
    at, words = max(at, last.at), words.strip()
    refuse(held, act, words=words, by=by, at=at, **fields)
    made = record(held, act, words=words, by=by, at=at, **fields)
    commitment.refresh_from_db()
    return made


def possible(user: User, commitment: Commitment, *, at: datetime) -> list[Act]:
    """What somebody may do with a commitment now."""
    keeps, releases = may_keep(user, commitment, at=at), may_release(user, commitment, at=at)
    if commitment.is_open:
        return [Act.DONE, Act.MOVE, Act.HAND_OVER] * keeps + [Act.RELEASE] * releases
    return [Act.UNDO] * (keeps and commitment.done_at is not None and at - commitment.done_at <= UNDO)


def may_keep(user: User, commitment: Commitment, *, at: datetime) -> bool:
    """Who promised it, who leads the department whose ledger it stands in, and the COO."""
    on = timezone.localdate(at)
    if user.is_gone(on=on):
        return False
    return user.pk == commitment.who_id or leads(user, [commitment.department_id], on=on)


def may_release(user: User, commitment: Commitment, *, at: datetime) -> bool:
    """To whom it was promised, who leads their department, and the COO: but nobody who ever answered for it."""
    on, to = timezone.localdate(at), commitment.to_user
    if user.is_gone(on=on) or answered(user, commitment):
        return False
    theirs = [commitment.to_department_id, to.department_id if to else None]
    return (to is not None and user.pk == to.pk) or leads(user, [key for key in theirs if key], on=on)


def answered(user: User, commitment: Commitment) -> bool:
    return commitment.who_id == user.pk or commitment.entries.filter(who=user).exists()


def leads(user: User, departments: list[int], *, on: date) -> bool:
    writable = Department.objects.reachable_by(user, on=on, reach=Reach.WRITE)
    return user.writes_everything or writable.filter(pk__in=departments).exists()


def promisers(user: User, *, on: date):
    """The people whose promises somebody may write down: their own, and those of whom they lead."""
    led = Department.objects.reachable_by(user, on=on, reach=Reach.WRITE)
    within = Q(department__in=led.values("pk")) | Q(pk=user.pk)
    if user.writes_everything:
        within |= Q(department=None)
    return User.objects.employed(on=on).filter(within).by_name()


def acts_for(user: User, issue: Issue, *, on: date) -> bool:
    """Whether somebody may act for the department that raised an issue, or for the one that owns it."""
    return issue.raised_by_id == user.pk or leads(user, [issue.raiser_id, issue.owner_id], on=on)


def takers(user: User, commitment: Commitment, *, on: date):
    """The people to whom somebody may hand a commitment over; not the one whom it was promised."""
    led = Department.objects.reachable_by(user, on=on, reach=Reach.WRITE)
    within = Q(department__in=led.values("pk")) | Q(department=commitment.department_id)
    within |= Q(pk__in=User.objects.heading([commitment.department_id], on=on).values("pk"))
    not_to = [key for key in (commitment.who_id, commitment.to_user_id) if key]
    return User.objects.employed(on=on).filter(within).exclude(pk__in=not_to).by_name()


def refuse(held: Commitment, act: Act, *, words: str, by: User, at: datetime, who=None, due_on=None, reason=""):
    acts = possible(by, held, at=at)
    if act not in acts:
        raise NotPossible(why_not(held, act, by=by, at=at))
    if act == Act.HAND_OVER and not takers(by, held, on=timezone.localdate(at)).filter(pk=who.pk).exists():
        raise NotPossible(f"{who} cannot be given this commitment: choose one of the people listed.")
    if act == Act.MOVE and due_on < timezone.localdate(at):
        raise NotPossible(f"Found {due_on:%-d %B %Y}, expected today or later.")
    if act == Act.MOVE and due_on == held.due_on:
        raise NotPossible(f"It is due on {due_on:%-d %B %Y} already.")
    if not words and (act in (Act.HAND_OVER, Act.RELEASE) or reason == "other"):
        raise NotPossible("Say why: whoever reads it later wants to know.")


def why_not(held: Commitment, act: Act, *, by: User, at: datetime) -> str:
    if act == Act.UNDO and held.done_at and may_keep(by, held, at=at):
        return "It was done more than ten minutes ago: that stands."
    if not held.is_open and act != Act.UNDO:
        return "It is done already." if held.done_at else "It was released already."
    if act == Act.UNDO and held.done_at is None:
        return "It is not done: there is nothing to take back."
    if act == Act.RELEASE and answered(by, held):
        return f"Nobody lets themselves off: that is for the COO, or for {held.to} to do."
    return f"That is for {held.to if act == Act.RELEASE else held.who} to do."


def record(
    held: Commitment, act: Act, *, by: User | None, at: datetime, who: User | None = None, due_on: date | None = None,
    words: str = "", reason: str = "",
) -> Entry:  # fmt: skip
    """The entry as a row, where the commitment stands from then on, and who has to know of it."""
    made = Entry.objects.create(
        commitment=held,
        number=held.edition + 1,
        act=act,
        at=at,
        by=by,
        who=who or held.who,
        due_on=due_on or held.due_on,
        reason=reason,
        words=words,
    )
    follow(held)
    tell(held, made)
    return made


def follow(commitment: Commitment):
    """What lists ask for, as the entries say it."""
    lines = list(commitment.entries.order_by("number"))
    commitment.stand(balance(lines))
    commitment.edition = lines[-1].number
    commitment.save(update_fields=REPEATED)
