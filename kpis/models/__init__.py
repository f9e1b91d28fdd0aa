from kpis.models.calendar import CalendarDay
from kpis.models.event import Event
from kpis.models.formula import Formula
from kpis.models.kpi import Assignment, Kpi
from kpis.models.observation import Batch, Observation
from kpis.models.phase import Phase
from kpis.models.rollup import OwnRollup, Rollup, RollupLock
from kpis.models.signal import Judgement, Process, Signal
from kpis.models.target import Target
from kpis.models.topic import PeriodTopic, SignalTopic
from kpis.models.upload import RememberedMapping, Upload

__all__ = [
    "Assignment",
    "Batch",
    "CalendarDay",
    "Event",
    "Formula",
    "Judgement",
    "Kpi",
    "Observation",
    "OwnRollup",
    "PeriodTopic",
    "Phase",
    "Process",
    "RememberedMapping",
    "Rollup",
    "RollupLock",
    "Signal",
    "SignalTopic",
    "Target",
    "Upload",
]
