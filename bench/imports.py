"""Bringing rows in, against Django's own way and against the database's."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

from django.db import connection, transaction

from bench.ground import COLUMNS, Ground
from bench.measure import measure, seconds
from kpis.models import Observation
from kpis.models.fields import to_micro
from kpis.services.recording import Entry, record_observations

ROWS = 20_000


def new_rows(ground: Ground) -> list[Entry]:
    """Of the days after the newest, for all KPIs and departments."""
    days = (ground.days[-1] + timedelta(days=n) for n in range(1, 100))
    places = (
        Entry(kpi, department, day, value=Decimal(kpi * 1000 + day.day) / 8, row=1)
        for day in days
        for kpi in ground.kpis
        for department in ground.departments
    )
    return [entry for entry, _ in zip(places, range(min(ROWS, ground.size)), strict=False)]


def record(ground: Ground, rows: list[Entry]):
    record_observations(rows, by=None, at=ground.now, source="file")


def bulk_create(ground: Ground, rows: list[Entry]):
    found = [
        Observation(
            kpi_id=e.kpi_id, department_id=e.department_id, date=e.date, reference=e.reference, value=e.value,
            numerator=e.numerator, denominator=e.denominator, note=e.note, row=e.row, batch=ground.batch,
            recorded_at=ground.now,
        )
        for e in rows
    ]  # fmt: skip
    with transaction.atomic():
        Observation.objects.bulk_create(found, batch_size=1000)


def into_bare(ground: Ground, rows: list[Entry]):
    """As the database itself takes rows in: COPY, or executemany on SQLite. What it is given stands ready."""
    moment, bare = connection.ops.adapt_datetimefield_value(ground.now), ground.bare
    ready = [
        (
            e.kpi_id,
            e.department_id,
            e.date.isoformat(),
            "",
            to_micro(e.value),
            None,
            None,
            "",
            ground.batch.pk,
            str(moment),
        )
        for e in rows
    ]
    if connection.vendor != "postgresql":
        insert = f"INSERT INTO {bare} ({COLUMNS}) VALUES ({', '.join(['%s'] * 10)})"
        return lambda cursor: cursor.executemany(insert, ready)
    text = io.StringIO()
    csv.writer(text).writerows(["\\N" if cell is None else cell for cell in row] for row in ready)

    def copy(cursor):
        text.seek(0)
        options = r"FORMAT csv, NULL '\N', FORCE_NOT_NULL (reference, note)"
        cursor.copy_expert(f"COPY {bare} ({COLUMNS}) FROM STDIN WITH ({options})", text)

    return copy


def forget(ground: Ground):
    with connection.cursor() as cursor:
        for table in ("kpis_observation", ground.bare):
            cursor.execute(f"DELETE FROM {table} WHERE date > %s", [ground.days[-1].isoformat()])
        cursor.execute("DELETE FROM kpis_mark")
        if connection.vendor == "postgresql":
            cursor.execute(f"VACUUM kpis_observation, {ground.bare}, kpis_mark")


def in_turn_and_forgotten(ground, ours, floor):
    first = True
    while True:
        taken = {}
        for which in (ours, floor) if first else (floor, ours):
            taken[which] = seconds(which)
            forget(ground)
        yield taken[ours], taken[floor]
        first = not first


@measure("import of 20,000 rows", floor="bulk_create(batch_size=1000)", at_least=4)
def import_and_bulk_create(ground: Ground):
    rows = new_rows(ground)
    return in_turn_and_forgotten(ground, lambda: record(ground, rows), lambda: bulk_create(ground, rows))


@measure("import: stage, insert, mark", floor="COPY or executemany into the keyed table", at_most=2.2)
def import_and_copy(ground: Ground):
    rows = new_rows(ground)
    put = into_bare(ground, rows)

    def floor():
        with transaction.atomic(), connection.cursor() as cursor:
            put(cursor)

    return in_turn_and_forgotten(ground, lambda: record(ground, rows), floor)
