from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as PasswordsAdmin
from django.contrib.auth.forms import ReadOnlyPasswordHashWidget, UserChangeForm
from django.contrib.auth.models import Group
from django.utils import timezone

from departments.admin.console import Inline, Recorded, Spans, Tables, Which
from departments.models import Headship, User
from departments.resources import Staff

admin.site.unregister(Group)  # a role decides, not a group


class State(Which):
    kinds = {"here": "Works here", "later": "Starts later", "left": "Has left"}

    def here(self, people):
        return people.not_left(on=timezone.localdate()).exclude(starts_on__gt=timezone.localdate())

    def later(self, people):
        return people.filter(starts_on__gt=timezone.localdate())

    def left(self, people):
        return people.filter(leaves_on__lt=timezone.localdate())


class PasswordIsSet(ReadOnlyPasswordHashWidget):
    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        if any("value" in entry for entry in context["summary"]):  # how it is kept is nobody's business
            context["summary"] = [{"label": "A password is set."}]
        return context


class PersonForm(UserChangeForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "password" in self.fields:
            self.fields["password"].widget = PasswordIsSet()


class HeadshipInline(Inline):
    model = Headship
    formset = Spans
    related = ["department", "user"]
    fields = ["kind", "department", "starts_on", "ends_on"]


@admin.register(User)
class UserAdmin(Tables, Recorded, PasswordsAdmin):
    resource_classes = [Staff]
    form = PersonForm
    list_display = ["username", "name", "role", "department", "title", "fte", "leaves_on", "is_active"]
    list_filter = ["role", "department", State, "is_active"]
    list_select_related = ["department"]
    search_fields = ["username", "name", "email", "title"]
    filter_horizontal = []
    ordering = ["name", "username"]
    readonly_fields = ["last_login"]
    inlines = [HeadshipInline]
    person = {"fields": ["name", "email", "role"]}
    work = {"fields": ["department", "title", "fte", "starts_on", "leaves_on"]}
    fieldsets = [
        (None, {"fields": ["username", "password", "is_active", "last_login"]}),
        ("Person", person),
        ("Work", work),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "usable_password", "password1", "password2"]}),
        ("Person", person),
        ("Work", work),
    ]

    def get_inlines(self, request, obj):
        return self.inlines if obj else []

    def has_delete_permission(self, request, obj=None):  # who was ever here leaves, and stays on record
        return super().has_delete_permission(request, obj) and (obj is None or obj.last_login is None)
