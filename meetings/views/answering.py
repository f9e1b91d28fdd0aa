from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.generic import View

from meetings.models import StatusReading, WeeklyStatus


class StatusAcknowledgement(View):
    """POST says that one has read a status; with `back`, that one has not."""

    def post(self, request, pk):
        on = timezone.localdate()
        statuses = WeeklyStatus.objects.reachable_by(request.user, on=on)
        status = get_object_or_404(statuses.select_related("department"), pk=pk)
        if status.superseded_at:
            return self.superseded(status)
        if "back" in request.POST:
            status.readings.filter(user=request.user).delete()
        else:
            StatusReading.objects.get_or_create(status=status, user=request.user, defaults={"read_at": timezone.now()})
        if request.htmx:
            readings = list(status.readings.select_related("user"))
            return render(request, "meetings/_read.html", {"status": status, "readings": readings})
        words = "is unread again" if "back" in request.POST else "read"
        messages.success(request, f"{status}: {words}.")
        return HttpResponseRedirect(place_of(status))

    def superseded(self, status: WeeklyStatus):
        messages.info(self.request, f"{status} was sent again or undone in the meantime: this is how it stands now.")
        if self.request.htmx:
            return HttpResponse(headers={"HX-Redirect": place_of(status)})
        return HttpResponseRedirect(place_of(status))


def place_of(status: WeeklyStatus) -> str:
    return reverse("meetings:board") + f"?on={status.week}#{status.department.slug}"
