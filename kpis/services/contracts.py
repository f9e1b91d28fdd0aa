"""From texts to the fields of a KPI: what each may say, and what goes together."""

from django.core.exceptions import ValidationError
from django.db import models

from kpis import rules
from kpis.cells import UNSEEN, NotRead, one_line
from kpis.models import Kpi
from kpis.models.fields import MicroField
from kpis.numbers import parse_number
from kpis.periods import Grain
from kpis.selectors.definitions import FIELDS
from kpis.selectors.grid import plain

OVER_DEPARTMENTS = {**{rule: str(rule) for rule in rules.OverTime}, "last": "sum"}


class Understood(dict):
    """The fields that texts give a KPI. `faults` says for each field that cannot be taken what is expected."""

    def __init__(self, texts: dict[str, str]):
        super().__init__()
        self.faults: dict[str, str] = {}
        for name in FIELDS:
            field = Kpi._meta.get_field(name)
            text = words(field, texts.get(name, ""))
            if not text:
                continue
            try:
                if isinstance(field, MicroField):
                    self[name] = parse_number(text)
                    continue
                self[name] = field.clean(spelled(field, text), None)
            except ValidationError:
                self.faults[name] = expected(field)
            except NotRead as error:
                self.faults[name] = error.expected
        if self.get("decimals", 0) > 6:
            self.faults["decimals"] = expected(Kpi._meta.get_field("decimals"))

    def with_defaults(self) -> dict:
        """The fields of a new KPI: what is not said follows from the rest."""
        over_time = self.get("over_time", "ratio")
        per_cent = over_time == "ratio" and self.get("unit") == "%"
        return {
            "name": self.get("code"),
            "recorded": self.get("cadence", "week"),
            "over_departments": OVER_DEPARTMENTS[over_time],
            "per": 100 if per_cent else 1,
            **self,
        }


def words(field: models.Field, text: str) -> str:
    """On one line, but for a description: that keeps its lines."""
    if isinstance(field, models.TextField):
        return "\n".join(text.translate(UNSEEN).strip().splitlines())
    return one_line(text)


def spelled(field: models.Field, text: str) -> str:
    if isinstance(field, models.BooleanField):
        return {"yes": "true", "no": "false"}.get(text.casefold(), text.casefold()).capitalize()
    return text.casefold() if field.choices else text


def expected(field: models.Field) -> str:
    if field.choices:
        return f"one of {', '.join(value for value, _ in field.choices)}"
    if isinstance(field, models.BooleanField):
        return "true or false"
    if isinstance(field, models.IntegerField):
        return {"decimals": "a whole number from 0 to 6", "per": "a whole number from 1"}.get(
            field.name, "a whole number"
        )
    if field.name == "code":
        return "letters, digits, dot, dash and underscore; at most 60"
    return f"at most {field.max_length} characters"


def clashes(kpi: Kpi) -> dict[str, str]:
    """Fields that do not go together, and what is expected of them."""
    found = {}
    if Grain(kpi.recorded).fineness > Grain(kpi.cadence).fineness:
        found["recorded"] = f"at least as often as its cadence, {kpi.cadence}"
    if not rules.is_exact(kpi.over_time, kpi.over_departments):
        fits = [*rules.EXACT[rules.OverTime(kpi.over_time)], rules.OverDepartments.NONE]
        found["over_departments"] = f"{' or '.join(sorted(fits))}, where over_time is {kpi.over_time}"
    if kpi.per != 1 and not kpi.is_ratio:
        found["per"] = "1, where over_time is not ratio"
    if kpi.least is not None and kpi.most is not None and kpi.least > kpi.most:
        found["most"] = f"at least {plain(kpi.least)}, the least that it can be"
    return found
