"""Where a number comes from, and what it was before."""

from datetime import timedelta
from decimal import Decimal

import pytest

from kpis.services.recording import Entry, record_observations, reverse_batch
from kpis.services.rollups import drain
from tests import make
from tests.clock import NOW
from tests.words import unmarked, without_tokens

WEEK = make.weeks_ago


@pytest.fixture
def on_time(creative, media, coo):
    kpi = make.ratio(creative, media, code="on-time", numerator_name="on time", denominator_name="due")
    make.observations(kpi, creative, {WEEK(1): (30, 40)}, by=coo, at=NOW - timedelta(days=6))
    make.observations(kpi, creative, {WEEK(1): (38, 40)}, by=coo, at=NOW, reason="two were client-delayed")
    make.observations(kpi, media, {WEEK(1): (10, 10), WEEK(2): (9, 10)}, by=coo)
    drain(now=NOW)
    return kpi


def page(client, place="creative", week=1, **query):
    more = "".join(f"&{name}={value}" for name, value in query.items())
    return client.get(f"/kpis/on-time/periods/{WEEK(week)}/?department={place}&grain=week{more}")


def test_a_number_names_its_observations_who_recorded_them_and_what_they_replaced(client, coo, on_time):
    client.force_login(coo)
    text = page(client).text.replace("\N{NO-BREAK SPACE}", " ")
    recorded = ("38 on time ÷ 40 due", "38 ÷ 40", "30 ÷ 40", "two were client-delayed", "replaced 18 Nov 2026")
    for words in ("95.0 %", *recorded):
        assert words in text, words
    assert "10 ÷ 10" not in text


def test_a_total_shows_what_all_departments_recorded(client, coo, on_time):
    client.force_login(coo)
    text = page(client, "agency").text
    assert "38 ÷ 40" in text
    assert "10 ÷ 10" in text
    assert "9 ÷ 10" not in text


def test_as_known_then_nothing_later_shows(client, coo, on_time):
    client.force_login(coo)
    text = page(client, as_known_on=(NOW - timedelta(days=5)).date()).text
    assert "30 ÷ 40" in text
    assert "38 ÷ 40" not in text
    assert "replaced" not in text


def test_a_period_that_runs_and_one_without_a_value_say_which_target_holds_at_their_end(client, coo, media, on_time):
    make.target(on_time, lower=90, starts_on=WEEK(3), ends_on=WEEK(2) - timedelta(days=1))
    make.target(on_time, lower=95, starts_on=WEEK(2))
    client.force_login(coo)
    found = [
        page(client, week=week).text.partition("<dt>Target</dt><dd>")[2].split("</dd>")[0] for week in (0, 1, 2, 3, 4)
    ]
    assert [unmarked(each) for each in found] == ["≥ 95 %", "≥ 95 %", "≥ 95 %", "≥ 90 %", "none"]


@pytest.mark.parametrize("period", ["soon", "1066-01-01", "2031-01-06", "2026-11-10"])
def test_a_period_that_is_not_there_is_a_404(client, coo, on_time, period):
    client.force_login(coo)
    assert client.get(f"/kpis/on-time/periods/{period}/?department=creative").status_code == 404


def test_a_week_shows_in_the_month_of_its_thursday(client, coo, creative):
    kpi = make.kpi(creative, code="on-time", recorded="week", cadence="week")
    monday = make.weeks_ago(3)  # 26 October: its Thursday is the 29th
    make.observations(kpi, creative, {monday: 4242, monday + timedelta(weeks=1): 5353})
    drain(now=NOW)
    client.force_login(coo)
    text = client.get("/kpis/on-time/periods/2026-10-01/?department=creative&grain=month").text
    assert ("4,242" in text, "5,353" in text) == (True, False)


def test_the_fragment_is_what_the_page_includes(client, coo, on_time):
    client.force_login(coo)
    url = f"/kpis/on-time/periods/{WEEK(1)}/?department=creative&grain=week"
    fragment, page = client.get(url, headers={"HX-Request": "true"}), client.get(url)
    assert without_tokens(fragment).strip() in without_tokens(page)
    assert "<html" not in fragment


def told(client, **query):
    """The rows of observations, as they are read."""
    text = page(client, **query).text.split("<tbody>")[1].split("</tbody>")[0]
    return [unmarked(row) for row in text.split("</tr>")[:-1]]


def test_the_formula_has_a_version_and_says_since_when(client, coo, on_time):
    on_time.history.update(history_date=NOW - timedelta(days=9))
    on_time._history_date = NOW - timedelta(days=2)
    on_time.save()  # nothing is different: no version
    on_time.per, on_time._history_date = 1000, NOW - timedelta(days=1)
    on_time.save()
    client.force_login(coo)
    assert "version 2 of the definition, since 17 Nov 2026 10:00" in unmarked(page(client).text)
    before = page(client, as_known_on=(NOW - timedelta(days=3)).date())
    assert "version 1 of the definition, since 9 Nov 2026 10:00" in unmarked(before.text)


def test_a_figure_that_was_restated_says_so(client, coo, on_time):
    client.force_login(coo)
    assert "Restated +20.0 pts since it was first reported as 75.0 %" in unmarked(page(client).text).replace(
        "\N{NO-BREAK SPACE}", " "
    )
    assert "Restated" not in unmarked(page(client, place="media").text)


def test_a_value_of_a_file_names_file_and_row_and_who_replaced_it_why(client, coo, media_head, media, on_time):
    entry = Entry(
        on_time.pk, media.pk, WEEK(3), numerator=Decimal(7), denominator=Decimal(8), row=12, note="from the ad server"
    )
    record_observations([entry], by=coo, at=NOW, source="file", file_name="values.csv")
    make.observations(
        on_time, media, {WEEK(3): (8, 8)}, by=media_head, at=NOW + timedelta(minutes=5), reason="recounted"
    )
    client.force_login(coo)
    newest, first = told(client, place="media", week=3)
    assert first.endswith(
        "7 ÷ 8 18 Nov 2026 10:00 Coo values.csv, row 12 from the ad server"
        " replaced 18 Nov 2026 10:05 by Media-Head “recounted”"
    )
    assert "8 ÷ 8 18 Nov 2026 10:05 Media-Head By hand" in newest
    assert newest.endswith("“recounted” stands")


def test_a_value_of_a_program_names_who_it_runs_for(client, media_head, media, coo, on_time):
    make.observations(on_time, media, {WEEK(4): (5, 8)}, by=media_head, source="api")
    client.force_login(coo)
    (row,) = told(client, place="media", week=4)
    assert "5 ÷ 8 18 Nov 2026 10:00 Media-Head API" in row


def test_what_a_batch_brought_and_an_undo_took_is_still_told(client, coo, media, on_time):
    entry = Entry(on_time.pk, media.pk, WEEK(5), numerator=Decimal(7), denominator=Decimal(8), row=2)
    batch = record_observations([entry], by=None, at=NOW, source="file", file_name="values.csv").batch
    undo = reverse_batch(batch, by=coo, at=NOW + timedelta(minutes=1))
    drain(now=NOW)
    client.force_login(coo)
    found = page(client, place="media", week=5).text
    assert "Nothing recorded" in found
    (row,) = told(client, place="media", week=5)
    assert row.endswith("– values.csv, row 2 undone 18 Nov 2026 10:01 by Coo “Undo of values.csv”")
    both = {each.pk: unmarked(client.get(f"/batches/{each.pk}/").text) for each in (batch, undo)}
    assert "This batch took values back and added none." in both[undo.pk]
    assert "1 earlier value replaced or taken back by it" in both[undo.pk]
    assert "earlier value" not in both[batch.pk]
    assert f"/kpis/on-time/periods/{WEEK(5)}/?department=media" in client.get(f"/batches/{undo.pk}/").text


def test_a_period_for_which_nothing_was_recorded_says_so(client, coo, on_time):
    client.force_login(coo)
    assert "Nothing was recorded for this period." in page(client, week=30).text
