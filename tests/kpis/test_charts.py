"""What is drawn: gaps stay gaps, bars start at zero, and no text can become markup."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest

from kpis.charts import (
    Bar,
    Dot,
    Happening,
    Mark,
    Point,
    behaviour_in_words,
    beyond_in_words,
    bullet,
    in_words,
    letter,
    line_figure,
    range_points,
    ranges_in_words,
    series_in_words,
    sparkline,
    within_bounds,
)
from kpis.spc import Limits, Range


def months(*values, **target):
    return [Point(date(2026, i + 1, 1), f"{i + 1}/2026", value, **target) for i, value in enumerate(values)]


def trace(figure, name):
    return next(each for each in figure["data"] if each["name"] == name)


def test_a_missing_value_breaks_the_line():
    spark = sparkline([1, 2, None, 3, None, 4, 5])
    assert [path.count("L") for path in spark.paths] == [1, 1]
    assert spark.singles == [Dot(52.0, 12.0)]


def test_the_last_dot_stands_where_the_last_value_is():
    assert sparkline([1, 2, 3], width=106).last == Dot(103.0, 3.0)
    assert sparkline([1, 2, None], width=106).last.x == 53


def test_a_sparkline_leaves_room_for_its_targets():
    spark = sparkline([10, 11], target_lower=20, height=24)
    assert spark.targets == [3.0]
    assert spark.last.y > 18


@pytest.mark.parametrize("values", [[], [None, None]])
def test_no_value_draws_nothing(values):
    spark = sparkline(values)
    assert (spark.paths, spark.singles, spark.last) == ([], [], None)
    assert spark.summary == "No values in these periods."


def test_equal_values_lie_in_the_middle():
    assert sparkline([5, 5, 5], height=24).paths == ["M3 12 L52 12 L101 12"]
    assert sparkline([5], height=24).last.y == 12


def test_a_sparkline_is_told_in_one_sentence():
    values = [Decimal("95"), None, Decimal("88.64"), Decimal("90.55")]
    assert in_words(
        values, unit="%"
    ) == "3 values from 95.0 % to 90.6 %, lowest 88.6 %, highest 95.0 %; 1 missing.".replace(
        " %", "\N{NO-BREAK SPACE}%"
    )
    assert in_words([None, 2], decimals=0) == "One value, 2; 1 missing."


def test_bars_start_at_zero():
    drawn = bullet(50, lower=80, previous=100, ceiling=100, width=200)
    assert drawn.actual == Bar(0, 100)
    assert drawn.previous == Bar(0, 200)
    assert drawn.ticks == [160]


def test_a_negative_value_grows_to_the_left_of_zero():
    drawn = bullet(-100, upper=100, width=200)
    assert drawn.zero == 100
    assert drawn.actual == Bar(7.4, 92.6)
    assert drawn.ticks[0] > drawn.zero


def test_a_value_not_reported_has_no_bar_and_a_zero_one_has():
    assert bullet(None, lower=1).actual is None
    assert bullet(0, lower=1).actual == Bar(0, 0)


def test_a_band_is_drawn_from_its_lower_to_its_upper_end():
    assert bullet(77, lower=75, upper=80, ceiling=100, width=200).band == Bar(150, 10)


def test_a_ceiling_that_is_exceeded_gives_way():
    assert bullet(120, ceiling=100, width=100).actual.width < 100


def test_a_gap_in_the_figure_is_none_and_is_not_bridged():
    values = trace(line_figure(months(1, None, Decimal("2.5")), title="Sales"), "Sales")
    assert values["y"] == [1.0, None, 2.5]
    assert values["connectgaps"] is False


def test_a_signal_differs_in_shape_and_colour_and_says_its_rule():
    points = [
        point._replace(kind=kind, rules=rules)
        for point, kind, rules in zip(
            months(94, 96, 97, lower=95),
            ("common_cause", "improvement", "high"),
            ((), ("beyond a limit",), ("two of three close to a limit",)),
            strict=True,
        )
    ]
    values = trace(line_figure(points, title="On time"), "On time")
    assert values["marker"]["symbol"] == ["circle", "square", "triangle-up"]
    assert values["marker"]["color"] == ["var(--common)", "var(--improve)", "var(--ink)"]
    assert [below.split("<br>")[-1] for _, _, below in values["customdata"][1:]] == [
        "an improvement: beyond a limit",
        "higher than routine: two of three close to a limit",
    ]


FIRM, PROVISIONAL = Limits(90, 95, 100, 12), Limits(80, 85, 90, 9)


def test_each_phase_has_a_band_of_its_own_dashed_where_it_is_provisional():
    before, after = months(94, 96), [p._replace(period=date(2026, 5, p.period.month), phase=1) for p in months(84, 86)]
    points = [p._replace(limits=FIRM) for p in before] + [p._replace(limits=PROVISIONAL) for p in after]
    figure = line_figure(points, marks=[Mark(date(2026, 5, 1), "A new <tool>")])
    upper = [each for each in figure["data"] if each["name"] == "upper limit"]
    assert [(each["x"], each["y"], each["line"]["dash"]) for each in upper] == [
        (["2026-01-01", "2026-02-01"], [100, 100], "solid"),
        (["2026-05-01", "2026-05-02"], [90, 90], "dash"),
    ]
    assert (figure["layout"]["shapes"][0]["x0"], figure["layout"]["annotations"][-1]["text"]) == (
        "2026-05-01",
        "A new &lt;tool&gt;",
    )


def test_limits_are_drawn_within_what_a_value_can_be():
    assert within_bounds(Limits(-2, 3, 8, 12), [0, None, 4]) == Limits(0, 3, 8, 12)
    assert within_bounds(Limits(-2, 3, 8, 12), [-1, 4]) == Limits(-2, 3, 8, 12)
    assert within_bounds(Limits(90, 97, 104, 12), [95, 100], unit="%") == Limits(90, 97, 100, 12)
    assert within_bounds(Limits(90, 97, 104, 12), [95, 130], unit="%") == Limits(90, 97, 104, 12)


def test_what_a_value_can_be_is_what_its_kpi_says_where_it_says_something():
    reach = Limits(-3, 5, 104, 12)
    assert within_bounds(reach, [2, 9], least=1, most=10) == Limits(1, 5, 10, 12)
    assert within_bounds(reach, [2, 9], most=10) == Limits(-3, 5, 10, 12)
    assert within_bounds(reach, [2, 9], unit="%", least=0) == Limits(0, 5, 104, 12)
    assert within_bounds(reach, [0, 11], least=1, most=10) == reach  # recorded before that was said


def test_the_sentence_says_what_the_process_does():
    points = [point._replace(limits=FIRM) for point in months(*[94, 96] * 4, lower=95)]
    said = behaviour_in_words(points, assurance="misses", unit="%", decimals=0).replace("\N{NO-BREAK SPACE}", " ")
    assert said == "routine variation around 95 %; consistently misses its target: change the process, not the week"
    flagged = [*points[:-1], points[-1]._replace(kind="concern", rules=["beyond a limit"], limits=PROVISIONAL)]
    since = Mark(date(2026, 10, 2), "checklist")
    assert behaviour_in_words(flagged, assurance="hit_and_miss", since=since) == (
        "a concern: beyond a limit since 2 Oct 2026 (checklist), by provisional limits; hits and misses its target"
    )
    assert behaviour_in_words(months(1, 2), assurance="none") == "no limits yet, 6 more values needed"
    assert behaviour_in_words(months(None), assurance="none") == ""


def test_an_event_is_a_line_with_a_letter_and_is_named_on_hover():
    launch = Happening("A", date(2026, 1, 10), date(2026, 1, 10), "<Launch>, 10 Jan 2026")
    outage = Happening("B", date(2026, 4, 2), date(2026, 4, 5), "Outage")
    layout = line_figure(months(1, 2, 3), happenings=[launch, outage])["layout"]
    assert [(each["type"], each["x0"], each["x1"]) for each in layout["shapes"]] == [
        ("line", "2026-01-10", "2026-01-10"),
        ("line", "2026-04-02", "2026-04-02"),
        ("rect", "2026-04-02", "2026-04-05"),
    ]
    assert [(note["text"], note["hovertext"]) for note in layout["annotations"]] == [
        ("A", "&lt;Launch&gt;, 10 Jan 2026"),
        ("B", "Outage"),
    ]
    assert layout["xaxis"]["range"][1] > "2026-04-02"  # later than the newest value


def test_letters_of_events_stand_apart_and_one_that_lasts_since_before_stands_at_the_first_value():
    days = [date(2025, 12, 1), date(2026, 1, 1), date(2026, 1, 1), date(2026, 2, 20)]
    happenings = [Happening(letter(n), day, max(day, date(2026, 1, 5)), "so") for n, day in enumerate(days)]
    notes = line_figure(months(1, 2, 3), happenings=happenings)["layout"]["annotations"]
    assert [(note["x"], note["yshift"]) for note in notes] == [
        ("2026-01-01", 0), ("2026-01-01", -19), ("2026-01-01", -38), ("2026-02-20", 0),
    ]  # fmt: skip
    assert [letter(n) for n in (0, 25, 26, 27, 52, 701, 702)] == ["A", "Z", "AA", "AB", "BA", "ZZ", "AAA"]


def test_a_letter_takes_the_first_row_that_is_free():
    days = [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3), date(2026, 1, 4), date(2026, 1, 5)]
    happenings = [Happening(letter(n), day, day, "so") for n, day in enumerate(days)]
    notes = line_figure(months(*range(1, 5)), happenings=happenings)["layout"]["annotations"]  # a day is too close
    assert [note["yshift"] for note in notes] == [0, -19, 0, -19, 0]


def test_names_of_phases_stand_above_letters_of_events():
    event, mark = Happening("A", date(2026, 2, 1), date(2026, 2, 1), "so"), Mark(date(2026, 2, 1), "tool")
    name, sign = line_figure(months(1, 2), marks=[mark], happenings=[event])["layout"]["annotations"]
    assert name["yshift"] > sign["yshift"]


def test_an_explained_signal_has_a_ring_and_its_note_on_hover():
    points = months(94, 96, None)
    points[1] = points[1]._replace(note="“<b>Fire</b>” (Mo)")
    points[2] = points[2]._replace(note="“Forgotten” (Mo)")
    figure = line_figure(points, title="On time")
    ring = trace(figure, "explained")
    assert (ring["x"], ring["y"], ring["marker"]["symbol"]) == (["2026-02-01"], [96.0], "circle-open")
    values = figure["data"][-1]  # the script looks for it there
    assert values["customdata"][1][2] == "<br>explained: “&lt;b&gt;Fire&lt;/b&gt;” (Mo)"
    assert [each["name"] for each in line_figure(months(1))["data"]] == ["value"]


def test_moving_ranges_are_drawn_from_zero_to_their_limit_and_told_in_a_sentence():
    points = [point._replace(limits=FIRM) for point in months(94, 96, 91, 100)]
    ranges = [Range(None, 2, 6), Range(2.0, 2, 6), Range(6.5, 2, 6), Range(9.0, 2, 6, is_left_out=True)]
    drawn = range_points(points, ranges)
    figure = line_figure(drawn, title="moving range")
    upper, lower, centre = (trace(figure, name)["y"] for name in ("upper limit", "lower limit", "centre"))
    assert (upper, lower, centre) == ([6, 6], [0, 0], [2, 2])
    assert trace(figure, "moving range")["marker"]["symbol"] == ["circle", "circle", "triangle-up", "triangle-up"]
    assert trace(figure, "moving range")["customdata"][3][2].endswith("left out of the mean range")
    assert ranges_in_words(drawn) == (
        "Values lie 2.0 apart on average; routine variation reaches 6.0;"
        " 1 of 3 ranges left out of the mean range; 1 of 3 ranges above their limit."
    )
    few = range_points(months(1, 2), [Range(None, None, None), Range(1, None, None)])
    assert ranges_in_words(few) == "1 moving range; too few values for a limit."
    assert ranges_in_words(few[:1]) == "No moving ranges yet: two values in a row make one."


def test_signals_in_a_sparkline_differ_in_shape():
    spark = sparkline([1, 2, None, 3, 4, 5], kinds=["improvement", "concern", "", "high", "low", ""], width=106)
    assert [(dot.x, kind) for dot, kind, _ in spark.marks] == [
        (3.0, "improvement"), (23.0, "concern"), (63.0, "high"), (83.0, "low"),
    ]  # fmt: skip
    assert len({shape for *_, shape in spark.marks}) == 4


def test_a_target_is_a_step_that_ends_with_its_name():
    points = [*months(1, 2, lower=90)[:1], Point(date(2026, 2, 1), "Feb", 2, lower=95)]
    figure = line_figure(points, unit="%")
    steps = trace(figure, "target, lower")
    assert (steps["y"], steps["line"]["shape"]) == ([90.0, 95.0], "hv")
    assert [note["text"] for note in figure["layout"]["annotations"]] == ["≥\N{NO-BREAK SPACE}95\N{NO-BREAK SPACE}%"]


def test_without_a_target_there_is_one_line_and_no_name():
    figure = line_figure(months(1, 2))
    assert len(figure["data"]) == 1
    assert figure["layout"]["annotations"] == []


def test_hover_shows_the_exact_value_its_target_and_what_it_was_made_of():
    point = Point(date(2026, 1, 1), "Jan 2026", Decimal("1234.567"), upper=1000, detail="37 of 39 due")
    values = trace(line_figure([point], title="Sales", unit="€", decimals=2), "Sales")
    label, value, below = values["customdata"][0]
    assert (label, value) == ("Jan 2026", "€ 1,234.57".replace(" ", "\N{NO-BREAK SPACE}"))
    assert below.replace("\N{NO-BREAK SPACE}", " ") == "<br>target ≤ € 1,000, missed<br>37 of 39 due"


def test_no_text_becomes_markup():
    evil = "<a href='javascript:x'>%{y}</a>"
    figure = line_figure([Point(date(2026, 1, 1), evil, 1, 2, None, detail=evil)], title=evil, unit=evil)
    shown = json.dumps(figure)
    assert "<a" not in shown
    assert "<b>" not in shown  # it would carry a style attribute, which the content policy refuses
    assert "&lt;a" in shown


def test_a_figure_sends_nothing_anywhere():
    config = line_figure(months(1))["config"]
    assert (config["displaylogo"], config["showSendToCloud"], config["responsive"]) == (False, False, True)


def test_a_figure_is_plain_json_and_has_a_reach_only_with_points():
    assert line_figure([])["layout"]["xaxis"]["range"] == []
    figure = line_figure(months(Decimal("1.5"), None, lower=Decimal(1)))
    assert json.loads(json.dumps(figure)) == figure
    assert figure["layout"]["xaxis"]["range"] == ["2025-12-29", "2026-02-04"]


def test_a_series_is_told_in_one_sentence():
    words = series_in_words(months(96, 94, None, 94, None, lower=95), unit="%", decimals=0, not_reported=2)
    assert words.replace("\N{NO-BREAK SPACE}", " ") == (
        "94 % in 4/2026, target ≥ 95 %: missed; met in 1 of 3 periods; 2 not reported."
    )
    assert series_in_words(months(None)) == "No values yet."
    assert series_in_words(months(3, 4), decimals=0) == "4 in 2/2026."
    assert series_in_words(months(3, 4), decimals=0, at="on") == "4 on 2/2026."


def test_a_period_that_still_runs_has_met_and_missed_nothing():
    running = Point(date(2026, 3, 1), "3/2026", 90, lower=95, so_far=True)
    points = [*months(96, 97, lower=95), running]
    words = series_in_words(points, unit="%", decimals=0).replace("\N{NO-BREAK SPACE}", " ")
    assert words == "97 % in 2/2026, target ≥ 95 %: met; met in 2 of 2 periods; 90 % so far in 3/2026."
    assert (
        series_in_words([running], unit="%", decimals=0).replace("\N{NO-BREAK SPACE}", " ") == "90 % so far in 3/2026."
    )
    assert trace(line_figure(points), "value")["marker"]["symbol"][-1] == "circle"


def days(*values, **target):
    return [Point(date(2026, 1, 1) + timedelta(days=n), f"day {n}", value, **target) for n, value in enumerate(values)]


def test_an_outage_does_not_press_a_year_onto_a_line_and_is_marked_at_the_edge():
    points = days(*[99.9, 100] * 30, 41, *[99.8, 99.95] * 30, lower=Decimal("99.5"))
    figure = line_figure(points, unit="%")
    low, high = figure["layout"]["yaxis"]["range"]
    assert 98 < low < 99.5 < 100 < high < 101
    beyond = trace(figure, "beyond the axis")
    assert (beyond["x"], beyond["marker"]["symbol"]) == (["2026-03-02"], ["arrow-down"])
    assert beyond["customdata"][0][1] == "41.0\N{NO-BREAK SPACE}%"
    assert trace(figure, "value")["y"][60] == 41
    words = beyond_in_words(points, unit="%").replace("\N{NO-BREAK SPACE}", " ")
    assert words == "1 of 121 values lies beyond the axis, the farthest 41.0 % (day 60)."


@pytest.mark.parametrize("values", [[1, 2, 3, 40], [*range(40)], [5] * 40, [*[5] * 40, 6], []])
def test_an_axis_that_shows_everything_well_is_left_alone(values):
    assert "range" not in line_figure(days(*values))["layout"]["yaxis"]
    assert beyond_in_words(days(*values)) == ""
