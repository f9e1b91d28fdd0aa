"""Recording observations: by hand, from a file or through the API, always as a batch that can be undone whole."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef

from departments.models import User
from kpis.models import Batch, Kpi, Observation
from kpis.models.fields import to_micro
from kpis.models.observation import ObservationQuerySet
from kpis.services.remaking import EMPTY

CHUNK = 5000
ROOM = 9 * 10**18  # millionths that a sum may come to, within 64 bits
LARGE = 10**13  # millionths: values below this could fill that room only by the million


class Entry(NamedTuple):
    """One value to record. `date` is the first day of the period; numbers are in the KPI's own unit."""

    kpi_id: int
    department_id: int
    date: date
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    reference: str = ""
    note: str = ""
    row: int | None = None


class Outcome(NamedTuple):
    """What a batch did: `batch` is None where there was nothing to write."""

    batch: Batch | None
    added: int
    corrected: int
    unchanged: int
    retracted: int = 0


class RecordedTwice(Exception):
    """The same KPI, department, period and reference stand in two entries; names their rows."""

    def __init__(self, first, second):
        self.rows = (first, second)
        super().__init__(f"Rows {first} and {second} give the same KPI, department, period and reference.")


class ChangedMeanwhile(Exception):
    """Somebody else recorded the same value between our reading and our writing."""


class TooMuchToAdd(Exception):
    """The values of a KPI would come to more than 64 bits hold, so that nobody could add them up exactly."""

    def __init__(self, kpi_id: int):
        self.kpi = Kpi.objects.get(pk=kpi_id)
        super().__init__(
            f"All values of {self.kpi.code} together would come to more than {ROOM // 10**6:,}: too much to add up"
            " exactly. Record it in a larger unit."
        )


class BatchSuperseded(Exception):
    """Something newer depends on the batch, so it cannot be undone whole."""


class AlreadyReversed(Exception):
    """The batch was undone before."""


STAGE = """
CREATE TEMPORARY TABLE IF NOT EXISTS stage (
    kpi_id bigint, department_id bigint, date date, reference varchar(80), value bigint, numerator bigint,
    denominator bigint, note varchar(500), row_number integer, kind varchar(9))
"""

KEY = "o.kpi_id = s.kpi_id AND o.department_id = s.department_id AND o.date = s.date AND o.reference = s.reference"

CLASSIFY = f"""
UPDATE stage AS s SET kind = CASE
    WHEN o.value IS NOT DISTINCT FROM s.value AND o.numerator IS NOT DISTINCT FROM s.numerator
     AND o.denominator IS NOT DISTINCT FROM s.denominator THEN 'unchanged' ELSE 'corrected' END
FROM kpis_observation o WHERE {KEY} AND o.superseded_at IS NULL
"""

SUPERSEDE = {
    "postgresql": f"""
UPDATE kpis_observation AS o SET superseded_at = %s, superseded_in_id = %s
FROM stage s WHERE {KEY} AND o.superseded_at IS NULL AND s.kind = 'corrected'
""",
    "sqlite": f"""
UPDATE kpis_observation SET superseded_at = %s, superseded_in_id = %s WHERE id IN (
    SELECT o.id FROM stage s CROSS JOIN kpis_observation o ON {KEY} AND o.superseded_at IS NULL
    WHERE s.kind = 'corrected')
""",
}

ADD = """
INSERT INTO kpis_observation
    (kpi_id, department_id, date, reference, value, numerator, denominator, note, "row", batch_id, recorded_at)
SELECT kpi_id, department_id, date, reference, value, numerator, denominator, note, row_number, %s, %s
FROM stage WHERE kind IN ('added', 'corrected')
"""


@transaction.atomic
def record_observations(
    entries: Iterable[Entry],
    *,
    by: User | None,
    at: datetime,
    source: str,
    reason: str = "",
    file_name: str = "",
    file_sha256: str = "",
    dry_run: bool = False,
    retract: ObservationQuerySet | None = None,
) -> Outcome:
    """Write what is new or different; what already stands so stays untouched; `retract` ends without a successor.

    Safe to run twice: the second time all is unchanged, and no batch is made. With `dry_run` it only counts.
    Raises RecordedTwice where two entries contradict or repeat each other, and TooMuchToAdd where a KPI's values
    could not be added up any more, and ChangedMeanwhile where somebody else is quicker; then nothing is written.
    """
    with connection.cursor() as cursor:
        stage(cursor, entries)
        refuse_repeats(cursor)
        refuse_too_much(cursor)
        cursor.execute(portable(CLASSIFY))
        cursor.execute("SELECT kind, COUNT(*) FROM stage GROUP BY kind")
        counts = {"added": 0, "corrected": 0, "unchanged": 0, **dict(cursor.fetchall())}
        counts["retracted"] = retract.current().count() if retract is not None else 0
        if dry_run or not counts["added"] + counts["corrected"] + counts["retracted"]:
            return Outcome(None, **counts)
        batch = Batch.objects.create(
            source=source, recorded_at=at, recorded_by=by, reason=reason, file_name=file_name, file_sha256=file_sha256
        )
        if counts["retracted"]:
            retract.current().update(superseded_at=at, superseded_in=batch)
        moment = connection.ops.adapt_datetimefield_value(at)
        cursor.execute(SUPERSEDE[connection.vendor], [moment, batch.pk])
        add(cursor, [batch.pk, moment])
    return Outcome(batch, **counts)


def retract_observations(observations: ObservationQuerySet, *, by: User | None, at: datetime, reason: str) -> Outcome:
    """End these current observations without putting anything in their place. Twice is once: then there is no batch."""
    return record_observations([], by=by, at=at, source="entry", reason=reason, retract=observations)


@transaction.atomic
def reverse_batch(batch: Batch, *, by: User | None, at: datetime) -> Batch:
    """Undo a batch whole: what it added goes, what it corrected or retracted comes back as it was.

    Raises AlreadyReversed, or BatchSuperseded where a later batch changed one of its values.
    """
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    if Batch.objects.filter(reverses=batch).exists():
        raise AlreadyReversed("This was undone before.")
    if is_superseded(batch):
        raise BatchSuperseded("Some of these values were changed since. Correct those first, or one by one.")
    undo = Batch.objects.create(
        source="reversal", recorded_at=at, recorded_by=by, reverses=batch, reason=f"Undo of {batch}"[:200]
    )
    batch.observations.current().update(superseded_at=at, superseded_in=undo)
    restored = [
        Observation(
            kpi_id=o.kpi_id, department_id=o.department_id, date=o.date, reference=o.reference, value=o.value,
            numerator=o.numerator, denominator=o.denominator, note=o.note, row=o.row, batch=undo, recorded_at=at,
        )
        for o in Observation.objects.filter(superseded_in=batch).iterator(CHUNK)
    ]  # fmt: skip
    Observation.objects.bulk_create(restored, batch_size=CHUNK)
    return undo


def is_superseded(batch: Batch) -> bool:
    """Whether a later batch changed one of its values, so that it cannot be undone whole."""
    before = Observation.objects.filter(superseded_in=batch)
    return batch.observations.exclude(superseded_at=None).exists() or before.filter(Exists(retaken(batch))).exists()


def retaken(batch: Batch) -> ObservationQuerySet:
    """What stands now where the batch ended an observation, and is not its own: a retraction leaves room for it."""
    same = {name: OuterRef(name) for name in ("kpi_id", "department_id", "date", "reference")}
    return Observation.objects.current().filter(**same).exclude(batch=batch)


def stage(cursor, entries: Iterable[Entry]):
    cursor.execute(STAGE)
    cursor.execute(f"{EMPTY[connection.vendor]} stage")
    rows = (
        (
            e.kpi_id, e.department_id, e.date, e.reference, *(micro(n) for n in (e.value, e.numerator, e.denominator)),
            e.note, e.row, "added",
        )
        for e in entries
    )  # fmt: skip
    for chunk in chunks(rows):
        (copy if connection.vendor == "postgresql" else insert)(cursor, chunk)
    cursor.execute("ANALYZE temp.stage" if connection.vendor == "sqlite" else "ANALYZE stage")


def add(cursor, values: list):
    try:
        cursor.execute(ADD, values)
    except IntegrityError as error:
        if "observation_one_current" not in str(error):
            raise
        raise ChangedMeanwhile("Somebody else recorded one of these values just now. Nothing was written.") from None


def insert(cursor, rows: list[tuple]):
    cursor.executemany(f"INSERT INTO stage VALUES ({', '.join(['%s'] * len(rows[0]))})", rows)


def copy(cursor, rows: list[tuple]):
    text = io.StringIO()
    csv.writer(text).writerows(["\\N" if cell is None else cell for cell in row] for row in rows)
    text.seek(0)
    options = r"FORMAT csv, NULL '\N', FORCE_NOT_NULL (reference, note)"
    cursor.copy_expert(f"COPY stage FROM STDIN WITH ({options})", text)


def micro(number: Decimal | None) -> int | None:
    return None if number is None else to_micro(number)


def chunks(rows: Iterable[tuple]) -> Iterator[list[tuple]]:
    rows = iter(rows)
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def refuse_repeats(cursor):
    cursor.execute(
        "SELECT MIN(row_number), MAX(row_number) FROM stage"
        " GROUP BY kpi_id, department_id, date, reference HAVING COUNT(*) > 1 LIMIT 1"
    )
    if repeated := cursor.fetchone():
        raise RecordedTwice(*repeated)


def refuse_too_much(cursor):
    """Sizes alone count, not signs, and what is corrected counts twice: near the limit is too near."""
    cursor.execute(
        f"SELECT DISTINCT kpi_id FROM stage WHERE ABS(value) > {LARGE} OR ABS(numerator) > {LARGE}"
        f" OR ABS(denominator) > {LARGE}"
    )
    for (kpi,) in cursor.fetchall():
        for name in ("value", "numerator", "denominator"):
            size = f"SUM(ABS({name} * 1.0))"
            cursor.execute(
                f"SELECT COALESCE((SELECT {size} FROM stage WHERE kpi_id = %s), 0) + COALESCE((SELECT {size}"
                " FROM kpis_observation WHERE kpi_id = %s AND superseded_at IS NULL), 0)",
                [kpi, kpi],
            )
            if cursor.fetchone()[0] > ROOM:
                raise TooMuchToAdd(kpi)


def portable(sql: str) -> str:
    """SQLite says IS where the standard says IS NOT DISTINCT FROM (which it learned in 3.39)."""
    return sql.replace("IS NOT DISTINCT FROM", "IS") if connection.vendor == "sqlite" else sql
