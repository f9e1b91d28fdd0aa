"""Which kinds of notification somebody wants no e-mail about, said in the settings or by the link in a mail."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.core import signing
from django.db import transaction

from departments.models import Mute, User
from departments.models.notification import Kind

SALT = "departments.mute"


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


def mute(user: User, kinds: Iterable[str], *, at: datetime):
    """Twice is once."""
    Mute.objects.bulk_create([Mute(user=user, kind=kind, muted_at=at) for kind in kinds], ignore_conflicts=True)


def unmute(user: User, kinds: Iterable[str]):
    user.mutes.filter(kind__in=list(kinds)).delete()


@transaction.atomic
def mute_just(user: User, kinds: Iterable[str], *, at: datetime):
    """These, and no others."""
    unmute(user, set(Kind.values) - set(kinds))
    mute(user, kinds, at=at)
