from kpis.models.calendar import CalendarDay
from kpis.models.kpi import Assignment, Kpi
from kpis.models.observation import Batch, Observation
from kpis.models.rollup import OwnRollup, Rollup, RollupLock
from kpis.models.target import Target
from kpis.models.upload import RememberedMapping, Upload

__all__ = [
    "Assignment",
    "Batch",
    "CalendarDay",
    "Kpi",
    "Observation",
    "OwnRollup",
    "RememberedMapping",
    "Rollup",
    "RollupLock",
    "Target",
    "Upload",
]
