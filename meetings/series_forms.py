"""What a series is: when, with whom, what for."""

from datetime import datetime

from django import forms

from departments.models import User
from meetings.models import Invited, Series
from meetings.models.series import LONGEST_MEETING, is_zone
from meetings.parts import Part
from meetings.recurrence import Plan
from meetings.rules import MOST_APART, MOST_TIMES, Frequency, On, Rule, read
from meetings.services.scheduling import Guest, Share

Who = Invited.Who
SHORTEST, SPARE, MOST_PARTS = 5, 3, 30
ONCE, BY_RULE = "", "rule"
REPEATS = [
    ("WEEKLY", "Every week, or every few weeks"),
    ("MONTHLY", "Every month, or every few months"),
    ("DAILY", "Every day, or every few days"),
    ("YEARLY", "Every year"),
    (ONCE, "Not at all: one meeting"),
    (BY_RULE, "By a rule of iCalendar"),
]
DAYS = [
    ("0", "Monday"), ("1", "Tuesday"), ("2", "Wednesday"), ("3", "Thursday"), ("4", "Friday"), ("5", "Saturday"),
    ("6", "Sunday"),
]  # fmt: skip
MONTHLY = [("first", "The day of the month of the first day"), ("last", "The last day of the month")]
MONTHLY += [("nth", "The same weekday")]
NTH = [("1", "first"), ("2", "second"), ("3", "third"), ("4", "fourth"), ("-1", "last")]
ENDS = [("", "It goes on"), ("until", "On a day"), ("count", "After so many")]


def whole(label: str, least: int, most: int, **kwargs) -> forms.IntegerField:
    wrong = dict.fromkeys(("invalid", "min_value", "max_value"), f"Expected a whole number from {least} to {most}.")
    return forms.IntegerField(label=label, min_value=least, max_value=most, error_messages=wrong, **kwargs)


def day_field(label: str, **kwargs) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    wrong = {"invalid": "Found “%(value)s”, expected a day such as 2026-11-30."}
    return Day(label=label, widget=widget, error_messages=wrong, **kwargs)


class Day(forms.DateField):
    """A wrong one is told with what was found."""

    def to_python(self, value):
        try:
            return super().to_python(value)
        except forms.ValidationError as error:
            raise forms.ValidationError(self.error_messages["invalid"] % {"value": str(value)[:40]}) from error


def time_field(label: str) -> forms.TimeField:
    wrong = {"invalid": "Expected a time such as 09:00."}
    return forms.TimeField(
        label=label, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), error_messages=wrong
    )


class TimingForm(forms.Form):
    """When a series takes place from a day on: `plan`."""

    starts_on = day_field("From")
    starts_at = time_field("At")
    minutes = whole("Minutes", SHORTEST, LONGEST_MEETING)
    zone = forms.CharField(label="Time zone", max_length=63, validators=[is_zone])
    repeats = forms.ChoiceField(label="How often", choices=REPEATS, required=False)
    every = whole("Every", 1, MOST_APART, required=False, help_text="2: every second one.")
    weekdays = forms.MultipleChoiceField(
        label="On",
        choices=DAYS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None: that of the first day.",
    )
    monthly = forms.ChoiceField(label="On", choices=MONTHLY, required=False)
    nth = forms.ChoiceField(label="Which", choices=NTH, required=False)
    nth_day = forms.ChoiceField(label="Weekday", choices=DAYS, required=False)
    rule = forms.CharField(
        label="Rule",
        max_length=200,
        required=False,
        help_text="As RFC 5545 writes it: FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    )
    ends = forms.ChoiceField(label="Ends", choices=ENDS, required=False)
    until = day_field("Last day", required=False)
    count = whole("Meetings", 1, MOST_TIMES, required=False)

    def clean(self):
        found = super().clean()
        asked = {"ends": ("until", "count"), "repeats": ("rule",)}
        for name, needed in asked.items():
            if found.get(name) in needed and not found.get(found[name]) and found[name] not in self.errors:
                self.add_error(found[name], "Say which." if name == "repeats" else "Say when.")
        if not self.errors:
            self.plan = self.planned(found)
        return found

    def planned(self, found: dict) -> Plan:
        said = {name: found[name] for name in ("starts_on", "starts_at", "minutes", "zone")}
        return Plan(rule=found["rule"] if found["repeats"] == BY_RULE else self.ruled(found), **said)

    def ruled(self, found: dict) -> str:
        if found["repeats"] == ONCE:
            return ""
        rule = Rule(Frequency(found["repeats"]), interval=found["every"] or 1)
        if rule.frequency == Frequency.WEEKLY:
            rule = rule._replace(weekdays=tuple(On(0, int(day)) for day in found["weekdays"]))
        if rule.frequency == Frequency.MONTHLY and found["monthly"] == "last":
            rule = rule._replace(monthdays=(-1,))
        if rule.frequency == Frequency.MONTHLY and found["monthly"] == "nth":
            rule = rule._replace(weekdays=(On(int(found["nth"] or 1), int(found["nth_day"] or 0)),))
        if found["ends"]:
            rule = rule._replace(**{found["ends"]: found[found["ends"]]})
        return str(rule)

    def refuse(self, field: str, words: str):
        """Put what is wrong with the plan beside the control that says it."""
        if field == "rule" and self.cleaned_data["repeats"] != BY_RULE:
            field = "until" if self.cleaned_data["ends"] == "until" else "repeats"
        self.add_error(field, words)


def controls(rule: str) -> dict:
    """What the controls show for a rule; the rule itself where they cannot say it."""
    if not rule:
        return {"repeats": ONCE}
    found = read(rule)
    shown = {"repeats": str(found.frequency), "every": found.interval, "rule": rule}
    shown |= {"ends": "until", "until": found.until} if found.until else {}
    shown |= {"ends": "count", "count": found.count} if found.count else {}
    if found.frequency == Frequency.WEEKLY:
        shown["weekdays"] = [str(on.weekday) for on in found.weekdays]
    if found.frequency == Frequency.MONTHLY:
        shown |= monthly_controls(found)
    return shown if says(shown, found) else {"repeats": BY_RULE, "rule": rule}


def monthly_controls(rule: Rule) -> dict:
    if rule.monthdays == (-1,):
        return {"monthly": "last"}
    if len(rule.weekdays) == 1 and rule.weekdays[0].number in (1, 2, 3, 4, -1):
        return {"monthly": "nth", "nth": str(rule.weekdays[0].number), "nth_day": str(rule.weekdays[0].weekday)}
    return {"monthly": "first"}


def says(shown: dict, rule: Rule) -> bool:
    """Whether the controls, as they are shown, mean this rule."""
    empty = {"weekdays": [], "monthly": "", "nth": "", "nth_day": "", "ends": ""}
    return TimingForm().ruled(empty | shown) == str(rule)


class MembersForm(forms.Form):
    """Who leads a series, who belongs to it (`guests`), what its meetings consist of (`shares`)."""

    title = forms.CharField(max_length=80)
    chair = forms.ModelChoiceField(
        label="Led by", queryset=None, to_field_name="username", empty_label=None, help_text="May change and run it."
    )

    def __init__(self, *args, people, places, shares: int = 0, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["chair"].queryset = people
        self.invitable(Who.HEADS, "All heads in", places)
        self.invitable(Who.HEAD, "The head of", places)
        self.invitable(Who.STAFF, "Everybody in", places)
        self.invitable(Who.PERSON, "People", people, to_field_name="username")
        self.fields["role"] = forms.MultipleChoiceField(
            label="Roles", choices=User.Role.choices, required=False, widget=forms.CheckboxSelectMultiple
        )
        rows = int(self.data.get("rows", "0")) if self.data.get("rows", "0").isdecimal() else 0
        self.rows = min(MOST_PARTS, rows if self.is_bound else shares + SPARE)
        for row in range(self.rows):
            self.fields |= self.row(row)

    def invitable(self, name: str, label: str, among, **kwargs):
        widget = forms.CheckboxSelectMultiple
        kwargs |= {"label": label, "queryset": among, "required": False, "widget": widget}
        self.fields[str(name)] = forms.ModelMultipleChoiceField(**kwargs)

    def row(self, row: int) -> dict:
        parts = [("", "–"), *((str(part), part.words) for part in Part)]
        number = f"part {row + 1}"
        return {
            f"place-{row}": whole(f"Place of {number}", 1, 99, required=False),
            f"part-{row}": forms.ChoiceField(label=number.capitalize(), choices=parts, required=False),
            f"name-{row}": forms.CharField(
                label=f"Title of {number}",
                max_length=80,
                required=False,
                widget=forms.TextInput(attrs={"placeholder": "as the part"}),
            ),
            f"length-{row}": whole(f"Minutes of {number}", 1, LONGEST_MEETING, required=False),
        }

    def groups(self):
        """The ways to invite, with whether anybody is."""
        for name in (Who.HEADS, Who.HEAD, Who.STAFF, "role", Who.PERSON):
            field = self[str(name)]
            chosen = field.value() or []
            yield field, len(chosen)

    def part_rows(self):
        for row in range(self.rows):
            yield [self[f"{name}-{row}"] for name in ("place", "part", "name", "length")]

    def clean(self):
        found = super().clean()
        for row in range(self.rows):
            if found.get(f"part-{row}") and not found.get(f"length-{row}") and f"length-{row}" not in self.errors:
                self.add_error(f"length-{row}", "Say how many minutes; without a part, take the part out.")
        if not self.errors:
            self.guests = list(self.guests_said(found))
            self.shares = self.shares_said(found)
        return found

    def guests_said(self, found: dict):
        for who in (Who.HEADS, Who.HEAD, Who.STAFF):
            yield from (Guest(str(who), department=place) for place in found[str(who)])
        yield from (Guest(str(Who.ROLE), role=role) for role in found["role"])
        yield from (Guest(str(Who.PERSON), user=user) for user in found[str(Who.PERSON)])

    def shares_said(self, found: dict) -> list[Share]:
        said = []
        for row in range(self.rows):
            if part := found[f"part-{row}"]:
                title = found[f"name-{row}"] or Part(part).words
                said.append((found[f"place-{row}"] or 99, row, Share(Part(part), title, found[f"length-{row}"])))
        return [share for _, _, share in sorted(said, key=lambda each: each[:2])]


def members(series: Series) -> dict:
    """What the form shows of a series."""
    shown = {"title": series.title, "chair": series.chair.username}
    for row in series.invited.select_related("user"):
        value = {Who.PERSON: row.user and row.user.username, Who.ROLE: row.role}.get(row.who, row.department_id)
        shown.setdefault(row.who, []).append(value)
    rows = [Share(Part(each.part), each.title, each.minutes) for each in series.sections.order_by("position")]
    return shown | shown_shares(rows)


def shown_shares(shares: list[Share]) -> dict:
    shown = {}
    for row, share in enumerate(shares):
        title = "" if share.title == share.part.words else share.title
        shown |= {f"place-{row}": row + 1, f"part-{row}": str(share.part), f"name-{row}": title}
        shown[f"length-{row}"] = share.minutes
    return shown


class SeriesForm(TimingForm, MembersForm):
    department = forms.ModelChoiceField(
        label="About", queryset=None, to_field_name="slug", empty_label=None, help_text="Whose head may change it, too."
    )
    field_order = ["title", "department", "chair"]

    def __init__(self, *args, leads, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["department"].queryset = leads


class ChangeForm(MembersForm):
    was = forms.CharField(widget=forms.HiddenInput, required=False)


class ScheduleForm(TimingForm):
    was = forms.CharField(widget=forms.HiddenInput, required=False)


class EndingForm(forms.Form):
    last_day = day_field("Last day")
    was = forms.CharField(widget=forms.HiddenInput, required=False)


class MovingForm(forms.Form):
    """Where one meeting is moved to; `was`: when it began as it was seen."""

    day = day_field("Day")
    starts_at = time_field("At")
    minutes = whole("Minutes", SHORTEST, LONGEST_MEETING)
    was = forms.CharField(widget=forms.HiddenInput)

    def clean_was(self):
        try:
            return datetime.fromisoformat(self.cleaned_data["was"])
        except ValueError as error:
            raise forms.ValidationError("Found no time there: open the form anew.") from error


class CancellingForm(forms.Form):
    why = forms.CharField(label="Why", max_length=200, error_messages={"required": "Say why it is cancelled."})
