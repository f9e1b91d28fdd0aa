"""What an e-mail says."""

import re
from collections.abc import Iterable

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from departments.models import Delivery, Notification
from departments.services.muting import mute_token
from departments.services.notifying import in_a_line

LISTED = 50  # in one mail


def address(path: str) -> str:
    """A path within Opsroom as a link that works anywhere."""
    return f"{settings.SITE_URL}{path}"


def digest(delivery: Delivery) -> EmailMultiAlternatives:
    """All notifications of a delivery in one mail, oldest first, as HTML and as text."""
    person, told = delivery.to, list(delivery.notifications.order_by("created_at", "pk"))
    context = {
        "person": person,
        "told": [(each, opening(each), muting(person, [each.kind])) for each in told[:LISTED]],
        "more": len(told) - LISTED,
        "list_url": address(reverse("notifications")),
        "settings_url": address(reverse("notification-settings")),
        "site": settings.SITE_URL,
    }
    mail = EmailMultiAlternatives(
        subject_of(told), render_to_string("mail/digest.txt", context), to=[person.email], headers=heads(delivery, told)
    )
    mail.attach_alternative(render_to_string("mail/digest.html", context), "text/html")
    for calendar in [each.calendar for each in told if each.calendar]:
        put_in(mail, calendar)
    return mail


def put_in(mail: EmailMultiAlternatives, calendar: str):
    """As something to answer, which programs look for (RFC 6047), and as a file, for those that do not."""
    method = re.search(r"^METHOD:(\w+)\r?$", calendar, re.MULTILINE)
    mail.attach_alternative(calendar, f"text/calendar; method={method[1] if method else 'PUBLISH'}")
    mail.attach("invite.ics", calendar.encode(), "application/ics")


def subject_of(told: list[Notification]) -> str:
    return told[0].subject if len(told) == 1 else in_a_line(f"{len(told)} notifications: {told[0].subject}, …")


def heads(delivery: Delivery, told: list[Notification]) -> dict[str, str]:
    """The programs that read mail can mute, too (RFC 8058): what is in it."""
    return {
        "Message-ID": f"<{delivery.message_id}>",
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": f"<{muting(delivery.to, sorted({each.kind for each in told}))}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def opening(notification: Notification) -> str:
    return address(reverse("notification", args=[notification.pk]))


def muting(person, kinds: Iterable[str]) -> str:
    return address(reverse("mute", args=[mute_token(person, kinds)]))
