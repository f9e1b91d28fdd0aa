from departments.resources import Table
from kpis.models import Kpi
from kpis.services.contracts import FIELDS, Understood


class Definitions(Table):
    class Meta:
        model = Kpi
        import_id_fields = ["code"]
        fields = [
            "code", "name", "owner", "unit", "decimals", "direction", "cadence", "recorded", "over_time",
            "over_departments", "category", "description", "numerator_name", "denominator_name", "per", "headline",
            "position",
        ]  # fmt: skip

    def after_init_instance(self, instance, new, row, **kwargs):
        if new:  # what the row does not say follows from the rest, as in every import
            said = Understood({name: row.get(name) or "" for name in FIELDS})
            for name, value in said.with_defaults().items():
                setattr(instance, name, value)
