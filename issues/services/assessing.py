"""A risk is taken up, looked at, changed, closed and reopened; what is accepted of each kind is said."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from departments.models import Department, User
from issues.models import Appetite, Risk, RiskClosure, RiskScore
from issues.scales import Level, Rating
from issues.services.alerting import tell_owner
from kpis.models import Kpi


class RiskRefused(Exception):
    """What somebody asked of a risk is not done."""


class ReviewedSince(RiskRefused):
    """Somebody else has looked at it since somebody began to."""

    def __init__(self, newest: RiskScore):
        how = f"{newest.residual.in_words}, {newest.residual.level}"
        super().__init__(
            f"{newest.by} reviewed it meanwhile: now it is {how}. Nothing was recorded; what you wrote is below."
        )


class ChangedSince(RiskRefused):
    """Its description is not the one that somebody began to change."""

    def __init__(self, version):
        who = version.history_user or "Somebody"
        super().__init__(
            f"{who} changed it meanwhile. Nothing was recorded; what you wrote is below: it takes that one's place when"
            " you save again."
        )


class SaidSince(RiskRefused):
    """Of some categories somebody said something else than what somebody started from: `found`, the appetites now."""

    def __init__(self, found: list[Appetite]):
        self.found = found
        super().__init__("Something else was said meanwhile. Nothing was saved.")


class NoWords(RiskRefused):
    def __init__(self):
        super().__init__("Say why: the scores are others than before.")


class AlreadyClosed(RiskRefused):
    def __init__(self, closure: RiskClosure):
        super().__init__(f"{closure.by} closed it already: {closure.why} What you wrote is below; it was not recorded.")


class IsClosed(RiskRefused):
    def __init__(self, closure: RiskClosure):
        super().__init__(f"{closure.by} closed it: {closure.why} Reopen it first.")


@dataclass(frozen=True)
class Described:
    """What a risk is: `indicator` is a KPI and the department in which it is measured."""

    department: Department
    category: str
    title: str
    cause: str
    event: str
    effect: str
    owner: User
    indicator: tuple[Kpi, Department] | None = None

    def put_on(self, risk: Risk):
        for name in ("department", "category", "title", "cause", "event", "effect", "owner"):
            setattr(risk, name, getattr(self, name))
        risk.kri, risk.kri_department = self.indicator or (None, None)


@transaction.atomic
def take_up(
    described: Described, *, inherent: Rating, residual: Rating, words: str = "", by: User, at: datetime
) -> Risk:
    """A risk with its first scores. Its owner is told."""
    risk = Risk(opened_at=at, opened_by=by)
    described.put_on(risk)
    keep(risk, by=by, at=at)
    record(risk, 1, inherent, residual, words=words, by=by, at=at)
    tell_owner(risk, by=by, at=at)
    return risk


def keep(risk: Risk, *, by: User, at: datetime):
    risk._history_date, risk._history_user = at, by
    risk.save()


def record(
    risk: Risk, number: int, inherent: Rating, residual: Rating, *, words: str, by: User, at: datetime
) -> RiskScore:
    return RiskScore.objects.create(
        risk=risk,
        number=number,
        inherent_likelihood=inherent.likelihood,
        inherent_impact=inherent.impact,
        residual_likelihood=residual.likelihood,
        residual_impact=residual.impact,
        words=words,
        by=by,
        at=at,
    )


@transaction.atomic
def review(
    risk: Risk,
    *,
    inherent: Rating | None = None,
    residual: Rating | None = None,
    words: str = "",
    number: int,
    by: User,
    at: datetime,
) -> RiskScore:
    """Put on record how a risk is seen now; as before, where no ratings are given. `number`: of the scores that
    somebody started from. Raises ReviewedSince, IsClosed, and NoWords where other scores come without a reason.
    """
    hold(risk)
    if closure := RiskClosure.objects.standing().filter(risk=risk).select_related("by").first():
        raise IsClosed(closure)
    newest = risk.scores.select_related("by").latest("number")
    if newest.number != number:
        raise ReviewedSince(newest)
    inherent, residual = inherent or newest.inherent, residual or newest.residual
    if (inherent, residual) != (newest.inherent, newest.residual) and not words.strip():
        raise NoWords
    return record(risk, number + 1, inherent, residual, words=words.strip(), by=by, at=max(at, newest.at))


def hold(risk: Risk) -> Risk:
    """The risk as it stands, until the transaction ends."""
    return Risk.objects.select_for_update(no_key=True).get(pk=risk.pk)


@transaction.atomic
def change(risk: Risk, described: Described, *, was: int, by: User, at: datetime):
    """Put a risk otherwise; how it was put before stays in its history. `was`: the version that somebody started from.
    The same again changes nothing. A new owner is told. Raises ChangedSince."""
    held = hold(risk)
    before = {name: getattr(held, name) for name in COMPARED}
    described.put_on(held)
    if before == {name: getattr(held, name) for name in COMPARED}:
        return
    newest = held.history.select_related("history_user").latest("history_id")
    if newest.pk != was:
        raise ChangedSince(newest)
    keep(held, by=by, at=at)
    if held.owner_id != before["owner_id"]:
        tell_owner(held, by=by, at=at)


COMPARED = ["department_id", "category", "title", "cause", "event", "effect", "owner_id", "kri_id", "kri_department_id"]


@transaction.atomic
def close(risk: Risk, why: str, *, by: User, at: datetime) -> RiskClosure:
    """Say that it is none any more. The same again of the same person is the closure that stands; where somebody said
    so with other words, AlreadyClosed."""
    hold(risk)
    standing = RiskClosure.objects.standing().filter(risk=risk).select_related("by").first()
    if standing and (standing.by, standing.why) != (by, why):
        raise AlreadyClosed(standing)
    return standing or risk.closures.create(at=at, by=by, why=why)


@transaction.atomic
def reopen(risk: Risk, *, by: User, at: datetime) -> RiskClosure | None:
    """Take a closed risk up again: the closure that ended; None where it is not closed."""
    hold(risk)
    closure = RiskClosure.objects.standing().filter(risk=risk).first()
    if closure:
        closure.reopened_by, closure.reopened_at = by, at
        closure.save(update_fields=["reopened_by", "reopened_at"])
    return closure


@transaction.atomic
def accept(levels: dict[str, Level], *, was: dict[str, str] | None = None, by: User, at: datetime) -> list[str]:
    """Say the highest residual level that is accepted, by category. What is said already stays: the categories of which
    something else is said now. `was`: what somebody started from, by category. Raises SaidSince where that is not what
    stands, and is to become something else again."""
    changed = []
    Department.objects.select_for_update(no_key=True).get(parent=None)  # one after the other
    standing = Appetite.objects.current().filter(category__in=levels).select_related("recorded_by")
    others = [
        each
        for each in standing
        if was is not None and each.level not in (levels[each.category], was.get(each.category))
    ]
    if others:
        raise SaidSince(others)
    for category, level in levels.items():
        standing = Appetite.objects.current().select_for_update().filter(category=category)
        if standing.filter(level=level).exists():
            continue
        standing.update(superseded_at=at, superseded_by=by)
        Appetite.objects.create(category=category, level=level, recorded_at=at, recorded_by=by)
        changed.append(category)
    return changed
