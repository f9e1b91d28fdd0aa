"""What the worker does with uploads: reads, checks and imports them, one at a time."""

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import Error, transaction
from django.utils import timezone

from departments.models import User
from kpis.cells import one_line
from kpis.chosen import mapping_of
from kpis.mapping import MappingInvalid
from kpis.models import Upload
from kpis.reading import Reading
from kpis.services.importing import Report, import_observations
from kpis.services.looking import Progress, Stopped, read
from kpis.services.recording import ChangedMeanwhile, TooMuchToAdd
from kpis.services.uploading import State, end, may_import, writable
from kpis.sheets import UnreadableFile
from kpis.shelf import Shelf
from kpis.vocabulary import vocabulary

log = logging.getLogger(__name__)
TRIES = 5  # after as many workers died of a file nobody tries it again
EXAMPLES = 8
COUNTS = ("rows", "added", "corrected", "unchanged", "rejected", "empty", "targets", "problem_count")
TROUBLE = (UnreadableFile, MappingInvalid, TooMuchToAdd, ChangedMeanwhile)


def work_through(*, clock: Callable[[], datetime]) -> int:
    """Take up all uploads that wait, unless another worker is at it. Killed, they are taken up again; twice is once."""
    root = Path(settings.UPLOADS_DIR)
    root.mkdir(parents=True, mode=0o700, exist_ok=True)
    worked, passed = 0, set()
    with Shelf(root).held() as alone:
        while alone and (upload := Upload.objects.waiting().exclude(pk__in=passed).first()):
            passed.add(upload.pk)
            with upload.shelf.held() as ours:
                upload = Upload.objects.waiting().select_related("uploaded_by").filter(pk=upload.pk).first()
                if upload and (ours or not upload.shelf.folder.is_dir()):
                    take_up(upload, clock=clock)
                    worked += 1
                    passed.discard(upload.pk)
    return worked


def take_up(upload: Upload, *, clock: Callable[[], datetime]):
    """Do what it waits for; whatever goes wrong with it is its own trouble and told its owner."""
    upload.tries += 1
    upload.save(update_fields=["tries"])
    work = {State.RECEIVED: read, State.CHOSEN: check, State.CONFIRMED: bring_in}[upload.state]
    try:
        refuse_hopeless(upload, at=clock())
        work(upload, clock=clock)
        if upload.shelf.stop_is_asked:  # too late for its last word, in time for the next step
            raise Stopped
    except Stopped:
        end(upload, State.CANCELLED, at=clock())
    except TROUBLE as error:
        trouble(upload, named(error, upload), at=clock())
    except Error:  # the database's: it is tried again
        raise
    except Exception:
        log.exception("Upload %s", upload.pk)
        end(upload, State.FAILED, at=clock(), trouble="Something broke while it was worked on. It is on record.")
    finally:
        upload.shelf.forget_progress()


def refuse_hopeless(upload: Upload, *, at: datetime):
    on = timezone.localdate(at)
    if upload.shelf.stop_is_asked:
        raise Stopped
    if not upload.shelf.file.is_file():
        raise UnreadableFile("The file is no longer here. Upload it again.")
    if upload.tries > TRIES:
        raise UnreadableFile(f"It ended the worker {TRIES} times. Save it as CSV and upload that.")
    if not User.objects.employed(on=on).filter(pk=upload.uploaded_by_id).exists():
        raise Stopped
    if not may_import(upload.uploaded_by, on=on):
        raise Stopped


def named(error: Exception, upload: Upload) -> str:
    """With the file's name as its owner knows it."""
    return str(error).replace(upload.shelf.file.name, upload.file_name, 1)


def trouble(upload: Upload, words: str, *, at: datetime):
    """Where it was read before, there is another sheet, head or mapping to try; else this is the end."""
    if upload.seen and upload.tries <= TRIES and upload.shelf.file.is_file():
        upload.come(State.READ, at=at, trouble=words)
    else:
        end(upload, State.FAILED, at=at, trouble=words)


# --- Checking and importing ---------------------------------------------------------------------


def check(upload: Upload, *, clock: Callable[[], datetime]):
    """A dry run: what an import would do, and every cell that it could not take."""
    report = run(upload, at=clock(), of=upload.seen["rows"], dry_run=True)
    report["examples"] = examples(upload, {problem[0] for problem in report["problems"]}, at=clock())
    upload.come(State.CHECKED, at=clock(), report=report, trouble="")


@transaction.atomic
def bring_in(upload: Upload, *, clock: Callable[[], datetime]):
    """Import it, and say so in the same transaction: whenever the worker is killed, both happened or neither."""
    report = run(upload, at=clock(), of=upload.report["rows"], skip_rejected=upload.skip_rejected)
    batch = report.pop("batch")
    if not report.pop("written"):
        words = "Since it was checked something changed, and rows are rejected now. Nothing was written."
        upload.come(State.CHECKED, at=clock(), report=report, trouble=words)
        return
    end(upload, State.DONE, at=clock(), report=report, batch=batch)


def run(upload: Upload, *, at: datetime, of: int, **how) -> dict:
    departments = writable(upload.uploaded_by, at=at)
    found = import_observations(
        upload.shelf.file,
        mapping=mapping_of(upload.choices, upload.seen, vocabulary(departments)),
        by=upload.uploaded_by,
        at=at,
        file_name=upload.file_name,
        within=departments,
        progress=Progress(upload, of=of),
        **how,
    )
    return told(found) if how.get("dry_run") else told(found) | {"batch": found.batch, "written": found.written}


def told(report: Report) -> dict:
    problems = [[p.row, *(text.replace("\0", "") for text in p[1:])] for p in report.problems]  # no row can hold a NUL
    return {name: getattr(report, name) for name in COUNTS} | {"problems": problems}


def examples(upload: Upload, rejected: set[int], *, at: datetime) -> list[list]:
    """The first values as they were understood, for somebody to compare with the file."""
    mapping = mapping_of(upload.choices, upload.seen, vocabulary(writable(upload.uploaded_by, at=at)))
    found = []
    for row in Reading(mapping.open(upload.shelf.file), mapping).rows():
        if not row.problems and not row.is_empty and row.number not in rejected:
            numbers = [None if n is None else f"{n.normalize():f}" for n in (row.value, row.numerator, row.denominator)]
            names = [one_line(row.department)[:80], one_line(row.kpi)[:80]]
            found.append([row.number, *names, f"{row.date:%Y-%m-%d}", *numbers])
        if len(found) == EXAMPLES:
            break
    return found
