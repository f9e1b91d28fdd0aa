"""A KPI's formula in the administration and in files of definitions."""

from datetime import date

import pytest
from django.urls import reverse

from kpis.models import Formula, Kpi
from kpis.selectors.definitions import definitions
from kpis.services.defining import import_kpis
from kpis.services.formulas import end_formula
from tests import make
from tests.clock import NOW, TODAY
from tests.console import errors, row, save

ADD = "admin:kpis_kpi_add"
FORMULA = {"over_time": "formula", "over_departments": "formula", "cadence": "month", "recorded": "month", "unit": "%"}


@pytest.fixture
def console(client, administrator):
    client.force_login(administrator)
    return client


@pytest.fixture
def money(creative):
    return [make.kpi(creative, code=code, cadence="month", unit="€") for code in ("sales", "costs")]


def page_of(kpi):
    return reverse("admin:kpis_kpi_change", args=[kpi.pk])


def new(console, creative, expression, **more):
    said = row("formulas", 0, expression=expression)
    named = {"code": "margin", "name": "Margin", "owner": creative.pk}
    return save(console, reverse(ADD), **(named | FORMULA | said | more))


def test_a_kpi_is_defined_with_its_formula(console, administrator, creative, money):
    new(console, creative, "(sales - costs) ÷ sales × 100")
    formula = Formula.objects.get()
    assert (formula.kpi.code, formula.starts_on) == ("margin", None)
    assert (formula.recorded_at, formula.recorded_by) == (NOW, administrator)


@pytest.mark.parametrize(
    ("expression", "more", "said"),
    [
        ("sales - cost", {}, "At character 9, found “cost”; expected a KPI&#x27;s code, such as costs."),
        ("sales +", {}, "At character 8, found the end"),
        ("sales ÷ costs", {"unit": "€"}, "found what comes to a bare number; expected €"),
        ("sales ÷ costs", {"cadence": "week", "recorded": "week"}, "expected a KPI recorded per week or more often"),
        ("sales ÷ costs", {"over_time": "sum", "over_departments": "sum"}, "combines over time and over departments"),
        ("", {}, "Give the formula"),
    ],
)
def test_a_formula_that_does_not_hold_is_told_and_nothing_saved(console, creative, money, expression, more, said):
    assert said in errors(new(console, creative, expression, **more))
    assert not Kpi.objects.filter(code="margin").exists()


def test_another_formula_is_added_and_a_wrong_one_removed(console, creative, money):
    new(console, creative, "sales ÷ costs")
    margin, first = Kpi.objects.get(code="margin"), Formula.objects.get()
    assert "already holds from this day" in errors(
        save(console, page_of(margin), **row("formulas", 1, expression="costs ÷ sales"))
    )
    save(console, page_of(margin), **row("formulas", 1, expression="costs ÷ sales", starts_on=TODAY, reason="better"))
    assert [f.expression for f in margin.formulas.current().order_by("pk")] == ["sales ÷ costs", "costs ÷ sales"]
    save(console, page_of(margin), **{"formulas-0-DELETE": "on"})
    first.refresh_from_db()
    assert first.superseded_at == NOW
    assert margin.formulas.current().get().reason == "better"


def test_a_code_that_formulas_use_stays(console, creative, money):
    new(console, creative, "sales ÷ costs")
    save(console, page_of(money[0]), code="turnover", name="Turnover")
    money[0].refresh_from_db()
    assert (money[0].code, money[0].name) == ("sales", "Turnover")


HEAD = "department,code,cadence,unit,formula,starts_on\n"


def imported(tmp_path, text):
    path = tmp_path / "kpis.csv"
    path.write_text(text)
    return import_kpis(path, by=None, at=NOW)


def test_definitions_bring_formulas_along_and_go_out_as_they_came(tmp_path, creative):
    file = (
        HEAD
        + "creative,margin,month,%,(sales - costs) ÷ sales × 100,\ncreative,sales,month,€,,\ncreative,costs,month,€,,\n"
    )
    report = imported(
        tmp_path, file.replace("sales,month,€,,", "sales,month,€,,").replace("costs,month", "costs,month")
    )
    assert (report.created, report.problems) == (3, [])
    margin = Kpi.objects.get(code="margin")
    assert (margin.over_time, margin.over_departments, margin.recorded) == ("formula", "formula", "month")
    assert definitions(Kpi.objects.all(), on=TODAY)["margin"]["formula"] == "(sales - costs) ÷ sales × 100"
    assert imported(tmp_path, file).unchanged == 3
    assert imported(tmp_path, HEAD + "creative,margin,,,costs ÷ sales,2026-10-01\n").changed == 1
    assert [f.starts_on for f in Formula.objects.current().order_by("pk")] == [None, date(2026, 10, 1)]
    assert imported(tmp_path, HEAD + "creative,margin,,,sales ÷ costs,\n").changed == 1
    assert Formula.objects.current().latest("pk").starts_on == TODAY


@pytest.mark.parametrize(
    ("rows", "row", "column", "expected"),
    [
        ("creative,a,week,,b + 1,", 2, "formula", "a KPI's code"),
        (
            "creative,a,week,,b + 1,\ncreative,b,week,,a + 1,",
            2,
            "formula",
            "a KPI that is not worked out from this one: a → b → a",
        ),
        ("creative,a,week,,1 +,", 2, "formula", "a KPI's code, a number or a parenthesis"),
    ],
)
def test_a_file_with_a_formula_that_does_not_hold_changes_nothing(tmp_path, creative, rows, row, column, expected):
    report = imported(tmp_path, HEAD + rows)
    problem = report.problems[0]
    assert (problem.row, problem.column, problem.expected) == (row, column, expected)
    assert not Kpi.objects.exists()


def test_nothing_is_recorded_for_a_formula(client, creative, creative_head, money):
    make.formula(creative, code="margin", cadence="month", expression="sales ÷ costs")
    client.force_login(creative_head)
    page = client.get(reverse("kpis:values", args=["creative"]), {"grain": "month"})
    assert "Sales" in page.text
    assert "Margin" not in page.text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"unit": "h"}, "The formula of Margin would not hold"),
        ({"cadence": "quarter", "recorded": "quarter"}, "expected a KPI recorded per month or more often"),
    ],
)
def test_a_change_that_would_break_a_formula_is_refused(console, creative, money, change, said):
    new(console, creative, "(sales - costs) ÷ sales × 100")
    assert said in errors(save(console, page_of(money[0]), **change))


def test_what_a_formula_ever_spoke_of_is_not_deleted(console, creative, coo, money):
    new(console, creative, "sales ÷ costs")
    money[0].assignments.all().delete()
    end_formula(Formula.objects.get(), by=coo, at=NOW)
    assert console.post(reverse("admin:kpis_kpi_delete", args=[money[0].pk]), {"post": "yes"}).status_code == 403


def test_a_formula_measured_by_nobody_in_particular_is_worked_out_for_all_time(console, creative, money):
    new(console, creative, "sales ÷ costs")
    assert Kpi.objects.get(code="margin").assignments.get().starts_on == date(2000, 1, 1)


def test_many_wrong_formulas_and_one_that_came_later_are_told(tmp_path, creative):
    imported(tmp_path, HEAD + "creative,a,week,,,\ncreative,f,week,,a + 1,\n")
    imported(tmp_path, HEAD + "creative,f,week,,a + 2,2026-06-01\n")
    report = imported(tmp_path, HEAD + "creative,f,week,,a + 3,2020-01-01\n")
    assert [(p.column, p.expected) for p in report.problems] == [
        ("starts_on", "a day from 2026-06-01 on, from which another formula holds")
    ]
    report = imported(tmp_path, HEAD + "".join(f"creative,w{n},week,,nothing + {n},\n" for n in range(1200)))
    assert report.rejected == 1200
