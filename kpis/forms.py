from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django import forms

from kpis import spc
from kpis.cells import NotRead
from kpis.numbers import parse_number, refuse_ambiguous
from kpis.periods import FIRST_DAY, LAST_DAY
from kpis.selectors.grid import Grid, GridCell
from kpis.services.entering import Given

YEAR = timedelta(days=365)


class Typed(NamedTuple):
    """A cell of the grid as the page shows it."""

    cell: GridCell
    text: str
    was: str
    why: str  # it cannot be taken


class AnyText(forms.CharField):
    """What cannot be a number is for the reading of numbers to say, which names the cell."""

    default_validators = []

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.validators = []


class ValuesForm(forms.Form):
    """The entry grid: a text for each cell, and beside it what stood there when the page was made."""

    reason = forms.CharField(max_length=200, required=False)

    def __init__(self, *args, grid: Grid, **kwargs):
        super().__init__(*args, **kwargs)
        self.grid = grid
        self.why = {}
        for cell in grid.cells():
            self.fields[cell.name] = AnyText(required=False)
            self.fields[f"was-{cell.name}"] = AnyText(required=False)

    def rows(self):
        """The grid's rows with what was typed, where something was, and what stood there when it was typed."""
        for kpi, cells in self.grid.rows:
            yield kpi, [self.as_typed(cell) for cell in cells]

    def as_typed(self, cell: GridCell) -> Typed:
        text, was = self.typed(cell.name, cell), self.typed(f"was-{cell.name}", cell)
        return Typed(cell, text, was, " ".join(self.why.get(cell.name, [])))

    def typed(self, name: str, cell: GridCell) -> str:
        return self.data.get(name, cell.text) if self.is_bound else cell.text

    def label(self, cell: GridCell) -> str:
        return f"{cell.kpi.name}, {self.grid.calendar.label(cell.period, self.grid.grain)}"

    def clean(self):
        self.given, self.gone, self.stood = [], [], {}
        for number, cell in enumerate(self.grid.cells()):
            text, was = self.cleaned_data.get(cell.name, ""), self.cleaned_data.get(f"was-{cell.name}", "")
            if text == was:
                continue
            if cell.text != was and cell.text != text:
                self.wrong(cell, f"meanwhile {self.stands(cell)}. You gave “{text}”.")
            elif text:
                self.read(number, cell, text)
            elif cell.observation:
                self.gone.append(cell.observation)
        changes = self.gone or any(self.cells_by_row[g.row].text for g in self.given)
        if changes and not self.cleaned_data.get("reason"):
            self.add_error("reason", "Say why values that were recorded before change.")
        return self.cleaned_data

    @property
    def cells_by_row(self) -> dict[int, GridCell]:
        return dict(enumerate(self.grid.cells()))

    def stands(self, cell: GridCell) -> str:
        if cell.observation is None:
            return "the value was taken back"
        return f"{cell.observation.batch.recorded_by or 'somebody'} recorded “{cell.text}”"

    def read(self, number: int, cell: GridCell, text: str):
        try:
            numbers = parts(text, ratio=cell.kpi.is_ratio)
        except NotRead as error:
            self.wrong(cell, str(error))
            return
        self.stood[number] = cell.observation and cell.observation.pk
        self.given.append(
            Given(row=number, department=self.grid.department.slug, kpi=cell.kpi.code, date=cell.period, **numbers)
        )

    def refuse(self, errors: dict[int, dict]):
        """Put what the service found beside the cells."""
        cells = self.cells_by_row
        for row, found in errors.items():
            for messages in found.values():
                for message in messages:
                    self.wrong(cells[row], message)

    def wrong(self, cell: GridCell, words: str):
        """Beside the cell the words alone, in the summary with the cell's name."""
        self.why.setdefault(cell.name, []).append(words[:1].upper() + words[1:])
        self.add_error(cell.name, f"{self.label(cell)}: {words}")


def parts(text: str, *, ratio: bool) -> dict[str, Decimal]:
    """A value, or numerator and denominator with a slash between them."""
    if not ratio:
        return {"value": number(text)}
    above, slash, below = text.partition("/")
    if not (slash and above.strip() and below.strip()):
        raise NotRead(text, "two numbers with a slash between them, like 37 / 39")
    return {"numerator": number(above), "denominator": number(below)}


def number(text: str) -> Decimal:
    refuse_ambiguous(text)
    return parse_number(text)


class ExplanationForm(forms.Form):
    """What is said of a signal: words, one of these events, or both."""

    event = forms.ModelChoiceField(
        queryset=None,
        required=False,
        empty_label="none of these",
        error_messages={"invalid_choice": "Somebody else changed or removed this event in the meantime."},
    )
    words = forms.CharField(
        label="What happened",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What was different, and whether it will stay so. One or two sentences.",
    )
    was = forms.DateTimeField(required=False)  # when that was said which stood there as the form was opened

    def __init__(self, *args, events, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["event"].queryset = events
        self.fields["event"].label_from_instance = lambda event: f"{event}, {event.days}"

    def clean(self):
        if not (self.cleaned_data.get("words") or self.cleaned_data.get("event") or self.errors):
            self.add_error("words", "Say what happened, or choose an event.")
        return self.cleaned_data


class PhaseForm(forms.Form):
    """From when a process has limits of its own, and why. `places`: where one may say so; None if that is settled."""

    starts_on = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label="What was changed", max_length=200)
    fixed_from = forms.IntegerField(
        label="Limits from the first so many values",
        required=False,
        min_value=spc.LEAST,
        max_value=1000,
        help_text=f"{spc.LEAST} or more; empty: from all values of the phase.",
    )

    def __init__(self, *args, places, for_all=False, **kwargs):
        super().__init__(*args, **kwargs)
        if places is not None:
            self.places = {place.slug: place for place in places}
            everywhere = [("", "All that measure it, and their totals")] if for_all else []
            choices = [*everywhere, *((slug, str(place)) for slug, place in self.places.items())]
            self.fields["department"] = forms.ChoiceField(label="Where", choices=choices, required=not for_all)
            self.order_fields(["department", "starts_on"])

    def clean_department(self):
        return self.places.get(self.cleaned_data["department"])

    def clean_starts_on(self):
        return within_calendar(self.cleaned_data["starts_on"])


class EventForm(forms.Form):
    """What happened, when, and what it concerns; only who writes everywhere may leave all `places` out."""

    title = forms.CharField(label="What happened", max_length=100)
    starts_on = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date"}))
    ends_on = forms.DateField(label="Last day", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    description = forms.CharField(max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    departments = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        help_text="What is below a department is meant, too.",
    )
    kpis = forms.MultipleChoiceField(
        label="KPIs",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None: whatever is measured there.",
    )

    def __init__(self, *args, places, kpis, for_all, **kwargs):
        super().__init__(*args, **kwargs)
        self.places, self.kpis = {place.slug: place for place in places}, {kpi.code: kpi for kpi in kpis}
        self.fields["departments"].choices = self.places.items()
        self.fields["kpis"].choices = self.kpis.items()
        if for_all:
            self.fields["departments"].required = False
            self.fields["departments"].help_text += " None: the whole agency."

    def clean_departments(self):
        return [self.places[slug] for slug in self.cleaned_data["departments"]]

    def clean_kpis(self):
        return [self.kpis[code] for code in self.cleaned_data["kpis"]]

    def clean_starts_on(self):
        return within_calendar(self.cleaned_data["starts_on"])

    def clean_ends_on(self):
        return within_calendar(self.cleaned_data["ends_on"])

    def clean(self):
        first, last = self.cleaned_data.get("starts_on"), self.cleaned_data.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", f"Found {last}, expected {first} or later: the last day is not before the first.")
        if first and last and last > first + YEAR:
            self.add_error(
                "ends_on", f"Found {last}, expected {first + YEAR} or earlier: an event lasts a year at most."
            )
        return self.cleaned_data


def within_calendar(day: date | None) -> date | None:
    if day and not FIRST_DAY <= day <= LAST_DAY:
        raise forms.ValidationError(f"Found {day}, expected a day from {FIRST_DAY} to {LAST_DAY}.")
    return day
