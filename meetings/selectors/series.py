"""A series as its page shows it: what stands, and who changed what."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.db.models import Max

from departments.models import User
from meetings.models import Invited, Schedule, Section, Series
from meetings.recurrence import Plan, leap_in_words
from meetings.rule_words import in_words


@dataclass
class Change:
    """What somebody did with a series or one of its meetings, in words."""

    at: datetime
    by: User | None
    words: str


def edition(series: Series) -> str:
    """Another after each change of what a series is: whoever changes it names the one they saw."""
    kept = (
        Series.history.filter(id=series.pk),
        Invited.history.filter(series_id=series.pk),
        Section.history.filter(series_id=series.pk),
    )
    newest = [rows.aggregate(newest=Max("history_id"))["newest"] or 0 for rows in kept]
    said = Schedule.objects.filter(series=series)
    return "-".join(map(str, [*newest, said.aggregate(newest=Max("pk"))["newest"] or 0, said.current().count()]))


def plan_of(schedule: Schedule) -> Plan:
    return Plan(schedule.starts_on, schedule.starts_at, schedule.minutes, schedule.zone, schedule.rule)


def plan_on(series: Series, day: date) -> Schedule | None:
    """The schedule that counts on a day: the last that has begun, or the first where none has."""
    standing = Schedule.objects.current().filter(series=series).order_by("-starts_on")
    return standing.filter(starts_on__lte=day).first() or standing.last()


def how_often(schedule: Schedule) -> str:
    return in_words(schedule.rule, schedule.starts_on)


def leapt_over(plan: Plan, days) -> str:
    """What the clocks do on the first of these days on which they leap over the time of a plan; empty for none."""
    for day in days:
        if words := leap_in_words(day, plan.starts_at, plan.zone):
            return words
    return ""


def changes(series: Series, most: int = 30) -> list[Change]:
    """Who changed what, the newest first."""
    found = [*of_the_series(series), *of_schedules(series), *of_meetings(series)]
    found += of_rows(Invited.history.filter(series_id=series.pk), "Invited", "No more invited")
    found += of_rows(Section.history.filter(series_id=series.pk), "Parts", "Parts taken out")
    return sorted(found, key=lambda change: change.at, reverse=True)[:most]


def of_the_series(series: Series):
    versions = list(series.history.select_related("history_user", "chair").order_by("history_id"))
    for before, after in zip([None, *versions], versions, strict=False):
        for words in said_of_the_series(before, after):
            yield Change(after.history_date, after.history_user, words)


def said_of_the_series(before, after):
    if before is None:
        yield f"Made: {after.title}, led by {after.chair}."
        return
    if before.title != after.title:
        yield f"Title: “{before.title}” became “{after.title}”."
    if before.chair_id != after.chair_id:
        yield f"{after.chair} leads it."
    if before.ended_on != after.ended_on:
        yield f"Its last day is {after.ended_on:%-d %b %Y}." if after.ended_on else "It goes on."


def of_schedules(series: Series):
    for row in Schedule.objects.filter(series=series).select_related("recorded_by"):
        when = f"{how_often(row)}, {row.starts_at:%H:%M}, {row.minutes} minutes, {row.zone}"
        yield Change(row.recorded_at, row.recorded_by, f"From {row.starts_on:%-d %b %Y}: {when}.")


def of_rows(history, came: str, went: str):
    """What one person put in or took out within a minute is one change."""
    rows = history.exclude(history_type="~").select_related("history_user").order_by("id", "history_date")
    for (_, kind, _), some in groupby(sorted(rows, key=at_once), key=at_once):
        some = list(some)
        what = came if kind == "+" else went
        yield Change(
            some[-1].history_date, some[0].history_user, f"{what}: {'; '.join(str(row.instance) for row in some)}."
        )


def at_once(row) -> tuple:
    return row.history_date.replace(second=0, microsecond=0), row.history_type, row.history_user_id or 0


def of_meetings(series: Series):
    for row in series.meetings.select_related("moved_by", "cancelled_by"):
        if row.moved_at:
            words = f"The meeting of {row.slot:%-d %b %Y} was moved."
            yield Change(row.moved_at, row.moved_by, words)
        if row.cancelled_at:
            words = f"The meeting of {row.slot:%-d %b %Y} was cancelled: {row.cancelled_why}"
            yield Change(row.cancelled_at, row.cancelled_by, words)
