from django.db.models import F

from departments.admin.console import Inline, Rows
from kpis.formulas import FormulaInvalid
from kpis.models import Formula
from kpis.services.formulas import check_formula, end_formula


class Formulas(Rows):
    """What is saved stands: another formula is added from a day on, a wrong one removed."""

    def clean(self):
        super().clean()
        fresh = [form for form in self.extra_forms if form.has_changed() and form not in self.deleted_forms]
        gone = {form.instance.pk for form in self.deleted_forms}
        held = [form.instance.starts_on for form in self.initial_forms if form.instance.pk not in gone]
        for form in (form for form in fresh if not form.errors):
            if form.instance.starts_on in held:
                form.add_error("starts_on", "A formula already holds from this day: remove it, or give another day.")
            held.append(form.instance.starts_on)
            self.check(form)
        if self.instance.is_formula and not held and not any(form.errors for form in fresh):
            self.non_form_errors().append("Give the formula, or let the KPI combine in another way.")

    def check(self, form):
        if not self.instance.is_formula:
            form.add_error("expression", "A KPI with a formula combines over time and over departments by “Formula”.")
            return
        try:
            check_formula(form.instance.expression, kpi=self.instance)
        except FormulaInvalid as error:
            form.add_error("expression", str(error))

    def save_new(self, form, commit=True):
        form.instance.recorded_by, form.instance.recorded_at = self.by, self.at
        return super().save_new(form, commit=commit)

    def delete_existing(self, obj, commit=True):
        end_formula(obj, by=self.by, at=self.at)


class FormulaInline(Inline):
    model = Formula
    formset = Formulas
    related = ["kpi"]
    fields = ["expression", "starts_on", "reason"]
    ordering = [F("starts_on").asc(nulls_first=True)]

    def get_queryset(self, request):
        return super().get_queryset(request).current()

    def has_change_permission(self, request, obj=None):
        return False
