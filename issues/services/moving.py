"""An issue is raised, and moves: each act is put on record, and whoever has the ball next is told."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from departments.models import Department, User
from departments.models.department import Reach
from issues.flow import RULES, Act, Standing, State
from issues.models import Agreement, Issue, Move
from issues.models.issue import MOVED
from issues.models.move import DONE
from issues.selectors.waiting import Waiting, waiting
from issues.services.escalating import next_step
from issues.services.keeping import settle
from issues.services.telling import tell_moved
from kpis.models import Kpi, Signal

RAISERS_OWN = {Act.COMPLETE, Act.CONFIRM, Act.DISPUTE, Act.WITHDRAW}  # also for who raised it and leads nothing


class MoveRefused(Exception):
    """What somebody asked of an issue is not done."""


class MovedSince(MoveRefused):
    """The issue does not stand where it stood when somebody decided what to do."""

    def __init__(self, last: Move):
        super().__init__(f"{last.by} {DONE[Act(last.act)]} meanwhile. Nothing was done; what you wrote is below.")


class NotPossible(MoveRefused):
    """It cannot be done with an issue that stands where it does, or not by this person."""


class OwnDepartment(MoveRefused):
    def __init__(self, department: Department):
        super().__init__(f"{department} raised it itself: an issue is raised to another department.")


@dataclass(frozen=True)
class Raised:
    """What somebody says who raises an issue. `unready`: what the definition of ready asks for and is not there."""

    title: str
    needed: str
    raiser: Department
    owner: Department
    matters: str = ""
    severity: str = "medium"
    needed_by: date | None = None
    kpi: Kpi | None = None
    signal: Signal | None = None
    origin: str = ""
    origin_url: str = ""
    unready: tuple[str, ...] = ()


@transaction.atomic
def raise_issue(said: Raised, *, by: User, at: datetime) -> Issue:
    """Put an issue on record; its ball lies with its owner. Raises OwnDepartment."""
    if said.raiser == said.owner:
        raise OwnDepartment(said.owner)
    agreement = Agreement.objects.current().of_pair(said.raiser, said.owner).first()
    issue = Issue.objects.create(
        title=said.title,
        needed=said.needed,
        matters=said.matters,
        severity=said.severity,
        needed_by=said.needed_by,
        raiser=said.raiser,
        owner=said.owner,
        agreement=agreement,
        unready=list(said.unready),
        kpi=said.kpi,
        signal=said.signal,
        origin=said.origin,
        origin_url=said.origin_url,
        raised_at=at,
        raised_by=by,
        state=State.OPEN,
        court=said.owner,
        since=at,
        moved_at=at,
        edition=0,
    )
    standing = Standing(said.raiser.pk, said.owner.pk, State.OPEN, said.owner.pk)
    record(issue, Act.RAISE, standing, words="", by=by, at=at)
    return issue


@transaction.atomic
def move(
    issue: Issue, act: Act, *, edition: int, words: str = "", to: Department | None = None, by: User, at: datetime
) -> Move:
    """Do something with an issue that stands where it stood at this `edition`.

    Raises MovedSince where it does not any more, and NotPossible where this person may not do it, or not now.
    """
    held = Issue.objects.select_for_update(no_key=True).get(pk=issue.pk)
    if held.edition != edition:
        raise MovedSince(held.moves.select_related("by").get(number=held.edition))
    standing, rule = held.standing, RULES[act]
    refuse(held, act, to, mine=writes(by, held, on=timezone.localdate(at), act=act))
    if rule.needs_words and not words.strip():
        raise NotPossible(f"Say why: whoever reads that you {DONE[act]} wants to know.")
    after = standing.after(act, to.pk if to else None)
    made = record(held, act, after, words=words.strip(), by=by, at=max(at, held.moves.get(number=edition).at))
    issue.refresh_from_db()
    return made


def writes(user: User, issue: Issue, *, on: date, act: Act | None = None) -> set[int]:
    """The departments for which somebody may act on an issue; for the raiser's own acts also who raised it."""
    mine = Department.objects.reachable_by(user, on=on, reach=Reach.WRITE)
    parties = {issue.raiser_id, issue.owner_id, issue.court_id} - {None}
    found = set(mine.filter(pk__in=parties).values_list("pk", flat=True))
    if act in RAISERS_OWN and issue.raised_by_id == user.pk and not user.is_gone(on=on):
        found.add(issue.raiser_id)
    return found


def possible(user: User, issue: Issue, *, on: date) -> list[Act]:
    """What somebody may do with an issue now."""
    mine = writes(user, issue, on=on)
    own = writes(user, issue, on=on, act=Act.COMPLETE)
    standing = issue.standing
    return [act for act in RULES if standing.acting(act) & (own if act in RAISERS_OWN else mine)]


def refuse(issue: Issue, act: Act, to: Department | None, *, mine: set[int]):
    standing, rule = issue.standing, RULES[act]
    if standing.state not in rule.when:
        raise NotPossible(f"It is {issue.get_state_display().lower()}: nobody {DONE[act]} now.")
    who = standing.acting(act)
    if not who and rule.needs_ball and standing.court is not None:
        raise NotPossible(f"The ball is in the court of {issue.court}: only they can do that now.")
    if not who & mine:
        named = ", ".join(Department.objects.filter(pk__in=who).by_name().values_list("name", flat=True))
        raise NotPossible(f"That is for {named} to do." if named else "That is not possible now.")
    if act == Act.PASS and (to is None or to.pk == standing.court):
        raise NotPossible("Say to which other department the ball passes.")


def record(issue: Issue, act: Act, after: Standing, *, words: str, by: User, at: datetime) -> Move:
    """The move as a row, what became of promises with it, and where the issue stands; whom it concerns is told."""
    before = issue.court
    made = Move.objects.create(
        issue=issue,
        number=issue.edition + 1,
        act=act,
        at=at,
        by=by,
        words=words,
        state=after.state,
        court_id=after.court,
        is_paused=after.is_paused,
    )
    now = waiting(issue, at=at)
    settle(now)
    issue.state, issue.is_paused, issue.edition = after.state, after.is_paused, made.number
    if issue.court_id != after.court or act in (Act.RAISE, Act.REOPEN):
        issue.court_id, issue.since = after.court, at
    follow(now)
    tell_moved(issue, made, left=before)
    return made


def follow(now: Waiting):
    """What lists ask for, as the moves say it: how long the owner had the ball, and when it is time for a next step."""
    issue = now.issue
    issue.moved_at = now.now.at
    issue.waited, issue.held = (round(length.total_seconds()) for length in (now.owners, now.held))
    issue.next_step_at = next_step(now)
    Issue.objects.filter(pk=issue.pk).update(**{name: getattr(issue, name) for name in MOVED})
