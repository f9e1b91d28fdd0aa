from django.urls import path, register_converter

from meetings import views
from meetings.converters import WeekConverter

register_converter(WeekConverter, "week")

app_name = "meetings"
urlpatterns = [
    path("status/", views.Board.as_view(), name="board"),
    path("status/<slug:slug>/", views.StatusHistory.as_view(), name="history"),
    path("status/<slug:slug>/<week:week>/", views.StatusDetail.as_view(), name="status"),
    path("status/<slug:slug>/<week:week>/writing/", views.StatusWriting.as_view(), name="writing"),
    path("status/<slug:slug>/<week:week>/draft/", views.StatusDraftSaving.as_view(), name="draft"),
    path("status/<slug:slug>/<week:week>/comments/", views.StatusComments.as_view(), name="comments"),
    path("statuses/<int:pk>/reversal/", views.StatusReversal.as_view(), name="reversal"),
    path("statuses/<int:pk>/acknowledgement/", views.StatusAcknowledgement.as_view(), name="acknowledgement"),
]
