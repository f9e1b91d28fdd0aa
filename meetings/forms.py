from collections.abc import Iterator
from typing import NamedTuple

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.text import Truncator

from departments.models import Department
from kpis.cells import NotRead
from kpis.forms import AnyText, parts
from kpis.models import Signal
from kpis.selectors.grid import GridCell
from kpis.services.entering import Given
from meetings.items import LONGEST, MOST, items, wrong_items
from meetings.models import PlanReview, StatusItem, WeeklyStatus
from meetings.models.status import HEADLINE
from meetings.selectors.week import Week
from meetings.services.sending import Review, Said

Outcome = PlanReview.Outcome
NO_NULL = ProhibitNullCharactersValidator("Found a character that no text has, expected words: write it anew.")
CHOICES = [(Outcome.DONE, "Done"), (Outcome.CARRIED, "Carry"), (Outcome.DROPPED, "Drop")]
KEPT = 5000  # characters of a field that a draft keeps
LISTS = {"progress": "Progress", "plans": "Plans for next week", "problems": "Problems"}


class TypedPlan(NamedTuple):
    """A plan of last week, and the fields that say what became of it."""

    plan: StatusItem
    outcome: forms.BoundField
    reason: forms.BoundField


class Text(AnyText):
    """Its length is told in words, with what was found."""

    def __init__(self, *, longest: int, rows: int = 2, **kwargs):
        super().__init__(widget=forms.Textarea(attrs={"rows": rows, "data-longest": longest}), **kwargs)
        self.longest = longest

    def clean(self, value):
        text = " ".join(super().clean(value).split())
        if len(text) > self.longest:
            raise forms.ValidationError(f"Found {len(text)} characters, expected at most {self.longest}.")
        return text


class PerCent(forms.IntegerField):
    def __init__(self, **kwargs):
        number = forms.NumberInput(attrs={"step": 1, "inputmode": "numeric"})
        super().__init__(min_value=0, max_value=100, widget=number, **kwargs)

    def clean(self, value):
        text = str(value or "").strip()
        if text and not (text.isdecimal() and len(text) <= 3 and int(text) <= 100):
            shown = Truncator(text).chars(21)
            raise forms.ValidationError(f"Found “{shown}”, expected a whole number from 0 to 100.")
        return super().clean(text)


class StatusForm(forms.Form):
    """A department's week. What a field began with, and who typed meanwhile, the view knows; see `theirs`."""

    health = forms.ChoiceField(
        label="How is the department?",
        choices=WeeklyStatus.Health.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Say how the department is.",
            "invalid_choice": "Found “%(value)s”, expected On track, At risk or Off track.",
        },
    )
    headline = Text(label="The week in a line", longest=HEADLINE)
    confidence = PerCent(label="How sure are you that next week's plans will be done?", required=False)
    need = Text(label="What do you need from another department?", longest=LONGEST, required=False)
    need_of = forms.ModelChoiceField(
        label="From",
        queryset=None,
        required=False,
        empty_label="nobody",
        error_messages={"invalid_choice": "Found a department that cannot be asked: choose one of the list."},
    )
    edition = forms.IntegerField(required=False, widget=forms.HiddenInput)
    base = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, week: Week, **kwargs):
        super().__init__(*args, **kwargs)
        self.week, self.theirs = week, {}
        self.data = week.replanned(self.data)
        self.fields["headline"].error_messages["required"] = "Say in a line how the week was."
        others = Department.objects.live(on=week.on).exclude(pk=week.department.pk).filter(parent__isnull=False)
        self.fields["need_of"].queryset = others.by_name()
        for name, label in LISTS.items():
            self.fields[name] = AnyText(label=label, required=False, widget=forms.Textarea(attrs={"rows": 3}))
        for plan in week.plans:
            self.fields[f"outcome-{plan.pk}"] = forms.ChoiceField(
                label=plan.text, choices=CHOICES, initial=Outcome.CARRIED, required=False, widget=forms.RadioSelect
            )
            self.fields[f"reason-{plan.pk}"] = Text(label=f"Why is “{plan.text}” dropped?", longest=200, required=False)
        for cell in week.cells:
            self.fields[cell.name] = AnyText(label=cell.kpi.name, required=False)
        self.signals = [*week.signals, *self.explained_meanwhile()]
        for signal in self.signals:
            self.fields[self.name_of(signal)] = Text(label=str(signal.kpi), longest=500, required=False)
        for field in self.fields.values():
            if isinstance(field, AnyText):
                field.validators = [NO_NULL]

    @staticmethod
    def name_of(signal: Signal) -> str:
        return f"signal-{signal.pk}"

    @property
    def typed(self) -> dict[str, str]:
        """What a draft keeps: every field that has something in it, as it was typed."""
        names = [name for name in self.fields if name not in ("edition", "base")]
        return {name: text for name in names if (text := self.data.get(name, "").replace("\0", ""))}

    @property
    def too_long(self) -> dict[str, str]:
        """What a draft cannot keep, by field, in words: what was found, and what fits."""
        found = {name: len(text) for name, text in self.typed.items() if len(text) > KEPT}
        return {name: f"Found {count:,} characters, a draft keeps at most {KEPT:,}." for name, count in found.items()}

    @property
    def too_long_in_words(self) -> str:
        """For whoever sees no field beside it."""
        said = (f"{self.fields[name].label}: {words}" for name, words in self.too_long.items())
        return " ".join(said)

    # What the page shows, in its order.

    def last_plans(self) -> Iterator[TypedPlan]:
        for plan in self.week.plans:
            yield TypedPlan(plan, self[f"outcome-{plan.pk}"], self[f"reason-{plan.pk}"])

    def missing(self) -> list[tuple[GridCell, forms.BoundField]]:
        """Values that are not there, and what was typed for one that came meanwhile."""
        found = [(cell, self[cell.name]) for cell in self.week.cells]
        return [(cell, field) for cell, field in found if not cell.text or field.value() not in (None, "", cell.text)]

    def changed(self) -> list[tuple[Signal, forms.BoundField]]:
        return [(signal, self[self.name_of(signal)]) for signal in self.signals]

    def explained_meanwhile(self) -> list[Signal]:
        """Signals that words were typed about, and that are not open any more."""
        given = self.data if self.is_bound else self.initial
        typed = [name.partition("-")[2] for name in given if name.startswith("signal-") and given[name].strip()]
        keys = {int(key) for key in typed if key.isdecimal() and len(key) < 19} - {s.pk for s in self.week.signals}
        found = Signal.objects.filter(pk__in=keys, department=self.week.department)
        return list(found.select_related("kpi", "explained_by"))

    def not_asked(self) -> list[str]:
        """What was typed of a value, or of a plan, that has no field since the form was opened."""
        gone = [name for name in self.data if name.startswith(("v-", "reason-")) and name not in self.fields]
        return [text for name in gone if (text := self.data[name].replace("\0", "").strip())]

    # What it says.

    def clean(self):
        found = self.cleaned_data
        for name, wrong in self.too_long.items():
            self.add_error(name, wrong)
        for text in self.not_asked():
            self.add_error(
                None, f"“{text}” was typed where nothing is asked for any more. Send it again to leave it out."
            )
        lists = {name: items(found.get(name, "")) for name in LISTS}
        reviews = [self.review(plan) for plan in self.week.plans]
        carried = sum(review.outcome == Outcome.CARRIED for review in reviews)
        for name, listed in lists.items():
            room = MOST - carried if name == "plans" else MOST
            beside = f" beside {carried} carried" if name == "plans" and carried else ""
            for wrong in wrong_items(listed, most=room, beside=beside):
                self.add_error(name, wrong)
        if (lists["plans"] or carried) and found.get("confidence") is None and "confidence" not in self.errors:
            self.add_error("confidence", "Say how sure you are, from 0 to 100.")
        if found.get("need_of") and not found.get("need"):
            self.add_error("need", f"Say what you need from {found['need_of']}.")
        if found.get("need") and not found.get("need_of"):
            self.add_error("need_of", "Choose the department that you need it from.")
        values = [given for number, cell in enumerate(self.week.cells) if (given := self.given(number, cell))]
        for signal in self.signals[len(self.week.signals) :]:
            meanwhile = f"{signal.explained_by} said: {signal.said}" if signal.explained_at else "it was withdrawn"
            self.add_error(self.name_of(signal), f"Meanwhile {meanwhile}. Clear yours here to send the rest.")
        if not self.errors:
            self.said = self.put_together(lists, reviews, carried, values)
        return found

    def review(self, plan: StatusItem) -> Review:
        outcome = self.cleaned_data.get(f"outcome-{plan.pk}") or Outcome.CARRIED
        reason = self.cleaned_data.get(f"reason-{plan.pk}", "") if outcome == Outcome.DROPPED else ""
        if outcome == Outcome.DROPPED and not reason and not self.errors.get(f"reason-{plan.pk}"):
            self.add_error(f"reason-{plan.pk}", "Say why it is dropped.")
        return Review(plan, outcome, reason)

    def put_together(self, lists: dict, reviews: list[Review], carried: int, values: list[Given]) -> Said:
        found = self.cleaned_data
        return Said(
            health=found["health"],
            headline=found["headline"],
            confidence=found["confidence"] if lists["plans"] or carried else None,
            need=found["need"],
            need_of=found["need_of"],
            reviews=tuple(reviews),
            values=tuple(values),
            explained=tuple((s, w) for s in self.week.signals if (w := found[self.name_of(s)])),
            **{name: tuple(listed) for name, listed in lists.items()},
        )

    def given(self, number: int, cell: GridCell) -> Given | None:
        text = self.cleaned_data.get(cell.name)
        if not text or text == cell.text:
            return None
        if cell.text:
            by = cell.observation.batch.recorded_by or "somebody"
            self.add_error(cell.name, f"Meanwhile {by} recorded “{cell.text}”. You gave “{text}”: clear it here.")
            return None
        try:
            numbers = parts(text, ratio=cell.kpi.is_ratio)
        except NotRead as error:
            words = str(error)
            self.add_error(cell.name, words[:1].upper() + words[1:])
            return None
        return Given(row=number, department=self.week.department.slug, kpi=cell.kpi.code, date=cell.period, **numbers)

    def refuse(self, errors: dict[int, dict]):
        """Put what is wrong with values beside them."""
        for row, found in errors.items():
            for message in (message for messages in found.values() for message in messages):
                self.add_error(self.week.cells[row].name, message)
