from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.generic import FormView, TemplateView, View

from departments import tasks as deliveries
from meetings.agenda_forms import ItemForm
from meetings.models import AgendaItem, Meeting, Series
from meetings.parts import Part
from meetings.selectors.agenda import agenda, tell_effects
from meetings.selectors.calendar import meeting_of, occurrences
from meetings.selectors.participants import is_led_by, participants
from meetings.selectors.subjects import MASKED, mark_read
from meetings.services.agenda import (
    Asked,
    MeetingRefused,
    add_item,
    allot,
    arrange,
    on_record,
    remove_item,
    restore_item,
)
from meetings.services.memos import AHEAD, draft

COMING, PAST, A_DAY = timedelta(weeks=5), timedelta(weeks=13), timedelta(days=1)
MOST_PAST = 10
EARLY = timedelta(minutes=30)  # so long before it begins it can be opened


def series_within_reach(request, pk) -> Series:
    reachable = Series.objects.reachable_by(request.user, on=timezone.localdate())
    return get_object_or_404(reachable.select_related("department", "chair"), pk=pk)


class MeetingList(TemplateView):
    """The meetings of whoever asks: those to come, and the last ones."""

    template_name = "meetings/meetings.html"

    def get_context_data(self, **kwargs):
        now, on, user = timezone.now(), timezone.localdate(), self.request.user
        reachable = Series.objects.reachable_by(user, on=on).select_related("chair", "department")
        found = occurrences(reachable, now - PAST, now + COMING)
        coming = [each for each in found if not each.is_over and each.ends_at >= now]
        past = [each for each in reversed(found) if each.is_over or each.ends_at < now]
        return super().get_context_data(
            coming=coming,
            past=[each for each in past if each.meeting and not each.is_cancelled][:MOST_PAST],
            series=reachable.running(on=on).order_by("title", "pk"),
            may_make=user.reads_everything(on=on) and (user.writes_everything or bool(user.led(on=on))),
            now=now,
            **kwargs,
        )


class NextMeeting(TemplateView):
    """What the overview says of the next meeting of whoever reads it: a part of that page, asked for by itself."""

    template_name = "meetings/_next.html"

    def get_context_data(self, **kwargs):
        now, on, user = timezone.now(), timezone.localdate(), self.request.user
        reachable = Series.objects.reachable_by(user, on=on).select_related("chair", "department")
        found = occurrences(reachable, now - A_DAY, now + COMING)
        coming = next((e for e in found if not e.is_over and not e.is_cancelled and e.ends_at >= now), None)
        return super().get_context_data(
            coming=coming,
            agenda=coming and coming.meeting and agenda(coming.meeting, reader=user, on=on),
            drafted_at=coming and coming.starts_at - AHEAD,
            **kwargs,
        )


class MeetingBase:
    """A meeting within reach, by its series and the day its schedule has it; it has a row once something is done."""

    def dispatch(self, request, *args, **kwargs):
        self.on = timezone.localdate()
        self.series = series_within_reach(request, kwargs["pk"])
        self.meeting = meeting_of(self.series, kwargs["day"])
        if self.meeting is None:
            raise Http404("The series has no meeting on that day.")
        if request.method == "POST":
            self.meeting = on_record(self.series, kwargs["day"])
        self.meeting.series = self.series
        self.leads = is_led_by(self.series, request.user, on=self.on)
        return super().dispatch(request, *args, **kwargs)

    def back(self) -> HttpResponseRedirect:
        return HttpResponseRedirect(self.meeting.url)

    def refused(self, error: MeetingRefused) -> HttpResponseRedirect:
        messages.error(self.request, str(error))
        return self.back()


class MeetingPage(MeetingBase, FormView):
    """The agenda of a meeting; POST puts something on it."""

    form_class = ItemForm
    template_name = "meetings/meeting.html"

    def get_context_data(self, **kwargs):
        now = timezone.now()
        found = agenda(self.meeting, reader=self.request.user, on=self.on)
        tell_effects(found, on=self.on)
        return super().get_context_data(
            meeting=self.meeting,
            series=self.series,
            agenda=found,
            leads=self.leads,
            may_draft=self.leads and self.meeting.memo_at is None and self.meeting.opened_at is None,
            may_open=self.leads and self.meeting.is_open and now >= self.meeting.starts_at - EARLY,
            drafted_at=self.meeting.starts_at - AHEAD,
            participants=participants(self.series, on=timezone.localdate(self.meeting.starts_at)),
            over=-found.left if found.left < 0 else 0,
            now=now,
            **kwargs,
        )

    def form_valid(self, form):
        said = form.cleaned_data
        asked = Asked(said["title"], said["minutes"], words=said["words"], part=Part(said["part"]))
        try:
            item = add_item(self.meeting, asked, by=self.request.user, at=timezone.now())
        except MeetingRefused as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        if not item.is_scheduled:
            messages.warning(self.request, f"“{item}” is on the list, but does not fit into the meeting as it is.")
        return self.back()


class MemoDrafting(MeetingBase, View):
    """POST: the memo is drafted now."""

    def post(self, request, pk, day):
        if not self.leads:
            raise Http404
        if draft(self.meeting, at=timezone.now()):
            deliveries.wake()
            messages.success(request, "The agenda was drafted and sent to all participants.")
        return self.back()


class Arranging(MeetingBase, View):
    """POST `order`: the keys of the items that are scheduled, first to last; or `up`, `down`, `out`, `in` with one."""

    def post(self, request, pk, day):
        if not self.leads:
            raise Http404
        try:
            order = self.order(request.POST)
            arrange(self.meeting, order, edition=self.number("edition"), by=request.user, at=timezone.now())
        except MeetingRefused as error:
            return self.refused(error)
        return self.back()

    def number(self, name: str) -> int:
        given = self.request.POST.get(name, "")
        if not given.isdecimal() or len(given) > 18:
            raise MeetingRefused(f"Found “{given}” for {name}, expected a number.")
        return int(given)

    def order(self, posted) -> list[int]:
        if "order" in posted:
            given = [key for key in posted["order"].split(",") if key]
            if wrong := [key for key in given if not key.isdecimal() or len(key) > 18]:
                raise MeetingRefused(f"Found “{wrong[0]}” in the order, expected keys of items.")
            return [int(key) for key in given]
        order = list(self.meeting.items.scheduled().in_order().values_list("pk", flat=True))
        for act, step in (("up", -1), ("down", 1), ("out", None), ("in", None)):
            if act in posted:
                return moved(order, self.number(act), act, step)
        raise MeetingRefused("Nothing was said to be moved.")


def moved(order: list[int], key: int, act: str, step: int | None) -> list[int]:
    if act == "in":
        return [*order, key]
    if key not in order:
        raise MeetingRefused("Somebody changed the agenda meanwhile: here is how it stands now.")
    place = order.index(key)
    order.pop(place)
    if step is not None:
        order.insert(max(0, place + step), key)
    return order


class ItemBase:
    """An item of a meeting within reach, for who leads it or put it there; POST does one thing with it."""

    def post(self, request, pk):
        on = timezone.localdate()
        reachable = Meeting.objects.reachable_by(request.user, on=on)
        found = AgendaItem.objects.filter(meeting__in=reachable).select_related("meeting__series")
        self.item = get_object_or_404(found, pk=pk)
        self.leads = is_led_by(self.item.meeting.series, request.user, on=on)
        if not self.leads and self.item.added_by_id != request.user.pk:
            raise Http404
        mark_read([self.item], reader=request.user, on=on)
        self.called = str(self.item) if self.item.is_read else MASKED
        try:
            self.act()
        except MeetingRefused as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(self.item.meeting.url)


class ItemRemoval(ItemBase, View):
    def act(self):
        remove_item(self.item, by=self.request.user, at=timezone.now())
        undo = reverse("meetings:item-restoration", args=[self.item.pk])
        messages.success(self.request, f"Taken off the agenda: {self.called}.", extra_tags=f"undo:{undo}")


class ItemRestoration(ItemBase, View):
    def act(self):
        restore_item(self.item, by=self.request.user, at=timezone.now())
        messages.success(self.request, f"On the agenda again: {self.called}.")


class ItemAllotment(ItemBase, View):
    """Its minutes."""

    def act(self):
        given = self.request.POST.get("minutes", "").strip()
        if not given.isdecimal() or len(given) > 4:
            raise MeetingRefused(f"Found “{given}”, expected a number of minutes from 1 to 240.")
        allot(self.item, int(given), by=self.request.user, at=timezone.now())
