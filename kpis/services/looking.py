"""The worker's first look at an upload: what is in it, and what its columns seem to mean."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from time import monotonic

from django.utils import timezone

from kpis import sheets
from kpis.chosen import head_key
from kpis.guessing import PERIODS, guess, heads_dated
from kpis.look import DESCRIBED, Look, Unusable, look_at
from kpis.models import RememberedMapping, Upload
from kpis.services.uploading import State, writable
from kpis.sheets import UnreadableFile
from kpis.vocabulary import vocabulary


class Stopped(Exception):
    """Its owner wants no more of it."""


def read(upload: Upload, *, clock: Callable[[], datetime]):
    """Look through the file and guess what its columns mean."""
    path, asked = upload.shelf.file, upload.asked
    words = vocabulary(writable(upload.uploaded_by, at=clock()))
    sheet, names = sheets.sheet_names(path, sheet=asked.get("sheet") or None)
    progress = Progress(upload, of=0)
    rows = progress.over(sheets.read(path, sheet=sheet or None).rows)
    try:
        look = look_at(rows, words, header_row=asked.get("header_row"))
    except Unusable as error:
        raise UnreadableFile(f"{path.name} cannot be read: {error}") from None
    choices = guess(look, words, names=[Path(upload.file_name).stem, sheet])
    seen = {"sheet": sheet, "sheets": names[:100], **described(look), "guess": choices}
    known = RememberedMapping.objects.best_for(upload.uploaded_by, seen["head_key"])
    if known:
        shown = dated_in(seen, known.choices)
        choices = known.choices | ({"order": shown["order"]} if shown and shown["order"] else {})
        seen["remembered"] = {"by": str(known.chosen_by), "at": f"{timezone.localdate(known.used_at):%Y-%m-%d}"}
    upload.come(State.READ, at=clock(), seen=seen, choices=choices, trouble="")


def dated_in(seen: dict, choices: dict) -> dict | None:
    """What the dates show of themselves; that counts more than what was chosen for another file."""
    return seen["heads_dated"] if choices["layout"] == PERIODS else seen["dated"].get(choices.get("date"))


def described(look: Look) -> dict:
    """What is kept of a look, in a size that a row of the database can bear."""
    dated = {str(n): found for n, profile in enumerate(look.profiles, 1) if (found := profile.dated)}
    texts = {str(n): found for n, profile in enumerate(look.profiles, 1) if (found := profile.few_texts)}
    return {
        "header_row": look.header_row,
        "rows": look.rows,
        "width": look.width,
        "heads": look.heads[:DESCRIBED],
        "head_key": head_key(look.heads),
        "comments": look.comments,
        "preview": look.preview,
        "numeric": [n for n, profile in enumerate(look.profiles, 1) if profile.numbers or not profile.filled],
        "texts": dict(list(texts.items())[:50]),
        "dated": dated,
        "heads_dated": heads_dated(look.heads),
    }


class Progress:
    """Tells how far it is a few times a second, and hears whether it shall stop."""

    def __init__(self, upload: Upload, *, of: int):
        self.shelf, self.of, self.said = upload.shelf, of, 0.0

    def __call__(self, rows: int):
        if self.shelf.stop_is_asked:
            raise Stopped
        if monotonic() - self.said > 0.25 or rows >= self.of > 0:
            self.said = monotonic()
            self.shelf.tell(rows, self.of)

    def over(self, rows):
        for count, row in enumerate(rows):
            if count % 2000 == 0:
                self(count)
            yield row
