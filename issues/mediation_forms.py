"""What is said in a mediation, a form for each step; `noun` is its address, `label` its button."""

from datetime import date, timedelta

from django import forms

from departments.forms import AHEAD, day_input
from departments.prose import LONGEST
from issues.forms import Text
from issues.models.mediation import WHY, WORDS
from issues.selectors.mediation import Course, Stage

MARKDOWN = "<b>**bold**</b>, <i>*italics*</i>, - lists."
YES_NO = [("yes", "Yes"), ("no", "No")]
TWO_WEEKS = timedelta(weeks=2)


class StepForm(forms.Form):
    """`mediation`: of which it is a step, as somebody had it before them."""

    noun = label = done = ""
    mediation = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, course: Course | None, on: date, **kwargs):
        super().__init__(*args, auto_id=f"{self.noun}-%s", **kwargs)
        self.course, self.on = course, on
        if course and "mediation" in self.fields:
            self.fields["mediation"].initial = course.mediation.pk
        if "number" in self.fields:
            self.fields["number"].initial = course.number
        if "follow_up_on" in self.fields:
            stood = course.newest.follow_up_on if course.newest else on
            self.fields["follow_up_on"].initial = stood if stood > on else on + TWO_WEEKS

    def clean_follow_up_on(self):
        day = self.cleaned_data["follow_up_on"]
        if not self.on < day <= self.on + AHEAD:
            expected = f"a day after today, and {self.on + AHEAD:%-d %B %Y} at the latest"
            raise forms.ValidationError(f"Found {day:%-d %B %Y}, expected {expected}.")
        return day

    @property
    def address(self) -> str:
        return f"issues:{self.noun}"

    @property
    def said(self) -> dict:
        """As the service of this step takes it."""
        return {name: value for name, value in self.cleaned_data.items() if name != "mediation"}


def number_field() -> forms.IntegerField:
    """Of the terms that somebody had before them."""
    return forms.IntegerField(min_value=0, widget=forms.HiddenInput)


def follow_up_field() -> forms.DateField:
    hint = "On this day, or the first working day after it, all three are asked whether it is held."
    return forms.DateField(label="Follow-up", widget=day_input(), help_text=hint)


class CallForm(StepForm):
    noun, label, done = "mediation", "Call mediation", "Mediation called."
    mediation = None
    why = Text(
        rows=3,
        label="Why?",
        max_length=WHY,
        help_text="What the two of you do not settle, in a sentence. The other side and the COO read it.",
        error_messages={"required": "Say what the two of you do not settle."},
    )


class PositionForm(StepForm):
    noun, label, done = "position", "Hand in your view", "View handed in."
    text = Text(
        rows=8,
        label="How you see it",
        max_length=LONGEST,
        help_text=f"It is handed in once, and read by the other side when theirs is in, too. {MARKDOWN}",
        error_messages={"required": "Say how you see it."},
    )


class ProposalForm(StepForm):
    noun, label, done = "proposal", "Propose terms", "Terms proposed."
    number = number_field()
    terms = Text(
        rows=6,
        label="Terms",
        max_length=LONGEST,
        help_text=f"What holds from now on, for both. {MARKDOWN}",
        error_messages={"required": "Say what you propose."},
    )
    follow_up_on = follow_up_field()

    @property
    def said(self) -> dict:
        found = super().said
        return {"instead_of": found.pop("number"), **found}


class AnswerForm(StepForm):
    noun, label, done = "answer", "Answer", "Answer given."
    number = number_field()
    agrees = forms.ChoiceField(
        label="Do you agree to these terms?",
        choices=YES_NO,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose yes or no."},
    )
    words = Text(rows=3, label="Why not, or anything to add", max_length=WORDS, required=False)

    def clean(self):
        found = self.cleaned_data
        if found.get("agrees") == "no" and "words" in found and not found["words"]:
            self.add_error("words", "Say why not: whoever proposes anew wants to know.")
        return found

    @property
    def said(self) -> dict:
        found = super().said
        return found | {"agrees": found["agrees"] == "yes"}


class DecisionForm(StepForm):
    noun, label, done = "decision", "Decide", "Decided."
    number = number_field()
    words = Text(
        rows=6,
        label="What holds, and why",
        max_length=LONGEST,
        help_text=f"Your decision ends the matter, whatever either side answered. {MARKDOWN}",
        error_messages={"required": "Say what you decided, and why."},
    )
    follow_up_on = follow_up_field()


class FollowUpForm(StepForm):
    noun, label, done = "follow-up", "Say so", "Noted."
    held = forms.ChoiceField(
        label="Was it held?",
        choices=YES_NO,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose yes or no."},
    )
    words = Text(rows=3, label="What was not held, or anything to add", max_length=WORDS, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.course and self.course.stage == Stage.SETTLED:  # before its day
            self.label = "It is not held"
            self.fields["held"].initial, self.fields["held"].widget = "no", forms.HiddenInput()
            self.fields["words"].label, self.fields["words"].required = "What is not held?", True
            self.fields["words"].error_messages["required"] = "Say what is not held."

    def clean(self):
        found = self.cleaned_data
        if found.get("held") == "no" and "words" in found and not found["words"]:
            self.add_error("words", "Say what was not held.")
        return found

    @property
    def said(self) -> dict:
        found = super().said
        return found | {"held": found["held"] == "yes"}
