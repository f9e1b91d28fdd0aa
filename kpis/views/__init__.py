from kpis.views.batches import BatchDetail, BatchReversal
from kpis.views.comments import PeriodComments, SignalComments
from kpis.views.definitions import KpiList
from kpis.views.events import EventChange, EventList, EventRemoval, EventRestoration, EventStart
from kpis.views.kpi import KpiDetail
from kpis.views.matrix import Matrix
from kpis.views.phases import PhaseChange, PhaseEnd, PhaseRestoration, PhaseStart
from kpis.views.provenance import PeriodDetail
from kpis.views.signals import ExplanationReversal, SignalDetail, SignalList
from kpis.views.values import DepartmentValues

__all__ = [
    "BatchDetail",
    "BatchReversal",
    "DepartmentValues",
    "EventChange",
    "EventList",
    "EventRemoval",
    "EventRestoration",
    "EventStart",
    "ExplanationReversal",
    "KpiDetail",
    "KpiList",
    "Matrix",
    "PeriodComments",
    "PeriodDetail",
    "PhaseChange",
    "PhaseEnd",
    "PhaseRestoration",
    "PhaseStart",
    "SignalComments",
    "SignalDetail",
    "SignalList",
]
