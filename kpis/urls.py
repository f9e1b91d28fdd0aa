from django.urls import path

from kpis import views

app_name = "kpis"
urlpatterns = [
    path("kpis/", views.KpiList.as_view(), name="list"),
    path("kpis/<str:code>/", views.KpiDetail.as_view(), name="detail"),
    path("departments/<slug:slug>/values/", views.DepartmentValues.as_view(), name="values"),
    path("batches/<int:pk>/", views.BatchDetail.as_view(), name="batch"),
    path("batches/<int:pk>/reversal/", views.BatchReversal.as_view(), name="reversal"),
]
