"""What is written while a meeting runs, and on its minutes."""

from datetime import date

from django import forms

from departments.models import Department, User
from issues.models.commitment import WHAT
from meetings.models.agenda import NOTE, WORDS
from meetings.services.deciding import Decided


def day_input(on: date):
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "min": str(on)})


class NoteForm(forms.Form):
    """The notes on an item, and the version that they are written over."""

    text = forms.CharField(
        label="Notes",
        required=False,
        strip=False,
        max_length=NOTE,
        widget=forms.Textarea(attrs={"rows": 8, "maxlength": None}),
    )
    base = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    def clean_text(self):
        return self.cleaned_data["text"].replace("\r\n", "\n")


class KeyedForm(forms.Form):
    """Its key says which form it is: what is sent twice counts once."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=40)


class DecisionForm(forms.Form):
    words = forms.CharField(label="What was decided", max_length=WORDS)
    expects = forms.CharField(label="What is expected of it", max_length=WORDS, required=False)
    revisit_on = forms.DateField(label="Look at it again on", required=False)

    def __init__(self, *args, on: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.on, self.fields["revisit_on"].widget = on, day_input(on)

    def clean_revisit_on(self):
        found = self.cleaned_data["revisit_on"]
        if found and found < self.on and found != self.initial.get("revisit_on"):
            raise forms.ValidationError(f"Found {found:%-d %B %Y}, expected today or later.")
        return found

    @property
    def said(self) -> Decided:
        found = self.cleaned_data
        return Decided(found["words"], found["expects"], found["revisit_on"])


class NewDecisionForm(DecisionForm, KeyedForm):
    pass


class PromiseForm(KeyedForm):
    """Who of those in the meeting promises what, to which department, by when."""

    who = forms.ChoiceField(label="Who")
    what = forms.CharField(label="What", max_length=WHAT)
    to = forms.ChoiceField(label="To whom")
    due_on = forms.DateField(label="By when")

    def __init__(self, *args, people: list[User], departments: list[Department], on: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.people, self.departments = ({str(each.pk): each for each in found} for found in (people, departments))
        self.fields["who"].choices = [("", "choose"), *self.people.items()]
        self.fields["to"].choices = self.departments.items()
        self.fields["due_on"].widget = day_input(on)

    @property
    def said(self) -> dict:
        """As `services.deciding.promise` takes it."""
        found = self.cleaned_data
        who, to = self.people[found["who"]], self.departments[found["to"]]
        return {"who": who, "what": found["what"], "due_on": found["due_on"], "to": to, "key": found["key"]}


class RatingForm(forms.Form):
    score = forms.TypedChoiceField(
        label="How good was it, 1 to 10", choices=[("", "choose"), *((n, n) for n in range(1, 11))], coerce=int
    )
    why = forms.CharField(label="Why, in a word", max_length=140, required=False)


class AttendanceForm(forms.Form):
    there = forms.MultipleChoiceField(label="Who was there", required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args, people: list[User], **kwargs):
        super().__init__(*args, **kwargs)
        self.people = {str(each.pk): each for each in people}
        self.fields["there"].choices = self.people.items()

    @property
    def said(self) -> list[User]:
        return [self.people[key] for key in self.cleaned_data["there"]]
