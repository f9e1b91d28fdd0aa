from django.http import Http404
from django.utils import timezone

from issues.models import Issue
from issues.views.effects import MeasureStart
from meetings.models import Decision
from meetings.services.agenda import MeetingRefused
from meetings.services.deciding import measure_effect
from meetings.views.running import OfAMeeting


class DecisionMeasure(OfAMeeting, MeasureStart):
    """By which KPI it will be told whether a decision of a meeting worked."""

    def found_issue(self) -> Issue | None:
        found = Decision.objects.current().filter(item__meeting=self.meeting, pk=self.kwargs["decision"])
        self.decision = found.select_related("item").first()
        if self.decision is None:
            raise Http404
        self.item_asked(self.decision.item_id)
        reachable = Issue.objects.reachable_by(self.request.user, on=self.on).select_related("kpi", "owner")
        return reachable.filter(pk=self.decision.item.issue_id).first()

    def get_initial(self):
        found = super().get_initial() | {"what": self.decision.words[:140]}
        return found | ({"look_on": self.decision.revisit_on} if self.decision.revisit_on else {})

    def form_valid(self, form):
        try:
            return super().form_valid(form)
        except MeetingRefused as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)

    def take(self, taken):
        return measure_effect(self.decision, taken, by=self.request.user, at=timezone.now())
