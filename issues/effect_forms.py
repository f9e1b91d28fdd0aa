from datetime import date, timedelta
from decimal import Decimal

from django import forms

from departments.forms import day_input
from departments.models import Department
from issues.forms import Text
from issues.models.measure import WHAT, WHY, Kind, Way
from issues.risk_forms import grouped
from issues.services.measuring import Taken
from kpis.cells import NotRead
from kpis.models import Kpi
from kpis.numbers import PLACES, parse_number, refuse_ambiguous

BACK, AHEAD, LATEST = timedelta(days=731), timedelta(days=366), timedelta(days=5 * 366)
ABOVE_NOTHING = f"a number above 0 with at most {PLACES} decimals"
ASKED_ANEW = {"hx-get": "", "hx-target": "#known", "hx-select": "#known", "hx-swap": "outerHTML"}  # what is known of it
IN_ITS_UNIT = "In the unit of the KPI; of what is measured in %, percentage points."


class MeasureForm(forms.Form):
    """What was done and what is expected of it. `series`: by “code@department” what may be named.

    `doubt`: why nothing would be told of it; whoever wants to records it all the same.
    """

    series = forms.ChoiceField(
        label="KPI",
        error_messages={"invalid_choice": "Found “%(value)s”, expected one of the KPIs listed."},
        help_text="Which it is to move, and where.",
    )
    what = forms.CharField(label="What was done", max_length=WHAT, help_text="In a line: “a checklist for briefs”.")
    kind = forms.ChoiceField(choices=Kind, widget=forms.RadioSelect)
    way = forms.ChoiceField(label="Expected to go", choices=Way, widget=forms.RadioSelect)
    size = forms.CharField(label="By how much, at least", max_length=40, help_text=IN_ITS_UNIT)
    effective_on = forms.DateField(
        label="Takes effect on", widget=day_input(), help_text="Values of whole periods from then on count."
    )
    look_on = forms.DateField(
        label="Look again on",
        widget=day_input(),
        help_text="With too few values by then, the verdict waits for more.",
    )
    anyway = forms.BooleanField(label="Record it all the same", required=False)

    def __init__(self, *args, series: dict[str, tuple[Kpi, Department]], on: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.series, self.on, self.doubt = series, on, ""
        self.fields["series"].choices = [("", "choose …"), *grouped(series)]
        self.fields["series"].widget.attrs |= ASKED_ANEW
        for name in ("series", "kind", "way"):
            self.fields[name].error_messages["required"] = "Choose one."

    def clean_size(self) -> Decimal:
        text = self.cleaned_data["size"]
        try:
            refuse_ambiguous(text)
            found = parse_number(text)
        except NotRead as error:
            raise forms.ValidationError(f"Found “{text}”, expected {error.expected}.") from None
        if found is None or found <= 0:
            raise forms.ValidationError(f"Found “{text}”, expected {ABOVE_NOTHING}: which way, says the field above.")
        return found

    def clean_effective_on(self) -> date:
        return between(self.cleaned_data["effective_on"], self.on - BACK, self.on + AHEAD)

    def clean_look_on(self) -> date:
        day, begun = self.cleaned_data["look_on"], self.cleaned_data.get("effective_on")
        return between(day, begun + timedelta(days=1), begun + LATEST) if begun else day

    @property
    def taken(self) -> Taken:
        found = {name: self.cleaned_data[name] for name in ("what", "kind", "way", "size", "effective_on", "look_on")}
        kpi, department = self.series[self.cleaned_data["series"]]
        return Taken(kpi=kpi, department=department, **found)

    def ask(self, doubt: str):
        """Show why nothing would be told of it, and ask whether it is to be recorded all the same."""
        self.doubt = doubt
        self.add_error("size", doubt)


def between(day: date, first: date, last: date) -> date:
    if not first <= day <= last:
        expected = f"a day from {first:%-d %B %Y} to {last:%-d %B %Y}"
        raise forms.ValidationError(f"Found {day:%-d %B %Y}, expected {expected}.")
    return day


class WithdrawalForm(forms.Form):
    why = Text(
        rows=3,
        max_length=WHY,
        label="Why is it withdrawn?",
        error_messages={"required": "Say why: it was not taken, or not like that."},
    )
