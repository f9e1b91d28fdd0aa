"""The friction matrix says what counting by hand says."""

import random
from collections import Counter
from datetime import date, datetime, time, timedelta
from itertools import zip_longest
from statistics import median

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from departments.selectors import business_hours
from issues.charts import balance_in_words
from issues.flow import Act, State
from issues.models import Issue, Move
from issues.selectors.friction import AGES, days, friction, reasons
from issues.services.moving import move, possible
from tests import make
from tests.clock import NOW

DAY = timedelta(days=1)
SETTLED = {State.RESOLVED, State.CONFIRMED, State.WITHDRAWN}
CLOSED = {State.CONFIRMED, State.WITHDRAWN}
MATRIX = "/issues/friction/"


@pytest.fixture
def places(creative, media, creative_head, media_head):
    return [creative, media, make.department("IT")]


def happen(places, coo, *, count, seed):
    """So many issues between these departments, each with a life of its own."""
    lot = random.Random(seed)
    for _ in range(count):
        raiser, owner = lot.sample(places, 2)
        at = NOW - timedelta(minutes=lot.randrange(10, 300 * 24 * 60))
        issue = make.issue(raiser, owner, by=coo, at=at)
        for _ in range(lot.randrange(8)):
            at += (NOW - at) * lot.random() / 4
            acts = possible(coo, issue, on=timezone.localdate(at))
            to = next(each for each in places if each.pk != issue.court_id)
            chosen = lot.choice([act for act in acts if act != Act.WITHDRAW or lot.random() < 0.1] or [None])
            if chosen:
                move(issue, chosen, edition=issue.edition, words="So it is.", to=to, by=coo, at=at)


def by_hand(start):
    """Open, raised, raised later, returned, settled and the median wait of each pair, one issue after the other."""
    middle, found = start + (NOW - start) / 2, {}
    for issue in Issue.objects.all():
        pair = found.setdefault((issue.raiser_id, issue.owner_id), [0, 0, 0, 0, []])
        raised = issue.raised_at >= start
        pair[0] += issue.state not in CLOSED
        pair[1] += raised
        pair[2] += issue.raised_at >= middle
        pair[3] += raised and issue.moves.filter(act=Act.RETURN).exists()
        if issue.state in SETTLED and issue.since >= start:
            pair[4].append(issue.waited)
    return {
        key: (*counts, len(waits), median(waits) if waits else None)
        for key, (*counts, waits) in found.items()
        if any(counts) or waits
    }


def shown(found):
    return {
        key: (
            pair.open,
            pair.raised,
            pair.later,
            pair.returned,
            pair.settled,
            None if pair.waited is None else pair.waited.total_seconds(),
        )
        for key, pair in found.pairs.items()
    }


@pytest.mark.parametrize("seed", range(2))
def test_the_matrix_is_what_counting_each_issue_gives(places, coo, seed):
    happen(places, coo, count=25, seed=seed)
    for weeks in (4, 13, 26, None):
        found = friction(coo, weeks=weeks, at=NOW)
        assert shown(found) == by_hand(found.span.start)


def test_a_period_is_whole_weeks_up_to_now(coo, places):
    make.issue(*places[:2], at=NOW - 40 * DAY)
    start = timezone.localtime(friction(coo, weeks=2, at=NOW).span.start)
    assert (start.date(), start.hour) == (date(2026, 11, 9), 0)
    assert timezone.localtime(friction(coo, weeks=None, at=NOW).span.start).date() == date(2026, 10, 5)


def test_long_periods_are_told_by_the_month():
    assert days(date(2026, 11, 2), date(2026, 11, 18)) == [date(2026, 11, 2), date(2026, 11, 9), date(2026, 11, 16)]
    months = days(date(2025, 10, 6), date(2027, 1, 3))
    assert months[:4] == [date(2025, 10, 6), date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1)]
    assert months[-1] == date(2027, 1, 1)


def test_open_issues_are_as_old_as_was_worked_since_they_were_raised(places, coo):
    happen(places, coo, count=25, seed=7)
    hours = business_hours(date(2026, 1, 1), date(2026, 11, 18))
    wanted = Counter()
    for issue in Issue.objects.open():
        age = hours.between(issue.raised_at, NOW)
        wanted[next(name for limit, name in AGES if limit is None or age <= limit * hours.a_day)] += 1
    assert {age.name: age.count for age in friction(coo, weeks=13, at=NOW).ages if age.count} == wanted


def test_what_came_and_went_adds_up_and_little_is_counted_exactly(places, coo):
    happen(places, coo, count=25, seed=3)
    for weeks in (13, None):
        found = friction(coo, weeks=weeks, at=NOW)
        adds_up(found, found.balance, list(Issue.objects.all()))


def lives(issue):
    """When it was open: (from, until), the last without an end while it is."""
    turns = [(move.act, move.at) for move in issue.moves.order_by("number")]
    begun = [at for act, at in turns if act in (Act.RAISE, Act.REOPEN)]
    ended = [at for act, at in turns if act in (Act.CONFIRM, Act.WITHDRAW)]
    return list(zip_longest(begun, ended))


def adds_up(found, kept, issues):
    start, end = found.span
    spans = [each for issue in issues for each in lives(issue)]
    left = [issue for issue in issues if issue.state in CLOSED and issue.since >= start]
    came = [begun for begun, _ in spans if begun >= start]
    there = [(until or end) - max(begun, start) for begun, until in spans]
    whole = sum((max(each, timedelta()) for each in there), timedelta())
    assert kept.average == pytest.approx(whole / (end - start), rel=1e-6)
    assert kept.a_day == pytest.approx(len(came) / ((end - start) / DAY))
    assert kept.days == pytest.approx(sum((i.since - i.raised_at for i in left), timedelta()) / DAY / len(left))
    assert kept.before + kept.arrivals - kept.closed == kept.now == found.steps[-1].open
    assert sum(step.raised for step in found.steps) == kept.arrivals == len(came)
    assert sum(step.closed for step in found.steps) == kept.closed == sum(bool(u and u >= start) for _, u in spans)
    ends = [timezone.make_aware(datetime.combine(step.first, time())) for step in found.steps[1:]] + [end]
    assert [step.open for step in found.steps] == [
        sum(begun < each and not (until and until < each) for begun, until in spans) for each in ends
    ]
    assert sum(step.resolved for step in found.steps) == Move.objects.filter(act=Act.RESOLVE, at__gte=start).count()
    first, until = found.steps[1].first, found.steps[2].first
    assert found.steps[1].raised == sum(first <= timezone.localdate(begun) < until for begun in came)


def test_what_is_reopened_was_not_open_while_it_was_closed(coo, creative, media, creative_head):
    raised = NOW - 140 * DAY
    issue = make.issue(creative, media, at=raised)
    move(issue, Act.WITHDRAW, edition=1, words="Found.", by=creative_head, at=raised + DAY)
    move(issue, Act.REOPEN, edition=2, words="Again.", by=creative_head, at=NOW - 7 * DAY)
    found = friction(coo, weeks=4, at=NOW)
    assert [step.open for step in found.steps] == [0, 0, 1, 1]
    assert (found.balance.before, found.balance.arrivals, found.balance.now) == (0, 1, 1)


def test_a_steady_flow_obeys_the_law_and_one_that_grows_is_said_to():
    law, meaning = balance_in_words(average=10.2, a_day=2, days=5, before=10, now=10)
    assert law == "2.00 raised or reopened a day × 5.0 days open = 10.0, and 10.2 were open on average: 0.2 more."
    assert "agree within a tenth" in meaning
    assert "What arrives is closed" not in meaning
    assert "grew by 30 (from 10 to 40 open)" in balance_in_words(average=30, a_day=2, days=5, before=10, now=40)[1]
    assert "not known yet" in balance_in_words(average=3, a_day=1, days=None, before=0, now=9)[0]


def test_reasons_are_the_newest_words_against_the_issues_of_a_pair(places, coo):
    creative, media, it = places
    for raiser, owner, words in ((creative, media, "No budget."), (it, media, "No brief.")):
        issue = make.issue(raiser, owner, by=coo, at=NOW - 2 * DAY)
        move(issue, Act.RETURN, edition=1, words=words, by=coo, at=NOW - DAY)
    span = friction(coo, weeks=13, at=NOW).span
    found = reasons(coo, span, raiser=creative, owner=media)
    assert [move.words for move in found.moves] == ["No budget."]
    assert dict(found.counts) == {Act.RETURN: 1, Act.DISPUTE: 0, Act.PASS: 0}
    assert len(reasons(coo, span, raiser=None, owner=media).moves) == 2


def test_each_cell_leads_to_the_issues_that_it_counts(client, places, coo):
    happen(places, coo, count=15, seed=1)
    client.force_login(coo)
    page = client.get(MATRIX, {"weeks": "all", "measure": "open"})
    for row in page.context["matrix"].cells:
        for cell in filter(None, row):
            assert f'href="{cell.url.replace("&", "&amp;")}"' in page.text
            assert client.get(cell.url).context["paginator"].count == cell.value


def test_each_pair_leads_to_the_issues_of_the_period_that_it_counts(client, places, coo):
    happen(places, coo, count=25, seed=1)
    client.force_login(coo)
    page = client.get(MATRIX, {"weeks": "13", "measure": "wait"})
    for pair, lists in page.context["pairs"]:
        assert {kind: client.get(url).context["paginator"].count for kind, url in lists.items()} == {
            "open": pair.open, "raised": pair.raised, "settled": pair.settled
        }  # fmt: skip
    assert "settled=2026-08-24" in page.context["matrix"].cells[0][1].url
    raised = client.get(MATRIX, {"weeks": "26", "measure": "returned"}).context["matrix"].cells[0][1].url
    assert "raised=2026-05-25" in raised
    assert 'name="raised" value="2026-05-25"' in client.get(raised).text


def test_a_member_of_staff_sees_the_friction_of_their_own_department(client, places, coo, designer):
    creative, media, it = places
    make.issue(creative, media, by=coo)
    make.issue(it, media, by=coo)
    client.force_login(designer)
    page = client.get(MATRIX)
    assert [str(each) for each in page.context["matrix"].raisers] == ["Creative"]
    assert page.context["friction"].balance.now == 1


@pytest.mark.parametrize("measure", ["wait", "open", "returned", "trend"])
def test_htmx_gets_the_very_part_that_the_page_includes(client, places, coo, measure):
    happen(places, coo, count=10, seed=2)
    client.force_login(coo)
    asked = {"measure": measure, "weeks": "26", "raiser": "creative", "owner": "media"}
    part = client.get(MATRIX, asked, headers={"HX-Request": "true"})
    assert part.text.strip() in client.get(MATRIX, asked).text
    assert "<h1>" not in part.text


@pytest.mark.parametrize("asked", ["weeks=9", "measure=%00", "raiser=nobody", "owner=creative%00", "weeks=" + "9" * 99])
def test_what_cannot_be_understood_is_said(client, places, coo, asked):
    client.force_login(coo)
    assert client.get(f"{MATRIX}?{asked}").status_code == 400


def test_without_issues_the_page_says_so(client, coo, agency):
    client.force_login(coo)
    assert "Nothing waits" in client.get(MATRIX).text


def as_many_again(times):
    """Each issue with its moves so many times more."""
    for issue in list(Issue.objects.prefetch_related("moves")):
        moves = list(issue.moves.all())
        for copy in Issue.objects.bulk_create(fresh(issue) for _ in range(times)):
            Move.objects.bulk_create(fresh(each, issue=copy) for each in moves)


def fresh(row, **fields):
    values = {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.attname != "id"
    }
    return type(row)(**{name: value for name, value in values.items() if name != "issue_id" or not fields}, **fields)


def test_the_number_of_queries_does_not_grow_with_the_issues(client, places, coo):
    urls = [f"{MATRIX}?weeks=all", "/issues/", "/issues/?state=all", "/issues/board/"]
    client.force_login(coo)

    def asked(url):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    happen(places, coo, count=10, seed=5)
    few = [(asked(url), asked(url))[1] for url in urls]
    as_many_again(19)
    assert [asked(url) for url in urls] == few


def test_list_and_board_lead_to_the_matrix(client, places, coo):
    client.force_login(coo)
    for url in (reverse("issues:list"), reverse("issues:board")):
        assert f'href="{MATRIX}"' in client.get(url).text
