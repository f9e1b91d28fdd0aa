"""The pages of issues, as the COO asks for them, where there are many."""

import random
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice

from django.db import connection

from bench.ground import SEED, Ground, settle
from bench.measure import measure, seconds
from bench.pages import ask, asked_for, signed_in
from departments.models import Department, User
from issues.flow import Act, Standing, State
from issues.models import Issue, Move, Severity

MOST, SHARE, ALLOWED = 50_000, 20, 0.3  # an issue for so many observations; seconds on the server
LIVES = [  # what happens to an issue after it was raised, and how often
    ([], 10),
    ([Act.ACCEPT], 10),
    ([Act.ACCEPT, Act.START], 10),
    ([Act.RETURN], 5),
    ([Act.ACCEPT, Act.START, Act.RESOLVE], 7),
    ([Act.ACCEPT, Act.RESOLVE, Act.DISPUTE], 3),
    ([Act.ACCEPT, Act.START, Act.RESOLVE, Act.CONFIRM], 40),
    ([Act.RETURN, Act.COMPLETE, Act.ACCEPT, Act.START, Act.RESOLVE, Act.CONFIRM], 12),
    ([Act.WITHDRAW], 3),
]


def many(ground: Ground) -> int:
    return min(MOST, ground.size // SHARE)


def lives(count: int, ground: Ground, by: User):
    """So many issues, each with its moves: the same ones each time, over the last three years."""
    lot = random.Random(SEED)
    places = list(Department.objects.exclude(parent=None).values_list("pk", flat=True))
    for number in range(count):
        raiser, owner = lot.sample(places, 2)
        at = ground.now - timedelta(minutes=lot.randrange(1, 3 * 365 * 24 * 60))
        [acts] = lot.choices([life for life, _ in LIVES], [often for _, often in LIVES])
        issue = Issue(
            title=f"Issue {number}",
            needed="A figure.",
            severity=lot.choice(Severity.values),
            raiser_id=raiser,
            owner_id=owner,
            raised_at=at,
            raised_by=by,
            since=at,
            waited=lot.randrange(400_000),
        )
        standing = Standing(raiser, owner, State.OPEN, owner)
        yield issue, list(moves(issue, standing, acts, ground.now, lot, by))


def moves(issue: Issue, standing: Standing, acts: list[Act], now: datetime, lot: random.Random, by: User):
    at = issue.raised_at
    for number, act in enumerate([Act.RAISE, *acts], 1):
        if act != Act.RAISE:
            at, before = at + (now - at) * lot.random() / 8, standing.court
            standing = standing.after(act)
            issue.since = at if standing.court != before else issue.since
        issue.state, issue.court_id, issue.edition = standing.state, standing.court, number
        yield Move(issue=issue, number=number, act=act, at=at, by=by, words="So it is.", state=standing.state,
            court_id=standing.court)  # fmt: skip


@contextmanager
def stuck(count: int, ground: Ground):
    """So many issues, and none afterwards."""
    by, _ = User.objects.get_or_create(username="coo", name="COO", role=User.Role.COO)
    source = lives(count, ground, by)
    try:
        while some := list(islice(source, 1000)):
            Issue.objects.bulk_create([issue for issue, _ in some])
            Move.objects.bulk_create([move for _, made in some for move in made])
        settle()
        yield
    finally:
        with connection.cursor() as cursor:
            for table in ("issues_move", "issues_issue"):
                cursor.execute(f"DELETE FROM {table}")


def page(name: str, url: str):
    @measure(f"issues, {name}", floor="allowed", at_most=1)
    def made(ground: Ground):
        with stuck(many(ground), ground):
            client = signed_in()
            ask(client, url)
            while True:
                yield seconds(lambda: ask(client, url)), ALLOWED

    @measure(f"issues, {name}: queries", floor="at a hundredth of the issues", at_most=1, unit="queries", rounds=1)
    def the_same(ground: Ground):
        client = signed_in()
        with stuck(max(20, many(ground) // 100), ground):
            few = len(asked_for(client, url))
        with stuck(many(ground), ground):
            while True:
                yield len(asked_for(client, url)), few


page("list", "/issues/?state=all")
page("board", "/issues/board/")
page("matrix", "/issues/friction/?weeks=all")
