from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.generic import FormView

from departments import tasks as deliveries
from departments.mixins import Partial
from departments.models import Department
from issues.forms import IssueForm
from issues.models import Agreement
from issues.models.issue import TITLE
from issues.selectors.raisers import raising_for
from issues.services.moving import Raised, raise_issue
from kpis.models import Kpi, Signal

CARRIED = ["title", "needed", "severity", "raiser", "owner", "kpi"]  # what an address may propose


def asked_origin(params) -> dict:
    """The page that something is raised or promised from, as an address names it; nothing where it names none."""
    path, words = (params.get(name, "").strip() for name in ("from", "from_words"))
    if not leads_inside(path) or len(path) > 500 or not words or "\0" in words:
        return {}
    return {"origin": words[:160], "origin_url": path}


def chosen(departments: list[Department], slug: str | None) -> Department | None:
    return next((each for each in departments if each.slug == slug), None)


def leads_inside(path: str) -> bool:
    """Whether every browser takes it for a page of Opsroom: some read a backslash as a slash, and pass over a tab."""
    is_path = path.startswith("/") and path.isprintable() and "\\" not in path
    return is_path and url_has_allowed_host_and_scheme(path, allowed_hosts=None)


class Raising(Partial, FormView):
    """An issue is raised: by itself, or from a signal or another page, which hands its context on."""

    form_class = IssueForm
    template_name = "issues/raising.html"
    partial_name = "issues/_raising.html"

    def dispatch(self, request, *args, **kwargs):
        self.on = timezone.localdate()
        self.raisers = raising_for(request.user, on=self.on)
        if not self.raisers:
            raise PermissionDenied("Issues are raised by departments: you work in none.")
        self.owners = list(Department.objects.live(on=self.on).by_name())
        self.signal = self.found_signal()
        return super().dispatch(request, *args, **kwargs)

    def found_signal(self) -> Signal | None:
        asked = self.request.GET.get("signal", "")
        if not asked:
            return None
        reachable = Signal.objects.reachable_by(self.request.user, on=self.on).select_related("kpi", "department")
        return get_object_or_404(reachable, pk=asked if asked.isdecimal() and len(asked) < 19 else 0)

    def get_initial(self):
        asked = {name: self.request.GET[name] for name in CARRIED if self.request.GET.get(name)}
        if self.signal:
            asked = {
                "kpi": self.signal.kpi.code,
                "raiser": self.signal.department.slug,
                "title": f"{self.signal.kpi}: {self.signal.get_kind_display().lower()}"[:TITLE],
                **asked,
            }
        return asked | self.proposed(asked)

    def proposed(self, asked: dict) -> dict:
        """From whom: the reader's own department, where the address names another; that one is asked to help then."""
        raiser, owner = asked.get("raiser"), asked.get("owner", "")
        if chosen(self.raisers, raiser):
            return {}
        own = chosen(self.raisers, getattr(self.request.user.department, "slug", None)) or self.raisers[0]
        return {"raiser": own.slug, "owner": raiser if chosen(self.owners, raiser) else owner}

    def get_form_kwargs(self):
        kwargs = super().get_form_kwargs()
        given = kwargs.get("data") or kwargs["initial"]
        reachable = Department.objects.reachable_by(self.request.user, on=self.on)
        kpis = Kpi.objects.live(on=self.on).measured_in(reachable).by_name()
        kpis = kpis if not self.signal else (kpis | Kpi.objects.filter(pk=self.signal.kpi_id)).distinct()
        return kwargs | {
            "raisers": self.raisers,
            "owners": [each for each in self.owners if len(self.raisers) > 1 or each not in self.raisers],
            "kpis": kpis,
            "on": self.on,
            "agreement": self.agreement(given),
        }

    def agreement(self, given) -> Agreement | None:
        raiser, owner = chosen(self.raisers, given.get("raiser")), chosen(self.owners, given.get("owner"))
        return Agreement.objects.current().of_pair(raiser, owner).first() if raiser and owner else None

    def origin(self) -> dict:
        """What it is raised from, as the address says it: a path within Opsroom and what that is called."""
        if self.signal:
            words = f"{self.signal.kpi}, {self.signal.department}: {self.signal.get_kind_display().lower()}"
            return {"origin": words[:160], "origin_url": reverse("kpis:signal", args=[self.signal.pk])}
        return asked_origin(self.request.GET)

    def get_context_data(self, **kwargs):
        return super().get_context_data(origin=self.origin(), query=self.kept(), **kwargs)

    def kept(self) -> str:
        """The part of the address that says where it is raised from."""
        names = [name for name in ("signal", "from", "from_words") if self.request.GET.get(name)]
        return urlencode({name: self.request.GET[name] for name in names})

    def form_valid(self, form):
        said = Raised(**form.said, signal=self.signal, **self.origin())
        issue = raise_issue(said, by=self.request.user, at=timezone.now())
        deliveries.wake()
        return HttpResponseRedirect(reverse("issues:issue", args=[issue.pk]))
