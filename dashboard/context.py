"""What every page shows around itself. Nothing is asked of the database before a template shows it."""

from functools import cached_property
from typing import NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from departments.models import Department, Headship, User
from kpis.selectors.freshness import Freshness, freshness


def frame(request):
    """`demo` for everybody; `frame`, what surrounds the page of who is signed in."""
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    return {"demo": settings.DEMO, "frame": Frame(request) if signed_in else None}


class Entry(NamedTuple):
    label: str
    url: str
    current: bool
    icon: str = ""
    on_phone: bool = True
    depth: int = 0


class Frame:
    def __init__(self, request):
        self.request, self.user = request, request.user
        self.match = request.resolver_match
        self.today = timezone.localdate()

    @cached_property
    def freshness(self) -> Freshness:
        """How far figures have followed: as the page itself has asked, where it has."""
        return getattr(self.request, "freshness", None) or freshness(at=timezone.now(), reader=self.user)

    @property
    def unread(self) -> int:
        return self.freshness.unread

    @property
    def headships(self) -> list[Headship]:
        return self.user.led(on=self.today) if self.user.role == User.Role.STAFF else []

    @property
    def sees_overview(self) -> bool:
        return self.user.role != User.Role.STAFF or bool(self.headships)

    @property
    def sees_status(self) -> bool:
        return self.user.role != User.Role.STAFF

    @cached_property
    def role(self) -> str:
        """“Head of Creative, Deputy of Media”, or what the role is called."""
        led = [f"{headship.get_kind_display()} of {headship.department}" for headship in self.headships]
        return ", ".join(led) or self.user.get_role_display()

    @cached_property
    def nav(self) -> list[Entry]:
        view = self.match.view_name if self.match else ""
        overview = Entry("Overview", reverse("overview"), view == "overview", "layout-dashboard")
        kpis = Entry("KPIs", reverse("kpis:list"), view in ("kpis:list", "kpis:detail"), "chart-line")
        promised, risky = "commit" in view, "risk" in view
        told_of = "effect" in view or "measure" in view
        aside = promised or risky or told_of
        issues = Entry("Issues", reverse("issues:list"), view.startswith("issues:") and not aside, "arrow-left-right")
        commitments = Entry("Commitments", reverse("issues:my-commitments"), promised, "handshake", on_phone=False)
        risks = Entry("Risks", reverse("issues:risks"), risky, "triangle-alert", on_phone=False)
        effects = Entry("Effects", reverse("issues:effects"), told_of, "flask-conical", on_phone=False)
        told = ("kpis:signals", "kpis:signal", "kpis:matrix", "kpis:events", "kpis:event", "kpis:event-start")
        signals = Entry("Signals", reverse("kpis:signals"), view in told, "activity", on_phone=False)
        written = view in ("meetings:board", "meetings:history", "meetings:status", "meetings:writing")
        status = Entry("Status", reverse("meetings:board"), written, "clipboard-check")
        met = view.startswith("meetings:") and not written
        meetings = Entry("Meetings", reverse("meetings:meetings"), met, "calendar-days", on_phone=False)
        found = [kpis, signals, status, meetings, issues, commitments, effects, risks]
        return [overview, *found] if self.sees_overview else found

    @cached_property
    def departments(self) -> list[Entry]:
        """Those within reach: the agency itself, then each department before the ones below it."""
        reach = getattr(self.request, "reachable", None)
        if reach is None:
            reach = Department.objects.reachable_by(self.user, on=self.today).by_name()
        found = [d for d in reach if d.closed_on is None or d.closed_on >= self.today]
        keys = {department.pk for department in found if department.parent_id is not None}
        tops = [department for department in found if department.parent_id not in keys]
        tops.sort(key=lambda department: department.parent_id is not None)
        return [entry for top in tops for entry in self.below(top, found, 0)]

    def below(self, department, found, depth):
        yield Entry(
            department.name, reverse("departments:detail", args=[department.slug]), self.at(department), depth=depth
        )
        for child in found if department.parent_id is not None else []:
            if child.parent_id == department.pk:
                yield from self.below(child, found, depth + 1)

    def at(self, department) -> bool:
        return self.match is not None and self.match.kwargs.get("slug") == department.slug
