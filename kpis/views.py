from django.contrib import messages
from django.db import transaction
from django.db.models import Prefetch, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.generic import DetailView, FormView, ListView, View

from departments.mixins import Partial, Scoped
from departments.models import Department
from departments.models.department import Reach
from kpis import exports, tasks
from kpis.asked import asked_choice, asked_day, asked_words
from kpis.charts import Mark, Point, behaviour_in_words, beyond_in_words, line_figure, series_in_words, within_bounds
from kpis.conditional import Conditional
from kpis.forms import ValuesForm
from kpis.models import Assignment, Batch, CalendarDay, Kpi
from kpis.models.signal import RULES
from kpis.navigation import Navigation
from kpis.periods import Grain
from kpis.selectors import grid as grids
from kpis.selectors.changes import changes, measured_by
from kpis.selectors.series import grains_of, series, trail
from kpis.services.entering import enter
from kpis.services.recording import AlreadyReversed, BatchSuperseded, ChangedMeanwhile, reverse_batch
from kpis.written import written


class KpiList(Conditional, Scoped, Partial, ListView):
    model = Kpi
    template_name = "kpis/list.html"
    partial_name = "kpis/_list.html"
    paginate_by = 50
    header = ["code", "name", "owner", "category", "unit", "direction", "cadence", "over time", "over departments"]

    def get_queryset(self):
        on, asked = timezone.localdate(), self.request.GET
        reachable = Department.objects.reachable_by(self.request.user, on=on)
        self.departments = list(reachable.by_name())
        now = Assignment.objects.on(on).filter(department__in=reachable).select_related("department")
        kpis = super().get_queryset().select_related("owner").by_name()
        kpis = kpis.prefetch_related(Prefetch("assignments", queryset=now, to_attr="measured_now"))
        if words := asked_words(asked, "q"):
            kpis = kpis.filter(Q(name__icontains=words) | Q(code__icontains=words) | Q(description__icontains=words))
        if slug := asked_choice(asked, "department", [d.slug for d in self.departments]):
            kpis = kpis.measured_in(reachable.filter(slug=slug))
        if category := asked_choice(asked, "category", Kpi.Category.values):
            kpis = kpis.filter(category=category)
        return kpis

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            departments=self.departments,
            categories=Kpi.Category.choices,
            asked={name: self.request.GET.get(name, "") for name in ("q", "department", "category")},
            **kwargs,
        )

    def get(self, request, *args, **kwargs):
        kind = kwargs.get("kind")
        if kind is None:
            return super().get(request, *args, **kwargs)
        rows = [
            [k.code, k.name, k.owner.name, k.category, k.unit, k.direction, k.cadence, k.over_time, k.over_departments]
            for k in self.get_queryset()
        ]
        return exports.download(kind, "kpis", self.header, rows)


class KpiDetail(Conditional, Scoped, Partial, DetailView):
    model = Kpi
    slug_field = slug_url_kwarg = "code"
    template_name = "kpis/detail.html"
    partial_name = "kpis/_series.html"
    header = [
        "period",
        "from",
        "value",
        "numerator",
        "denominator",
        "target from",
        "target to",
        "reporting",
        "expected",
    ]

    def get_queryset(self):
        return super().get_queryset().select_related("owner")

    def places(self) -> list[Department]:
        """Where this user may look at the KPI: the departments that measure it, and those above where it adds up."""
        reachable = list(Department.objects.reachable_by(self.request.user, on=timezone.localdate()).by_name())
        measuring = set(self.object.assignments.values_list("department_id", flat=True)) or {self.object.owner_id}
        if self.object.over_departments != "none":
            parents = {d.pk: d.parent_id for d in reachable}
            for key in list(measuring):
                while key := parents.get(key):
                    measuring.add(key)
        return [d for d in reachable if d.pk in measuring]

    def chosen(self, places: list[Department]) -> Department:
        slug = self.request.GET.get("department")
        wanted = [d for d in places if (d.slug == slug if slug else d.pk == self.object.owner_id)]
        if slug and not wanted:
            raise Http404("This department does not measure this KPI.")
        return (wanted or places)[0]

    def asked(self):
        places = self.places()
        grains = grains_of(self.object)
        grain = asked_choice(self.request.GET, "grain", grains, Grain(self.object.cadence))
        found = series(self.object, self.chosen(places), grain=grain, on=timezone.localdate())
        return places, grains, found

    def get(self, request, *args, **kwargs):
        kind = kwargs.get("kind")
        if kind is None:
            return super().get(request, *args, **kwargs)
        self.object = self.get_object()
        if kwargs.get("table") == "trail":
            return self.trail(kind)
        _, _, found = self.asked()
        calendar = CalendarDay.objects.calendar()
        name = f"{self.object.code}-{found.department.slug}-{found.grain}"
        return exports.download(kind, name, self.header, [self.row(c, found, calendar) for c in found.cells])

    def trail(self, kind):
        places = self.places()
        chosen = self.chosen(places)
        rows = [recorded(o) for o in trail(self.object, self.within(places, chosen))]
        return exports.download(kind, f"{self.object.code}-{chosen.slug}-recorded", RECORDED, rows)

    def within(self, places, chosen) -> list[int]:
        below = set(Department.objects.below([chosen]).values_list("pk", flat=True))
        return [d.pk for d in places if d.pk in below]

    def row(self, cell, found, calendar) -> list:
        made_of = [cell.reading.numerator, cell.reading.denominator] if cell.reading else [None, None]
        goal = cell.goal or (None, None)
        reporting = cell.reading.reporting if cell.reading else 0
        label = calendar.label(cell.period, found.grain)
        return [label, cell.period, cell.value, *made_of, *goal, reporting, cell.expected]

    def get_context_data(self, **kwargs):
        kpi = self.object
        places, grains, found = self.asked()
        calendar = CalendarDay.objects.calendar()
        points = points_of(found, calendar)
        look = {"unit": kpi.unit, "decimals": kpi.decimals}
        at = "on" if found.grain is Grain.DAY else "in"
        on = timezone.localdate()
        measuring = kpi.assignments.select_related("department").order_by("department__position", "department__name")
        return super().get_context_data(
            kpi=kpi,
            places=places,
            grains=grains,
            series=found,
            points=list(reversed(list(zip(points, found.cells, strict=True)))),
            words=series_in_words(
                points, **look, at=at, not_reported=found.not_reported, behaviour=behaviour(points, found, look)
            ),
            figure=line_figure(points, title=kpi.name, **look, marks=marks(found)),
            beyond=beyond_in_words(points, **look),
            trail=trail(kpi, self.within(places, found.department))[:TRAIL],
            measured_by=measured_by(measuring.filter(department__in=places), on=on),
            changes=changes(kpi, places),
            today=on,
            **kwargs,
        )


TRAIL = 50
RECORDED = [
    "for", "department", "reference", "value", "numerator", "denominator", "recorded at", "by", "source", "file", "row",
    "reason", "note", "replaced at", "replaced by", "replaced because",
]  # fmt: skip


def recorded(o) -> list:
    """An observation as it leaves: who recorded it, when and from where, and what became of it."""
    batch, after = o.batch, o.superseded_in
    return [
        o.date, o.department.name, o.reference, o.value, o.numerator, o.denominator, stamp(o.recorded_at),
        batch.recorded_by and str(batch.recorded_by), batch.get_source_display(), batch.file_name,
        o.row if batch.source == Batch.Source.FILE else None, batch.reason, o.note, stamp(o.superseded_at),
        after and after.recorded_by and str(after.recorded_by), after and after.reason,
    ]  # fmt: skip


def points_of(found, calendar) -> list[Point]:
    """The cells as the chart wants them, with the limits of their phases as they are drawn."""
    values = [point.value for point in found.points]
    limits = {point.phase: point.limits for point in found.points}
    limits = {n: each and within_bounds(each, values, unit=found.kpi.unit) for n, each in limits.items()}
    return [
        point(cell, judged, found, calendar)._replace(limits=limits[judged.phase])
        for cell, judged in zip(found.cells, found.points, strict=True)
    ]


def marks(found) -> list[Mark]:
    """Where phases begin."""
    first = {}
    for cell, judged in zip(found.cells, found.points, strict=True):
        first.setdefault(judged.phase, cell.period)
    starts = enumerate(found.behaviour[1])
    return [Mark(first[number], start.reason) for number, start in starts if start and number in first]


def behaviour(points, found, look) -> str:
    since = found.since and Mark(found.since.starts_on, found.since.reason)
    return behaviour_in_words(points, assurance=found.assurance, since=since, **look)


def point(cell, judged, found, calendar) -> Point:
    goal = cell.goal if found.kpi.direction != "neutral" else None
    return Point(
        cell.period,
        calendar.label(cell.period, found.grain),
        cell.value,
        *(goal or (None, None)),
        so_far=not cell.over,
        detail=detail(cell, found),
        phase=judged.phase,
        kind=judged.kind(found.kpi.direction),
        rules=[RULES[flag.rule] for flag in judged.flags],
    )


def detail(cell, found) -> str:
    """What a value was made from: “37 of 39 due”, “5 of 6 departments”."""
    if cell.reading is None:
        return ""
    parts = []
    if found.kpi.is_ratio:
        made_of = (
            (cell.reading.numerator, found.kpi.numerator_name),
            (cell.reading.denominator, found.kpi.denominator_name),
        )
        parts.append(" ÷ ".join(f"{written(n, decimals=0)} {name}".strip() for n, name in made_of))
    if cell.expected > 1:
        parts.append(f"{cell.reading.reporting} of {cell.expected} departments")
    return ", ".join(parts)


class DepartmentValues(FormView):
    """The entry grid of a department, for those who may write there."""

    form_class = ValuesForm
    template_name = "kpis/values.html"

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.on = timezone.localdate()

    def dispatch(self, request, *args, **kwargs):
        self.reachable = Department.objects.reachable_by(request.user, on=self.on, reach=Reach.WRITE)
        self.department = get_object_or_404(self.reachable, slug=kwargs["slug"])
        self.grains = grids.grains_recorded(self.department)
        self.grain = asked_choice(request.GET, "grain", self.grains, self.grains[0]) if self.grains else Grain.WEEK
        self.upto = min(asked_day(request.GET, "on", self.on), self.on)
        self.read_grid()
        return super().dispatch(request, *args, **kwargs)

    def read_grid(self):
        self.grid = grids.grid(self.department, grain=self.grain, on=self.on, upto=self.upto)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"grid": self.grid}

    def get_context_data(self, **kwargs):
        grid = self.grid
        return super().get_context_data(
            department=self.department,
            grains=self.grains,
            grid=grid,
            navigation=Navigation(self.request, grid.calendar, grid.grain, upto=self.upto, on=self.on),
            **kwargs,
        )

    def form_valid(self, form):
        try:
            return self.recorded(form)
        except ChangedMeanwhile:
            self.read_grid()  # the form compares anew, and names the cells
            return self.form_invalid(self.get_form())

    @transaction.atomic
    def recorded(self, form):
        errors, now = {}, timezone.now()
        entered = enter(
            form.given,
            errors=errors,
            departments=self.reachable,
            by=self.request.user,
            at=now,
            source="entry",
            reason=form.cleaned_data["reason"],
            retract=form.gone,
            stood=form.stood,
        )
        if errors:
            form.refuse(errors)
            return self.form_invalid(form)
        if entered.batch:
            transaction.on_commit(tasks.wake)
            undo = reverse("kpis:reversal", args=[entered.batch.pk])
            messages.success(self.request, f"{entered.words}.", extra_tags=f"undo:{undo}")
        else:
            messages.info(self.request, "Nothing was changed.")
        back = reverse("departments:detail", args=[self.department.slug])
        return redirect(back if self.upto == self.on else f"{back}?on={self.upto}")


class BatchDetail(DetailView):
    """One import or entry: what it recorded, and the way to undo it whole."""

    model = Batch
    template_name = "kpis/batch.html"
    header = [
        "kpi",
        "department",
        "for",
        "reference",
        "value",
        "numerator",
        "denominator",
        "note",
        "row",
        "replaced at",
    ]

    def get(self, request, *args, **kwargs):
        kind = kwargs.get("kind")
        if kind is None:
            return super().get(request, *args, **kwargs)
        batch = self.get_object()
        rows = self.rows(batch).values_list(
            "kpi__code", "department__slug", "date", "reference", "value", "numerator", "denominator", "note", "row",
            "superseded_at",
        )  # fmt: skip
        return exports.download(kind, f"batch-{batch.pk}", self.header, [[*row[:-1], stamp(row[-1])] for row in rows])

    def rows(self, batch):
        return batch.observations.select_related("kpi", "department").order_by("kpi__name", "date", "pk")

    def get_queryset(self):
        return Batch.objects.reachable_by(self.request.user, on=timezone.localdate()).select_related(
            "recorded_by", "reverses", "reversal"
        )

    def get_context_data(self, **kwargs):
        rows = self.rows(self.object)
        return super().get_context_data(
            rows=rows[:200], count=rows.count(), may_undo=may_undo(self.request.user, self.object), **kwargs
        )


def stamp(moment) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M") if moment else ""


def may_undo(user, batch) -> bool:
    return Batch.objects.reachable_by(user, on=timezone.localdate(), reach=Reach.WRITE).filter(pk=batch.pk).exists()


class BatchReversal(View):
    """POST undoes a batch whole."""

    def post(self, request, pk):
        writable = Batch.objects.reachable_by(request.user, on=timezone.localdate(), reach=Reach.WRITE)
        batch = get_object_or_404(writable, pk=pk)
        try:
            undo = reverse_batch(batch, by=request.user, at=timezone.now())
        except (AlreadyReversed, BatchSuperseded) as error:
            messages.error(request, str(error))
            return redirect("kpis:batch", pk=batch.pk)
        transaction.on_commit(tasks.wake)
        messages.success(request, f"Undone: {batch}.")
        return redirect("kpis:batch", pk=undo.pk)
