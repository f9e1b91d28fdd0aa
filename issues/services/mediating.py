"""Mediation: both sides write how they see it before either reads the other; the COO proposes terms, without the view
of a side that did not write in time; both agree, or the COO decides; on a day that was set with it all three are asked
whether it is held.

Each step holds the issue's row, so that steps at once come after each other; each is a row, and told once.
"""

import logging
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from departments.business import MORNING, BusinessDays
from departments.models import Department, User
from departments.selectors import business_days
from issues.models import Answer, FollowUp, Issue, Mediation, Position, Proposal, Settlement
from issues.selectors.mediation import DAY, Course, Stage, courses, reader_of
from issues.services import mediation_telling as telling

log = logging.getLogger(__name__)
A_MONTH = timedelta(days=31)
How = Settlement.How


class MediationRefused(Exception):
    """What somebody asked of a mediation is not done."""


class IssueClosed(MediationRefused):
    def __init__(self, issue: Issue):
        super().__init__(f"The issue is {issue.get_state_display().lower()}: there is nothing to mediate.")


class NobodyMediates(MediationRefused):
    def __init__(self, issue: Issue):
        root = issue.owner if issue.owner.parent_id is None else issue.raiser
        super().__init__(f"{root} is a side of this issue, and the COO answers for it: there is nobody to mediate.")


class NotASide(MediationRefused):
    def __init__(self, issue: Issue):
        super().__init__(f"That is for who leads {issue.raiser} or {issue.owner}.")


class NotTheCoo(MediationRefused):
    def __init__(self):
        super().__init__("Terms are proposed, and matters decided, by the COO.")


class AlreadyCalled(MediationRefused):
    def __init__(self, called: Course):
        who = f"{called.mediation.called_by} called mediation on {local(called.mediation.called_at)}"
        then = " Say first whether what was settled is held." if called.settlement else ""
        super().__init__(f"{who}, and it is not over.{then}")


class AlreadyWritten(MediationRefused):
    def __init__(self, written: Position):
        super().__init__(
            f"{written.by} wrote the view of {written.department} on {local(written.at)}; it stays as it is."
        )


class AlreadyAnswered(MediationRefused):
    def __init__(self, given: Answer):
        said = "agreed" if given.agrees else "did not agree"
        super().__init__(f"{given.by} {said} for {given.department} on {local(given.at)}.")


class ReplacedSince(MediationRefused):
    """Other terms stand than those that somebody had before them."""

    def __init__(self, newest: Proposal):
        super().__init__(
            f"{newest.by} proposed terms {newest.number} meanwhile. Nothing was done; what you wrote is below."
        )


class NotNow(MediationRefused):
    """It is not the turn of this step. Says what is."""


class NotAhead(MediationRefused):
    def __init__(self, day: date, on: date):
        super().__init__(f"The follow-up is on a day to come. Found {day:{DAY}}, expected one after {on:{DAY}}.")


class NoWords(MediationRefused):
    """Nothing was said where something has to be."""


def local(at: datetime) -> str:
    return f"{timezone.localtime(at):{DAY}, %H:%M}"


def said(words: str, ask: str) -> str:
    """The words without what surrounds them. Raises NoWords where there are none."""
    if not words.strip():
        raise NoWords(ask)
    return words.strip()


@transaction.atomic
def call_mediation(issue: Issue, *, why: str, by: User, at: datetime) -> Mediation:
    """The head of either side calls the COO in. Raises a MediationRefused."""
    held = hold(issue.pk)
    side = side_of(held, by, at)
    if not held.is_open:
        raise IssueClosed(held)
    if None in (held.raiser.parent_id, held.owner.parent_id):
        raise NobodyMediates(held)
    if (before := courses(held)) and not before[0].is_over:
        raise AlreadyCalled(before[0])
    words = said(why, "Say why: what is it that the two of you do not settle?")
    due_on = views_due_on(timezone.localdate(at))
    made = Mediation.objects.create(
        issue=held, department=side, called_by=by, called_at=at, why=words, views_due_on=due_on
    )
    telling.tell_called(newest(held), by=by, at=at)
    return made


def views_due_on(called_on: date) -> date:
    """The second working day after it was called."""
    days = business_days(called_on, called_on + A_MONTH)
    return days.after(days.after(called_on))


@transaction.atomic
def write_position(mediation: Mediation, *, text: str, by: User, at: datetime) -> Position:
    """How one side sees it: once, for good. Who writes second tells everybody that both can be read."""
    issue, found = stands(mediation)
    side = side_of(issue, by, at)
    if written := next((each for each in found.positions if each.department_id == side.pk), None):
        raise AlreadyWritten(written)
    refuse_unless(found, Stage.VIEWS)
    words = said(text, "Say how you see it.")
    made = Position.objects.create(mediation=mediation, department=side, text=words, by=by, at=at)
    if len(found.missing) == 1:
        telling.tell_views_are_in(newest(issue), by=by, at=at)
    return made


@transaction.atomic
def propose(
    mediation: Mediation, *, terms: str, follow_up_on: date, instead_of: int, by: User, at: datetime
) -> Proposal:
    """The COO proposes terms to both, `instead_of` those of this number: 0 where none were proposed yet."""
    issue, found = stands(mediation)
    refuse_but_the_coo(by)
    if not found.is_overdue(timezone.localdate(at)):
        refuse_unless(found, Stage.TERMS, Stage.ANSWERS, Stage.REFUSED)
    refuse_replaced(found, instead_of)
    look_ahead(follow_up_on, at)
    words = said(terms, "Say what you propose.")
    number = found.number + 1
    made = Proposal.objects.create(
        mediation=mediation, number=number, terms=words, follow_up_on=follow_up_on, by=by, at=at
    )
    telling.tell_proposed(newest(issue), by=by, at=at)
    return made


@transaction.atomic
def answer(mediation: Mediation, *, number: int, agrees: bool, words: str = "", by: User, at: datetime) -> Answer:
    """One side agrees to the terms of this number, or says why not. When both agree, it is settled."""
    issue, found = stands(mediation)
    side = side_of(issue, by, at)
    refuse_unless(found, Stage.ANSWERS, Stage.REFUSED)
    refuse_replaced(found, number)
    if given := next((each for each in found.given if each.department_id == side.pk), None):
        raise AlreadyAnswered(given)
    words = words.strip() if agrees else said(words, "Say why not: whoever proposes anew wants to know.")
    proposal = found.newest
    made = Answer.objects.create(proposal=proposal, department=side, agrees=agrees, words=words, by=by, at=at)
    if agrees and [each.agrees for each in found.given] == [True]:
        settle(mediation, How.AGREED, proposal=proposal, follow_up_on=proposal.follow_up_on, at=at)
        telling.tell_settled(newest(issue), by=by, at=at)
    else:
        telling.tell_answered(newest(issue), made, at=at)
    return made


@transaction.atomic
def decide(mediation: Mediation, *, words: str, follow_up_on: date, number: int, by: User, at: datetime) -> Settlement:
    """The COO decides what holds, having proposed terms up to this number."""
    issue, found = stands(mediation)
    refuse_but_the_coo(by)
    refuse_unless(found, Stage.ANSWERS, Stage.REFUSED)
    refuse_replaced(found, number)
    look_ahead(follow_up_on, at)
    words = said(words, "Say what you decided, and why.")
    made = settle(mediation, How.DECIDED, words=words, follow_up_on=follow_up_on, by=by, at=at)
    telling.tell_settled(newest(issue), by=by, at=at)
    return made


def settle(mediation: Mediation, how: How, **fields) -> Settlement:
    return Settlement.objects.create(mediation=mediation, how=how, **fields)


@transaction.atomic
def follow_up(mediation: Mediation, *, held: bool, words: str = "", by: User, at: datetime) -> FollowUp:
    """Somebody of the three says whether it was held; that it was not, may be said before its day, too.

    It ends the mediation: from then on either side may call another.
    """
    issue, found = stands(mediation)
    if by.role != User.Role.COO:
        side_of(issue, by, at)
    refuse_unless(found, Stage.SETTLED, Stage.DUE)
    settlement = found.settlement
    if held and timezone.localdate(at) < settlement.follow_up_on:
        raise NotNow(f"That it was held is said on {settlement.follow_up_on:{DAY}}; that it was not, before that, too.")
    words = words.strip() if held else said(words, "Say what was not held.")
    made = FollowUp.objects.create(settlement=settlement, held=held, words=words, by=by, at=at)
    Mediation.objects.filter(pk=mediation.pk).update(ended_at=max(at, found.mediation.called_at))
    telling.tell_followed_up(newest(issue), made, at=at)
    return made


def bring_back(*, now: datetime) -> int:
    """Ask all three whether settlements are held whose day it is. How many that were. Safe to run twice."""
    today = timezone.localdate(now)
    due = Settlement.objects.filter(came_back_at=None, follow_up=None, follow_up_on__lte=today)
    found = list(due.order_by("follow_up_on", "pk").values_list("pk", "follow_up_on"))
    if not found:
        return 0
    days = business_days(found[0][1], today)
    ripe = [pk for pk, day in found if comes_back_at(day, days) <= now]
    return sum(ask(pk, now=now) for pk in ripe)


def remind_of_views(*, now: datetime) -> int:
    """Tell who has not written that it is the day to, and the day after it the COO. How many mediations those are of.

    Each is told once, however often this runs.
    """
    today = timezone.localdate(now)
    late = Mediation.objects.lacking_a_view().filter(views_due_on__lte=today).order_by("pk")
    found = list(late.select_related("issue__raiser", "issue__owner"))
    if not found:
        return 0
    days = business_days(min(each.views_due_on for each in found), today)
    return sum(remind_of(each, days, now=now) for each in found)


def remind_of(mediation: Mediation, days: BusinessDays, *, now: datetime) -> bool:
    try:
        with transaction.atomic():
            _, found = stands(mediation)
            if found.stage != Stage.VIEWS or now < comes_back_at(mediation.views_due_on, days):
                return False
            telling.tell_views_due(found, at=now)
            if now >= comes_back_at(mediation.views_due_on + timedelta(days=1), days):
                telling.tell_views_missing(found, at=now)
            return True
    except Exception:  # whatever is wrong with one mediation, the others are told of
        log.exception("Reminding of the views of mediation %s", mediation.pk)
        return False


def comes_back_at(day: date, days: BusinessDays) -> datetime:
    """In the morning of that day, or of the first working day after it."""
    working = day if days.is_working(day) else days.after(day)
    return days.moment(working, MORNING, timezone.get_default_timezone())


def ask(pk: int, *, now: datetime) -> bool:
    try:
        return ask_once(pk, now=now)
    except Exception:  # whatever is wrong with one settlement, the others come back
        log.exception("Bringing settlement %s back", pk)
        return False


@transaction.atomic
def ask_once(pk: int, *, now: datetime) -> bool:
    settlement = Settlement.objects.select_related("mediation").get(pk=pk)
    issue, found = stands(settlement.mediation)
    if found.stage != Stage.SETTLED:
        return False
    Settlement.objects.filter(pk=pk).update(came_back_at=now)
    telling.tell_due(newest(issue), at=now)
    return True


def hold(pk: int) -> Issue:
    return Issue.objects.select_for_update(no_key=True).get(pk=pk)


def stands(mediation: Mediation) -> tuple[Issue, Course]:
    """The issue, held, and how this mediation stands from now on."""
    issue = hold(mediation.issue_id)
    return issue, next(each for each in courses(issue) if each.mediation.pk == mediation.pk)


def newest(issue: Issue) -> Course:
    return courses(issue)[0]


def side_of(issue: Issue, user: User, at: datetime) -> Department:
    reader = reader_of(user, issue, on=timezone.localdate(at))
    side = next((each for each in (issue.raiser, issue.owner) if each.pk == reader.side), None)
    if side is None:
        raise NotASide(issue)
    return side


def refuse_but_the_coo(user: User):
    if user.role != User.Role.COO:
        raise NotTheCoo


def refuse_unless(found: Course, *stages: Stage):
    if found.stage not in stages:
        raise NotNow(f"That is not its turn. {found.says}")


def refuse_replaced(found: Course, number: int):
    if number != found.number:
        raise ReplacedSince(found.newest) if found.newest else NotNow(f"That is not its turn. {found.says}")


def look_ahead(day: date, at: datetime):
    today = timezone.localdate(at)
    if day <= today:
        raise NotAhead(day, today)
