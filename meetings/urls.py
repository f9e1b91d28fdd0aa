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
    path("meetings/new/", views.SeriesStart.as_view(), name="series-new"),
    path("meetings/series/<int:pk>/", views.SeriesPage.as_view(), name="series"),
    path("meetings/series/<int:pk>/change/", views.SeriesChange.as_view(), name="series-change"),
    path("meetings/series/<int:pk>/schedule/", views.SeriesSchedule.as_view(), name="series-schedule"),
    path("meetings/series/<int:pk>/end/", views.SeriesEnd.as_view(), name="series-end"),
    path("meetings/series/<int:pk>/resumption/", views.SeriesResumption.as_view(), name="series-resumption"),
    path("meetings/<int:pk>/<day:day>/time/", views.MeetingMove.as_view(), name="move"),
    path("meetings/<int:pk>/<day:day>/cancellation/", views.MeetingCancellation.as_view(), name="cancel"),
    path("meetings/<int:pk>/<day:day>/reinstatement/", views.MeetingReinstatement.as_view(), name="reinstate"),
    path("meetings/items/new/", views.Taking.as_view(), name="taking"),
    path("meetings/<int:pk>/<day:day>/", views.MeetingPage.as_view(), name="meeting"),
    path("meetings/<int:pk>/<day:day>/memo/", views.MemoDrafting.as_view(), name="memo"),
    path("meetings/<int:pk>/<day:day>/order/", views.Arranging.as_view(), name="order"),
    path("calendar/", views.Feeds.as_view(), name="feeds"),
    path("calendar/<str:token>.ics", views.Feed.as_view(), name="feed"),
    path("calendar/feeds/<int:pk>/revocation/", views.FeedRevocation.as_view(), name="feed-revocation"),
    path("agenda-items/<int:pk>/removal/", views.ItemRemoval.as_view(), name="item-removal"),
    path("agenda-items/<int:pk>/restoration/", views.ItemRestoration.as_view(), name="item-restoration"),
    path("agenda-items/<int:pk>/minutes/", views.ItemAllotment.as_view(), name="item-minutes"),
    path("statuses/<int:pk>/reversal/", views.StatusReversal.as_view(), name="reversal"),
    path("statuses/<int:pk>/acknowledgement/", views.StatusAcknowledgement.as_view(), name="acknowledgement"),
]
