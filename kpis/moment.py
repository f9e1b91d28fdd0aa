"""As known on a day: what takes part says so, shows what stood on record at its end, and every link stays there."""

import re
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.urls import Resolver404, resolve
from django.utils import timezone

from departments.models import Department
from kpis.asked import asked_moment
from kpis.selectors import knowledge

ASKED = "as_known_on"
LINK = re.compile(r'(?<=\s)(href|hx-get)="(/[^"]*)"')
FORM = re.compile(r"<form\b(?![^>]*\bdata-moment\b)[^>]*>")


class AsKnown:
    """For views that can show things as they were known: `known_at` is the moment asked for, None for now, `day` its
    day. Such a page only shows: what it leads to and changes something is the present's.
    """

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.known_at = asked_moment(request.GET, ASKED, on=timezone.localdate())
        self.day = timezone.localdate(self.known_at)

    def dispatch(self, request, *args, **kwargs):
        response = super().dispatch(request, *args, **kwargs)
        if self.known_at and hasattr(response, "add_post_render_callback"):
            response.add_post_render_callback(self.carry)
        return response

    def departments(self) -> list[Department]:
        """Those that this user reaches today, by the names and in the order of then."""
        found = list(Department.objects.reachable_by(self.request.user, on=timezone.localdate()).by_name())
        if not self.known_at:
            return found
        reached = {department.pk for department in found}
        return [each for each in knowledge.departments(at=self.known_at) if each.pk in reached]

    def as_then(self, department: Department) -> Department:
        """By the name of then."""
        then = knowledge.departments(at=self.known_at) if self.known_at else ()
        return next((each for each in then if each.pk == department.pk), department)

    def carry(self, response):
        """No template can forget it, and none has to know: a link that did would show the present without a word."""
        response.content = carried(response.text, str(self.day))

    def get_context_data(self, **kwargs):
        kept = [pair for pair in self.request.GET.items() if pair[0] not in (ASKED, "page", "on")]
        return super().get_context_data(**{"known_at": self.known_at, "moment": kept} | kwargs)


def carried(page: str, day: str) -> str:
    def link(found: re.Match) -> str:
        attribute, address = found.groups()
        return f'{attribute}="{with_day(address, day)}"' if takes_part(address) else found.group()

    def form(found: re.Match) -> str:
        action = re.search(r'\s(?:action|hx-get)="(/[^"]*)"', found.group())
        posts = re.search(r'\smethod="post"', found.group())
        if posts or (action and not takes_part(action.group(1))):
            return found.group()
        return f'{found.group()}<input type="hidden" name="{ASKED}" value="{day}">'

    return LINK.sub(link, FORM.sub(form, page))


def takes_part(address: str) -> bool:
    try:
        view = resolve(urlsplit(address.replace("&amp;", "&")).path).func
    except Resolver404:
        return False
    return issubclass(getattr(view, "view_class", object), AsKnown)


def with_day(address: str, day: str) -> str:
    """An address that names a day of its own stays as it is."""
    parts = urlsplit(address.replace("&amp;", "&"))
    query = parse_qsl(parts.query, keep_blank_values=True)
    if ASKED in dict(query):
        return address
    return escape(parts._replace(query=urlencode([*query, (ASKED, day)])).geturl())


def reach(user) -> list[int] | None:
    """The departments that somebody reads; None where it is all of them."""
    on = timezone.localdate()
    if user.reads_everything(on=on):
        return None
    return list(Department.objects.reachable_by(user, on=on).values_list("pk", flat=True))
