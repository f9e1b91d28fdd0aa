"""What a value can be: an impossible one is refused wherever it comes from, and no limit is drawn beyond."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from rest_framework.test import APIClient

from kpis.models import Kpi, Observation
from kpis.selectors.definitions import definitions
from kpis.services.defining import import_kpis
from kpis.services.importing import import_observations
from kpis.services.rollups import drain
from tests import make
from tests.clock import NOW
from tests.words import words

WEEK = date(2026, 11, 9)  # the week before
TOO_MANY = "at most 45: 50 of 45 is 111.1, and the most that on-time can be is 100"


@pytest.fixture
def on_time(creative):
    return make.ratio(creative, code="on-time", name="On time", least=0, most=100)


@pytest.fixture
def mood(creative):
    return make.kpi(creative, code="mood", least=Decimal("-2.5"), most=10)


def typed(client, kpi, text):
    name = f"v-{kpi.pk}-{WEEK}"
    return client.post("/departments/creative/values/", {name: text, f"was-{name}": ""})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("50 / 45", TOO_MANY),
        ("-1 / 45", "at least 0: -1 of 45 is -2.2, and the least that on-time can be is 0"),
    ],
)
def test_an_impossible_ratio_is_refused_by_hand(client, creative_head, on_time, text, why):
    client.force_login(creative_head)
    page = typed(client, on_time, text)
    assert why in words(page)
    assert f'value="{text}"' in page.text
    assert not Observation.objects.exists()


@pytest.mark.parametrize("text", ["45 / 45", "0 / 45", "0 / 0"])
def test_what_is_just_possible_is_taken(client, creative_head, on_time, text):
    client.force_login(creative_head)
    typed(client, on_time, text)
    assert Observation.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("10.000001", "Found 10.000001, expected at most 10, the most that mood can be."),
        ("-2,6", "Found -2.6, expected at least -2.5, the least that mood can be."),
    ],
)
def test_an_impossible_value_is_refused_by_hand(client, creative_head, mood, text, why):
    client.force_login(creative_head)
    assert why in words(typed(client, mood, text))
    typed(client, mood, "-2.5")
    assert Observation.objects.get().value == Decimal("-2.5")


def test_a_file_names_the_cell(tmp_path, creative, on_time):
    path = tmp_path / "values.csv"
    path.write_text(f"department,kpi,date,numerator,denominator\ncreative,on-time,{WEEK},50,45\n")
    report = import_observations(path, by=None, at=NOW)
    (problem,) = report.problems
    assert (problem.row, problem.column, problem.found, problem.expected) == (2, "numerator", "50", TOO_MANY)


def test_a_program_is_told(creative_head, on_time):
    api = APIClient()
    api.force_login(creative_head)
    row = {"department": "creative", "kpi": "on-time", "date": str(WEEK), "numerator": "50", "denominator": "45"}
    answer = api.post("/api/v1/observations/", [row], format="json")
    assert answer.status_code == 400
    assert TOO_MANY in answer.text
    told = api.get("/api/v1/kpis/on-time/").json()
    assert (told["least"], told["most"]) == ("0", "100")


def test_what_was_recorded_before_stays(client, coo, creative, on_time):
    Kpi.objects.update(least=None, most=None)
    make.observations(on_time, creative, {make.weeks_ago(n): (50 - n, 45) for n in range(1, 12)})
    drain(now=NOW)
    Kpi.objects.update(least=0, most=100)
    client.force_login(coo)
    page = words(client.get("/kpis/on-time/?department=creative"))
    assert "108.9" in page
    assert "can be 0 – 100 %" in page.replace("\N{NO-BREAK SPACE}", " ")


def test_a_file_of_definitions_says_them_and_an_export_gives_them_back(tmp_path, creative, on_time):
    path = tmp_path / "kpis.csv"
    path.write_text("code,department,unit,least,most\non-time,creative,%,,99.5\nfresh,creative,%,0,\n")
    assert (import_kpis(path, by=None, at=NOW).changed, import_kpis(path, by=None, at=NOW).unchanged) == (1, 2)
    found = definitions(Kpi.objects.all(), on=NOW.date())
    assert {code: (cells["least"], cells["most"]) for code, cells in found.items()} == {
        "on-time": ("0", "99.5"),
        "fresh": ("0", ""),
    }


def test_the_least_is_not_above_the_most(on_time):
    on_time.least = 101
    with pytest.raises(ValidationError, match="The least a value can be is not above the most"):
        on_time.full_clean()
    with pytest.raises(IntegrityError):
        on_time.save()


@pytest.mark.parametrize(
    ("over", "said", "drawn"),
    [
        (("ratio", "ratio"), (0, 100), (0, 100)),
        (("mean", "mean"), (-5, 10), (-5, 10)),
        (("sum", "sum"), (0, 10), (0, None)),  # a week of days, or two departments, may come to more
        (("last", "sum"), (-5, 0), (None, 0)),
        (("last", "max"), (1, 10), (1, 10)),
    ],
)
def test_what_values_add_up_to_has_the_bounds_that_follow(over, said, drawn):
    assert Kpi(over_time=over[0], over_departments=over[1], least=said[0], most=said[1]).drawn_within == drawn


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite makes a table anew")
def test_definitions_still_raise_the_edition(on_time):
    def edition():
        with connection.cursor() as cursor:
            return cursor.execute("SELECT number FROM departments_edition").fetchone()[0]

    before = edition()
    on_time.most = 99
    on_time.save()
    assert edition() > before
