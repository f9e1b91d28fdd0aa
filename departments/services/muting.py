"""Which kinds of notification somebody wants no e-mail about, said in the settings or by the link in a mail."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime
from typing import NamedTuple

from django.core import signing
from django.db import IntegrityError, transaction

from departments.models import Mute, User
from departments.models.notification import Kind

SALT = "departments.mute"
BY_LINK = "By the link in an e-mail"


class Asked(NamedTuple):
    """What the link in a mail asks for."""

    user: User
    kinds: list[str]

    @property
    def labels(self) -> list[str]:
        return [Kind(kind).label for kind in self.kinds]


def mute_token(user: User, kinds: Iterable[str]) -> str:
    """For a link that mutes these kinds for this person, and can do nothing else. It is good while they work here."""
    return signing.dumps([user.pk, *kinds], salt=SALT)


def asked_by(token: str, *, on: date) -> Asked | None:
    """None for what we did not sign, and for a person who is gone."""
    try:
        pk, *kinds = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    user = User.objects.filter(pk=pk).first()
    known = [kind for kind in kinds if kind in Kind.values]
    return Asked(user, known) if user and known and not user.is_gone(on=on) else None


def mute(user: User, kinds: Iterable[str], *, at: datetime, how: str = ""):
    """Twice is once. Of these, their end and `how` it was asked for, a record stays."""
    for kind in sorted(set(kinds) - set(user.mutes.values_list("kind", flat=True))):
        with suppress(IntegrityError), transaction.atomic():  # another window was quicker
            told(Mute(user=user, kind=kind, muted_at=at), at, how).save()


@transaction.atomic
def unmute(user: User, kinds: Iterable[str], *, at: datetime, how: str = ""):
    """Twice is once."""
    for each in user.mutes.filter(kind__in=list(kinds)).select_for_update():
        told(each, at, how).delete()


def told(each: Mute, at: datetime, how: str) -> Mute:
    """Nobody mutes for somebody else."""
    each._history_user, each._history_date, each._change_reason = each.user, at, how or None
    return each


@transaction.atomic
def mute_just(user: User, kinds: Iterable[str], *, at: datetime):
    """These, and no others."""
    unmute(user, set(Kind.values) - set(kinds), at=at)
    mute(user, kinds, at=at)
