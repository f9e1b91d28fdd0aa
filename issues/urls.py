from django.urls import path

from issues import views
from issues.flow import Act

NOUNS = {
    Act.ACCEPT: "acceptance",
    Act.RETURN: "return",
    Act.COMPLETE: "completion",
    Act.START: "start",
    Act.PASS: "pass",
    Act.PAUSE: "pause",
    Act.RESUME: "resumption",
    Act.RESOLVE: "resolution",
    Act.CONFIRM: "confirmation",
    Act.DISPUTE: "dispute",
    Act.REOPEN: "reopening",
    Act.WITHDRAW: "withdrawal",
}

app_name = "issues"
urlpatterns = [
    path("issues/", views.IssueList.as_view(), name="list"),
    path("issues/board/", views.Board.as_view(), name="board"),
    path("issues/new/", views.Raising.as_view(), name="raise"),
    path("issues/<int:pk>/", views.IssueDetail.as_view(), name="issue"),
    path("issues/<int:pk>/comments/", views.IssueComments.as_view(), name="comments"),
    *(
        path(f"issues/<int:pk>/{noun}/", views.MoveMaking.as_view(act=act), name=str(act))
        for act, noun in NOUNS.items()
    ),
    path("risks/", views.RiskList.as_view(), name="risks"),
    path("risks/table.<format:kind>", views.RiskList.as_view(), name="risks-table"),
    path("risks/matrix/", views.RiskMatrix.as_view(), name="risk-matrix"),
    path("risks/reviews/", views.ReviewQueue.as_view(), name="risk-reviews"),
    path("risks/appetite/", views.Appetites.as_view(), name="risk-appetite"),
    path("risks/new/", views.RiskStart.as_view(), name="risk-start"),
    path("risks/<int:pk>/", views.RiskDetail.as_view(), name="risk"),
    path("risks/<int:pk>/comments/", views.RiskComments.as_view(), name="risk-comments"),
    path("risks/<int:pk>/change/", views.RiskChange.as_view(), name="risk-change"),
    path("risks/<int:pk>/review/", views.RiskReview.as_view(), name="risk-review"),
    path("risks/<int:pk>/closing/", views.RiskClosing.as_view(), name="risk-closing"),
    path("risks/<int:pk>/reopening/", views.RiskReopening.as_view(), name="risk-reopening"),
]
