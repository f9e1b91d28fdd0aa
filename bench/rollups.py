"""The engine against the database alone: rebuilding, correcting, bursts."""

from decimal import Decimal
from functools import partial
from itertools import count
from random import Random
from statistics import median

from django.db import connection, transaction

from bench.ground import COLUMNS, Ground
from bench.measure import in_turn, measure, seconds
from kpis.models import Rollup
from kpis.models.fields import to_micro
from kpis.services.recording import Entry, record_observations
from kpis.services.rollups import drain, rebuild

LAST = {
    "postgresql": "(MAX(ARRAY[o.date - DATE '1970-01-01', o.value]))[2] AS last",
    "sqlite": "NULL AS last",  # costs extra there; the floor goes without
}
GROUPED = """
SELECT o.kpi_id, o.department_id, c.{grain} AS period, COUNT(*) AS n, SUM(o.value) AS sum, MIN(o.value) AS low,
    MAX(o.value) AS high, SUM(o.numerator) AS num, SUM(o.denominator) AS den, MAX(o.date) AS last_on, {last}
FROM kpis_observation o JOIN kpis_calendar c ON c.day = o.date
WHERE o.superseded_at IS NULL GROUP BY o.kpi_id, o.department_id, c.{grain}
"""
EVERY = ["kpi_id", "department_id", "period", "n", "sum", "low", "high", "num", "den", "last_on", "last"]


def four_selects(cursor):
    """What would have to be asked for without rollups. Each column is consumed, or it would not be made."""
    consumed = ", ".join(f"MAX({name})" for name in EVERY)
    for grain in ("week", "month", "quarter", "year"):
        grouped = GROUPED.format(grain=grain, last=LAST[connection.vendor])
        cursor.execute(f"SELECT {consumed} FROM ({grouped}) grouped")
        cursor.fetchone()


def four_selects_with_memory():
    """PostgreSQL sorts with as much memory as the rebuild does."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL work_mem = '128MB'")
        four_selects(cursor)


@measure("full rebuild", floor="four SELECT … GROUP BY", at_most={"postgresql": 1.9, "sqlite": 1.2})
def full_rebuild(ground: Ground):
    return in_turn(lambda: rebuild(now=ground.now), four_selects_with_memory)


@measure("full rebuild in two sessions", floor="four SELECT … GROUP BY", at_most=1.35, on=["postgresql"])
def full_rebuild_in_two_sessions(ground: Ground):
    return in_turn(lambda: rebuild(now=ground.now, sessions=2), four_selects_with_memory)


def entries(ground: Ground, number: int):
    """Corrections of random places, each to a value that it has not had."""
    chance = Random(number)
    many = len(ground.kpis)
    for n in count():
        position = chance.randrange(many)
        while position % 5 == 3:  # ratios are left out: a value each
            position = chance.randrange(many)
        yield Entry(
            ground.kpis[position],
            chance.choice(ground.departments),
            chance.choice(ground.days),
            value=Decimal(10**6 + number + n),
        )


def correct(ground: Ground, entry: Entry):
    record_observations([entry], by=None, at=ground.now, source="entry")


PLACE = "kpi_id = %s AND department_id = %s AND date = %s AND reference = '' AND superseded_at IS NULL"


def end_and_add(ground: Ground, entry: Entry):
    """The two statements of a correction, and the marks that they leave."""
    moment, batch = connection.ops.adapt_datetimefield_value(ground.now), ground.batch.pk
    place = [entry.kpi_id, entry.department_id, entry.date.isoformat()]
    with transaction.atomic(), connection.cursor() as cursor:
        stamp = f"UPDATE kpis_observation SET superseded_at = %s, superseded_in_id = %s WHERE {PLACE}"
        cursor.execute(stamp, [moment, batch, *place])
        add = f"INSERT INTO kpis_observation ({COLUMNS}) VALUES (%s, %s, %s, '', %s, NULL, NULL, '', %s, %s)"
        cursor.execute(add, [*place, to_micro(entry.value), batch, moment])


def update(table: str, entry: Entry):
    place = [entry.kpi_id, entry.department_id, entry.date.isoformat()]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET value = %s WHERE {PLACE}", [to_micro(entry.value), *place])


MANY = 20  # corrections in one sample, of which the median counts


def elsewhere(action, number: int, ground: Ground):
    """An action that corrects another place each time."""
    places = entries(ground, number)
    return lambda: action(next(places))


def typical(correction) -> float:
    return median(seconds(correction) for _ in range(MANY))


@measure("one correction: write and mark", floor="an UPDATE, committed", at_most=2.5)
def one_correction(ground: Ground):
    ours = elsewhere(partial(end_and_add, ground), 1, ground)
    return in_turn(ours, elsewhere(partial(update, ground.bare), 2, ground), by=typical)


@measure("one correction: record_observations", floor="an UPDATE, committed")
def by_the_front_door(ground: Ground):
    ours = elsewhere(partial(correct, ground), 3, ground)
    return in_turn(ours, elsewhere(partial(update, ground.bare), 4, ground), by=typical)


@measure("one correction, from write to shown", floor="the same at a tenth of the size", at_most=1.15)
def correction_to_value(ground: Ground):
    def until_shown(g: Ground, entry: Entry):
        correct(g, entry)
        drain(now=g.now)
        weeks = Rollup.objects.filter(kpi=entry.kpi_id, department=entry.department_id, grain="week")
        list(weeks.order_by("-period")[:13].values_list("period", "amount"))

    shown = {g: elsewhere(partial(until_shown, g), 5, g) for g in (ground, ground.tenth)}

    def at(g: Ground) -> float:
        g.use()
        return typical(shown[g])

    at(ground), at(ground.tenth)  # what is read for the first time is not what is measured
    while True:
        yield at(ground), at(ground.tenth)
        theirs = at(ground.tenth)
        yield at(ground), theirs


# A correction ends a row and adds another, so it leaves two marks.
SCATTER = """
INSERT INTO kpis_mark (kpi_id, department_id, date)
SELECT kpi_id, department_id, date FROM kpis_observation CROSS JOIN (SELECT 1 AS one UNION ALL SELECT 2) twice
WHERE superseded_at IS NULL AND kpi_id <= {upto} AND (id + {offset}) * 2654435761 % 1000003 < {threshold}
"""
WHOLE = "INSERT INTO kpis_mark (kpi_id) SELECT kpi_id FROM kpis_lock WHERE kpi_id <= {upto}"
GONE = "DELETE FROM kpis_mark"
AMONG = 100  # KPIs: a fifth of all, so that it ends today


def burst(percent: float):
    @measure(f"burst: {percent:g} % of {AMONG} KPIs corrected", floor="these KPIs made anew", at_most=1.1)
    def of_corrections(ground: Ground):
        upto = ground.kpis[AMONG - 1]

        def drained(*statements: str) -> float:
            with connection.cursor() as cursor:
                for sql in statements:
                    cursor.execute(sql)
            return seconds(lambda: drain(now=ground.now))

        whole = WHOLE.format(upto=upto)
        for offset in count(1, 2):
            first, second = (
                SCATTER.format(upto=upto, offset=n, threshold=round(10_000 * percent)) for n in (offset, offset + 1)
            )
            # The floor, too, begins after marks have been made; and each is first in its turn.
            ours = drained(first)
            yield ours, drained(first, GONE, whole)
            theirs = drained(second, GONE, whole)
            yield drained(second), theirs


for percent in (0.1, 1, 3, 10, 50):
    burst(percent)
