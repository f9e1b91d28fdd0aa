from django.urls import path

from kpis import views
from kpis.views import uploads

app_name = "kpis"
urlpatterns = [
    path("kpis/", views.KpiList.as_view(), name="list"),
    path("kpis/table.<format:kind>", views.KpiList.as_view(), name="list-table"),
    path("kpis/<code:code>/", views.KpiDetail.as_view(), name="detail"),
    path("kpis/<code:code>/table.<format:kind>", views.KpiDetail.as_view(), name="detail-table"),
    path("kpis/<code:code>/recorded.<format:kind>", views.KpiDetail.as_view(), {"table": "trail"}, name="detail-trail"),
    path(
        "kpis/<code:code>/revisions.<format:kind>",
        views.KpiDetail.as_view(),
        {"table": "revisions"},
        name="detail-revisions",
    ),
    path("kpis/<code:code>/periods/<str:period>/", views.PeriodDetail.as_view(), name="period"),
    path("kpis/<code:code>/periods/<str:period>/comments/", views.PeriodComments.as_view(), name="period-comments"),
    path("kpis/<code:code>/phases/", views.PhaseStart.as_view(), name="phase-start"),
    path("phases/<int:pk>/", views.PhaseChange.as_view(), name="phase"),
    path("phases/<int:pk>/end/", views.PhaseEnd.as_view(), name="phase-end"),
    path("phases/<int:pk>/restoration/", views.PhaseRestoration.as_view(), name="phase-restoration"),
    path("events/", views.EventList.as_view(), name="events"),
    path("events/table.<format:kind>", views.EventList.as_view(), name="events-table"),
    path("events/new/", views.EventStart.as_view(), name="event-start"),
    path("events/<int:pk>/", views.EventChange.as_view(), name="event"),
    path("events/<int:pk>/removal/", views.EventRemoval.as_view(), name="event-removal"),
    path("events/<int:pk>/restoration/", views.EventRestoration.as_view(), name="event-restoration"),
    path("matrix/", views.Matrix.as_view(), name="matrix"),
    path("signals/", views.SignalList.as_view(), name="signals"),
    path("signals/<int:pk>/", views.SignalDetail.as_view(), name="signal"),
    path("signals/<int:pk>/comments/", views.SignalComments.as_view(), name="signal-comments"),
    path("signals/<int:pk>/reversal/", views.ExplanationReversal.as_view(), name="explanation-reversal"),
    path("departments/<slug:slug>/values/", views.DepartmentValues.as_view(), name="values"),
    path("batches/<int:pk>/", views.BatchDetail.as_view(), name="batch"),
    path("batches/<int:pk>/table.<format:kind>", views.BatchDetail.as_view(), name="batch-table"),
    path("batches/<int:pk>/reversal/", views.BatchReversal.as_view(), name="reversal"),
    path("imports/", uploads.UploadList.as_view(), name="uploads"),
    path("imports/<int:pk>/", uploads.UploadDetail.as_view(), name="upload"),
    path("imports/<int:pk>/reading/", uploads.UploadReading.as_view(), name="upload-reading"),
    path("imports/<int:pk>/columns/", uploads.UploadColumns.as_view(), name="upload-columns"),
    path("imports/<int:pk>/import/", uploads.UploadImport.as_view(), name="upload-import"),
    path("imports/<int:pk>/cancellation/", uploads.UploadCancellation.as_view(), name="upload-cancellation"),
    path("imports/<int:pk>/rejected.<format:kind>", uploads.UploadRejected.as_view(), name="upload-rejected"),
]
