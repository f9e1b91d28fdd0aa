from django.utils import timezone
from django.views.generic import TemplateView

from departments.models import Department
from kpis.asked import asked_choice
from kpis.charts import CHANGE_THE_PROCESS
from kpis.conditional import Conditional
from kpis.models import CalendarDay
from kpis.selectors.matrix import matrix


class Matrix(Conditional, TemplateView):
    template_name = "kpis/matrix.html"

    def get_context_data(self, **kwargs):
        on = timezone.localdate()
        departments = list(Department.objects.reachable_by(self.request.user, on=on).by_name())
        slug = asked_choice(self.request.GET, "department", [d.slug for d in departments])
        chosen = [d for d in departments if slug in (None, d.slug)]
        return super().get_context_data(
            matrix=matrix(chosen, on=on),
            departments=departments,
            department=slug,
            calendar=CalendarDay.objects.calendar(),
            change_the_process=CHANGE_THE_PROCESS,
            **kwargs,
        )
