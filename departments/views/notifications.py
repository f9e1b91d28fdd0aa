from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.generic import ListView, UpdateView, View

from departments.forms import MailingForm
from departments.mixins import Partial
from departments.models import Mailing, Notification
from departments.models.notification import Kind
from departments.services.muting import mute_just


class Own:
    def get_queryset(self):
        return self.request.user.notifications.all()


class NotificationList(Own, Partial, ListView):
    model = Notification
    template_name = "departments/notifications.html"
    partial_name = "departments/_notifications.html"
    paginate_by = 30

    def get_queryset(self):
        return super().get_queryset().unread_first()

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        newest = self.request.user.notifications.order_by("-pk").values_list("pk", flat=True).first()
        return context | {"newest": newest, "unread": self.request.user.notifications.unread().count()}


class Opening(Own, View):
    """What it leads to; on the way there it was read."""

    def get(self, request, pk):
        found = get_object_or_404(self.get_queryset(), pk=pk)
        self.get_queryset().filter(pk=pk).read(at=timezone.now())
        return HttpResponseRedirect(found.url)


class Reading(Own, View):
    """POST: all that were on the page are read; what came meanwhile is not."""

    def post(self, request):
        upto = request.POST.get("upto", "")
        upto = int(upto) if upto.isdecimal() and len(upto) < 19 else 0
        count = self.get_queryset().filter(pk__lte=upto).read(at=timezone.now())
        messages.success(request, f"{count} marked as read." if count else "Nothing was left to read.")
        return HttpResponseRedirect(reverse("notifications"))


class MailingChange(UpdateView):
    form_class = MailingForm
    template_name = "departments/mailing.html"

    def get_object(self, queryset=None):
        return Mailing.objects.of(self.request.user)

    def get_initial(self):
        muted = set(self.request.user.mutes.values_list("kind", flat=True))
        return {"told": [kind for kind in Kind.values if kind not in muted]}

    def form_valid(self, form):
        form.save()
        mute_just(self.request.user, form.muted, at=timezone.now())
        messages.success(self.request, "Saved.")
        return HttpResponseRedirect(reverse("notification-settings"))
