from django.views.generic import TemplateView

from kpis.asked import asked_choice
from kpis.charts import CHANGE_THE_PROCESS
from kpis.conditional import Conditional
from kpis.models import CalendarDay
from kpis.moment import AsKnown, reach
from kpis.selectors.matrix import matrix


class Matrix(AsKnown, Conditional, TemplateView):
    template_name = "kpis/matrix.html"

    def get_context_data(self, **kwargs):
        departments = self.departments()
        slug = asked_choice(self.request.GET, "department", [d.slug for d in departments])
        chosen = [d for d in departments if slug in (None, d.slug)]
        return super().get_context_data(
            matrix=matrix(chosen, on=self.day, known_at=self.known_at, within=reach(self.request.user)),
            departments=departments,
            department=slug,
            calendar=CalendarDay.objects.calendar(),
            change_the_process=CHANGE_THE_PROCESS,
            **kwargs,
        )
