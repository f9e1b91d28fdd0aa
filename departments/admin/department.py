from django.contrib import admin
from django.db.models import Case, Count, Prefetch, Q, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from departments.admin.console import Inline, Recorded, Spans, Which
from departments.models import Department, Headship
from departments.tree import Tree


def walked(tree, key=None, depth=0):
    """Each department before those below it, with its depth."""
    for child in tree.children.get(key, []):
        yield child, depth
        yield from walked(tree, child, depth + 1)


class State(Which):
    kinds = {"open": "Open", "closed": "Closed"}

    def open(self, departments):
        return departments.live(on=timezone.localdate())

    def closed(self, departments):
        return departments.filter(closed_on__lt=timezone.localdate())


class HeadshipInline(Inline):
    model = Headship
    formset = Spans
    related = ["department", "user"]
    fields = ["kind", "user", "starts_on", "ends_on"]


@admin.register(Department)
class DepartmentAdmin(Recorded):
    list_display = ["in_tree", "slug", "head", "deputy", "staff", "position", "opened_on", "closed_on"]
    list_filter = [State, ("parent", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["name", "slug"]
    sortable_by = []
    fields = ["name", "slug", "parent", "position", "opened_on", "closed_on"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [HeadshipInline]

    def get_queryset(self, request):
        today = timezone.localdate()
        tree = Tree(Department.objects.by_name().values_list("pk", "parent_id"))
        places = [(When(pk=pk, then=n), When(pk=pk, then=depth)) for n, (pk, depth) in enumerate(walked(tree))]
        here = Q(staff__leaves_on=None) | Q(staff__leaves_on__gte=today)
        leading = Headship.objects.on(today).select_related("user")
        return (
            super()
            .get_queryset(request)
            .annotate(
                place=Case(*(place for place, _ in places), default=Value(0)),
                depth=Case(*(depth for _, depth in places), default=Value(0)),
                staff_count=Count("staff", filter=Q(staff__is_active=True) & here),
            )
            .prefetch_related(Prefetch("headships", leading, to_attr="leading"))
            .order_by("place")
        )

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else self.prepopulated_fields

    def has_delete_permission(self, request, obj=None):  # what was in use is closed, not deleted
        in_use = obj and any(getattr(obj, name).exists() for name in ("children", "assignments", "owned_kpis"))
        return super().has_delete_permission(request, obj) and not in_use

    @admin.display(description="name")
    def in_tree(self, department):
        return "\N{EM SPACE}" * department.depth + department.name

    @admin.display
    def head(self, department):
        return self.leads(department, Headship.Kind.HEAD)

    @admin.display
    def deputy(self, department):
        return self.leads(department, Headship.Kind.DEPUTY)

    def leads(self, department, kind):
        return next((headship.user for headship in department.leading if headship.kind == kind), None)

    @admin.display
    def staff(self, department):
        people = reverse("admin:departments_user_changelist")
        return format_html(
            '<a href="{}?department__id__exact={}">{}</a>', people, department.pk, department.staff_count
        )
