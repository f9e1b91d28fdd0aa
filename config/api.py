from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import DefaultRouter

from dashboard.views import ApiReference
from departments.api import DepartmentViewSet
from kpis.api import KpiViewSet, ObservationViewSet, RollupView, SeriesView, SignalViewSet
from meetings.api import StatusViewSet

router = DefaultRouter()
router.include_format_suffixes = False
router.register("departments", DepartmentViewSet)
router.register("kpis", KpiViewSet)
router.register("observations", ObservationViewSet)
router.register("rollups", RollupView, basename="rollup")
router.register("series", SeriesView, basename="series")
router.register("signals", SignalViewSet)
router.register("statuses", StatusViewSet)

urlpatterns = [
    path("v1/", include(router.urls)),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", ApiReference.as_view(), name="docs"),
]
