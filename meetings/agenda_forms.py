"""What people put on an agenda."""

from django import forms

from meetings.models.agenda import TITLE, WORDS
from meetings.parts import Part

PUT = [
    Part.TALK,
    Part.ISSUES,
    Part.SCORECARD,
    Part.PRIORITIES,
    Part.FOLLOW_UPS,
    Part.RISKS,
    Part.EFFECTS,
    Part.GOOD_NEWS,
]


class ItemForm(forms.Form):
    title = forms.CharField(label="What", max_length=TITLE, help_text="In a line, as it is to stand on the agenda.")
    words = forms.CharField(
        label="What for",
        required=False,
        max_length=WORDS,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="To inform, to discuss or to decide; what to read before.",
    )
    part = forms.ChoiceField(choices=[(str(part), part.words) for part in PUT], initial=str(Part.TALK))
    minutes = forms.IntegerField(min_value=1, max_value=240, initial=10)


class TakingForm(ItemForm):
    """Something is taken to one of these `meetings`, by key of the choice."""

    meeting = forms.ChoiceField(label="Meeting", error_messages={"invalid_choice": "Choose one of those listed."})
    field_order = ["meeting"]

    def __init__(self, *args, meetings: dict, **kwargs):
        super().__init__(*args, **kwargs)
        self.meetings = meetings
        self.fields["meeting"].choices = [(key, label) for key, (label, _) in meetings.items()]

    @property
    def chosen(self):
        return self.meetings[self.cleaned_data["meeting"]][1]
