from django import forms

from departments.prose import LONGEST

HOW = "<b>@name</b> tells somebody who may read this. <b>**bold**</b>, <i>*italics*</i>, <code>`code`</code>, - lists."


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
