from django import forms
from django.contrib import admin
from django.utils import timezone

from departments.admin.console import Recorded, Which
from departments.business import countries
from departments.models import Absence, BusinessCalendar, Holiday, Pause
from departments.models.calendar import WEEKDAYS
from departments.selectors import business_days
from departments.services.absences import fit_deputies, remove_absence


class CalendarForm(forms.ModelForm):
    country = forms.ChoiceField(label="Public holidays of", required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = [("", "none are kept"), *countries().items()]


@admin.register(BusinessCalendar)
class BusinessCalendarAdmin(Recorded):
    form = CalendarForm
    list_display = ["__str__", "country", "subdivision", "next_holidays"]
    fieldsets = [
        ("Worked on", {"fields": [tuple(WEEKDAYS), ("opens_at", "closes_at")]}),
        ("Public holidays", {"fields": ["country", "subdivision", "next_holidays"]}),
    ]
    readonly_fields = ["next_holidays"]

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not BusinessCalendar.objects.exists()

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description="next")
    def next_holidays(self, calendar):
        today = timezone.localdate()
        found = sorted(business_days(today, today).holidays.items())
        return ", ".join([f"{name} ({day:%d %b %Y})" for day, name in found if day >= today][:4]) or "none"


@admin.register(Holiday)
class HolidayAdmin(Recorded):
    list_display = ["day", "name", "is_worked"]
    list_filter = ["is_worked"]
    search_fields = ["name"]


class State(Which):
    kinds = {"now": "Now", "later": "Later", "over": "Over"}

    def now(self, spans):
        return spans.on(timezone.localdate())

    def later(self, spans):
        return spans.filter(starts_on__gt=timezone.localdate())

    def over(self, spans):
        return spans.filter(ends_on__lt=timezone.localdate())


@admin.register(Absence)
class AbsenceAdmin(Recorded):
    list_display = ["user", "starts_on", "ends_on"]
    list_filter = [State]
    list_select_related = ["user"]
    search_fields = ["user__name", "user__username"]

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        fit_deputies(obj, by=request.user)

    def delete_model(self, request, obj):
        remove_absence(obj, by=request.user)


@admin.register(Pause)
class PauseAdmin(Recorded):
    list_display = ["department", "starts_on", "ends_on", "reason"]
    list_filter = [State, "department"]
    list_select_related = ["department"]
    search_fields = ["department__name", "reason"]
