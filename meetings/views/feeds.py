from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView, View

from departments.services.mails import address
from meetings.ical import calendar, written
from meetings.models import CalendarFeed, Series
from meetings.selectors.feeds import feed_of, shown_in
from meetings.services.feeds import open_feed, revoke_feed
from meetings.views.meeting import series_within_reach

OFTEN = timedelta(minutes=10)  # between two notes of when a feed was read


@method_decorator([login_not_required, never_cache], name="dispatch")
class Feed(View):
    """What a calendar program is given: the secret in the address says for whom."""

    http_method_names = ["get", "head"]

    def get(self, request, token):
        now, on = timezone.now(), timezone.localdate()
        feed = feed_of(token, on=on)
        if feed is None:
            raise Http404
        if feed.read_at is None or now - feed.read_at > OFTEN:
            CalendarFeed.objects.filter(pk=feed.pk).update(read_at=now)
        name = feed.series.title if feed.series_id else f"Opsroom, {feed.user}"
        text = written(calendar(shown_in(feed, on=on), name=name))
        headers = {"Content-Disposition": 'inline; filename="opsroom.ics"', "X-Robots-Tag": "noindex"}
        return HttpResponse(text, content_type="text/calendar; charset=utf-8", headers=headers)


@method_decorator(never_cache, name="dispatch")
class Feeds(TemplateView):
    """The feeds of whoever asks; POST makes one, or another in its place, and shows its address this once."""

    template_name = "meetings/feeds.html"

    def get_context_data(self, **kwargs):
        user, on = self.request.user, timezone.localdate()
        found = {each.series_id: each for each in CalendarFeed.objects.live().filter(user=user)}
        reachable = Series.objects.reachable_by(user, on=on).running(on=on).order_by("title", "pk")
        rows = [("All my meetings", None, found.get(None))]
        rows += [(each.title, each, found.get(each.pk)) for each in reachable]
        return super().get_context_data(rows=rows, asked=self.request.GET.get("series", ""), **kwargs)

    def post(self, request):
        asked = request.POST.get("series", "")
        if asked and not (asked.isdecimal() and len(asked) < 19):
            raise Http404
        series = series_within_reach(request, int(asked)) if asked else None
        feed, secret = open_feed(user=request.user, series=series, at=timezone.now())
        shown = address(reverse("meetings:feed", args=[secret]))
        return self.render_to_response(self.get_context_data(made=feed, address=shown))


class FeedRevocation(View):
    """POST: an address finds nothing any more."""

    def post(self, request, pk):
        feed = get_object_or_404(CalendarFeed.objects.filter(user=request.user), pk=pk)
        if revoke_feed(feed, at=timezone.now()):
            messages.success(request, f"Revoked: {feed.series or 'all your meetings'}.")
        else:
            messages.info(request, "It was revoked already.")
        return HttpResponseRedirect(reverse("meetings:feeds"))
