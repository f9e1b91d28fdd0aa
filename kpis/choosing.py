"""The form that says what the columns of an uploaded table mean."""

from datetime import date

from django import forms

from departments.models import Department
from kpis.cells import NotRead
from kpis.dates import parse_date
from kpis.guessing import KPIS, LONG, PERIODS, heads_dated, period_columns
from kpis.models import Kpi
from kpis.profile import Vocabulary, folded

LAYOUTS = {LONG: "a value per row", PERIODS: "a column per period", KPIS: "a column per KPI"}
OFFERED = 300  # columns
PLACES = {
    LONG: ("department", "kpi", "date", "year", "month", "quarter", "value", "numerator", "denominator", "target",
           "reference", "note"),
    PERIODS: ("department", "kpi", "year"),
    KPIS: ("department", "date", "year", "month", "quarter"),
}  # fmt: skip
QUESTIONS = {
    "Whose numbers, and of what": ("department", "kpi"),
    "For when": ("date", "order", "one_period", "year", "month", "quarter"),
    "How much": ("value", "numerator", "denominator", "target"),
    "Besides": ("note", "reference"),
}
LABELS = {"kpi": "KPI"}
NEEDED = {"department": "Say whose numbers these are.", "kpi": "Say which KPI it is, or in which column it stands."}
HINTS = {
    "date": "Any day of the period, or what names it: 2026-11-22, Nov 2026, 2026-W47.",
    "year": "With a month or a quarter, where there is no column of dates.",
    "value": "For KPIs that are one number.",
    "numerator": "With a denominator, for KPIs that are ratios.",
    "reference": "Tells several values of one period apart.",
}
DECIMALS = [("", "as each number shows"), (",", "always a comma: 1.234,56"), (".", "always a point: 1,234.56")]
MULTIPLY = [("", "as they are"), ("100", "by 100: 0.52 becomes 52"), ("1000", "by 1,000")]


class ChoicesForm(forms.Form):
    """Its cleaned data are the `choices` of an upload: columns by number, or “=” and what the whole file is of."""

    use_required_attribute = False

    def __init__(
        self, *args, seen: dict, layout: str, words: Vocabulary, departments, kpis, on, sets_targets, **kwargs
    ):
        super().__init__(*args, **kwargs)
        self.seen, self.layout, self.kpis, self.on, self.sets_targets = seen, layout, kpis, on, sets_targets
        self.departments = departments
        self.periods = period_columns(seen["heads"], self.value("order")) if layout == PERIODS else {}
        self.are_months = any(len(period) < 3 for period in self.periods.values())
        self.columns = [(str(n), label) for n, label in self.labelled() if n not in self.periods][:OFFERED]
        for name in PLACES[layout]:
            if self.is_offered(name):
                self.fields[name] = self.place(name)
        if layout != PERIODS:
            self.fields["one_period"] = forms.CharField(
                label="One period for all rows", required=False, max_length=40, help_text="Instead of a date column."
            )
        if self.layout == KPIS:
            self.add_measured()
        self.meanings = {}
        self.add_meanings("department", words.departments, [(d.slug, d.name) for d in departments])
        self.add_meanings("kpi", words.kpis, [(kpi.code, kpi.name) for kpi in kpis])
        self.add_manners()

    def is_offered(self, name: str) -> bool:
        """Targets only to who sets them, and the year of columns that are periods only where these are months."""
        if name == "target":
            return self.sets_targets
        return name != "year" or self.layout != PERIODS or self.are_months

    def value(self, name: str) -> str:
        return (self.data.get(name) if self.is_bound else self.initial.get(name)) or ""

    def labelled(self):
        heads = self.seen["heads"]
        for n, head in enumerate(heads, 1):
            yield n, f"{head[:60]} (column {n})" if heads.count(head) > 1 or not head else head[:60]

    def place(self, name: str) -> forms.ChoiceField:
        constants = {
            "department": [(f"={d.slug}", d.name) for d in self.departments],
            "kpi": [(f"={kpi.code}", kpi.name) for kpi in self.kpis],
            "year": [(f"={year}", year) for year in range(self.on.year + 1, self.on.year - 6, -1)],
        }.get(name)
        choices = [("", "–"), ("Column", self.columns)]
        choices += [("The whole file", constants)] if constants else []
        return forms.ChoiceField(
            choices=choices,
            required=name in NEEDED,
            label=LABELS.get(name, name.capitalize()),
            help_text=HINTS.get(name, ""),
            error_messages={"required": NEEDED.get(name, "")},
        )

    def add_measured(self):
        """A field for each column, to type or choose the KPI whose numbers stand in it."""
        kept = self.initial.get("kpis", {})
        for number, label in [each for each in self.columns if int(each[0]) in self.seen["numeric"] or each[0] in kept]:
            widget = forms.TextInput(attrs={"list": "measured", "autocomplete": "off"})
            field = forms.CharField(label=label, required=False, max_length=90, widget=widget)
            field.initial = kept.get(number, "")
            self.fields[f"column-{number}"] = field

    def add_meanings(self, name: str, known: dict[str, str], choices: list[tuple[str, str]]):
        """A field for each text of the file that names nothing here: what it stands for."""
        texts = self.seen.get("texts", {}).get(self.value(name), []) if name in self.fields else []
        kept = self.initial.get("means", {}).get(name, {})
        for number, text in enumerate(text for text in texts if folded(text) not in known):
            field = forms.ChoiceField(choices=[("", "– (rejected)"), *choices], required=False, label=f"“{text}” is")
            field.initial = kept.get(text, "")
            self.meanings[f"means-{name}-{number}"] = (name, text)
            self.fields[f"means-{name}-{number}"] = field

    @property
    def meaning_fields(self) -> list:
        return [self[name] for name in self.meanings]

    @property
    def period_heads(self) -> list[str]:
        return [self.seen["heads"][n - 1] for n in self.periods]

    @property
    def measured_fields(self) -> list:
        return [self[name] for name in self.fields if name.startswith("column-")]

    @property
    def passed_over(self) -> int:
        """Columns that nobody can choose here."""
        return self.seen.get("width", 0) - len(self.periods) - len(self.columns)

    @property
    def groups(self) -> list[tuple[str, list]]:
        """The fields under the questions that they answer."""
        found = [(words, [self[name] for name in names if name in self.fields]) for words, names in QUESTIONS.items()]
        return [(words, fields) for words, fields in found if fields]

    @property
    def manner_fields(self) -> list:
        return [self[name] for name in ("decimal", "nothing", "multiply", "rounded")]

    @property
    def measurable(self) -> list[tuple[str, str]]:
        """What may be typed for a column, and what that is called."""
        found = []
        for kpi in self.kpis:
            parts = {"numerator": kpi.numerator_name, "denominator": kpi.denominator_name} if kpi.is_ratio else {}
            for part in parts or ("value",):
                called = parts.get(part) or (part if kpi.is_ratio else "")
                found.append((f"{kpi.code}: {part}", f"{kpi.name}{f', {called}' if called else ''}"))
        return found

    def add_manners(self):
        self.dated = {} if self.layout == PERIODS else self.seen.get("dated", {})
        self.asked_order = heads_dated(self.seen["heads"]) if self.layout == PERIODS else self.dated_shown()
        if self.asked_order:
            readings = [(o, f"{o} first: {self.asked_order['example']} is {self.day(o)}") for o in ("day", "month")]
            self.fields["order"] = forms.ChoiceField(
                choices=[("", "–"), *readings], required=False, label="Day or month first", help_text=self.why_order
            )
        self.fields["decimal"] = forms.ChoiceField(choices=DECIMALS, required=False, label="Decimal sign")
        self.fields["nothing"] = forms.CharField(
            required=False, max_length=100, label="Texts that mean nothing", help_text="With commas between: -, n/a"
        )
        self.fields["multiply"] = forms.ChoiceField(choices=MULTIPLY, required=False, label="Multiply values")
        self.fields["rounded"] = forms.BooleanField(required=False, label="Round numbers to six decimals")

    def dated_shown(self) -> dict | None:
        return self.dated.get(self.value("date")) or next(iter(self.dated.values()), None)

    def day(self, order: str) -> str:
        found = self.asked_order[order]
        return f"{date.fromisoformat(found):%-d %B %Y}" if found else "no date"

    @property
    def asks_order(self) -> bool:
        """The one question that only a person can answer is still open."""
        asked = self.asked_order if self.layout == PERIODS else self.dated.get(self.value("date"))
        return bool(asked) and not self.value("order")

    @property
    def why_order(self) -> str:
        """Why somebody is asked, or what showed it."""
        asked = self.asked_order
        if asked["against"]:
            return f"“{asked['proof']}” and “{asked['against']}” are both there: one of them will be rejected."
        if asked["proof"]:
            return f"“{asked['proof']}” can only be read this way."
        return f"“{asked['example']}” can be read in two ways, and no other cell shows which is meant."

    # --- What was chosen

    def clean(self):
        given = self.cleaned_data
        self.refuse_twice(given)
        if self.layout != PERIODS:
            self.clean_dates(given)
        elif not self.periods:
            self.add_error(None, "No column's name is a period, such as 2026-11, Nov 2026, 2026-W47 or Q4 2026.")
        elif self.are_months and not given.get("year"):
            self.add_error("year", "The columns are months: say of which year.")
        if self.layout == LONG and not self.has_numbers(given):
            self.add_error("value", "Say where the numbers are: a value, or a numerator and a denominator.")
        if self.layout == KPIS:
            self.clean_measured(given)
        self.clean_meanings(given)
        dated = self.asked_order if self.layout == PERIODS else self.dated.get(given.get("date", ""))
        if dated and not given.get("order"):
            self.add_error("order", "Say whether the day or the month comes first.")
        return given

    def refuse_twice(self, given: dict):
        seen = {}
        for name in PLACES[self.layout]:
            column = given.get(name) or ""
            if column.isdigit() and (first := seen.setdefault(column, name)) != name:
                self.add_error(name, f"This column is already the {LABELS.get(first, first)}.")

    def has_numbers(self, given: dict) -> bool:
        ratio = given.get("numerator") and given.get("denominator")
        return bool(given.get("value") or given.get("target") or ratio)

    def clean_dates(self, given: dict):
        text = given.get("one_period")
        if text and not given.get("date"):
            try:
                given["date"] = f"={parse_date(text):%Y-%m-%d}"
            except NotRead as error:
                self.add_error("one_period", str(error))
        elif not given.get("date") and not (given.get("year") and (given.get("month") or given.get("quarter"))):
            self.add_error("date", "Say where the dates are, or give one period for all rows.")

    def clean_measured(self, given: dict):
        known, found = dict(self.measurable), {}
        for field in self.measured_fields:
            if not (text := given.pop(field.name, "")):
                continue
            text = text if text in known else f"{text}: value"
            if text not in known:
                self.add_error(field.name, f"Found “{text.removesuffix(': value')}”, expected one of those offered.")
            elif text in found.values():
                self.add_error(field.name, f"Another column is already {text}.")
            found[field.name.removeprefix("column-")] = text
        given["kpis"] = found
        if not found:
            self.add_error(None, "Say for at least one column which KPI it holds.")

    def clean_meanings(self, given: dict):
        given["means"] = {}
        for field, (name, text) in self.meanings.items():
            if means := given.pop(field, ""):
                given["means"].setdefault(name, {})[text] = means

    @property
    def choices(self) -> dict:
        """What was chosen, without what was left open."""
        found = {name: value for name, value in self.cleaned_data.items() if value and name != "one_period"}
        return {"layout": self.layout, **found, **({"rounded": "on"} if found.get("rounded") else {})}


def writable_kpis(departments) -> list[Kpi]:
    return list(Kpi.objects.entered().measured_in(departments).by_name())


def offered(departments) -> list[Department]:
    return list(departments.by_name())
