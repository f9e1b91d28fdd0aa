"""Files of an issue: looked at before they are kept, and kept for good."""

from collections.abc import Iterable
from datetime import date, datetime
from secrets import token_hex

from django.db import IntegrityError, transaction

from departments.models import User
from issues.kinds import NotTaken
from issues.models import Attachment, FileChange, Issue
from issues.selectors.raisers import led_by

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


@transaction.atomic
def remove(attachment: Attachment, *, by: User, at: datetime):
    """It is not shown any more. A second time changes nothing. Raises NotTaken where its issue is closed."""
    refuse_closed(attachment.issue)
    if Attachment.objects.standing().filter(pk=attachment.pk).update(removed_at=at, removed_by=by):
        FileChange.objects.create(attachment=attachment, is_removal=True, by=by, at=at)


def restore(attachment: Attachment, *, by: User, at: datetime):
    """It is shown again. A second time changes nothing. Raises NotTaken where its issue is closed, and where the same
    file was attached anew meanwhile."""
    refuse_closed(attachment.issue)
    removed = Attachment.objects.filter(pk=attachment.pk).exclude(removed_at=None)
    try:
        with transaction.atomic():
            if removed.update(removed_at=None, removed_by=None):
                FileChange.objects.create(attachment=attachment, is_removal=False, by=by, at=at)
    except IntegrityError:
        raise NotTaken(f"“{attachment.name}” was attached again meanwhile.") from None


def refuse_closed(issue: Issue):
    if not issue.is_open:
        raise NotTaken("The issue is closed: its files stay as they are.")


def removable(user: User, files: Iterable[Attachment], *, on: date) -> set[int]:
    """Keys of the files that somebody may remove or bring back: those of the people of their own department; the COO,
    all."""
    own = set(led_by(user, on=on).values_list("pk", flat=True))
    everything = user.writes_everything
    return {each.pk for each in files if everything or each.by_id == user.pk or each.by.department_id in own}
