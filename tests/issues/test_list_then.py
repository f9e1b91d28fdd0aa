"""Lists of issues as known on a day are what they were in its last moment."""

import random
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from departments.models import User
from issues.flow import Act, State
from issues.models import Issue
from issues.models.issue import WORDING
from issues.services.escalating import escalate
from issues.services.moving import move, possible
from issues.services.rewording import may_reword, reword
from kpis.asked import end_of
from tests import make
from tests.clock import NOW, TODAY

A_DAY = timedelta(days=1)
ASKED = [
    "", "?state=all&sort=new", "?state=closed", "?state=accepted", "?sort=waiting&state=all", "?ball=mine",
    "?ball=theirs", "?ball=away", "?ball=media", "?late=yes", "?late=yes&state=all", "?owner=media&severity=high",
    "?q=%231", "?q=gone", "?q=sizes", f"?settled={TODAY - 8 * A_DAY}&state=all", f"?raised={TODAY - 6 * A_DAY}",
]  # fmt: skip
BOARDS = ["", "?ball=theirs", "?severity=high"]
LOOKED_AT = [TODAY - n * A_DAY for n in (10, 6, 2, 1)]
LEFT_ALONE_SINCE = 14  # hours before the end of a day: in its morning
DAYS = [TODAY - n * A_DAY for n in range(12, 0, -1)]


@pytest.fixture
def desk(client, creative_head):
    client.force_login(creative_head)
    return client


def row_of(row) -> tuple:
    issue = row.issue
    put = (issue.title, issue.severity, issue.needed_by)
    return issue.pk, str(issue.state), *put, str(issue.court), issue.is_paused, issue.since, row.held, row.escalated


def rows(client, query: str) -> list[tuple]:
    return [row_of(row) for row in client.get(f"/issues/{query}").context["rows"]]


def lanes(client, query: str) -> dict:
    columns = client.get(f"/issues/board/{query}").context["columns"]
    return {each.state: (each.count, [row_of(row) for row in each.rows]) for each in columns}


def live_through(lot, departments, heads, *, seen):
    """Days of chance; at the end of some `seen` looks. Some issues are left alone, and escalate."""
    alone = []
    for day in DAYS:
        for hours in range(16, 4, -2):
            at = end_of(day).replace(microsecond=0) - timedelta(hours=hours)
            with time_machine.travel(at, tick=False):
                if lot.random() < 0.4:
                    needed_by = lot.choice([None, day + lot.randrange(1, 4) * A_DAY])
                    severity = lot.choice(["high", "low"])
                    make.issue(*lot.sample(departments, 2), severity=severity, needed_by=needed_by, at=at)
                if hours == LEFT_ALONE_SINCE and day in LOOKED_AT:
                    alone.append(make.issue(*departments[:2], severity="high", at=at).pk)
                for issue in Issue.objects.exclude(moves__at__gte=at).exclude(pk__in=alone).order_by("pk"):
                    act_by_chance(issue, lot, departments, heads, at)
                escalate(now=at)
        if day in LOOKED_AT:
            with time_machine.travel(end_of(day), tick=False):
                seen(day)


def act_by_chance(issue, lot, departments, heads, at):
    head, others = lot.choice(heads), [each for each in departments if each.pk != issue.court_id]
    acts = sorted(possible(head, issue, on=timezone.localdate(at)))
    acts = [act for act in acts if lot.random() < (0.05 if act == Act.WITHDRAW else 0.2)]
    if lot.random() < 0.1 and may_reword(head, issue, on=timezone.localdate(at)):
        was = issue.history.latest("history_id").pk
        said = {name: getattr(issue, name) for name in WORDING} | {"title": lot.choice(["Sizes", "Texts"])}
        said |= {
            "severity": lot.choice(["high", "low"]),
            "needed_by": lot.choice([None, timezone.localdate(at) + A_DAY]),
        }
        reword(issue, said, was=was, by=head, at=at)
    elif acts:
        act, to = lot.choice(acts), lot.choice(others)
        move(issue, act, edition=issue.edition, words="Gone on.", to=to, by=head, at=at)


def with_day(query: str, day) -> str:
    return f"{query or '?'}{'&' if query else ''}as_known_on={day}"


def test_what_was_known_on_a_day_is_what_was_seen_at_its_end(desk, agency, creative, media, media_head, coo):
    lot, expected = random.Random(1), {}

    def seen(day):
        for query in ASKED:
            expected[query, day] = rows(desk, query)
        for query in BOARDS:
            expected["board", query, day] = lanes(desk, query)

    heads = [User.objects.get(username="creative-head"), media_head, coo]
    live_through(lot, [creative, media, make.department("IT", parent=agency)], heads, seen=seen)
    for (*board, query, day), found in expected.items():
        then = (lanes if board else rows)(desk, with_day(query, day))
        assert then == found, (board, query, day)
    everything = [row for found in expected.values() if isinstance(found, list) for row in found]
    assert {state for _, state, *_ in everything} == set(State)
    assert {step for *_, step in everything} == {"", "soon", "missed", "coo"}


def test_such_a_list_only_shows(desk, creative, media):
    issue = make.issue(media, creative, at=NOW - 3 * A_DAY)
    page = desk.get(f"/issues/?as_known_on={TODAY - A_DAY}").text
    assert "As known on 17 Nov 2026" in page
    assert "data-triage" not in page
    assert "Save this view" not in page
    assert f"/issues/{issue.pk}/?as_known_on=2026-11-17" in page
    assert "data-triage" in desk.get("/issues/").text


@pytest.mark.parametrize("path", ["/issues/", "/issues/board/"])
def test_it_asks_the_same_number_of_questions_however_many_there_are(
    desk, creative, media, path, django_assert_max_num_queries
):
    def ask():
        desk.get(f"{path}?as_known_on={TODAY - A_DAY}&state=all")

    for _ in range(2):
        make.issue(creative, media, at=NOW - 3 * A_DAY)
    with django_assert_max_num_queries(60) as few:
        ask()
    for _ in range(20):
        make.issue(media, creative, at=NOW - 3 * A_DAY)
    with django_assert_max_num_queries(len(few)):
        ask()
