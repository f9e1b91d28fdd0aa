from django import forms

from departments.forms import UNKNOWN
from departments.models import Department, User
from issues.forms import Text
from issues.models.risk import CLAUSE, SCORES, TITLE, WORDS, Category
from issues.scales import IMPACTS, LIKELIHOODS, Level, Rating
from issues.services.assessing import Described

MOST_ROWS = 2**31 - 1  # what a number of a row can be
CLAUSES = {
    "cause": ("Cause: because …", "Without a full stop: “two clients make up half of our income”."),
    "event": ("Event: it may happen that …", "“one of them leaves”."),
    "effect": ("Effect: then …", "“we cannot pay salaries for three months”."),
}
SCALES = {"likelihood": LIKELIHOODS, "impact": IMPACTS}


def scale(name: str) -> forms.TypedChoiceField:
    kind, what = name.split("_")
    choices = [(number, f"{number} {word}: {means}") for number, (word, means) in SCALES[what].items()]
    hint = "As if nothing were done about it." if kind == "inherent" else "With what is done about it now."
    return forms.TypedChoiceField(
        coerce=int,
        choices=[("", "choose …"), *choices],
        label=f"{kind.capitalize()} {what}",
        help_text=hint,
        error_messages={"invalid_choice": "Found “%(value)s”, expected a number from 1 to 5."},
    )


class Scored(forms.Form):
    """Inherent and residual scores, with words."""

    inherent_likelihood = scale("inherent_likelihood")
    inherent_impact = scale("inherent_impact")
    residual_likelihood = scale("residual_likelihood")
    residual_impact = scale("residual_impact")
    words = Text(rows=2, max_length=WORDS, required=False, label="Why")

    def clean(self):
        found = super().clean()
        for what in SCALES:
            inherent, residual = found.get(f"inherent_{what}"), found.get(f"residual_{what}")
            if inherent and residual and residual > inherent:
                self.add_error(
                    f"residual_{what}",
                    f"Found {residual}, expected {inherent} at most: what is done about a risk does not raise it.",
                )
        return found

    def rating(self, kind: str) -> Rating:
        return Rating(self.cleaned_data[f"{kind}_likelihood"], self.cleaned_data[f"{kind}_impact"])

    @property
    def scores(self):
        return [self[name] for name in SCORES]


class DescriptionForm(forms.Form):
    """What a risk is. `places`: the departments that one may write for; `people`: who works here; `indicators`: by
    “code@department”."""

    title = forms.CharField(max_length=TITLE, help_text="In a few words, as it is called in a meeting.")
    department = forms.ChoiceField(error_messages={"invalid_choice": "Choose one of the departments listed."})
    category = forms.ChoiceField(
        choices=[("", "choose …"), *Category.choices],
        error_messages={"invalid_choice": "Found “%(value)s”, expected one of the categories listed."},
    )
    cause = Text(rows=2, max_length=CLAUSE, label=CLAUSES["cause"][0], help_text=CLAUSES["cause"][1])
    event = Text(rows=2, max_length=CLAUSE, label=CLAUSES["event"][0], help_text=CLAUSES["event"][1])
    effect = Text(rows=2, max_length=CLAUSE, label=CLAUSES["effect"][0], help_text=CLAUSES["effect"][1])
    owner = forms.ChoiceField(
        label="Owner",
        error_messages={"invalid_choice": UNKNOWN},
        help_text="Sees to it that it is looked at again, and that what is done about it is done.",
    )
    indicator = forms.ChoiceField(
        label="Key risk indicator",
        required=False,
        error_messages={"invalid_choice": "Found “%(value)s”, expected one of the KPIs listed."},
        help_text="Where this KPI shows a signal of concern, the risk is to be looked at again at once.",
    )
    was = forms.IntegerField(min_value=0, max_value=MOST_ROWS, required=False, widget=forms.HiddenInput)

    def __init__(self, *args, places, people, indicators, on, **kwargs):
        super().__init__(*args, **kwargs)
        self.places = {place.slug: place for place in places}
        self.people = {person.username: person for person in people}
        self.indicators, self.on = indicators, on
        self.fields["department"].choices = self.places.items()
        self.fields["owner"].choices = [("", "choose …"), *self.people.items()]
        self.fields["indicator"].choices = [("", "none"), *grouped(indicators)]

    def clean(self):
        found = super().clean()
        place, owner = self.places.get(found.get("department")), self.people.get(found.get("owner"))
        if place and owner and not reads(owner, place, self.on):
            self.add_error("owner", f"{owner} does not reach {place}, expected somebody who may read its risks.")
        return found

    @property
    def described(self) -> Described:
        found = self.cleaned_data
        return Described(
            self.places[found["department"]],
            found["category"],
            found["title"],
            found["cause"],
            found["event"],
            found["effect"],
            self.people[found["owner"]],
            self.indicators.get(found["indicator"]),
        )


def reads(user: User, department: Department, on) -> bool:
    return User.objects.reading(department, on=on).filter(pk=user.pk).exists()


def grouped(indicators):
    by_place = {}
    for key, (kpi, place) in indicators.items():
        by_place.setdefault(str(place), []).append((key, f"{kpi}, {place}"))
    return by_place.items()


class RiskForm(DescriptionForm, Scored):
    """A risk that is taken up: what it is, and how it is seen."""

    field_order = ["title", "department", "category", "cause", "event", "effect", "owner", "indicator", *SCORES]


class ReviewForm(Scored):
    """How a risk is seen now; nothing but `number` counts where it is `unchanged`."""

    number = forms.IntegerField(min_value=1, max_value=MOST_ROWS, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.unchanged = "unchanged" in self.data
        self.fields["words"].help_text = "Asked for where a score changes."
        if self.unchanged:
            for name in SCORES:
                self.fields[name].required = False

    def clean(self):
        if not self.unchanged:
            return super().clean()
        for name in SCORES:
            self.errors.pop(name, None)
        return self.cleaned_data

    @property
    def ratings(self) -> dict[str, Rating]:
        return {} if self.unchanged else {kind: self.rating(kind) for kind in ("inherent", "residual")}


class ClosingForm(forms.Form):
    why = Text(
        rows=3, max_length=WORDS, label="Why is it none any more?", error_messages={"required": "Say why it is closed."}
    )


class AppetiteForm(forms.Form):
    """The highest residual level that is accepted in each category; empty where that stays unsaid. What was said when
    somebody began comes along."""

    def __init__(self, *args, said: dict[str, str], **kwargs):
        super().__init__(*args, initial=said | {f"was_{category}": level for category, level in said.items()}, **kwargs)
        levels = [(str(level), level.capitalize()) for level in Level]
        for category, label in Category.choices:
            self.fields[category] = forms.ChoiceField(
                label=label,
                choices=levels if category in said else [("", "nothing said"), *levels],
                required=category in said,
                error_messages={"invalid_choice": "Found “%(value)s”, expected one of the levels listed."},
            )
            self.fields[f"was_{category}"] = forms.CharField(required=False, widget=forms.HiddenInput)

    @property
    def was(self) -> dict[str, str]:
        return {category: self.cleaned_data[f"was_{category}"] for category in Category.values}

    @property
    def levels(self) -> dict[str, Level]:
        """What is to be said otherwise than it was."""
        found = {category: self.cleaned_data[category] for category in Category.values}
        return {category: Level(level) for category, level in found.items() if level and level != self.was[category]}
