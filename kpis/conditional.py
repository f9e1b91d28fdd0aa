"""304 for a page of which nothing has changed since the browser got it."""

from datetime import date
from hashlib import blake2b

from django.conf import settings
from django.contrib.messages import get_messages
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers

from kpis.selectors.freshness import freshness

TEN_MINUTES = 600  # so old may be what a page says of how long something has lasted


class Conditional:
    """For views whose page follows from the address, the reader and what is unread, the day and the edition; and from
    the time of day, where it `shows_clocks`: how long something has lasted by now."""

    shows_clocks = False

    def dispatch(self, request, *args, **kwargs):
        now = timezone.now()
        request.freshness = freshness(at=now, reader=request.user)
        clock = int(now.timestamp()) // TEN_MINUTES if self.shows_clocks else timezone.localdate(now)
        tag = entity_tag(request, clock) if request.method in ("GET", "HEAD") else None
        response = get_conditional_response(request, etag=tag) if tag else None
        response = response or super().dispatch(request, *args, **kwargs)
        if tag and response.status_code in (200, 304):
            response["ETag"] = tag
        patch_cache_control(response, private=True, no_cache=True)
        patch_vary_headers(response, ["HX-Request"])
        return response


def entity_tag(request, clock: date | int) -> str | None:
    """None while changes wait, for what is said once, and where forms have no secret yet."""
    secret, edition = request.META.get("CSRF_COOKIE"), request.freshness.edition
    if not secret or not edition or len(get_messages(request)):
        return None
    parts = (
        settings.BUILD, edition, clock, request.user.pk, secret, request.headers.get("HX-Request"),
        request.get_full_path(), request.freshness.unread,
    )  # fmt: skip
    return f'"{blake2b(repr(parts).encode(), digest_size=12).hexdigest()}"'
