from urllib.parse import quote

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.generic import TemplateView

from departments.discussion import discussion
from departments.models.department import Reach
from departments.views.threads import ThreadPage
from issues.drawing import course
from issues.models import Commitment, Issue, Risk, RiskTopic
from issues.risk_forms import ClosingForm
from issues.scales import REVIEWED_EVERY, severity
from issues.selectors.commitments import listed
from issues.selectors.raisers import raising_for
from issues.selectors.risks import Rated, rated
from kpis.moment import AsKnown, reach
from kpis.selectors.judged import shown_at
from kpis.selectors.series import series

LATEST = 13  # values of the indicator
ROOM = 1200  # of an address, for what is needed: web servers take some 4,000 characters in all


def within_reach(request, pk, *, reach=Reach.READ) -> Risk:
    reachable = Risk.objects.reachable_by(request.user, on=timezone.localdate(), reach=reach)
    return get_object_or_404(reachable.select_related("department", "owner", "kri", "kri_department"), pk=pk)


def writes(user, risk: Risk) -> bool:
    return Risk.objects.reachable_by(user, on=timezone.localdate(), reach=Reach.WRITE).filter(pk=risk.pk).exists()


class RiskPage:
    """A risk with all that is known of it; `closing` is a form that was refused."""

    def page(self, risk: Risk, *, known_at=None, closing=None) -> dict:
        now, today, user = timezone.now(), timezone.localdate(known_at), self.request.user
        found = rated(Risk.objects.filter(pk=risk.pk).rated(at=known_at), known_at=known_at)
        if not found:
            raise Http404
        seen = found[0]
        scores = list(seen.risk.scores.known_at(known_at).select_related("by").order_by("number"))
        may_write = known_at is None and writes(user, risk)
        return {
            "risk": seen.risk,
            "rated": seen,
            "scores": scores,
            "course": course(
                [(s.at, s.inherent, s.residual) for s in scores], until=known_at or now, appetite=seen.appetite
            ),
            "went": went(scores),
            "every": REVIEWED_EVERY[seen.residual.level].days // 7,
            "waits_since": seen.waits_since(today),
            "today": today,
            "indicator": self.indicator(seen, known_at=known_at),
            "issues": self.issues(risk, known_at=known_at),
            "changes": changes(risk, known_at=known_at),
            "happened": self.happened(seen) if not known_at and not seen.closure else "",
            "commitments": listed(self.treatments(risk), on=today, known_at=known_at),
            "may_commit": may_write and not seen.closure,
            "treating": urlencode({"risk": risk.pk}),
            "may_write": may_write,
            "closing": closing or (ClosingForm() if may_write and not seen.closure else None),
            "bound": closing,
            "discussion": discussion(RiskTopic.objects.about(risk=risk), reader=user, at=now, known_at=known_at),
        }

    def treatments(self, risk: Risk):
        """What was promised to lower it."""
        reachable = Commitment.objects.reachable_by(self.request.user, on=timezone.localdate())
        return reachable.filter(risk=risk).soonest_first()

    def indicator(self, seen: Rated, *, known_at):
        """The KPI's series, its last values alone; None where there is none, or out of this reader's reach."""
        risk, on, user = seen.risk, timezone.localdate(known_at), self.request.user
        within = reach(user)
        if risk.kri is None or (within is not None and risk.kri_department_id not in within):
            return None
        then = {"known_at": known_at, "within": within} if known_at else {}
        found = series(risk.kri, risk.kri_department, grain=shown_at(risk.kri), on=on, **then)
        shown = found.cells[-LATEST:]
        marks = [
            "" if point.value is None or (kind := point.kind(found.kpi.direction)) == "common_cause" else str(kind)
            for point in found.points[-LATEST:]
        ]
        return {"series": found, "values": [cell.value for cell in shown], "marks": marks}

    def issues(self, risk: Risk, *, known_at):
        found = Issue.objects.reachable_by(self.request.user, on=timezone.localdate()).filter(origin_url=risk.url)
        found = found.filter(raised_at__lte=known_at) if known_at else found
        return list(found.select_related("owner").order_by("-pk"))

    def happened(self, seen: Rated) -> str:
        """Where it is raised as an issue, with what is known already; "" for who raises none."""
        raisers, risk = raising_for(self.request.user, on=timezone.localdate()), seen.risk
        if not raisers:
            return ""
        known = {
            "title": fitted(risk.title, ROOM // 3),
            "needed": fitted(f"It happened that {risk.event}. To be expected: {risk.effect}.", ROOM),
            "severity": severity(seen.inherent.impact),
            "from": risk.url,
            "from_words": fitted(f"Risk: {risk}", ROOM // 3),
        }
        if risk.department in raisers:
            known["raiser"] = risk.department.slug
        return f"{reverse('issues:raise')}?{urlencode(known)}"


def fitted(text: str, room: int) -> str:
    """As much of a text as an address has room for."""
    while len(quote(text)) > room:
        text = text[: len(text) * 9 // 10].rstrip(" .…") + "…"
    return text


def went(scores) -> str:
    """One sentence on how the residual score went."""
    first, last = scores[0], scores[-1]
    if len(scores) == 1:
        return f"Rated once: {last.residual.points}, {last.residual.level}."
    begun = f"Rated {len(scores)} times since {timezone.localtime(first.at):%-d %b %Y}"
    lowest, highest = (how(s.residual.points for s in scores) for how in (min, max))
    if lowest == highest:
        return f"{begun}, always {last.residual.points}, {last.residual.level}."
    return (
        f"{begun}: from {first.residual.points} to {last.residual.points} ({last.residual.level}),"
        f" lowest {lowest}, highest {highest}."
    )


def changes(risk: Risk, *, known_at) -> list:
    """How it was put before, the newest first."""
    versions = risk.history.select_related("history_user", "owner").order_by("-history_id")
    versions = versions.filter(history_date__lte=known_at) if known_at else versions
    return list(versions[1:21])


class RiskDetail(AsKnown, RiskPage, TemplateView):
    template_name = "risks/risk.html"

    def get_context_data(self, **kwargs):
        risk = within_reach(self.request, self.kwargs["pk"])
        return super().get_context_data(**self.page(risk, known_at=self.known_at), **kwargs)


class RiskComments(ThreadPage):
    def topic_asked(self):
        return RiskTopic.objects.about(risk=within_reach(self.request, self.kwargs["pk"]))
