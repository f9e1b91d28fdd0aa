"""/api/v1: KPIs, observations in and out, rollups, series, signals.

Values are exact decimals as strings, what statistics make of them are numbers; null: no answer.
"""

from kpis.api.definitions import KpiViewSet
from kpis.api.observations import ObservationViewSet
from kpis.api.series import RollupView, SeriesView
from kpis.api.signals import SignalViewSet

__all__ = ["KpiViewSet", "ObservationViewSet", "RollupView", "SeriesView", "SignalViewSet"]
