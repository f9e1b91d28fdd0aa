from datetime import date, timedelta

import pytest

from departments.models import ApiToken
from kpis.models import Observation, Phase
from kpis.services.judging import judge
from kpis.services.rollups import drain
from tests import make
from tests.clock import NOW, TODAY

WEEK = date(2026, 11, 9)
IN_SERIES = "known here: kpi, department, grain, from, to, as_known_on, format."


@pytest.fixture
def on_time(creative):
    return make.ratio(creative, code="on-time", numerator_name="on time", denominator_name="due")


@pytest.fixture
def api(client, creative_head):
    _, secret = ApiToken.objects.issue(user=creative_head, scope="write", at=NOW)
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    return client


def given(**fields):
    row = {"department": "creative", "kpi": "on-time", "date": str(WEEK), "numerator": "37", "denominator": "39"}
    return {name: value for name, value in (row | fields).items() if value is not None}


def post(api, *rows):
    return api.post("/api/v1/observations/", list(rows), content_type="application/json")


def test_observations_come_in_and_the_second_time_nothing_changes(api, on_time):
    first, second = post(api, given()), post(api, given(date="2026-11-13"))
    assert first.json()["rows"] == [{"row": 0, "result": "added"}]
    assert second.json()["rows"] == [{"row": 0, "result": "unchanged"}]
    assert second.json()["batch"] is None
    assert Observation.objects.get().row is None


def test_each_row_is_answered_and_one_bad_row_holds_all(api, on_time):
    answer = post(api, given(), given(kpi="nothing"), given(numerator="many"), given(date="2026-11-02", value="5"))
    results = [row["result"] for row in answer.json()["rows"]]
    assert (answer.status_code, results) == (400, ["held", "rejected", "rejected", "rejected"])
    assert not Observation.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"department": "media"}, "department", "a department that you may write for"),
        ({"kpi": "nothing"}, "kpi", "a KPI that Creative measures"),
        ({"date": "2026-13-01"}, "date", "Found “2026-13-01”, expected a date like 2026-11-22"),
        ({"date": "２０２６-11-09"}, "date", "expected a date like 2026-11-22"),
        ({"date": "2026-W46-1"}, "date", "expected a date like 2026-11-22"),
        ({"date": 20261109}, "date", "expected a date like 2026-11-22"),
        ({"date": "1899-01-01"}, "date", "from 1990-01-01"),
        ({"denominator": None}, "denominator", "expected a number (due)"),
        ({"value": "1"}, "value", "expected nothing"),
        ({"denominator": "0"}, "denominator", "Found 0, expected a number other than 0: 37 of nothing."),
        ({"numerator": "0", "denominator": "-1"}, "denominator", "Found -1, expected a number that is not below 0"),
        ({"date": "2031-11-16"}, "date", "a period that has begun by 2026-11-18"),
        ({"numerator": "1e13"}, "numerator", "Found “1e13”, expected a number between −1,000,000,000,000 and"),
        ({"numerator": "0.1234567"}, "numerator", "a number with at most six decimals"),
        ({"numerator": "1e-999"}, "numerator", "a number with at most six decimals"),
        ({"numerator": "1_000"}, "numerator", "expected a number"),
        ({"numerator": "١٢"}, "numerator", "expected a number"),
        ({"numerator": "NaN"}, "numerator", "expected a number"),
        ({"numerator": True}, "numerator", "expected a number"),
        ({"unknown": "x"}, "unknown", "not known, expected none but department, kpi, date, value, numerator"),
        ({"noet": "a word"}, "noet", "reference, note"),
        ({"target": "95"}, "target", "not known"),
    ],
)
def test_a_bad_cell_says_what_was_found_and_what_is_expected(api, on_time, media, fields, field, words):
    answer = post(api, given(**fields))
    assert answer.status_code == 400
    assert words in " ".join(answer.json()["rows"][0]["errors"][field])


@pytest.mark.parametrize(("row", "called"), [(None, "null"), ("x", "x"), (3, "3"), ([], "a list"), (True, "true")])
def test_a_row_that_is_no_object_is_named_by_what_it_is(api, on_time, row, called):
    (first,) = post(api, row).json()["rows"]
    assert first["result"] == "rejected"
    assert first["errors"]["row"][0].startswith(f"Found “{called}”, expected an object with department, kpi, date, ")


def test_the_same_value_twice_in_one_list_is_refused(api, on_time):
    answer = post(api, given(), given(date="2026-11-11", numerator="3"))
    assert answer.json()["rows"][1]["errors"] == {
        "date": ["Row 0 already gives a value for this period and reference."]
    }


def test_a_retired_kpi_takes_no_more_values(api, on_time):
    on_time.retired_on = date(2026, 6, 1)
    on_time.save()
    assert "was retired" in post(api, given()).json()["rows"][0]["errors"]["date"][0]
    assert post(api, given(date="2026-05-25")).status_code == 200


def test_pages_end_where_all_rows_share_a_moment(api, on_time):
    post(api, *[given(reference=f"job {n}") for n in range(2500)])
    url, seen = "/api/v1/observations/", set()
    while url:
        page = api.get(url).json()
        seen |= {row["reference"] for row in page["results"]}
        url = page["next"]
    assert len(seen) == 2500
    assert api.get("/api/v1/observations/?cursor=cD1nYXJiYWdl").status_code == 404


def test_what_is_nested_too_deeply_is_a_400(api, on_time):
    body = "[" * 100_000 + "]" * 100_000
    assert api.post("/api/v1/observations/", body, content_type="application/json").status_code == 400


def test_the_api_says_in_json_that_there_is_no_such_address(api):
    answer = api.get("/api/v1/nowhere/")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})


def test_too_many_rows_and_no_list_are_refused(api, on_time):
    assert post(api, *[given()] * 10_001).status_code == 400
    for body, called in [(given(), "an object"), ("null", "null"), ('"x"', "x"), ("7", "7")]:
        answer = api.post("/api/v1/observations/", body, content_type="application/json")
        assert (answer.status_code, answer.json()) == (400, [f"Found “{called}”, expected a list of observations."])


def test_a_body_that_is_too_large_is_told_what_it_may_be(api, on_time, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = post(api, *[given(reference=str(n)) for n in range(20)])
    assert answer.status_code == 413
    assert "expected at most 1,000: send the observations in parts." in answer.json()["detail"]
    assert post(api, given()).status_code == 200


@pytest.mark.parametrize(
    ("address", "known"),
    [
        ("departments/?fom=1", "known here: format."),
        ("departments/creative/?fom=1", "known here: format."),
        ("kpis/?fom=1", "known here: format."),
        ("observations/?fom=2026-11-01", "known here: kpi, department, from, to, cursor, format."),
        (
            "rollups/?kpi=on-time&department=creative&fom=1",
            IN_SERIES,
        ),
        (
            "series/?kpi=on-time&department=creative&fom=1",
            IN_SERIES,
        ),
    ],
)
def test_a_parameter_that_is_not_known_is_refused_with_those_that_are(api, on_time, address, known):
    answer = api.get(f"/api/v1/{address}")
    assert (answer.status_code, answer.json()) == (
        400, {"fom": [f"Found a parameter that is not known; {known}"]},
    )  # fmt: skip
    without = api.get(f"/api/v1/{address}".replace("?fom=1", "").replace("?fom=2026-11-01", "").replace("&fom=1", ""))
    assert without.status_code == 200


def test_a_parameter_is_refused_where_values_come_in(api, on_time):
    answer = api.post("/api/v1/observations/?dry_run=1", [given()], content_type="application/json")
    assert (answer.status_code, list(answer.json())) == (400, ["dry_run"])
    assert not Observation.objects.exists()


@pytest.mark.parametrize("day", ["２０２６-11-01", "11/01/2026", "soon"])
def test_a_day_in_an_address_is_written_as_everywhere(api, on_time, day):
    for address in ("observations/?", "series/?kpi=on-time&department=creative&"):
        answer = api.get(f"/api/v1/{address}from={day}")
        assert (answer.status_code, answer.json()) == (
            400, {"from": [f"Found “{day}”, expected a date like 2026-11-22."]},
        )  # fmt: skip


def test_without_its_slash_an_address_takes_nothing_and_says_so(api, on_time):
    answer = api.post("/api/v1/observations", [given()], content_type="application/json")
    assert (answer.status_code, answer.json()) == (
        404, {"detail": "Not found. There is /api/v1/observations/, with a slash at its end."},
    )  # fmt: skip
    assert api.get("/api/v1/observations").headers["Location"] == "/api/v1/observations/"
    assert api.post("/api/v1/nowhere", [], content_type="application/json").json() == {"detail": "Not found."}


def test_ten_thousand_rows_are_taken_in_a_constant_number_of_queries(api, on_time, django_assert_max_num_queries):
    rows = [given(reference=f"job {n}") for n in range(10_000)]
    with django_assert_max_num_queries(40):
        answer = post(api, *rows)
    assert answer.json()["added"] == 10_000


def test_rollups_are_exact_strings_and_null_where_there_is_no_answer(api, on_time, creative):
    make.observations(on_time, creative, {WEEK: (1, 3), WEEK - timedelta(weeks=1): (0, 0)})
    drain(now=NOW)
    query = {"kpi": "on-time", "department": "creative", "grain": "week"}
    before, last = api.get("/api/v1/rollups/", query).json()
    assert last["value"].startswith("33.33333333333333")
    assert (last["numerator"], last["denominator"], last["n"]) == ("1", "3", 1)
    assert (last["reporting"], last["expected"], last["sum"]) == (1, 1, None)
    assert (before["value"], before["denominator"]) == (None, "0")


def test_a_series_names_its_gaps_and_targets(api, on_time, creative):
    make.target(on_time, lower=95)
    make.observations(on_time, creative, {WEEK: (38, 40), WEEK - timedelta(weeks=2): (30, 40)})
    drain(now=NOW)
    points = api.get("/api/v1/series/", {"kpi": "on-time", "department": "creative"}).json()["points"]
    assert [(p["value"], p["standing"]) for p in points] == [("75", "off"), (None, "none"), ("95", "on")]
    assert {p["lower_target"] for p in points} == {"95"}


@pytest.mark.parametrize("query", [{"grain": "day"}, {"grain": "fortnight"}, {"from": "soon"}])
def test_a_question_that_makes_no_sense_is_a_400(api, on_time, query):
    answer = api.get("/api/v1/rollups/", {"kpi": "on-time", "department": "creative"} | query)
    assert answer.status_code == 400


def test_from_and_to_bound_the_periods(api, creative):
    jobs = make.kpi(creative, code="jobs")
    make.observations(jobs, creative, {WEEK - timedelta(weeks=n): n for n in range(10)})
    drain(now=NOW)
    query = {"kpi": "jobs", "department": "creative", "from": "2026-10-05", "to": "2026-10-19"}
    assert [row["period"] for row in api.get("/api/v1/rollups/", query).json()] == [
        "2026-10-05",
        "2026-10-12",
        "2026-10-19",
    ]


def test_the_schema_describes_every_address_without_a_warning(api, capsys):
    answer = api.get("/api/schema/", headers={"accept": "application/json"})
    names = ("departments", "kpis", "observations", "rollups", "series", "signals", "statuses")
    assert set(answer.json()["paths"]) >= {f"/api/v1/{name}/" for name in names}
    assert "Warning" not in capsys.readouterr().err


def test_numbers_that_cannot_be_added_up_are_rejected_by_name_and_the_rest_is_held(api, on_time, creative):
    money = make.kpi(creative, code="money")
    large = [
        {"department": "creative", "kpi": "money", "date": f"2026-{m:02}-02", "value": "1e12"} for m in range(1, 11)
    ]
    answer = post(api, given(), *large)
    assert answer.status_code == 400
    assert [row["result"] for row in answer.json()["rows"]] == ["held", *["rejected"] * 10]
    assert "too much to add up exactly" in answer.json()["rows"][1]["errors"]["kpi"][0]
    assert not money.observations.exists()


def weekly(values):
    return {WEEK - timedelta(weeks=n): value for n, value in enumerate(reversed(values))}


def test_a_series_says_what_its_values_say(api, creative):
    jobs = make.kpi(creative, code="jobs", direction="down")
    make.target(jobs, upper=5)
    Phase.objects.create(kpi=jobs, starts_on=WEEK - timedelta(weeks=8), reason="new tool", recorded_at=NOW)
    make.observations(jobs, creative, weekly([10, 11] * 6 + [3, 4, 3, 4, 3, 4, 3, 4, 30]))
    drain(now=NOW)
    found = api.get("/api/v1/series/", {"kpi": "jobs", "department": "creative"}).json()
    assert (found["variation"], found["assurance"]) == ("concern", "hit_and_miss")
    assert found["target"] == {"lower": None, "upper": "5"}
    assert found["phases"] == [
        {"phase": 0, "starts_on": None, "reason": None, "values": 12, "provisional": False},
        {"phase": 1, "starts_on": "2026-09-14", "reason": "new tool", "values": 9, "provisional": True},
    ]
    last = found["points"][-1]
    assert (last["value"], last["rules"], last["kind"], last["phase"]) == ("30", ["beyond_limit"], "concern", 1)
    assert last["lower"] < last["centre"] < last["upper"] < 30
    assert last["centre"] == 3.5


def test_limits_do_not_depend_on_what_is_asked_for(api, creative):
    jobs = make.kpi(creative, code="jobs")
    make.observations(jobs, creative, weekly([10, 11] * 8))
    drain(now=NOW)
    query = {"kpi": "jobs", "department": "creative"}
    whole = api.get("/api/v1/series/", query).json()
    part = api.get("/api/v1/series/", query | {"from": str(WEEK - timedelta(weeks=2)), "to": str(WEEK)}).json()
    assert part["points"] == whole["points"][-3:]


def test_signals_are_listed_with_their_rules_and_state(api, creative, media):
    for place in (creative, media):
        jobs = make.kpi(place, code=f"jobs-{place.slug}", starts_on=WEEK)
        make.observations(jobs, place, weekly([10, 11] * 8 + [2]))
    drain(now=NOW)
    judge(on=TODAY, now=NOW)
    answer = api.get("/api/v1/signals/", {"department": "creative", "state": "open"}).json()
    (signal,) = answer["results"]
    assert {name: signal[name] for name in ("kpi", "department", "grain", "kind", "rules", "known", "state")} == {
        "kpi": "jobs-creative", "department": "creative", "grain": "week", "kind": "concern",
        "rules": ["beyond_limit"], "known": str(WEEK), "state": "open",
    }  # fmt: skip
    assert api.get("/api/v1/signals/", {"state": "explained"}).json()["results"] == []
    assert api.get("/api/v1/signals/", {"state": "solved"}).status_code == 400
