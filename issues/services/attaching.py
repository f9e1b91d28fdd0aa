"""Files of an issue: looked at before they are kept, and kept for good."""

from collections.abc import Iterable
from datetime import datetime
from secrets import token_hex

from django.db import IntegrityError, transaction

from departments.models import User
from issues.kinds import NotTaken
from issues.models import Attachment, Issue

MOST = 20  # files of an issue


def attach(
    issue: Issue, chunks: Iterable[bytes], *, name: str, kind: str, by: User, at: datetime
) -> Attachment:  # fmt: skip
    """Keep a file. Raises NotTaken where the issue has it already, or as many as it may have, or it cannot be kept."""
    if issue.attachments.standing().count() >= MOST:
        raise NotTaken(f"This issue has {MOST} files already: remove one first.")
    made = Attachment(issue=issue, name=name, kind=kind, by=by, at=at, shelf_name=token_hex(16))
    try:
        made.size, made.sha256 = made.shelf.put(chunks)
    except OSError as error:
        raise NotTaken(f"“{name}” could not be kept: {(error.strerror or str(error)).lower()}.") from None
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        made.shelf.clear()
        raise NotTaken(f"“{name}” is attached already.") from None
    return made


def remove(attachment: Attachment, *, by: User, at: datetime):
    """It is not shown any more. A second time changes nothing."""
    Attachment.objects.standing().filter(pk=attachment.pk).update(removed_at=at, removed_by=by)


def restore(attachment: Attachment):
    """It is shown again. Raises NotTaken where the same file was attached anew meanwhile."""
    try:
        with transaction.atomic():
            Attachment.objects.filter(pk=attachment.pk).update(removed_at=None, removed_by=None)
    except IntegrityError:
        raise NotTaken(f"“{attachment.name}” was attached again meanwhile.") from None
