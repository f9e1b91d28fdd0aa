from django.contrib import messages
from django.db import transaction
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.generic import View

from departments import tasks as deliveries
from meetings.parts import Part
from meetings.services import running as run
from meetings.services.agenda import MeetingRefused
from meetings.services.closing import close_meeting
from meetings.views.running import OfAMeeting, number


class Step(OfAMeeting, View):
    """POST does something with a meeting, and leads back to its page."""

    def post(self, request, *args, **kwargs):
        try:
            item = self.act()
        except MeetingRefused as error:
            messages.error(request, str(error))
            item = None
        return HttpResponseRedirect(self.to_page(item or self.looked_at()))

    def looked_at(self):
        """The item that its page was showing, while that was not the current one."""
        return self.meeting.items.standing().filter(pk=number(self.request.GET.get("item"))).first()

    def one(self, name: str):
        """The item that a button names."""
        key = number(self.request.POST.get(name))
        return get_object_or_404(self.meeting.items.standing().select_related("meeting"), pk=key)


class Opening(Step):
    leads = True

    def act(self):
        held = run.open_meeting(self.meeting, by=self.request.user, at=self.now)
        if held.opened_by != self.request.user:
            began = timezone.localtime(held.opened_at)
            messages.info(self.request, f"{held.opened_by} started this meeting at {began:%H:%M}.")


class Closing(Step):
    leads = True

    def act(self):
        held = close_meeting(self.meeting, by=self.request.user, at=self.now)
        transaction.on_commit(deliveries.wake)
        if held.closed_by != self.request.user:
            ended = timezone.localtime(held.closed_at)
            messages.info(self.request, f"{held.closed_by} closed this meeting at {ended:%H:%M}.")

    def to_page(self, item=None):
        self.meeting.refresh_from_db()
        return reverse("meetings:minutes", args=self.address) if self.meeting.closed_at else super().to_page()

    def looked_at(self):
        return None


class GoingOn(Step):
    """To the next item: `done` or `skip` names the one that is left."""

    leads = True

    def act(self):
        done = "done" in self.request.POST
        leaving = number(self.request.POST.get("done" if done else "skip"))
        run.go_on(self.meeting, leaving=leaving, done=done, by=self.request.user, at=self.now)

    def looked_at(self):
        return None


class Current(Step):
    leads = True

    def act(self):
        run.take(self.one("item"), by=self.request.user, at=self.now)

    def looked_at(self):
        return None


class Finished(Step):
    """`item` is done; `back`: that one is not."""

    leads = True

    def act(self):
        verb = run.put_back if "back" in self.request.POST else run.finish
        verb(self.one("back" if "back" in self.request.POST else "item"), by=self.request.user, at=self.now)


class Voting(Step):
    """`item` is wanted first; `back`: that one is not any more."""

    def act(self):
        is_back = "back" in self.request.POST
        item = self.one("back" if is_back else "item")
        run.vote(item, wanted=not is_back, by=self.request.user, at=self.now)


class Ordering(Step):
    leads = True

    def act(self):
        part = self.request.POST.get("part", "")
        if part not in [str(each) for each in Part]:
            raise MeetingRefused("Say which part of the agenda is to be ordered.")
        run.order_by_votes(self.meeting, part, by=self.request.user)
