from django.urls import path, register_converter

from meetings import views
from meetings.converters import DayConverter, WeekConverter

register_converter(WeekConverter, "week")
register_converter(DayConverter, "day")

MEETING = "meetings/<int:pk>/<day:day>"

app_name = "meetings"
urlpatterns = [
    path("status/", views.Board.as_view(), name="board"),
    path("status/<slug:slug>/", views.StatusHistory.as_view(), name="history"),
    path("status/<slug:slug>/<week:week>/", views.StatusDetail.as_view(), name="status"),
    path("status/<slug:slug>/<week:week>/writing/", views.StatusWriting.as_view(), name="writing"),
    path("status/<slug:slug>/<week:week>/draft/", views.StatusDraftSaving.as_view(), name="draft"),
    path("status/<slug:slug>/<week:week>/comments/", views.StatusComments.as_view(), name="comments"),
    path("meetings/", views.MeetingList.as_view(), name="meetings"),
    path("meetings/next/", views.NextMeeting.as_view(), name="next-meeting"),
    path("meetings/items/new/", views.Taking.as_view(), name="taking"),
    path(f"{MEETING}/", views.MeetingPage.as_view(), name="meeting"),
    path(f"{MEETING}/memo/", views.MemoDrafting.as_view(), name="memo"),
    path(f"{MEETING}/order/", views.Arranging.as_view(), name="agenda-order"),
    path("meetings/new/", views.SeriesStart.as_view(), name="series-new"),
    path("meetings/series/<int:pk>/", views.SeriesPage.as_view(), name="series"),
    path("meetings/series/<int:pk>/change/", views.SeriesChange.as_view(), name="series-change"),
    path("meetings/series/<int:pk>/schedule/", views.SeriesSchedule.as_view(), name="series-schedule"),
    path("meetings/series/<int:pk>/end/", views.SeriesEnd.as_view(), name="series-end"),
    path("meetings/series/<int:pk>/resumption/", views.SeriesResumption.as_view(), name="series-resumption"),
    path(f"{MEETING}/time/", views.MeetingMove.as_view(), name="move"),
    path(f"{MEETING}/cancellation/", views.MeetingCancellation.as_view(), name="cancel"),
    path(f"{MEETING}/reinstatement/", views.MeetingReinstatement.as_view(), name="reinstate"),
    path("calendar/", views.Feeds.as_view(), name="feeds"),
    path("calendar/<str:token>.ics", views.Feed.as_view(), name="feed"),
    path("calendar/feeds/<int:pk>/revocation/", views.FeedRevocation.as_view(), name="feed-revocation"),
    path("agenda-items/<int:pk>/removal/", views.ItemRemoval.as_view(), name="item-removal"),
    path("agenda-items/<int:pk>/restoration/", views.ItemRestoration.as_view(), name="item-restoration"),
    path("agenda-items/<int:pk>/minutes/", views.ItemAllotment.as_view(), name="item-minutes"),
    path("statuses/<int:pk>/reversal/", views.StatusReversal.as_view(), name="reversal"),
    path("statuses/<int:pk>/acknowledgement/", views.StatusAcknowledgement.as_view(), name="acknowledgement"),
    path(f"{MEETING}/running/", views.RunningPage.as_view(), name="running"),
    path(f"{MEETING}/running/state/", views.RunningState.as_view(), name="running-state"),
    path(f"{MEETING}/running/opening/", views.Opening.as_view(), name="opening"),
    path(f"{MEETING}/running/closing/", views.Closing.as_view(), name="closing"),
    path(f"{MEETING}/running/next/", views.GoingOn.as_view(), name="next"),
    path(f"{MEETING}/running/current/", views.Current.as_view(), name="current"),
    path(f"{MEETING}/running/done/", views.Finished.as_view(), name="done"),
    path(f"{MEETING}/running/votes/", views.Voting.as_view(), name="votes"),
    path(f"{MEETING}/running/order/", views.Ordering.as_view(), name="running-order"),
    path(f"{MEETING}/items/<int:item>/notes/", views.Noting.as_view(), name="notes"),
    path(f"{MEETING}/items/<int:item>/decisions/", views.Deciding.as_view(), name="decisions"),
    path(f"{MEETING}/items/<int:item>/commitments/", views.Promising.as_view(), name="promises"),
    path(f"{MEETING}/decisions/<int:decision>/", views.Amending.as_view(), name="decision"),
    path(f"{MEETING}/decisions/<int:decision>/measure/", views.DecisionMeasure.as_view(), name="decision-measure"),
    path(f"{MEETING}/minutes/", views.MinutesPage.as_view(), name="minutes"),
    path(f"{MEETING}/minutes/minutes.md", views.MinutesText.as_view(), name="minutes-text"),
    path(f"{MEETING}/minutes/rating/", views.RatingIt.as_view(), name="rating"),
    path(f"{MEETING}/minutes/attendance/", views.AttendanceCorrected.as_view(), name="attendance"),
]
