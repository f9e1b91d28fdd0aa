from kpis.admin.assignment import AssignmentAdmin
from kpis.admin.department import MovableDepartmentAdmin
from kpis.admin.kpi import KpiAdmin
from kpis.admin.observation import BatchAdmin, ObservationAdmin
from kpis.admin.target import TargetAdmin

__all__ = ["AssignmentAdmin", "BatchAdmin", "KpiAdmin", "MovableDepartmentAdmin", "ObservationAdmin", "TargetAdmin"]
