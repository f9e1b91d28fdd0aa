from datetime import date, time, timedelta

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.generic import FormView, TemplateView, View

from departments import tasks as deliveries
from departments.models import Department, User
from meetings.models import Series
from meetings.parts import OUTLINES
from meetings.recurrence import days
from meetings.selectors.calendar import next_of, occurrences
from meetings.selectors.participants import is_led_by, participants
from meetings.selectors.series import changes, edition, how_often, leapt_over, plan_of, plan_on
from meetings.series_forms import (
    ChangeForm,
    EndingForm,
    ScheduleForm,
    SeriesForm,
    controls,
    members,
    shown_shares,
)
from meetings.services.agenda import MeetingRefused
from meetings.services.scheduling import (
    PlanRefused,
    SeriesChanged,
    Share,
    change_series,
    end_series,
    reschedule,
    resume_series,
    start_series,
)
from meetings.views.meeting import series_within_reach

A_DAY, AHEAD, BACK = timedelta(days=1), timedelta(weeks=26), timedelta(weeks=52)
SHOWN = 8
PLAN = ["starts_on", "starts_at", "minutes", "zone"]


def led(request, pk) -> Series:
    found = Series.objects.led_by(request.user, on=timezone.localdate())
    return get_object_or_404(found.select_related("department", "chair"), pk=pk)


def may_lead(user, *, on):
    """The departments for whose meetings somebody may make a series."""
    live = Department.objects.live(on=on)
    if user.writes_everything:
        return live
    return live.filter(pk__in=[headship.department_id for headship in user.led(on=on)])


class SeriesPage(TemplateView):
    template_name = "meetings/series.html"

    def get_context_data(self, **kwargs):
        now, on = timezone.now(), timezone.localdate()
        series = series_within_reach(self.request, self.kwargs["pk"])
        found = occurrences([series], now - BACK, now + AHEAD)
        schedules = list(series.schedules.current().order_by("starts_on"))
        current = plan_on(series, on)
        plan = plan_of(current)
        leads = is_led_by(series, self.request.user, on=on)
        return super().get_context_data(
            series=series,
            current=current,
            schedules=[(each, how_often(each)) for each in schedules if each.starts_on >= current.starts_on],
            leapt=leapt_over(plan, days(plan, on, on + 2 * AHEAD)),
            coming=[each for each in found if each.ends_at >= now and not each.is_over][:SHOWN],
            past=[each for each in reversed(found) if each.is_over or each.ends_at < now][:SHOWN],
            participants=participants(series, on=on),
            invited=series.invited.select_related("user", "department"),
            sections=series.sections.order_by("position"),
            total=sum(series.sections.values_list("minutes", flat=True)),
            changes=changes(series),
            leads=leads,
            ending=kwargs.pop("ending", None) or (EndingForm(initial=self.ending(series)) if leads else None),
            has_ended=series.ended_on and series.ended_on < on,
            **kwargs,
        )

    @staticmethod
    def ending(series: Series) -> dict:
        return {"last_day": timezone.localdate(), "was": edition(series)}


class Composing(FormView):
    """A form for what a series is: with who works here, and the departments that there are."""

    def dispatch(self, request, *args, **kwargs):
        self.on = timezone.localdate()
        return super().dispatch(request, *args, **kwargs)

    def known(self) -> dict:
        people = User.objects.employed(on=self.on).by_name()
        return {"people": people, "places": Department.objects.live(on=self.on).by_name()}


class SeriesStart(Composing):
    form_class = SeriesForm
    template_name = "meetings/composing.html"

    def dispatch(self, request, *args, **kwargs):
        self.leads = may_lead(request.user, on=timezone.localdate()).by_name()
        if not self.leads:
            raise Http404
        self.kind = request.GET.get("outline", "heads" if request.user.writes_everything else "blank")
        self.outline = OUTLINES.get(self.kind)
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        shares = len(self.outline.parts) if self.outline else 0
        return super().get_form_kwargs() | self.known() | {"leads": self.leads, "shares": shares}

    def get_initial(self):
        slug = self.request.GET.get("department", "")
        place = next((each for each in self.leads if each.slug == slug), None) or self.usual_place()
        shown = {"department": place.slug, "chair": self.request.user.username, "zone": settings.TIME_ZONE}
        shown |= {"starts_on": self.begins(), "starts_at": time(9), "minutes": 60, "repeats": "WEEKLY", "every": 1}
        return shown | self.outlined(place)

    def usual_place(self) -> Department:
        """The agency itself for the COO, for meetings of all heads; who heads a department has that one."""
        wide = [each for each in self.leads if each.parent_id is None]
        apart = [each for each in self.leads if each.parent_id is not None]
        return ((apart if self.kind == "one-to-one" else wide) or list(self.leads))[0]

    def outlined(self, place: Department) -> dict:
        is_theirs = not self.request.user.writes_everything  # of whoever heads it: with whom else, they know
        if self.outline is None:
            return {"staff": [place.pk]} if is_theirs else {}
        shares = [Share(part, part.words, minutes) for part, minutes in self.outline.parts]
        title, whom = self.outline.title, {"heads": [place.pk]}
        if self.kind == "one-to-one":
            title, whom = (title, {}) if is_theirs else (f"{title}: {place}", {"head": [place.pk]})
        said = {"title": title, "minutes": self.outline.minutes, **whom}
        return said | controls(self.outline.rule) | shown_shares(shares)

    def begins(self) -> date:
        """The next Monday; for a review that of the next quarter."""
        monday = self.on + timedelta(days=7 - self.on.weekday())
        if self.kind != "review":
            return monday
        months = self.on.month - 1 + 3 - (self.on.month - 1) % 3
        quarter = date(self.on.year + months // 12, months % 12 + 1, 1)
        return quarter + timedelta(days=-quarter.weekday() % 7)

    def get_context_data(self, **kwargs):
        outlines = [(key, each.title) for key, each in OUTLINES.items()] + [("blank", "Something else")]
        return with_plan(super().get_context_data(outlines=outlines, kind=self.kind, **kwargs))

    def form_valid(self, form):
        found = {name: form.cleaned_data[name] for name in ("title", "department", "chair")}
        try:
            series = start_series(
                **found,
                plan=form.plan,
                guests=form.guests,
                shares=form.shares,
                by=self.request.user,
                at=timezone.now(),
            )
        except PlanRefused as error:
            form.refuse(error.field, str(error))
            return self.form_invalid(form)
        deliveries.wake()
        messages.success(self.request, f"Made: {series}.")
        return HttpResponseRedirect(reverse("meetings:series", args=[series.pk]))


class OfSeries(Composing):
    """A form that changes a series, for whoever leads it."""

    done = "Changed"

    def dispatch(self, request, *args, **kwargs):
        self.series = led(request, kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(series=self.series, **kwargs)

    def form_valid(self, form):
        said = {"was": form.cleaned_data["was"], "by": self.request.user, "at": timezone.now()}
        try:
            words = self.change(form, **said)
        except PlanRefused as error:
            form.refuse(error.field, str(error))
            return self.form_invalid(form)
        except MeetingRefused as error:
            form.add_error(None, str(error))
            if isinstance(error, SeriesChanged):
                form.data = form.data.copy()
                form.data["was"] = edition(self.series)
            return self.form_invalid(form)
        deliveries.wake()
        messages.success(self.request, words)
        return HttpResponseRedirect(reverse("meetings:series", args=[self.series.pk]))


class SeriesChange(OfSeries):
    form_class = ChangeForm
    template_name = "meetings/composing.html"

    def get_form_kwargs(self):
        return super().get_form_kwargs() | self.known() | {"shares": self.series.sections.count()}

    def get_initial(self):
        return members(self.series) | {"was": edition(self.series)}

    def change(self, form, **said) -> str:
        found = {name: form.cleaned_data[name] for name in ("title", "chair")}
        change_series(self.series, **found, guests=form.guests, shares=form.shares, **said)
        return f"Changed: {found['title']}."


class SeriesSchedule(OfSeries):
    form_class = ScheduleForm
    template_name = "meetings/schedule.html"

    def get_initial(self):
        current = plan_on(self.series, self.on)
        plan = plan_of(current)
        coming = next_of(self.series, at=timezone.now())
        following = coming.slot if coming and coming.slot >= self.on else self.on
        shown = {name: getattr(plan, name) for name in PLAN} | {"starts_on": following}
        return shown | controls(plan.rule) | {"was": edition(self.series)}

    def get_context_data(self, **kwargs):
        current = plan_on(self.series, self.on)
        return with_plan(super().get_context_data(current=current, how_often=how_often(current), **kwargs))

    def change(self, form, **said) -> str:
        carried = reschedule(self.series, form.plan, **said)
        moved = f" {lines(carried)} went to the next meeting." if carried else ""
        return f"From {form.plan.starts_on:%-d %b %Y} it takes place so.{moved}"


class SeriesEnd(OfSeries):
    """POST ends a series; the page of the series shows what is wrong."""

    http_method_names = ["post"]
    form_class = EndingForm
    template_name = "meetings/series.html"

    def change(self, form, **said) -> str:
        end_series(self.series, last_day=form.cleaned_data["last_day"], **said)
        return f"Its last day is {form.cleaned_data['last_day']:%-d %b %Y}."

    def form_invalid(self, form):
        page = SeriesPage(request=self.request, kwargs=self.kwargs)
        return page.render_to_response(page.get_context_data(ending=form, bound=form))


class SeriesResumption(View):
    """POST takes an end back."""

    def post(self, request, pk):
        series = led(request, pk)
        if resume_series(series, by=request.user, at=timezone.now()):
            deliveries.wake()
            messages.success(request, f"It goes on: {series}.")
        else:
            messages.info(request, "It had no end.")
        return HttpResponseRedirect(reverse("meetings:series", args=[pk]))


def with_plan(context: dict) -> dict:
    return context | {"plan": [context["form"][name] for name in PLAN]}


def lines(count: int) -> str:
    return f"{count} item{'' if count == 1 else 's'} of the agenda"
