from decimal import Decimal
from typing import NamedTuple

from django import forms

from kpis.cells import NotRead
from kpis.numbers import parse_number
from kpis.selectors.grid import Grid, GridCell
from kpis.services.entering import Given


class Typed(NamedTuple):
    """A cell of the grid as the page shows it."""

    cell: GridCell
    text: str
    was: str
    wrong: bool


class ValuesForm(forms.Form):
    """The entry grid: a text for each cell, and beside it what stood there when the page was made."""

    reason = forms.CharField(max_length=200, required=False)

    def __init__(self, *args, grid: Grid, **kwargs):
        super().__init__(*args, **kwargs)
        self.grid = grid
        for cell in grid.cells():
            self.fields[cell.name] = forms.CharField(required=False, max_length=80)
            self.fields[f"was-{cell.name}"] = forms.CharField(required=False, max_length=80)

    def rows(self):
        """The grid's rows with what was typed, where something was, and what stood there when it was typed."""
        for kpi, cells in self.grid.rows:
            yield kpi, [self.as_typed(cell) for cell in cells]

    def as_typed(self, cell: GridCell) -> Typed:
        text, was = self.typed(cell.name, cell), self.typed(f"was-{cell.name}", cell)
        return Typed(cell, text, was, cell.name in self.errors)

    def typed(self, name: str, cell: GridCell) -> str:
        return self.data.get(name, cell.text) if self.is_bound else cell.text

    def label(self, cell: GridCell) -> str:
        return f"{cell.kpi.name}, {self.grid.calendar.label(cell.period, self.grid.grain)}"

    def clean(self):
        self.given, self.gone, self.stood = [], [], {}
        for number, cell in enumerate(self.grid.cells()):
            text, was = self.cleaned_data.get(cell.name, ""), self.cleaned_data.get(f"was-{cell.name}", "")
            if text == was or cell.name in self.errors:
                continue
            if cell.text != was and cell.text != text:
                self.add_error(cell.name, f"{self.label(cell)}: meanwhile {self.stands(cell)}. You gave “{text}”.")
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
            self.add_error(cell.name, f"{self.label(cell)}: {error}")
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
                    self.add_error(cells[row].name, f"{self.label(cells[row])}: {message}")


def parts(text: str, *, ratio: bool) -> dict[str, Decimal]:
    """A value, or numerator and denominator with a slash between them."""
    if not ratio:
        return {"value": parse_number(text)}
    above, slash, below = text.partition("/")
    if not (slash and above.strip() and below.strip()):
        raise NotRead(text, "two numbers with a slash between them, like 37 / 39")
    return {"numerator": parse_number(above), "denominator": parse_number(below)}
