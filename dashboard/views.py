import sys
from datetime import date

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Q
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.defaults import page_not_found, server_error
from django.views.generic import DetailView, TemplateView
from drf_spectacular.generators import SchemaGenerator

from dashboard.reference import operations
from dashboard.selectors.department import dealings
from dashboard.selectors.overview import COUNTED, LISTED, overview
from dashboard.status import status
from departments.mixins import Scoped
from departments.models import Department, Headship, User
from departments.models.department import Reach
from issues.models import Commitment, Issue, Measure, Risk
from issues.selectors import commitments, listed
from kpis import exports
from kpis.asked import asked_choice, asked_day, asked_words
from kpis.conditional import Conditional
from kpis.models import CalendarDay, Kpi
from kpis.moment import AsKnown, reach
from kpis.navigation import Navigation
from kpis.periods import Grain
from kpis.selectors import knowledge
from kpis.selectors.judged import owned_by
from kpis.selectors.scorecard import scorecard
from kpis.selectors.series import newest_date
from kpis.templatetags.show import STATUSES
from kpis.views.recorded import stamp
from meetings import weeks
from meetings.models import WeeklyStatus
from meetings.selectors.history import speaking_of
from meetings.selectors.spoken import spoken_of
from meetings.selectors.week import Week


def home(request):
    """Everybody's first screen: the overview, or the department one leads or belongs to."""
    today = timezone.localdate()
    led = next(iter(request.user.led(on=today)), None)
    if request.user.role == request.user.Role.STAFF:
        own = led.department if led else request.user.department
        return redirect("departments:detail", slug=own.slug) if own else redirect("kpis:list")
    return redirect("overview")


def shown_upto(view):
    """The day a page is asked for: there is nothing to see yet of days to come, and the newest known is shown."""
    return min(asked_day(view.request.GET, "on", view.day), view.day)


class Overview(AsKnown, Conditional, TemplateView):
    template_name = "dashboard/overview.html"

    def dispatch(self, request, *args, **kwargs):
        if not request.user.reads_everything(on=timezone.localdate()):
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def asked(self):
        on, upto = self.day, shown_upto(self)
        reachable = Department.objects.reachable_by(self.request.user, on=timezone.localdate())
        found = overview(reachable, on=on, upto=upto, known_at=self.known_at)
        self.request.reachable = found.departments if found else []  # the rail shows them, too
        return on, upto, found

    def get(self, request, *args, **kwargs):
        kind, table = kwargs.get("kind"), kwargs.get("table")
        if kind is None:
            return super().get(request, *args, **kwargs)
        _, _, found = self.asked()
        if table == "kpis":
            return exports.download(kind, "kpis-latest", ["department", *COLUMNS], list(latest(found)) if found else [])
        return exports.download(kind, "departments", DEPARTMENTS, [row_of(row) for row in found.rows] if found else [])

    def get_context_data(self, **kwargs):
        on, upto, found = self.asked()
        navigation = found and Navigation(self.request, found.calendar, found.grain, upto=upto, on=on)
        if found:
            found.tell_restated(found.figures + found.changed[:LISTED])
        return super().get_context_data(
            overview=found,
            navigation=navigation,
            newest=None if self.known_at or (found and found.has_values) else newest_date(),
            may_write=self.request.user.writes_everything and not self.known_at,
            administrators=[] if found else User.objects.employed(on=on).filter(role="administrator").by_name(),
            **kwargs,
        )


class Counted(Overview):
    """The lines that a number of the overview counts."""

    template_name = "dashboard/counted.html"

    def chosen(self):
        _, upto, found = self.asked()
        everywhere = [row.department for row in found.rows] if found else []
        what = asked_choice(self.request.GET, "counted", COUNTED, "due")
        slug = asked_choice(self.request.GET, "department", [department.slug for department in everywhere])
        department = next((each for each in everywhere if each.slug == slug), None)
        lines = found.counted(what, [department] if department else everywhere) if found else []
        return upto, found, what, department, lines

    def get(self, request, *args, **kwargs):
        kind = kwargs.get("kind")
        if kind is None:
            return self.render_to_response(self.get_context_data(**kwargs))
        _, found, what, _, lines = self.chosen()
        rows = [[line.department.name, *line_of(line, shown(line), found.calendar)] for line in lines]
        return exports.download(kind, f"counted-{what}", ["department", *COLUMNS], rows)

    def get_context_data(self, **kwargs):
        upto, found, what, department, lines = self.chosen()
        if found:
            found.tell_restated(lines)
        return super(Overview, self).get_context_data(
            overview=found,
            upto=upto,
            what=COUNTED[what],
            department=department,
            lines=lines,
            **kwargs,
        )


DEPARTMENTS = [
    "department", "reported health", "data say", "status sent", "on target", "judged", "keeps missing", "concerns",
    "reported", "due", "head", "fte",
]  # fmt: skip
COLUMNS = [
    "kpi", "name", "unit", "owner", "target from", "target to", "grain", "period", "from", "value", "standing",
    "verdict", "variation", "assurance", "signal",
]  # fmt: skip


def row_of(row) -> list:
    counts = [row.on_target, len(row.judged), len(row.keeps_missing), len(row.concerns), row.reported, len(row.due)]
    status = row.status
    said = [status and status.get_health_display(), row.data.short, status and stamp(status.sent_at)]
    return [row.department.name, *said, *counts, row.head and str(row.head), row.fte]


def latest(found):
    """Each KPI of each department in its latest period, the agency's first."""
    for line in found.own + [line for line in found.lines if line.department != found.agency]:
        yield [line.department.name, *line_of(line, shown(line), found.calendar)]


def shown(line):
    """The period in which a value was due last."""
    return line.latest or line.cells[-1]


def line_of(line, cell, calendar) -> list:
    kpi, goal = line.kpi, cell.goal or (None, None)
    label = calendar.label(cell.period, line.grain)
    verdict, behaviour = line.word or STATUSES[line.kind], line.behaviour
    sign = next((sign for each, sign in line.signed if each.period == cell.period), None)
    return [
        kpi.code, kpi.name, kpi.unit, line.owned_by, *goal, line.grain, label, cell.period, cell.value,
        cell.standing if cell.over else "running",
        verdict, *(behaviour[1:3] if behaviour else ("", "")), sign.in_words if sign else "",
    ]  # fmt: skip


class DepartmentDetail(AsKnown, Conditional, Scoped, DetailView):
    model = Department
    template_name = "dashboard/department.html"
    shows_clocks = True

    def get_object(self, queryset=None):
        return self.as_then(super().get_object(queryset))

    def asked(self):
        grain = asked_choice(self.request.GET, "grain", [g for g in Grain if g is not Grain.DAY])
        return self.day, shown_upto(self), grain

    def scorecard(self, department, *, on, upto, grain):
        then = {"known_at": self.known_at, "within": reach(self.request.user)} if self.known_at else {}
        return scorecard(department, on=on, upto=upto, grain=grain, **then)

    def led_by(self, department, on) -> list[Headship]:
        if not self.known_at:
            return list(department.headships.on(on).select_related("user"))
        return [each for each in knowledge.leads(at=self.known_at, on=on) if each.department_id == department.pk]

    def newest_status(self, upto) -> WeeklyStatus | None:
        found = WeeklyStatus.objects.known_at(self.known_at).filter(department=self.object, week__lte=upto)
        return found.select_related("recorded_by").newest_first().first()

    def get(self, request, *args, **kwargs):
        kind = kwargs.get("kind")
        if kind is None:
            return super().get(request, *args, **kwargs)
        department = self.get_object()
        on, upto, grain = self.asked()
        rows = exported(self.scorecard(department, on=on, upto=upto, grain=grain), CalendarDay.objects.calendar())
        return exports.download(kind, f"{department.slug}-scorecard", COLUMNS, rows)

    def get_context_data(self, **kwargs):
        on, upto, grain = self.asked()
        department, user = self.object, self.request.user
        tables = self.scorecard(department, on=on, upto=upto, grain=grain)
        calendar = CalendarDay.objects.calendar()
        finest = tables[0].grain if tables else grain or Grain.WEEK
        headships = self.led_by(department, on)
        writable = Department.objects.reachable_by(user, on=timezone.localdate(), reach=Reach.WRITE)
        is_empty = all(line.is_silent for table in tables for line in table.lines)
        newest = newest_date(department) if is_empty and not self.known_at else None
        head = next((h for h in headships if h.kind == "head"), None)
        may_write = not self.known_at and writable.filter(pk=department.pk).exists()
        found = None if self.known_at else dealings(department, on=on, at=timezone.now())
        return super().get_context_data(
            tables=tables,
            dealings=found if found and found.are_any else None,
            running=any(table.is_running for table in tables),
            calendar=calendar,
            grain=grain,
            grains=[g for g in Grain if g is not Grain.DAY],
            head=head,
            owned_by=owned_by(department, head and head.user),
            deputy=next((h for h in headships if h.kind == "deputy"), None),
            people=department.staff.employed(on=on).count(),
            may_write=may_write,
            status=self.newest_status(upto),
            week=Week(department, weeks.week_of(on), on) if may_write and department.parent_id else None,
            navigation=Navigation(self.request, calendar, finest, upto=upto, on=on),
            newest=newest,
            **kwargs,
        )


def exported(tables, calendar) -> list[list]:
    return [line_of(line, cell, calendar) for table in tables for line in table.lines for cell in line.cells]


def spoken(status: WeeklyStatus, words: str) -> str:
    texts = [item.text for item in status.items.all()] + [status.need]
    texts += [review.reason for review in status.reviews.all()]
    within = words.lower()
    return "" if within in status.headline.lower() else next((text for text in texts if within in text.lower()), "")


class Search(AsKnown, TemplateView):
    template_name = "dashboard/search.html"

    def get_context_data(self, **kwargs):
        words = asked_words(self.request.GET, "q")
        departments, kpis = self.found(words) if words else ([], [])
        found = {"departments": departments[:20], "kpis": kpis[:50], "statuses": self.statuses(words) if words else []}
        found |= self.between(words) if words and not self.known_at else {}
        return super().get_context_data(words=words, **found, **kwargs)

    def statuses(self, words) -> list[tuple[WeeklyStatus, str]]:
        """The newest that speak of it, each with the text that does, where that is not its headline."""
        reachable = WeeklyStatus.objects.known_at(self.known_at)
        reachable = reachable.reachable_by(self.request.user, on=timezone.localdate())
        found = (
            speaking_of(reachable, words)
            .newest_first()
            .select_related("department")
            .prefetch_related("items", "reviews")
        )
        then = {department.pk: department for department in self.departments()} if self.known_at else {}
        for each in (found := list(found[:20])):
            each.department = then.get(each.department_id, each.department)
        return [(each, spoken(each, words)) for each in found]

    def between(self, words) -> dict:
        """Issues, commitments, risks, measures and meetings as they stand now."""
        reach = {"user": self.request.user, "on": timezone.localdate()}
        about = Q(title__icontains=words) | Q(cause__icontains=words) | Q(event__icontains=words)
        risks = Risk.objects.reachable_by(**reach).filter(about | Q(effect__icontains=words))
        promised = commitments.speaking_of(
            Commitment.objects.reachable_by(**reach), words, reader=self.request.user, on=reach["on"]
        )
        measures = Measure.objects.reachable_by(**reach).standing().filter(what__icontains=words).newest_first()
        return {
            "spoken": spoken_of(words, reader=self.request.user, on=reach["on"]),
            "measures": measures.select_related("kpi", "department")[:20],
            "issues": listed.speaking_of(Issue.objects.reachable_by(**reach), words).order_by("-pk")[:20],
            "commitments": promised.select_related("who").order_by("-pk")[:20],
            "risks": risks.select_related("department").order_by("title", "pk")[:20],
        }

    def found(self, words):
        on, user = timezone.localdate(), self.request.user
        reachable = Kpi.objects.reachable_by(user, on=on)
        if self.known_at:
            departments, within = self.departments(), set(reachable.values_list("pk", flat=True))
            kpis = knowledge.kpis(at=self.known_at, owners={d.pk: d for d in departments}, live_on=date.min)
            kpis = [kpi for kpi in knowledge.speaking_of(kpis, words) if kpi.pk in within]
            return [each for each in departments if words.lower() in each.name.lower()], kpis
        kpis = reachable.filter(Q(name__icontains=words) | Q(code__icontains=words) | Q(description__icontains=words))
        departments = Department.objects.reachable_by(user, on=on).filter(name__icontains=words)
        return departments.by_name(), kpis.select_related("owner").by_name()


class ApiReference(TemplateView):
    template_name = "dashboard/api.html"

    def get_context_data(self, **kwargs):
        schema = SchemaGenerator().get_schema(request=None, public=True)
        return super().get_context_data(operations=operations(schema), **kwargs)


@method_decorator(never_cache, name="dispatch")
class Statusz(TemplateView):
    template_name = "dashboard/statusz.html"

    def dispatch(self, request, *args, **kwargs):
        if request.user.role == request.user.Role.STAFF:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get(self, request, *args, **kwargs):
        found = status(at=timezone.now())
        if request.GET.get("format") == "json" or not request.accepts("text/html"):
            return JsonResponse(found.as_json)
        return self.render_to_response(self.get_context_data(status=found))


@login_not_required
def livez(request):
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
def readyz(request):
    """Whether this process can answer: the database does, and its tables are those the code expects."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM kpis_calendar WHERE day = %s", [timezone.localdate()])
        (days,) = cursor.fetchone()
    return JsonResponse({"database": days == 1}, status=200 if days else 503)


def bad_request(request, exception):
    said = str(exception) if isinstance(exception, BadRequest) else ""
    if asks_the_api(request):
        return JsonResponse({"detail": said or "This request could not be read."}, status=400)
    return render(request, "400.html", {"said": said}, status=400)


def not_found(request, exception):
    if asks_the_api(request):
        return JsonResponse({"detail": "Not found."}, status=404)
    return page_not_found(request, exception)


def broke(request):
    """Django calls this with the exception in hand; where the database is away or busy, that is no fault of ours."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return unavailable(request)
    if asks_the_api(request):
        return JsonResponse({"detail": "Something broke."}, status=500)
    return server_error(request)


def unavailable(request):
    if asks_the_api(request):
        answer = JsonResponse({"detail": "The database does not answer just now. Send it again in a minute."})
    else:
        answer = HttpResponse(render_to_string("503.html"))  # without a request: who asks is in the database, too
    answer.status_code = 503
    answer["Retry-After"] = "30"
    return answer


def asks_the_api(request) -> bool:
    return request.path.startswith("/api/")
