from functools import cached_property

from django.http import Http404
from django.utils import timezone
from django.views.generic import DetailView

from departments.mixins import Partial, Scoped
from departments.models import Department
from kpis import exports, spc
from kpis.asked import asked_choice
from kpis.charts import beyond_in_words, line_figure, range_points, ranges_in_words, series_in_words
from kpis.conditional import Conditional
from kpis.models import Assignment, Kpi, Observation, PeriodTopic
from kpis.models.signal import RULES
from kpis.moment import AsKnown, reach
from kpis.periods import Grain
from kpis.selectors import knowledge
from kpis.selectors.changes import changes, measured_by
from kpis.selectors.explained import events, notes
from kpis.selectors.provenance import as_known
from kpis.selectors.restatements import Figures, restated
from kpis.selectors.revisions import revisions
from kpis.selectors.series import grains_of, series, trail
from kpis.views.phases import writable
from kpis.views.points import behaviour, happened_in, happenings, marks, note_at, points_of
from kpis.views.recorded import RECORDED, TRAIL, recorded
from kpis.written import of_differences

NOT_YET = "Nothing was on record about it at that moment. Take a later day, or what is known now."


class KpiDetail(AsKnown, Conditional, Scoped, Partial, DetailView):
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
        "restated from",
        "explained",
        "events",
    ]

    def get_queryset(self):
        found = super().get_queryset()
        if self.known_at and (within := reach(self.request.user)) is not None:
            then = knowledge.table(Assignment, at=self.known_at, department_id__in=within)
            found = found | Kpi.objects.filter(pk__in={each.kpi_id for each in then})
        return found.select_related("owner")

    def get_object(self, queryset=None):
        found = super().get_object(queryset)
        return knowledge.definition(found, at=self.known_at) if self.known_at else found

    @cached_property
    def measuring(self) -> list[Assignment]:
        if self.known_at:
            return knowledge.table(Assignment, at=self.known_at, kpi_id=self.object.pk)
        return list(self.object.assignments.all())

    def places(self) -> list[Department]:
        """Where this user may look at the KPI: the departments that measure it, and those above where it adds up."""
        reachable = self.departments()
        self.request.reachable = reachable  # the rail shows them, too
        measuring = {each.department_id for each in self.measuring} or {self.object.owner_id}
        if self.object.over_departments != "none":
            parents = {d.pk: d.parent_id for d in reachable}
            for key in list(measuring):
                while key := parents.get(key):
                    measuring.add(key)
        return [d for d in reachable if d.pk in measuring]

    def measured_by(self, places: list[Department]) -> list[str]:
        found = []
        for place in places:
            own = [each for each in self.measuring if each.department_id == place.pk]
            for each in sorted(own, key=lambda each: each.starts_on):
                each.department = place
                found.append(each)
        return measured_by(found, on=self.day)

    def not_yet(self) -> str:
        """Why there is nothing to show of so early a moment, if there is nothing."""
        if not self.known_at:
            return ""
        if self.object.pk not in knowledge.defined(at=self.known_at):
            return "Not defined yet"
        return "" if self.places() else "Not measured here yet"

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
        then = {"known_at": self.known_at, "within": reach(self.request.user)}
        found = series(self.object, self.chosen(places), grain=grain, on=self.day, **then)
        self.happened = events(found, until=self.day, known_at=self.known_at)
        self.notes = notes(found, known_at=self.known_at)
        return places, grains, found

    def get(self, request, *args, **kwargs):
        kind = kwargs.get("kind")
        self.object = self.get_object()
        if words := self.not_yet():
            if kind:
                raise Http404(f"{words}.")
            self.template_name, self.partial_name = "kpis/not_yet.html", "components/_empty.html"
            return self.render_to_response(super().get_context_data(what=words, why=NOT_YET))
        if kind is None:
            return self.render_to_response(self.get_context_data())
        if kwargs.get("table") == "trail":
            return self.trail(kind)
        places, _, found = self.asked()
        if kwargs.get("table") == "revisions":
            return self.download_revisions(kind, places, found)
        restated = self.restated(places, found)
        name = f"{self.object.code}-{found.department.slug}-{found.grain}"
        return exports.download(
            kind,
            name,
            self.header,
            [
                self.row(cell, point, found, restated.get(cell.period))
                for cell, point in zip(found.cells, found.points, strict=True)
            ],
        )

    def trail(self, kind):
        places = self.places()
        chosen = self.chosen(places)
        rows = [recorded(o) for o in self.observations(self.within(places, chosen))]
        return exports.download(kind, f"{self.object.code}-{chosen.slug}-recorded", RECORDED, rows)

    def observations(self, within: list[int], count: int | None = None) -> list[Observation]:
        found = trail(self.object, within, known_at=self.known_at)[:count]
        if not self.known_at:
            return list(found)
        names = {department.pk: department for department in self.departments()}
        for row in found:
            row.department = names.get(row.department_id, row.department)
        return [as_known(row, self.known_at) for row in found]

    def within(self, places, chosen) -> list[int]:
        """The departments whose observations a number of the chosen one is made of, as far as this user reaches."""
        if self.object.over_departments == "none" and not self.object.is_formula:
            return [chosen.pk]
        then = {"at": self.known_at}
        below = knowledge.below(chosen, **then) if self.known_at else Department.objects.below([chosen]).values("pk")
        reachable = Department.objects.reachable_by(self.request.user, on=timezone.localdate())
        return list(reachable.filter(pk__in=below).values_list("pk", flat=True))

    def restated(self, places, found):
        periods, within = [cell.period for cell in found.cells], self.within(places, found.department)
        figures = Figures(found.kpi, found.department.pk, found.grain, periods, within, found.evaluation.workings)
        return restated(found.cells, figures, calendar=found.calendar, known_at=self.known_at)

    def revisions(self, found, restated):
        until = self.known_at or timezone.now()
        return revisions(found, restated, until=until, within=reach(self.request.user))

    def download_revisions(self, kind, places, found):
        made = self.revisions(found, self.restated(places, found))
        header = ["period", "from", *(f"known on {timezone.localdate(at)}" for at in made.moments), "restated from"]
        rows = [
            [
                found.calendar.label(row.cell.period, found.grain),
                row.cell.period,
                *(each.value for each in row.known),
                row.restated.was if row.restated else None,
            ]
            for row in made.rows
        ]
        return exports.download(kind, f"{found.kpi.code}-{found.department.slug}-{found.grain}-revisions", header, rows)

    def made_of(self, found) -> list[tuple[Kpi, bool]]:
        """What the formula speaks of, and whether this user may look at it."""
        codes = {code for version in found.formulas for code in version.codes}
        known = found.evaluation.workings.kpis
        kpis = sorted((known[code] for code in codes if code in known), key=lambda kpi: (kpi.position, kpi.name))
        reachable = set(self.get_queryset().filter(code__in=codes)) if codes else ()
        return [(each, each in reachable) for each in kpis]

    def row(self, cell, judged, found, restated) -> list:
        made_of = [cell.reading.numerator, cell.reading.denominator] if cell.reading else [None, None]
        goal = cell.goal or (None, None)
        reporting = cell.reading.reporting if cell.reading else 0
        label = found.calendar.label(cell.period, found.grain)
        limits = [judged.limits.centre, judged.limits.lower, judged.limits.upper] if judged.limits else [None] * 3
        said = [judged.kind(found.kpi.direction), ", ".join(RULES[flag.rule] for flag in judged.flags)]
        said += [restated.was if restated else None]
        said += [note_at(cell, judged, found, self.notes)]
        said += [", ".join(title for _, title in happened_in(cell, found, self.happened))]
        return [label, cell.period, cell.value, *made_of, *goal, reporting, cell.expected, *limits, *said]

    def ranges(self, points, found, look, above) -> dict | None:
        """The chart of moving ranges, where it is asked for; its periods stand below those of the chart above it."""
        if not asked_choice(self.request.GET, "ranges", ["1"]):
            return None
        look = look | {"unit": of_differences(look["unit"])}
        drawn = range_points(points, spc.moving_ranges(found.points))
        figure = line_figure(drawn, title="moving range", **look)
        figure["layout"]["margin"]["r"] = above["layout"]["margin"]["r"]
        figure["layout"]["xaxis"]["range"] = above["layout"]["xaxis"]["range"]
        return {"points": drawn[::-1], "words": ranges_in_words(drawn, **look), "figure": figure}

    def topics(self, found) -> dict:
        """What is spoken of, by period."""
        about = {"kpi": found.kpi.pk, "department": found.department.pk, "grain": found.grain}
        topics = PeriodTopic.objects.filter(**about).with_counts(at=self.known_at)
        return {topic.period: topic for topic in topics}

    def get_context_data(self, **kwargs):
        places, grains, found = self.asked()
        kpi = found.kpi
        points, within = points_of(found, found.calendar, self.notes), self.within(places, found.department)
        here, drawn = [happened_in(cell, found, self.happened) for cell in found.cells], happenings(self.happened)
        look = {"unit": kpi.unit, "decimals": kpi.decimals}
        figure = line_figure(points, title=kpi.name, **look, marks=marks(found), happenings=drawn)
        at = "on" if found.grain is Grain.DAY else "in"
        restated = self.restated(places, found)
        is_asked = asked_choice(self.request.GET, "revisions", ["1"])
        return super().get_context_data(
            kpi=kpi,
            places=places,
            grains=grains,
            series=found,
            points=list(reversed(list(zip(points, found.cells, here, strict=True)))),
            happened=list(zip(drawn, self.happened, strict=True)),
            noted=any(point.note and point.value is not None for point in points),
            ranges=self.ranges(points, found, look, figure),
            words=series_in_words(
                points, **look, at=at, not_reported=found.not_reported, behaviour=behaviour(points, found, look)
            ),
            figure=figure,
            beyond=beyond_in_words(points, **look),
            trail=self.observations(within, count=TRAIL),
            measured_by=self.measured_by(places),
            changes=changes(kpi, places, known_at=self.known_at),
            today=self.day,
            restated=restated,
            topics=self.topics(found),
            revisions=self.revisions(found, restated) if is_asked else None,
            formulas=list(reversed(found.formulas)),
            made_of=self.made_of(found),
            may_change=not self.known_at and bool(writable(self.request.user, kpi)),
            **kwargs,
        )
