"""What two departments promise each other is put on record; what was promised before stays."""

from datetime import datetime

from django.db import IntegrityError, transaction

from departments.models import Department, User
from issues.models import Agreement

TERMS = [
    "accept_within", "answer_within", "resolve_critical", "resolve_high", "resolve_medium", "resolve_low", "ready",
]  # fmt: skip


class AgreedSince(Exception):
    """Somebody else changed the agreement in the meantime."""

    def __init__(self, now: Agreement | None):
        who = f"{now.recorded_by} changed" if now and now.recorded_by else "Somebody changed or ended"
        self.what = f"{who} this agreement meanwhile."
        super().__init__(f"{self.what} Yours is below: it takes its place when you save again.")


@transaction.atomic
def agree(
    raiser: Department, owner: Department, *, instead_of: int | None, by: User, at: datetime, **terms
) -> Agreement | None:
    """From now on new issues are promised this; those that were raised keep what was promised then.

    `instead_of`: the key of the agreement that was started from, None for none. Without `terms` there is none any more.
    The same again changes nothing. Raises AgreedSince where another stands there now.
    """
    stands = Agreement.objects.current().of_pair(raiser, owner).select_related("recorded_by").first()
    if (stands and stands.pk) != instead_of:
        raise AgreedSince(stands)
    if stands and terms and all(getattr(stands, name) == terms[name] for name in TERMS):
        return stands
    if stands and not Agreement.objects.current().filter(pk=stands.pk).update(superseded_at=at, superseded_by=by):
        raise AgreedSince(Agreement.objects.current().of_pair(raiser, owner).first())
    if not terms:
        return None
    try:
        with transaction.atomic():
            return Agreement.objects.create(raiser=raiser, owner=owner, recorded_at=at, recorded_by=by, **terms)
    except IntegrityError:
        raise AgreedSince(Agreement.objects.current().of_pair(raiser, owner).first()) from None
