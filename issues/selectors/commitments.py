"""The ledger of commitments: what a list shows, how many were kept by week and department, why dates were moved."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q

from departments.models import Department, User
from issues.ledger import Act, balance
from issues.models import Commitment, Entry, Issue, Reason, Risk
from kpis import charts, spc

A_WEEK = timedelta(weeks=1)
RECENT = 13  # weeks that a share of what was kept is told of
RELATED = ["who", "department", "to_user", "to_department", "issue", "risk", "made_by"]
KEPT = Count("pk", filter=Q(done_at__isnull=False, ended_on__lte=F("first_due_on")))


class State(NamedTuple):
    """Where a commitment stands, as a page says it: kind of shape, word."""

    kind: str
    word: str


class Kept(NamedTuple):
    """Of what was promised for a stretch of time: how many were done by the date first promised, of how many."""

    kept: int
    due: int

    @property
    def share(self) -> float | None:
        """In per cent; None where nothing was due."""
        return 100 * self.kept / self.due if self.due else None


class Bar(NamedTuple):
    """Why dates were moved, one reason of it: `share` and `together`, with those before it, in per cent."""

    reason: Reason
    count: int
    share: float
    together: float

    @property
    def mark(self) -> float:
        """Where the mark of `together` begins, on a scale of 100 that it is 1 wide on."""
        return max(0, self.together - 1)


@dataclass
class Listed:
    """`move`: a form to move its date, for whoever works through a list."""

    commitment: Commitment
    state: State
    move: object = None


def state(found: Commitment, *, on: date) -> State:
    if found.released_at:
        return State("untargeted", "Released")
    if found.done_at:
        return State("on", "Kept") if found.kept(on=on) else State("risk", "Done late")
    if found.due_on < on:
        return State("off", "Overdue")
    return State("risk", "Moved") if found.moved else State("none", "Open")


def listed(commitments, *, on: date, known_at: datetime | None = None) -> list[Listed]:
    """The given commitments, in their order: one query; or those known at a moment, as they were then: three."""
    found = commitments.select_related(*RELATED)
    if known_at is None:
        return [Listed(each, state(each, on=on)) for each in found]
    known = Entry.objects.known_at(known_at).select_related("who").order_by("number")
    entries = Prefetch("entries", known, to_attr="known")
    made = list(found.filter(made_at__lte=known_at).prefetch_related(entries))
    for each in made:
        each.stand(balance(each.known))
        each.who = next(entry.who for entry in each.known if entry.who_id == each.who_id)
    return [Listed(each, state(each, on=on)) for each in made]


def story(commitment: Commitment, *, known_at: datetime | None = None) -> list[Entry]:
    """Its entries, oldest first, up to a moment; none where it was made later. The commitment stands as of then."""
    found = list(commitment.entries.known_at(known_at).select_related("by", "who").order_by("number"))
    if found and known_at:
        commitment.stand(balance(found))
    return found


def speaking_of(commitments, words: str, *, reader: User, on: date):
    """Those with all of these words: in what was promised, to whom, where it was made as far as its reader may know, or
    what was said of it since."""
    issues, risks = (rows.objects.reachable_by(reader, on=on) for rows in (Issue, Risk))
    every = Q()
    for word in words.split():
        entry = Q(Exists(Entry.objects.filter(commitment=OuterRef("pk"), words__icontains=word)))
        people = Q(who__name__icontains=word) | Q(to_user__name__icontains=word)
        places = Q(to_department__name__icontains=word) | Q(origin__icontains=word)
        made_for = Q(issue__in=issues.filter(title__icontains=word)) | Q(risk__in=risks.filter(title__icontains=word))
        every &= Q(what__icontains=word) | people | places | made_for | entry
    return commitments.filter(every)


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def sunday(day: date) -> date:
    return monday(day) + timedelta(days=6)


def kept_by_week(departments: Collection[Department], *, on: date, weeks: int) -> dict[date, Kept]:
    """Monday of each of the last weeks that are over, and had something promised for them: oldest first. One query."""
    over = {"first_due_on__gte": monday(on) - weeks * A_WEEK, "first_due_on__lt": monday(on)}
    due = Commitment.objects.counting().filter(department__in=departments, **over)
    by_day = due.order_by().values("first_due_on").annotate(kept=KEPT, due=Count("pk"))
    kept, promised = defaultdict(int), defaultdict(int)
    for row in by_day:
        week = monday(row["first_due_on"])
        kept[week] += row["kept"]
        promised[week] += row["due"]
    return {week: Kept(kept[week], promised[week]) for week in sorted(promised)}


def points(by_week: dict[date, Kept]) -> list[charts.Point]:
    """As a process behaviour chart wants them: a point for each week from the first to the last, with its gaps."""
    if not by_week:
        return []
    first, last = min(by_week), max(by_week)
    shown = [first + n * A_WEEK for n in range((last - first) // A_WEEK + 1)]
    values = [by_week[week].share if week in by_week else None for week in shown]
    judged = spc.judge(values)
    return [point(week, by_week.get(week), said, values) for week, said in zip(shown, judged, strict=True)]


def point(week: date, kept: Kept | None, said: spc.Point, values: list[float | None]) -> charts.Point:
    year, number, _ = week.isocalendar()
    return charts.Point(
        week,
        f"W{number} {year}",
        said.value,
        detail=f"{kept.kept} of {kept.due} kept" if kept else "",
        limits=said.limits and charts.within_bounds(said.limits, values, unit="%"),
        phase=said.phase,
        kind=said.kind("up"),
        rules=tuple(flag.rule for flag in said.flags),
    )


def reasons(departments: Collection[Department], *, since: date) -> list[Bar]:
    """Why dates were moved from a day on, the most frequent first; those never given are left out. One query."""
    moves = Entry.objects.filter(act=Act.MOVE, commitment__department__in=departments, at__date__gte=since)
    counts = sorted(
        moves.order_by().values_list("reason").annotate(Count("pk")),
        key=lambda pair: (-pair[1], pair[0] == Reason.OTHER, Reason.values.index(pair[0])),
    )
    whole, so_far, bars = sum(count for _, count in counts), 0, []
    for reason, count in counts:
        so_far += count
        bars.append(Bar(Reason(reason), count, 100 * count / whole, 100 * so_far / whole))
    return bars


def reasons_in_words(bars: list[Bar]) -> str:
    """“23 dates were moved; waiting for the client (9) and more work than thought (7) make up 70 % of that.”"""
    if not bars:
        return "No date was moved."
    whole = sum(bar.count for bar in bars)
    few = bars[: next(n for n, bar in enumerate(bars, 1) if bar.together >= 50)]
    named = " and ".join(f"{bar.reason.label.lower()} ({bar.count})" for bar in few[-2:])
    named = ", ".join([*(f"{bar.reason.label.lower()} ({bar.count})" for bar in few[:-2]), named])
    dates = "date was" if whole == 1 else "dates were"
    makes = "makes" if len(few) == 1 else "make"
    return f"{whole} {dates} moved; {named} {makes} up {few[-1].together:.0f} % of that."
