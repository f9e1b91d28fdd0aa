from django.urls import path, register_converter
from django.urls.converters import StringConverter

from kpis import views
from kpis.models.kpi import CODE


class CodeConverter(StringConverter):
    regex = CODE


register_converter(CodeConverter, "code")

app_name = "kpis"
urlpatterns = [
    path("kpis/", views.KpiList.as_view(), name="list"),
    path("kpis/<code:code>/", views.KpiDetail.as_view(), name="detail"),
    path("departments/<slug:slug>/values/", views.DepartmentValues.as_view(), name="values"),
    path("batches/<int:pk>/", views.BatchDetail.as_view(), name="batch"),
    path("batches/<int:pk>/reversal/", views.BatchReversal.as_view(), name="reversal"),
]
