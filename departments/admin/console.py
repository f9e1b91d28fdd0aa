from contextlib import nullcontext
from functools import wraps
from itertools import combinations

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.signing import BadSignature
from django.db import IntegrityError, transaction
from django.forms import BaseInlineFormSet
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import capfirst
from import_export.admin import ImportExportMixin
from import_export.forms import ConfirmImportForm, ExportForm, ImportForm
from simple_history.admin import SimpleHistoryAdmin

from departments.models.span import Overlap
from departments.resources import Carried, Csv, Xlsx

MOST_BYTES = 2**20


def all_or_nothing(view):
    @wraps(view)
    def guarded(self, request, *args, **kwargs):
        try:
            with transaction.atomic() if request.method == "POST" else nullcontext():
                return view(self, request, *args, **kwargs)
        except self.conflicts:
            messages.error(
                request,
                "These changes do not go together, or somebody else was quicker. Nothing was saved: look again.",
            )
            return redirect(request.get_full_path())

    return guarded


class Console(admin.ModelAdmin):
    conflicts = (IntegrityError,)
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER

    @all_or_nothing
    def changeform_view(self, *args, **kwargs):
        return super().changeform_view(*args, **kwargs)

    @all_or_nothing
    def delete_view(self, *args, **kwargs):
        return super().delete_view(*args, **kwargs)

    def get_actions(self, request):
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        return super().formfield_for_foreignkey(db_field, request, **by_name(db_field, kwargs))


class Recorded(Console, SimpleHistoryAdmin):
    object_history_list_template = "admin/history_list.html"

    @all_or_nothing
    def history_form_view(self, *args, **kwargs):
        return super().history_form_view(*args, **kwargs)


class ReadOnly(Console):
    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


def by_name(db_field, kwargs):
    rows = db_field.related_model._default_manager
    return {"queryset": rows.by_name(), **kwargs} if hasattr(rows, "by_name") else kwargs


class Inline(admin.TabularInline):
    template = "admin/rows.html"
    extra = 0
    related: list[str]  # what naming a row needs

    def get_queryset(self, request):
        return super().get_queryset(request).select_related(*self.related)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        field.widget.attrs["aria-label"] = capfirst(field.label)
        return field

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        field = super().formfield_for_foreignkey(db_field, request, **by_name(db_field, kwargs))
        field.choices = list(field.choices)  # asked once, not once a row
        return field


class Which(admin.SimpleListFilter):
    """One method for each of its kinds takes the rows and keeps those."""

    title = parameter_name = "state"
    kinds: dict[str, str] = {}

    def lookups(self, request, model_admin):
        return list(self.kinds.items())

    def queryset(self, request, queryset):
        return getattr(self, self.value())(queryset) if self.value() in self.kinds else queryset


class Rows(BaseInlineFormSet):
    def add_fields(self, form, index):
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].widget.attrs["aria-label"] = "Delete"

    def kept(self):
        gone = self.deleted_forms
        return [form for form in self.forms if form not in gone and not form.errors and form.instance.starts_on]


class Spans(Rows):
    """Rows that are saved together are held against each other, the rest against what is on record."""

    def add_fields(self, form, index):
        super().add_fields(form, index)
        form.instance.beside = [each.pk for each in self.get_queryset()]

    def clean(self):
        super().clean()
        for one, other in combinations(self.kept(), 2):
            if other.instance.overlaps(one.instance):
                other.add_error(None, Overlap(one.instance))

    def save(self, commit=True):
        gone = [form.instance for form in self.deleted_forms if form.instance.pk]
        for each in gone:
            each.delete()
        for form in self.kept():  # what shrinks gives way to what grows
            self.model.objects.filter(pk=form.instance.pk).trim(form.instance.starts_on, form.instance.ends_on)
        saved = super().save(commit)
        self.deleted_objects += gone
        return saved


# --- Tables as files ----------------------------------------------------------------------------


class TableForm(ImportForm):
    def clean_import_file(self):
        file = self.cleaned_data["import_file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(f"The file has {file.size:,} bytes; at most {MOST_BYTES:,}: split it.")
        return file


class ConfirmForm(ConfirmImportForm):
    format = forms.ChoiceField(choices=[("0", "CSV")], widget=forms.HiddenInput)
    resource = forms.ChoiceField(choices=[("0", "")], required=False, widget=forms.HiddenInput)


class Tables(ImportExportMixin):
    import_formats = [Csv]
    export_formats = [Csv, Xlsx]
    import_template_name = "admin/table_import.html"
    import_form_class = TableForm
    confirm_form_class = ConfirmForm
    export_form_class = ExportForm
    tmp_storage_class = Carried
    to_encoding = "utf-8-sig"

    def add_data_read_fail_error_to_form(self, form, e):
        form.add_error("import_file", "This is no table that can be read. Save it as CSV, in UTF-8, with a head line.")

    def get_import_data_kwargs(self, **kwargs):
        return {**super().get_import_data_kwargs(**kwargs), "rollback_on_validation_errors": True}

    def process_import(self, request, **kwargs):
        try:
            return super().process_import(request, **kwargs)
        except BadSignature:
            return self.once_more(request, "This preview is too old, or not ours. Choose the file again.")

    def process_result(self, result, request):
        if result.has_errors() or result.has_validation_errors():
            return self.once_more(request, "Something changed since the preview. Nothing was imported: look again.")
        return super().process_result(result, request)

    def once_more(self, request, why):
        messages.error(request, why)
        return redirect(reverse("admin:{}_{}_import".format(*self.get_model_info())))
