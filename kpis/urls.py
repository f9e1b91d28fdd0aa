from django.urls import path

from kpis import views

app_name = "kpis"
urlpatterns = [
    path("kpis/", views.KpiList.as_view(), name="list"),
    path("kpis/table.<format:kind>", views.KpiList.as_view(), name="list-table"),
    path("kpis/<code:code>/", views.KpiDetail.as_view(), name="detail"),
    path("kpis/<code:code>/table.<format:kind>", views.KpiDetail.as_view(), name="detail-table"),
    path("kpis/<code:code>/recorded.<format:kind>", views.KpiDetail.as_view(), {"table": "trail"}, name="detail-trail"),
    path("departments/<slug:slug>/values/", views.DepartmentValues.as_view(), name="values"),
    path("batches/<int:pk>/", views.BatchDetail.as_view(), name="batch"),
    path("batches/<int:pk>/table.<format:kind>", views.BatchDetail.as_view(), name="batch-table"),
    path("batches/<int:pk>/reversal/", views.BatchReversal.as_view(), name="reversal"),
]
