from django.urls import path, register_converter

from meetings import views
from meetings.converters import DayConverter, WeekConverter

register_converter(WeekConverter, "week")
register_converter(DayConverter, "day")

app_name = "meetings"
urlpatterns = [
    path("status/", views.Board.as_view(), name="board"),
    path("status/<slug:slug>/", views.StatusHistory.as_view(), name="history"),
    path("status/<slug:slug>/<week:week>/", views.StatusDetail.as_view(), name="status"),
    path("status/<slug:slug>/<week:week>/writing/", views.StatusWriting.as_view(), name="writing"),
    path("status/<slug:slug>/<week:week>/draft/", views.StatusDraftSaving.as_view(), name="draft"),
    path("status/<slug:slug>/<week:week>/comments/", views.StatusComments.as_view(), name="comments"),
    path("meetings/", views.MeetingList.as_view(), name="meetings"),
    path("meetings/items/new/", views.Taking.as_view(), name="taking"),
    path("meetings/<int:pk>/<day:day>/", views.MeetingPage.as_view(), name="meeting"),
    path("meetings/<int:pk>/<day:day>/memo/", views.MemoDrafting.as_view(), name="memo"),
    path("meetings/<int:pk>/<day:day>/order/", views.Arranging.as_view(), name="order"),
    path("agenda-items/<int:pk>/removal/", views.ItemRemoval.as_view(), name="item-removal"),
    path("agenda-items/<int:pk>/restoration/", views.ItemRestoration.as_view(), name="item-restoration"),
    path("agenda-items/<int:pk>/minutes/", views.ItemAllotment.as_view(), name="item-minutes"),
    path("statuses/<int:pk>/reversal/", views.StatusReversal.as_view(), name="reversal"),
    path("statuses/<int:pk>/acknowledgement/", views.StatusAcknowledgement.as_view(), name="acknowledgement"),
]
