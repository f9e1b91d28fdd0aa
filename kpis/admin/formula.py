from django.db.models import F, Q

from departments.admin.console import Inline, Rows
from kpis.formulas import FormulaInvalid
from kpis.models import Formula, Kpi
from kpis.services.formulas import check_formula, end_formula, needed, one_at_a_time


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
        one_at_a_time()
        for form in fresh:
            if not form.errors:
                self.check(form)
        for formula in self.standing(gone):
            self.hold(formula)
        if self.instance.is_formula and not held and not any(form.errors for form in fresh):
            self.non_form_errors().append("Give the formula, or let the KPI combine in another way.")

    def standing(self, gone):
        """Formulas that stand and speak of this KPI, or are its own: what is changed of it must leave them right."""
        codes = {code for code, speaks_of in needed().items() if self.instance.code in speaks_of}
        found = Formula.objects.current().filter(Q(kpi__code__in=codes) | Q(kpi=self.instance.pk)).exclude(pk__in=gone)
        return found.select_related("kpi") if self.instance.pk else []

    def hold(self, formula):
        kpi = self.instance if formula.kpi_id == self.instance.pk else formula.kpi
        among = [self.instance if each.pk == self.instance.pk else each for each in Kpi.objects.all()]
        if kpi == self.instance and not kpi.is_formula:
            self.non_form_errors().append("Remove its formula first: it would combine in another way.")
            return
        try:
            check_formula(formula.expression, kpi=kpi, among=among)
        except FormulaInvalid as error:
            self.non_form_errors().append(f"The formula of {kpi} would not hold: {formula}. {error}")

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
