from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.generic import FormView, TemplateView

from departments.models import Department
from departments.models.department import Reach
from issues.forms import AgreementForm
from issues.models import Agreement
from issues.selectors.agreements import kept
from issues.services.agreeing import TERMS, AgreedSince, agree
from issues.services.keeping import CODE
from kpis.models import Kpi

RECENT = timedelta(weeks=13)


class Agreements(TemplateView):
    """All agreements; to read for everybody, for they say what one may expect."""

    template_name = "issues/agreements.html"

    def dispatch(self, request, *args, **kwargs):
        self.on = timezone.localdate()
        places = Department.objects.live(on=self.on).by_name()
        self.places = {each.slug: each for each in places}
        mine = Department.objects.reachable_by(request.user, on=self.on, reach=Reach.WRITE).live(on=self.on)
        self.mine = set(mine.values_list("slug", flat=True))
        asked = {name: request.GET.get(name, "") for name in ("raiser", "owner")}
        if asked["owner"] in self.mine and asked["raiser"] in self.places and asked["raiser"] != asked["owner"]:
            return redirect("issues:agreement", asked["raiser"], asked["owner"])
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        found = Agreement.objects.current().select_related("raiser", "owner")
        found = found.order_by("owner__position", "owner__name", "raiser__position", "raiser__name")
        return super().get_context_data(
            rows=kept(found, since=timezone.now() - RECENT),
            kpi=Kpi.objects.filter(code=CODE).first(),
            places=self.places.values(),
            owners=[each for slug, each in self.places.items() if slug in self.mine],
            asked=self.request.GET,
            **kwargs,
        )


class AgreementPage(FormView):
    """What the owner promises who raises issues to it: written by the owner's head, or the COO."""

    form_class = AgreementForm
    template_name = "issues/agreement.html"

    def dispatch(self, request, *args, **kwargs):
        on = timezone.localdate()
        self.raiser, self.owner = (get_object_or_404(Department, slug=kwargs[name]) for name in ("raiser", "owner"))
        if self.raiser == self.owner:
            raise Http404
        writable = Department.objects.reachable_by(request.user, on=on, reach=Reach.WRITE)
        self.may_write = writable.filter(pk=self.owner.pk).exists()
        if request.method == "POST" and not self.may_write:
            raise PermissionDenied(f"What {self.owner} promises is written by its head or the COO.")
        pair = Agreement.objects.of_pair(self.raiser, self.owner).select_related("recorded_by", "superseded_by")
        self.stands = pair.current().first()
        self.before = pair.exclude(superseded_at=None).order_by("-recorded_at", "-pk")[:20]
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"instance": Agreement(**self.terms())}

    def terms(self) -> dict:
        return {name: getattr(self.stands, name) for name in TERMS} if self.stands else {}

    def get_initial(self):
        return {"was": self.stands and self.stands.pk}

    def get_context_data(self, **kwargs):
        pair = {"raiser": self.raiser, "owner": self.owner, "may_write": self.may_write}
        return super().get_context_data(**pair, stands=self.stands, before=self.before, **kwargs)

    def post(self, request, *args, **kwargs):
        return self.end(request.POST.get("was", "")) if "end" in request.POST else super().post(request)

    def end(self, was: str):
        """Whatever else the form says: only which agreement was looked at counts."""
        stood = int(was) if was.isdecimal() and len(was) < 19 else None
        try:
            agree(self.raiser, self.owner, instead_of=stood, by=self.request.user, at=timezone.now())
        except AgreedSince as error:
            messages.error(self.request, f"{error.what} It was not ended.")
            return HttpResponseRedirect(self.request.path)
        messages.success(self.request, "Agreement ended.")
        return HttpResponseRedirect(reverse("issues:agreements"))

    def form_valid(self, form):
        terms = {name: form.cleaned_data[name] for name in TERMS}
        was = form.cleaned_data["was"]
        try:
            agree(self.raiser, self.owner, instead_of=was, by=self.request.user, at=timezone.now(), **terms)
        except AgreedSince as error:
            form.add_error(None, str(error))
            form.data = form.data.dict() | {"was": self.stands.pk if self.stands else ""}
            return self.form_invalid(form)
        messages.success(self.request, "Agreement recorded.")
        return HttpResponseRedirect(reverse("issues:agreements"))
