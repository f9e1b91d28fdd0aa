"""What is typed is kept as it is typed, checked for nothing but whether somebody else typed meanwhile."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from departments.models import Department, User
from meetings.models import StatusDraft


class DraftChanged(Exception):
    """Somebody else, or the same person elsewhere, has saved since this form was opened: `draft` is what stands."""

    def __init__(self, draft: StatusDraft):
        self.draft = draft
        super().__init__(f"{draft.saved_by} changed this status in the meantime.")


def save_draft(
    *, department: Department, week: date, content: dict, edition: int, by: User, at: datetime
) -> StatusDraft:
    """Keep what was typed over the edition it began from; 0: there was none. Twice is once. Raises DraftChanged."""
    place = {"department": department, "week": week}
    if not edition and (made := begun(place, content, by, at)):
        return made
    found = StatusDraft.objects.filter(**place)
    changed = found.filter(edition=edition).exclude(content=content, is_open=True)
    changed.update(content=content, is_open=True, edition=F("edition") + 1, saved_at=at, saved_by=by)
    draft = found.select_related("saved_by").first()
    if draft is None:  # there never was an edition
        return save_draft(department=department, week=week, content=content, edition=0, by=by, at=at)
    if draft.content != content or not draft.is_open:
        raise DraftChanged(draft)
    return draft


def put_away(department: Department, week: date) -> None:
    """It was sent: what was typed is of an edition that nobody writes over unseen."""
    StatusDraft.objects.filter(department=department, week=week).update(is_open=False, edition=F("edition") + 1)


def bring_back(department: Department, week: date, *, at: datetime) -> None:
    """Sending it was undone: what was typed is a draft again, of a new edition."""
    found = StatusDraft.objects.filter(department=department, week=week)
    found.update(is_open=True, edition=F("edition") + 1, saved_at=at)


def begun(place: dict, content: dict, by: User, at: datetime) -> StatusDraft | None:
    try:
        with transaction.atomic():
            return StatusDraft.objects.create(**place, content=content, saved_at=at, saved_by=by)
    except IntegrityError:
        return None
