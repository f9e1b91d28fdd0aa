from datetime import date, timedelta

from django import forms

from departments.models import Mailing
from departments.models.notification import Kind
from departments.prose import LONGEST

BACK, AHEAD = timedelta(days=366), timedelta(days=731)
HOW = "<b>@name</b> tells somebody who may read this. <b>**bold**</b>, <i>*italics*</i>, <code>`code`</code>, - lists."
UNKNOWN = "Found “%(value)s”, expected one of the people listed."


def day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class AbsenceForm(forms.Form):
    """`people` may be recorded as away, `deputies` may be chosen to stand in: by user name."""

    user = forms.ChoiceField(label="Who", error_messages={"invalid_choice": UNKNOWN})
    starts_on = forms.DateField(label="First day", widget=day_input())
    ends_on = forms.DateField(
        label="Last day", required=False, widget=day_input(), help_text="Empty: until further notice."
    )
    deputy = forms.ChoiceField(
        label="Deputy",
        required=False,
        error_messages={"invalid_choice": UNKNOWN},
        help_text="Is asked instead, where the department has no deputy on these days.",
    )

    def __init__(self, *args, people, deputies, on: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.people, self.deputies = ({each.username: each for each in found} for found in (people, deputies))
        self.on = on
        self.fields["deputy"].choices = [("", "nobody"), *self.deputies.items()]
        self.fields["user"].choices = self.people.items()
        if len(self.people) == 1:
            del self.fields["user"]

    def clean_starts_on(self):
        return self.within(self.cleaned_data["starts_on"])

    def clean_ends_on(self):
        return self.within(self.cleaned_data["ends_on"])

    def within(self, day: date | None) -> date | None:
        first, last = self.on - BACK, self.on + AHEAD
        if day and not first <= day <= last:
            raise forms.ValidationError(f"Found {day}, expected a day from {first} to {last}.")
        return day

    def clean(self):
        first, last = self.cleaned_data.get("starts_on"), self.cleaned_data.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", f"Found {last}, expected {first} or later: the last day is not before the first.")
        only = next(iter(self.people)) if len(self.people) == 1 else None
        self.cleaned_data["user"] = self.people.get(self.cleaned_data.get("user") or only)
        self.cleaned_data["deputy"] = self.deputies.get(self.cleaned_data.get("deputy"))
        return self.cleaned_data


class MailingForm(forms.ModelForm):
    hour = forms.TypedChoiceField(
        coerce=int, choices=[(hour, f"{hour}:00") for hour in range(24)], label="Time of that e-mail"
    )
    told = forms.MultipleChoiceField(
        choices=Kind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="What I want e-mail about",
        help_text="The rest still stands in your notifications.",
    )

    class Meta:
        model = Mailing
        fields = ["is_on", "rhythm", "hour"]
        widgets = {"rhythm": forms.RadioSelect}
        labels = {"is_on": "Send me e-mail", "rhythm": "How often"}

    @property
    def muted(self) -> set[str]:
        return set(Kind.values) - set(self.cleaned_data["told"])


class Words(forms.CharField):
    """What somebody writes: with the line breaks of one machine, and counted before it is refused."""

    widget = forms.Textarea

    def __init__(self, **kwargs):
        super().__init__(help_text=HOW, **kwargs)

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n").strip()

    def validate(self, value):
        super().validate(value)
        if (length := len(value)) > LONGEST:
            over = length - LONGEST
            raise forms.ValidationError(
                f"It is {length:,} characters long; at most {LONGEST:,} fit: shorten it by {over:,}.", code="too_long"
            )


class CommentForm(forms.Form):
    """A comment, and whether its thread was resolved on the page that it was written on."""

    text = Words(label="Comment", error_messages={"required": "Write what there is to say."})
    resolved = forms.BooleanField(required=False, widget=forms.HiddenInput)


class ChangeForm(forms.Form):
    """A comment put otherwise, and the wording that this was started from."""

    text = Words(label="Comment", error_messages={"required": "Write what it should say, or withdraw the comment."})
    was = forms.IntegerField(widget=forms.HiddenInput)
