from datetime import date, timedelta

from django import forms

from departments.forms import UNKNOWN, day_input
from departments.models import Department
from issues import ledger
from issues.flow import RULES, Act, Party
from issues.models import Agreement, Commitment, Issue, Reason, Severity, entry
from issues.models.commitment import WHAT
from issues.models.issue import MATTERS, NEEDED, TITLE, WORDING
from issues.models.move import WORDS

AHEAD = timedelta(days=731)
NO_DEPARTMENT = "Found “%(value)s”, expected one of the departments listed."
ASKS = {  # what is asked with an act
    Act.ACCEPT: "Anything to add?",
    Act.RETURN: "What is missing?",
    Act.COMPLETE: "What was missing",
    Act.START: "Anything to add?",
    Act.PASS: "Why, and what is asked of them?",
    Act.PAUSE: "What is waited for?",
    Act.RESUME: "Anything to add?",
    Act.RESOLVE: "What was done?",
    Act.CONFIRM: "Anything to add?",
    Act.DISPUTE: "What is still missing or wrong?",
    Act.REOPEN: "Why?",
    Act.WITHDRAW: "Why?",
}


def tidied(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def ahead(day: date | None, *, on: date) -> date | None:
    """A day that lies ahead; ValidationError for another one."""
    if day and not on <= day <= on + AHEAD:
        expected = f"today or later, and {on + AHEAD:%-d %B %Y} at the latest"
        raise forms.ValidationError(f"Found {day:%-d %B %Y}, expected {expected}.")
    return day


class Text(forms.CharField):
    """Some lines, with the line breaks of one machine, so that they are counted alike everywhere."""

    def __init__(self, *, rows: int, **kwargs):
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)

    def to_python(self, value):
        return tidied(super().to_python(value))


class WordingForm(forms.Form):
    """What an issue says. `issue`: the one that is put otherwise; `was`: the version that this was started from."""

    title = forms.CharField(max_length=TITLE, help_text="What is stuck, in a line.")
    needed = Text(rows=4, label="What is needed", max_length=NEEDED, help_text="So that whoever reads it can begin.")
    matters = Text(rows=2, label="Why it matters", max_length=MATTERS, required=False)
    severity = forms.ChoiceField(choices=Severity, widget=forms.RadioSelect, initial=Severity.MEDIUM)
    needed_by = forms.DateField(label="Needed by", required=False, widget=day_input())
    was = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, on: date, issue: Issue | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.on, self.issue = on, issue

    def clean_needed_by(self):
        day = self.cleaned_data["needed_by"]
        return day if self.issue and day == self.issue.needed_by else ahead(day, on=self.on)

    @property
    def wording(self) -> dict:
        """As `services.rewording.reword` takes it."""
        return {name: self.cleaned_data[name] for name in WORDING}


class IssueForm(WordingForm):
    """An issue that is raised. `raisers`: for which one may; `owners`: to which; `agreement`: of the two, if any."""

    raiser = forms.ChoiceField(label="From", error_messages={"invalid_choice": NO_DEPARTMENT})
    owner = forms.ChoiceField(label="To", error_messages={"invalid_choice": "Choose one of the departments listed."})
    kpi = forms.ChoiceField(label="KPI", required=False)
    ready = forms.MultipleChoiceField(
        label="Definition of ready",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="What the two departments agreed an issue brings along. What is left open is shown to its owner.",
    )

    was = None
    field_order = ["raiser", "owner"]

    def __init__(self, *args, raisers, owners, kpis, on: date, agreement: Agreement | None = None, **kwargs):
        super().__init__(*args, on=on, **kwargs)
        self.raisers, self.owners = ({each.slug: each for each in found} for found in (raisers, owners))
        self.kpis = {kpi.code: kpi for kpi in kpis}
        self.asked = agreement.ready_list if agreement else []
        self.fields["raiser"].choices = self.raisers.items()
        self.fields["owner"].choices = [("", "choose …"), *((slug, named(each)) for slug, each in self.owners.items())]
        self.fields["kpi"].choices = [("", "none"), *self.kpis.items()]
        self.fields["ready"].choices = [(line, line) for line in self.asked]
        if len(self.raisers) == 1:
            self.fields["raiser"].widget = forms.HiddenInput()
        if not self.asked:
            del self.fields["ready"]
        if not self.kpis:
            del self.fields["kpi"]

    def clean(self):
        found = self.cleaned_data
        if found.get("raiser") and found.get("raiser") == found.get("owner"):
            whom = self.owners[found["owner"]]
            self.add_error("owner", f"{whom} raises it itself: an issue is raised to another department.")
        return found

    @property
    def said(self) -> dict:
        """As `services.moving.Raised` takes it."""
        found = self.cleaned_data
        ticked = found.get("ready", [])
        return self.wording | {
            "raiser": self.raisers[found["raiser"]],
            "owner": self.owners[found["owner"]],
            "kpi": self.kpis.get(found.get("kpi")),
            "unready": tuple(line for line in self.asked if line not in ticked),
        }


def named(department: Department) -> str:
    return str(department) if department.parent_id else f"{department} (the COO)"


class MoveForm(forms.Form):
    """What is said with an act; with a pass, to whom. `edition`: where the issue stood when somebody decided."""

    words = Text(rows=3, max_length=WORDS, required=False)
    to = forms.ModelChoiceField(
        Department.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label="choose …",
        error_messages={"invalid_choice": "Choose one of the departments listed."},
    )
    edition = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args, issue: Issue, act: Act, on: date, **kwargs):
        super().__init__(*args, auto_id=f"{act}-%s", **kwargs)
        self.act, self.issue = act, issue
        words = self.fields["words"]
        words.label, words.required = ASKS[act], RULES[act].needs_words
        words.error_messages["required"] = f"Say it: {ASKS[act].lower().rstrip('?')}."
        self.fields["edition"].initial = issue.edition
        if RULES[act].court == Party.CHOSEN:
            others = Department.objects.live(on=on).exclude(pk=issue.court_id)
            self.fields["to"].queryset, self.fields["to"].required = others.by_name(), True
            self.fields["to"].label, self.fields["to"].label_from_instance = "To", named
            self.fields["to"].error_messages["required"] = "Choose the department that has to do something now."
            self.order_fields(["to", "words"])
        else:
            del self.fields["to"]


class AgreementForm(forms.ModelForm):
    """What one department promises another. `was`: the agreement that this was started from."""

    was = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Agreement
        fields = [
            "accept_within", "resolve_critical", "resolve_high", "resolve_medium", "resolve_low", "answer_within",
            "ready",
        ]  # fmt: skip
        widgets = {"ready": forms.Textarea(attrs={"rows": 4})}
        labels = {
            "accept_within": "Accept or return within",
            "resolve_critical": "Resolve what is critical within",
            "resolve_high": "Resolve what is high within",
            "resolve_medium": "Resolve what is medium within",
            "resolve_low": "Resolve what is low within",
            "answer_within": "Who raised it answers within",
        }
        help_texts = {"ready": "A line for each thing that an issue brings along. It is shown while one is raised."}

    def clean_ready(self):
        return tidied(self.cleaned_data["ready"])


TRIAGE = [Act.ACCEPT, Act.START, Act.RETURN, Act.PASS, Act.PAUSE, Act.RESUME, Act.RESOLVE, Act.CONFIRM, Act.WITHDRAW]


class TriageForm(forms.Form):
    """What is done with all that are chosen."""

    act = forms.ChoiceField(
        choices=[(str(act), act.capitalize()) for act in TRIAGE],
        error_messages={"invalid_choice": "Choose what to do with them.", "required": "Choose what to do with them."},
    )
    words = Text(rows=1, max_length=WORDS, required=False)
    to = forms.ModelChoiceField(
        Department.objects.none(),
        to_field_name="slug",
        required=False,
        error_messages={"invalid_choice": "Choose one of the departments listed."},
    )

    def __init__(self, *args, on: date, **kwargs):
        super().__init__(*args, auto_id="triage-%s", **kwargs)
        self.fields["to"].queryset = Department.objects.live(on=on).by_name()
        self.fields["to"].label_from_instance = named

    def clean(self):
        act = self.cleaned_data.get("act")
        if act == Act.PASS and not self.cleaned_data.get("to") and "to" not in self.errors:
            self.add_error("to", "Choose the department that has to do something now.")
        if act and RULES[Act(act)].needs_words and not self.cleaned_data.get("words") and "words" not in self.errors:
            self.add_error("words", f"Say it: {ASKS[Act(act)].lower().rstrip('?')}.")
        return self.cleaned_data


class CommitmentForm(forms.Form):
    """Something that is promised. `promisers`: the people whose promises may be written down; `people`, `departments`:
    to whom it may be promised.
    """

    who = forms.ChoiceField(label="Who", error_messages={"invalid_choice": UNKNOWN})
    what = forms.CharField(max_length=WHAT, help_text="In a line, so that anybody can tell whether it was done.")
    to_department = forms.ChoiceField(
        label="To which department",
        required=False,
        error_messages={"invalid_choice": "Choose one of the departments listed."},
    )
    to_user = forms.ChoiceField(label="To whom in person", required=False, error_messages={"invalid_choice": UNKNOWN})
    due_on = forms.DateField(label="By when", widget=day_input(), help_text="Kept means done by this day.")

    def __init__(self, *args, promisers, people, departments, on: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.promisers, self.people = ({each.username: each for each in found} for found in (promisers, people))
        self.departments, self.on = {each.slug: each for each in departments}, on
        self.fields["who"].choices = self.promisers.items()
        self.fields["to_user"].choices = [("", "nobody in particular"), *self.people.items()]
        known = [(slug, named(each)) for slug, each in self.departments.items()]
        self.fields["to_department"].choices = [("", "none"), *known]
        self.fields["due_on"].widget.attrs["min"] = str(on)
        if len(self.promisers) == 1:
            self.fields["who"].widget = forms.HiddenInput()

    def clean_due_on(self):
        return ahead(self.cleaned_data["due_on"], on=self.on)

    def clean(self):
        found = self.cleaned_data
        asked = {"to_department", "to_user"}
        if not any(found.get(name) for name in asked) and not asked & self.errors.keys():
            self.add_error("to_department", "Say to whom it is promised: a department, a person, or both.")
        if found.get("who") and found["who"] == found.get("to_user"):
            self.add_error("to_user", "Found the same person twice: a commitment is made to somebody else.")
        return found

    @property
    def said(self) -> dict:
        """As `services.committing.Promised` takes it."""
        found = self.cleaned_data
        return {
            "who": self.promisers[found["who"]],
            "what": found["what"],
            "due_on": found["due_on"],
            "to_user": self.people.get(found["to_user"]),
            "to_department": self.departments.get(found["to_department"]),
        }


SAYS = {  # what is asked with something that is done with a commitment
    ledger.Act.DONE: "Anything to add?",
    ledger.Act.MOVE: "Anything to add?",
    ledger.Act.HAND_OVER: "Why?",
    ledger.Act.RELEASE: "Why is it not needed any more?",
}


class EntryForm(forms.Form):
    """What is said with an act: a new date and a reason, who takes it over, words. `edition`: where it stood."""

    due_on = forms.DateField(label="New date", widget=day_input())
    reason = forms.ChoiceField(choices=[("", "choose …"), *Reason.choices])
    who = forms.ChoiceField(label="To", error_messages={"invalid_choice": UNKNOWN})
    words = Text(rows=2, max_length=entry.WORDS, required=False)
    edition = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    asks = {ledger.Act.MOVE: {"due_on", "reason"}, ledger.Act.HAND_OVER: {"who"}}

    def __init__(self, *args, commitment: Commitment, act: ledger.Act, on: date, takers=(), **kwargs):
        super().__init__(*args, auto_id=f"{act}-{commitment.pk}-%s", **kwargs)
        self.act, self.commitment, self.on = act, commitment, on
        self.takers = {each.username: each for each in takers}
        for name in {"due_on", "reason", "who"} - self.asks.get(act, set()):
            del self.fields[name]
        words = self.fields["words"]
        words.label, words.required = SAYS[act], act in (ledger.Act.HAND_OVER, ledger.Act.RELEASE)
        words.error_messages["required"] = "Say why: whoever reads it later wants to know."
        self.fields["edition"].initial = commitment.edition
        if act == ledger.Act.HAND_OVER:
            self.fields["who"].choices = [("", "choose …"), *self.takers.items()]
        if act == ledger.Act.MOVE:
            self.fields["due_on"].widget.attrs["min"] = str(on)

    def clean_due_on(self):
        day = ahead(self.cleaned_data["due_on"], on=self.on)
        if day == self.commitment.due_on:
            raise forms.ValidationError(f"Found {day:%-d %B %Y}, for which it is due already: give another day.")
        return day

    def clean_who(self):
        return self.takers[self.cleaned_data["who"]]

    def clean(self):
        found = self.cleaned_data
        if found.get("reason") == Reason.OTHER and not found.get("words") and "words" not in self.errors:
            self.add_error("words", "Say what it was: “something else” explains nothing by itself.")
        return found

    @property
    def said(self) -> dict:
        """As `services.committing.do` takes it."""
        return {name: value for name, value in self.cleaned_data.items() if value or name == "edition"}
