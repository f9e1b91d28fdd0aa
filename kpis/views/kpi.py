from django.http import Http404
from django.utils import timezone
from django.views.generic import DetailView

from departments.mixins import Partial, Scoped
from departments.models import Department
from kpis import exports
from kpis.asked import asked_choice, asked_moment
from kpis.charts import beyond_in_words, line_figure, series_in_words
from kpis.conditional import Conditional
from kpis.models import Kpi
from kpis.models.signal import RULES
from kpis.periods import Grain
from kpis.selectors import knowledge
from kpis.selectors.changes import changes, measured_by
from kpis.selectors.provenance import as_known, restated
from kpis.selectors.series import grains_of, series, trail
from kpis.views.phases import writable
from kpis.views.points import behaviour, marks, points_of
from kpis.views.recorded import RECORDED, TRAIL, recorded


def reach(user) -> list[int] | None:
    """The departments that somebody reads; None where it is all of them."""
    on = timezone.localdate()
    if user.reads_everything(on=on):
        return None
    return list(Department.objects.reachable_by(user, on=on).values_list("pk", flat=True))


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
        "centre",
        "lower limit",
        "upper limit",
        "kind",
        "rules",
    ]

    def get_queryset(self):
        return super().get_queryset().select_related("owner")

    def places(self) -> list[Department]:
        """Where this user may look at the KPI: the departments that measure it, and those above where it adds up."""
        reachable = list(Department.objects.reachable_by(self.request.user, on=timezone.localdate()).by_name())
        self.request.reachable = reachable  # the rail shows them, too
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
        self.known_at = asked_moment(self.request.GET, "as_known_on", on=timezone.localdate())
        on = timezone.localdate(self.known_at)
        then = {"known_at": self.known_at, "within": reach(self.request.user)}
        found = series(self.object, self.chosen(places), grain=grain, on=on, **then)
        return places, grains, found

    def get(self, request, *args, **kwargs):
        kind = kwargs.get("kind")
        if kind is None:
            return super().get(request, *args, **kwargs)
        self.object = self.get_object()
        if kwargs.get("table") == "trail":
            return self.trail(kind)
        _, _, found = self.asked()
        name = f"{self.object.code}-{found.department.slug}-{found.grain}"
        return exports.download(
            kind,
            name,
            self.header,
            [self.row(*pair, found) for pair in zip(found.cells, found.points, strict=True)],
        )

    def trail(self, kind):
        places = self.places()
        chosen = self.chosen(places)
        rows = [recorded(o) for o in trail(self.object, self.within(places, chosen))]
        return exports.download(kind, f"{self.object.code}-{chosen.slug}-recorded", RECORDED, rows)

    def within(self, places, chosen) -> list[int]:
        """The departments whose observations a number of the chosen one is made of, as far as this user reaches."""
        if self.object.over_departments == "none":
            return [chosen.pk]
        known_at = asked_moment(self.request.GET, "as_known_on", on=timezone.localdate())
        below = knowledge.below(chosen, at=known_at) if known_at else Department.objects.below([chosen]).values("pk")
        reachable = Department.objects.reachable_by(self.request.user, on=timezone.localdate())
        return list(reachable.filter(pk__in=below).values_list("pk", flat=True))

    def row(self, cell, judged, found) -> list:
        made_of = [cell.reading.numerator, cell.reading.denominator] if cell.reading else [None, None]
        goal = cell.goal or (None, None)
        reporting = cell.reading.reporting if cell.reading else 0
        label = found.calendar.label(cell.period, found.grain)
        limits = [judged.limits.centre, judged.limits.lower, judged.limits.upper] if judged.limits else [None] * 3
        said = [judged.kind(found.kpi.direction), ", ".join(RULES[flag.rule] for flag in judged.flags)]
        return [label, cell.period, cell.value, *made_of, *goal, reporting, cell.expected, *limits, *said]

    def get_context_data(self, **kwargs):
        places, grains, found = self.asked()
        kpi = found.kpi
        points, within = points_of(found, found.calendar), self.within(places, found.department)
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
            trail=[as_known(row, self.known_at) for row in trail(kpi, within, known_at=self.known_at)[:TRAIL]],
            measured_by=measured_by(measuring.filter(department__in=places), on=on),
            changes=changes(kpi, places),
            today=on,
            known_at=self.known_at,
            restated=set() if self.known_at else restated(kpi, within, found.grain),
            may_change=not self.known_at and bool(writable(self.request.user, kpi)),
            **kwargs,
        )
