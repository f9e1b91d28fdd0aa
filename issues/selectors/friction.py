"""Who waits for whom: the friction between departments over a period, and whether the backlog grows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.db.models import Avg, Case, Count, F, FloatField, Func, IntegerField, Min, Sum, Value, When
from django.utils import timezone

from departments.models import Department, User
from departments.selectors import business_hours
from issues.flow import Act
from issues.models import Issue, Move
from issues.selectors.medians import medians

A_WEEK = timedelta(weeks=1)
MOST_WEEKS = 53  # that are shown one by one; months beyond
CAME = [str(act) for act in (Act.RAISE, Act.REOPEN)]
WENT = [str(act) for act in (Act.CONFIRM, Act.WITHDRAW)]
AGAINST = [str(act) for act in (Act.RETURN, Act.DISPUTE, Act.PASS)]  # acts whose words say what is in the way
QUOTED = 6
AGES = [  # working days, and what is up to so many old
    (1, "up to a day"),
    (3, "to 3 days"),
    (5, "to a week"),
    (10, "to 2 weeks"),
    (20, "to 4 weeks"),
    (60, "to 12 weeks"),
    (None, "longer"),
]


class Span(NamedTuple):
    """A period up to now, and its middle."""

    start: datetime
    end: datetime

    @property
    def middle(self) -> datetime:
        return self.start + (self.end - self.start) / 2


@dataclass
class Pair:
    """What one department raised to another. `waited`: the median time that the owner had the ball, None where nothing
    was settled in the period; `earlier` and `later`: how many were raised in its first and its second half."""

    raiser: Department
    owner: Department
    open: int = 0
    raised: int = 0
    later: int = 0
    returned: int = 0
    settled: int = 0
    waited: timedelta | None = None

    @property
    def earlier(self) -> int:
        return self.raised - self.later

    @property
    def share_returned(self) -> float | None:
        return 100 * self.returned / self.raised if self.raised else None

    @property
    def hours(self) -> float | None:
        return None if self.waited is None else self.waited.total_seconds() / 3600

    @property
    def trend(self) -> int | None:
        """How many more were raised in the second half of the period than in the first."""
        return self.later - self.earlier if self.raised else None

    @property
    def is_routine(self) -> bool:
        """Whether so many would fall so unevenly on two halves by chance, too: within two standard deviations."""
        return (self.later - self.earlier) ** 2 <= 4 * self.raised


class Step(NamedTuple):
    """A week or month: how often issues were raised or reopened, resolved and closed in it, and how many were open at
    its end."""

    first: date
    raised: int
    resolved: int
    closed: int
    open: int


class Age(NamedTuple):
    """How many are so old; `share` is in per cent of the most that are of any age."""

    name: str
    count: int
    share: float


class Balance(NamedTuple):
    """Little's law: on average as many are open as arrive in a day, times the days that one stays open.

    `average` is counted; `days` is None where none was closed in the period. `before` and `now` are open at its ends:
    what is reopened arrives once more.
    """

    average: float
    arrivals: int
    closed: int
    a_day: float
    days: float | None
    before: int
    now: int

    @property
    def expected(self) -> float | None:
        return None if self.days is None else self.a_day * self.days


class Reasons(NamedTuple):
    """How often issues were returned, disputed and passed on in the period, and the newest words about it."""

    counts: list[tuple[Act, int]]
    moves: list[Move]


@dataclass
class Friction:
    span: Span
    pairs: dict[tuple[int, int], Pair]
    departments: list[Department]
    ages: list[Age]
    steps: list[Step]
    balance: Balance

    @property
    def raisers(self) -> list[Department]:
        return [each for each in self.departments if any(raiser == each.pk for raiser, _ in self.pairs)]

    @property
    def owners(self) -> list[Department]:
        return [each for each in self.departments if any(owner == each.pk for _, owner in self.pairs)]


class Seconds(Func):
    """A moment as seconds since 1970."""

    output_field = FloatField()

    def as_sqlite(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, template="((julianday(%(expressions)s) - 2440587.5) * 86400)")

    def as_postgresql(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, template="date_part('epoch', %(expressions)s)")


def place(name: str, bounds: Sequence[datetime], first: int = 0):
    """How many of the (ascending) bounds a moment has reached: what `bisect_right` says, asked of the database."""
    if not bounds:
        return Value(first, output_field=IntegerField())
    half = len(bounds) // 2
    below, above = place(name, bounds[:half], first), place(name, bounds[half + 1 :], first + half + 1)
    return Case(When(**{f"{name}__lt": bounds[half]}, then=below), default=above)


def friction(user: User, *, weeks: int | None, at: datetime) -> Friction:
    """The matrix of what this user reaches, over so many weeks up to now; since the first issue where None.

    A constant number of queries.
    """
    issues = Issue.objects.reachable_by(user, on=timezone.localdate(at))
    moves = Move.objects.reachable_by(user, on=timezone.localdate(at))
    span = span_of(issues, weeks, at)
    departments = list(Department.objects.by_name())
    found = pairs(issues, moves, span, departments)
    here = sum(pair.open for pair in found.values())
    return Friction(span, found, departments, ages(issues, at), *over_time(issues, moves, span, here))


def span_of(issues, weeks: int | None, at: datetime) -> Span:
    """Whole weeks but for the running one."""
    monday = monday_of(timezone.localdate(at))
    if weeks is None:
        first = issues.aggregate(first=Min("raised_at"))["first"]
        return Span(midnight(monday_of(timezone.localdate(first))) if first else midnight(monday), at)
    return Span(midnight(monday - (weeks - 1) * A_WEEK), at)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


# --- The matrix ---------------------------------------------------------------------------------


def pairs(issues, moves, span: Span, departments: list[Department]) -> dict[tuple[int, int], Pair]:
    named, found = {each.pk: each for each in departments}, {}

    def pair(raiser: int, owner: int) -> Pair:
        return found.setdefault((raiser, owner), Pair(named[raiser], named[owner]))

    by_pair = issues.order_by().values_list("raiser", "owner")
    for raiser, owner, count in by_pair.open().annotate(Count("pk")):
        pair(raiser, owner).open = count
    raised = by_pair.filter(raised_at__gte=span.start)
    is_later = Case(When(raised_at__gte=span.middle, then=1), default=0)
    for raiser, owner, count, later in raised.annotate(Count("pk"), later=Sum(is_later)):
        pair(raiser, owner).raised, pair(raiser, owner).later = count, later
    returns = moves.filter(act=Act.RETURN, at__gte=span.start).values("issue")
    for raiser, owner, count in raised.filter(pk__in=returns).annotate(Count("pk")):
        pair(raiser, owner).returned = count
    settled = issues.settled().filter(since__gte=span.start)
    for (raiser, owner), (many, median) in medians(settled, "waited", by=("raiser", "owner")).items():
        pair(raiser, owner).settled, pair(raiser, owner).waited = many, timedelta(seconds=float(median))
    return found


def reasons(user: User, span: Span, *, raiser: Department | None, owner: Department | None) -> Reasons:
    """What was said against issues within reach, of one pair of departments or of all."""
    moves = Move.objects.reachable_by(user, on=timezone.localdate(span.end)).filter(act__in=AGAINST)
    moves = moves.filter(at__gte=span.start, at__lte=span.end)
    if raiser:
        moves = moves.filter(issue__raiser=raiser)
    if owner:
        moves = moves.filter(issue__owner=owner)
    counted = dict(moves.order_by().values_list("act").annotate(Count("pk")))
    newest = moves.order_by("-at", "-pk").select_related("by", "issue__raiser", "issue__owner")[:QUOTED]
    return Reasons([(Act(act), counted.get(act, 0)) for act in AGAINST], list(newest))


# --- How old, how many, how long ----------------------------------------------------------------


def ages(issues, at: datetime) -> list[Age]:
    """Open issues by the working time since they were raised, the youngest first."""
    today = timezone.localdate(at)
    hours = business_hours(today - timedelta(days=200), today)
    limits = [hours.before(at, days * hours.a_day) for days, _ in AGES if days]
    counts = counted(issues.open(), "raised_at", limits[::-1])
    most = max(counts.values(), default=0) or 1
    numbers = [counts.get(len(AGES) - 1 - n, 0) for n in range(len(AGES))]
    return [Age(name, number, 100 * number / most) for (_, name), number in zip(AGES, numbers, strict=True)]


def counted(rows, name: str, bounds: Sequence[datetime]) -> dict[int, int]:
    """How many rows have a moment that has reached so many of the bounds."""
    return dict(rows.order_by().values_list(place(name, bounds)).annotate(Count("pk")))


class Sums(NamedTuple):
    """Of moves: how many, and their moments in seconds since the period began."""

    count: int = 0
    seconds: float = 0.0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*(a + b for a, b in zip(self, other, strict=True)))


def summed(moves, bounds: Sequence[datetime], span: Span) -> dict[tuple[str, int], Sums]:
    """What came, was resolved, and went in the period: by act and how many of the bounds it has reached."""
    rows = moves.filter(act__in=[*CAME, str(Act.RESOLVE), *WENT], at__gte=span.start)
    rows = rows.order_by().values_list("act", place("at", bounds))
    seconds = Sum(Seconds(F("at")) - span.start.timestamp())
    rows = rows.annotate(count=Count("*"), seconds=seconds)  # an index tells both: no move need be looked up
    return {(act, n): Sums(*sums) for act, n, *sums in rows}


def over_time(issues, moves, span: Span, here: int) -> tuple[list[Step], Balance]:
    """Each week of the period, or each month of a long one, the oldest first; the last is not over.

    `here` is how many are open now.
    """
    firsts = days(timezone.localdate(span.start), timezone.localdate(span.end))
    sums = summed(moves, [midnight(day) for day in firsts[1:]], span)

    def those(acts: Sequence[str], n: int) -> Sums:
        return sum((sums.get((act, n), Sums()) for act in acts), Sums())

    came, went = ([those(acts, n) for n in range(len(firsts))] for acts in (CAME, WENT))
    resolved = [those([str(Act.RESOLVE)], n).count for n in range(len(firsts))]
    before = still = here + sum(each.count for each in went) - sum(each.count for each in came)
    found = []
    for first, arrived, done, left in zip(firsts, came, resolved, went, strict=True):
        still += arrived.count - left.count
        found.append(Step(first, arrived.count, done, left.count, still))
    kept = balance(sum(came, Sums()), sum(went, Sums()), span, stayed=stayed(issues, span), before=before, here=here)
    return found, kept


def stayed(issues, span: Span) -> float | None:
    """How many seconds after they were raised those were closed that came to be closed in the period, on average."""
    closed = issues.closed().filter(since__gte=span.start)
    return closed.aggregate(stayed=Avg(Seconds(F("since")) - Seconds(F("raised_at"))))["stayed"]


def days(first: date, last: date) -> list[date]:
    """The first day of each week from one day to another, or of each month where there would be too many weeks."""
    weeks = (last - first).days // 7 + 1
    if weeks <= MOST_WEEKS:
        return [first + n * A_WEEK for n in range(weeks)]
    months = (last.year - first.year) * 12 + last.month - first.month
    return [first, *(date(first.year + m // 12, m % 12 + 1, 1) for m in range(first.month, first.month + months))]


def balance(came: Sums, went: Sums, span: Span, *, stayed: float | None, before: int, here: int) -> Balance:
    """How many were open on average is the time that each was open within the period, added up, over its length."""
    length = (span.end - span.start).total_seconds()
    together = here * length + went.seconds - came.seconds
    return Balance(
        average=together / length if length else float(here),
        arrivals=came.count,
        closed=went.count,
        a_day=86400 * came.count / length if length else 0.0,
        days=None if stayed is None else stayed / 86400,
        before=before,
        now=here,
    )
