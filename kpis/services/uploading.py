"""Bringing in a file through the browser: received, read, checked, imported. The web process only keeps it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from departments.models import Department, User
from departments.models.department import DepartmentQuerySet, Reach
from kpis.models import RememberedMapping, Upload
from kpis.shelf import Shelf

ROOM = 5  # times the limit of one file that the unfinished files of a person may come to
KEPT_FOR = timedelta(days=1)
State = Upload.State


class Unkept(Exception):
    """The file could not be kept; says why."""


class MovedOn(Exception):
    """The upload is no longer where its page showed it."""


def may_import(user: User, *, on) -> bool:
    """Who may write somewhere may import."""
    return user.writes_everything or bool(user.led(on=on))


def writable(user: User, *, at: datetime) -> DepartmentQuerySet:
    return Department.objects.reachable_by(user, on=timezone.localdate(at), reach=Reach.WRITE)


def receive(chunks: Iterable[bytes], *, file_name: str, by: User, at: datetime) -> Upload:
    """Keep a file for the worker to read. Raises Unkept, also where this person's unfinished files are too many."""
    waiting = Upload.objects.of(by).unfinished().aggregate(size=Sum("size"))["size"] or 0
    if waiting > ROOM * settings.UPLOAD_LIMIT:
        raise Unkept(f"Your unfinished uploads come to {waiting // 2**20:,} MB. Import or cancel some of them.")
    upload = Upload(uploaded_by=by, uploaded_at=at, changed_at=at, shelf_name=token_hex(16))
    upload.file_name = file_name.encode(errors="replace").decode().replace("\0", "")[-255:] or "file"
    try:
        upload.size, upload.sha256 = upload.shelf.put(chunks)
    except OSError as error:
        raise Unkept(f"The file could not be kept: {(error.strerror or str(error)).lower()}.") from None
    try:
        upload.save(force_insert=True)
    except Exception:
        upload.shelf.clear()
        raise
    return upload


@transaction.atomic
def read_again(upload: Upload, *, sheet: str, header_row: int | None, at: datetime):
    """Have another sheet read, or another row taken for the head. Raises MovedOn."""
    moved = locked(upload, State.READ, State.CHECKED)
    moved.come(State.RECEIVED, at=at, asked={"sheet": sheet, "header_row": header_row}, choices={}, trouble="")


@transaction.atomic
def choose(upload: Upload, choices: dict, *, at: datetime):
    """Have it checked by a mapping. Raises MovedOn."""
    locked(upload, State.READ, State.CHECKED).come(State.CHOSEN, at=at, choices=choices, trouble="", report={})


@transaction.atomic
def choose_again(upload: Upload, *, at: datetime):
    """Back from the check to the columns. Raises MovedOn."""
    locked(upload, State.CHECKED).come(State.READ, at=at, trouble="")


@transaction.atomic
def confirm(upload: Upload, *, skip_rejected: bool, at: datetime):
    """Have it imported, and remember its mapping. Twice is once. Raises MovedOn."""
    upload = locked(upload, State.CHECKED, State.CONFIRMED)
    if upload.state == State.CONFIRMED:
        return
    if upload.report.get("rejected") and not skip_rejected:
        raise MovedOn("Rows are rejected: put the file right, or import the others.")
    upload.come(State.CONFIRMED, at=at, skip_rejected=skip_rejected)
    RememberedMapping.objects.update_or_create(
        head=upload.seen["head_key"],
        chosen_by_id=upload.uploaded_by_id,
        defaults={"choices": upload.choices, "used_at": at},
    )


def cancel(upload: Upload, *, at: datetime):
    """At once where nobody works on it; else at the reader's next word about its progress. Safe to call twice."""
    shelf = upload.shelf
    shelf.ask_to_stop()
    with shelf.held() as ours:
        if ours or not shelf.folder.is_dir():
            end(upload, State.CANCELLED, at=at)


@transaction.atomic
def end(upload: Upload, state, *, at: datetime, **fields):
    """Nothing more will come of it: its file goes, and what was shown of it."""
    upload = Upload.objects.select_for_update().unfinished().filter(pk=upload.pk).first()
    if upload is not None:
        upload.come(state, at=at, seen={**upload.seen, "preview": []}, **fields)
        transaction.on_commit(upload.shelf.clear)


def locked(upload: Upload, *states) -> Upload:
    found = Upload.objects.select_for_update().filter(pk=upload.pk, state__in=states).first()
    if found is None:
        raise MovedOn("It has moved on meanwhile. This is how it stands now.")
    return found


def clear_away(*, now: datetime) -> int:
    """Cancel what nobody touched for a day, and throw away files that no upload knows. Safe to run twice."""
    old = list(Upload.objects.unfinished().filter(changed_at__lt=now - KEPT_FOR))
    for upload in old:
        cancel(upload, at=now)
    root = Path(settings.UPLOADS_DIR)
    known = set(Upload.objects.unfinished().values_list("shelf_name", flat=True))
    for folder in [each for each in root.iterdir() if each.is_dir()] if root.is_dir() else []:
        if folder.name not in known and folder.stat().st_mtime < (now - KEPT_FOR).timestamp():
            Shelf(folder).clear()
    return len(old)
