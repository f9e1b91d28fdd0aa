from datetime import date

from django.db.models import Prefetch, Q
from django.utils import timezone
from django.views.generic import ListView

from departments.mixins import Partial, Scoped
from departments.models import Department
from kpis import exports
from kpis.asked import asked_choice, asked_words
from kpis.conditional import Conditional
from kpis.models import Assignment, Kpi
from kpis.moment import AsKnown
from kpis.selectors import knowledge
from kpis.selectors.book import Book


class KpiList(AsKnown, Conditional, Scoped, Partial, ListView):
    model = Kpi
    template_name = "kpis/list.html"
    partial_name = "kpis/_list.html"
    paginate_by = 50
    header = ["code", "name", "owner", "category", "unit", "direction", "cadence", "over time", "over departments"]

    def get_queryset(self):
        on, asked = timezone.localdate(), self.request.GET
        self.shown = self.departments()
        words = asked_words(asked, "q")
        slug = asked_choice(asked, "department", [d.slug for d in self.shown])
        category = asked_choice(asked, "category", Kpi.Category.values)
        kpis = super().get_queryset()
        if self.known_at:
            return self.then(set(kpis.values_list("pk", flat=True)), words, slug, category)
        reachable = Department.objects.reachable_by(self.request.user, on=on)
        now = Assignment.objects.on(on).filter(department__in=reachable).select_related("department")
        kpis = kpis.select_related("owner").by_name()
        kpis = kpis.prefetch_related(Prefetch("assignments", queryset=now, to_attr="measured_now"))
        if words:
            kpis = kpis.filter(Q(name__icontains=words) | Q(code__icontains=words) | Q(description__icontains=words))
        if slug:
            kpis = kpis.measured_in(reachable.filter(slug=slug))
        return kpis.filter(category=category) if category else kpis

    def then(self, reachable: set[int], words: str, slug: str | None, category: str | None) -> list[Kpi]:
        """As they were defined, and who measured them, as it was known; what was defined later is not there."""
        departments = {d.pk: d for d in knowledge.departments(at=self.known_at)}
        defined = knowledge.kpis(at=self.known_at, owners=departments, live_on=date.min)
        found = [kpi for kpi in knowledge.speaking_of(defined, words) if kpi.pk in reachable]
        book = Book(departments.values(), found, on=self.day, known_at=self.known_at)
        shown, made = {d.pk for d in self.shown}, []
        for kpi in found:
            stays = [stay for stay in book.assignments[kpi.pk] if stay.department in shown]
            measured_in = {departments[stay.department].slug for stay in stays}
            if category in (None, kpi.category) and (slug is None or slug in measured_in):
                now = [departments[stay.department] for stay in stays if stay.holds(self.day, self.day)]
                kpi.measured_now = [Assignment(department=department) for department in now]
                made.append(kpi)
        return made

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            departments=self.shown,
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
