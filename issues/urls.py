from django.urls import path

from issues import ledger, views
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
COMMITMENT_NOUNS = {
    ledger.Act.DONE: "completion",
    ledger.Act.MOVE: "date",
    ledger.Act.HAND_OVER: "hand-over",
    ledger.Act.RELEASE: "release",
}

app_name = "issues"
urlpatterns = [
    path("issues/", views.IssueList.as_view(), name="list"),
    path("issues/board/", views.Board.as_view(), name="board"),
    path("issues/triage/", views.Triage.as_view(), name="triage"),
    path("issues/views/", views.ViewSaving.as_view(), name="view-saving"),
    path("issues/views/<int:pk>/removal/", views.ViewRemoval.as_view(), name="view-removal"),
    path("issues/friction/", views.FrictionMatrix.as_view(), name="friction"),
    path("issues/logs/", views.EventLogList.as_view(), name="logs"),
    path("issues/logs/<int:pk>/", views.EventLogDetail.as_view(), name="log"),
    path("issues/logs/<int:pk>/removal/", views.EventLogRemoval.as_view(), name="log-removal"),
    path("issues/new/", views.Raising.as_view(), name="raise"),
    path("agreements/", views.Agreements.as_view(), name="agreements"),
    path("agreements/<slug:raiser>/<slug:owner>/", views.AgreementPage.as_view(), name="agreement"),
    path("issues/<int:pk>/", views.IssueDetail.as_view(), name="issue"),
    path("issues/<int:pk>/change/", views.IssueChange.as_view(), name="change"),
    path("issues/<int:pk>/comments/", views.IssueComments.as_view(), name="comments"),
    path("issues/<int:pk>/attachments/", views.AttachmentAdding.as_view(), name="attachments"),
    path("attachments/<int:pk>/", views.AttachmentFile.as_view(), name="attachment"),
    path("attachments/<int:pk>/removal/", views.AttachmentRemoval.as_view(), name="attachment-removal"),
    path("attachments/<int:pk>/restoration/", views.AttachmentRestoration.as_view(), name="attachment-restoration"),
    *(
        path(f"issues/<int:pk>/{noun}/", views.MoveMaking.as_view(act=act), name=str(act))
        for act, noun in NOUNS.items()
    ),
    path("issues/<int:pk>/mediation/", views.MediationPage.as_view(), name="mediation"),
    path("issues/<int:pk>/mediation/position/", views.PositionWriting.as_view(), name="position"),
    path("issues/<int:pk>/mediation/proposal/", views.Proposing.as_view(), name="proposal"),
    path("issues/<int:pk>/mediation/answer/", views.Answering.as_view(), name="answer"),
    path("issues/<int:pk>/mediation/decision/", views.Deciding.as_view(), name="decision"),
    path("issues/<int:pk>/mediation/follow-up/", views.FollowingUp.as_view(), name="follow-up"),
    path("commitments/", views.CommitmentList.as_view(), name="commitments"),
    path("commitments/table.<format:kind>", views.CommitmentList.as_view(), name="commitments-table"),
    path("commitments/mine/", views.MyCommitments.as_view(), name="my-commitments"),
    path("commitments/kept/", views.CommitmentsKept.as_view(), name="commitments-kept"),
    path("commitments/new/", views.Committing.as_view(), name="commit"),
    path("commitments/<int:pk>/", views.CommitmentDetail.as_view(), name="commitment"),
    path("commitments/<int:pk>/comments/", views.CommitmentComments.as_view(), name="commitment-comments"),
    path("commitments/<int:pk>/completion/reversal/", views.DoneUndoing.as_view(), name="commitment-undo"),
    *(
        path(f"commitments/<int:pk>/{noun}/", views.EntryMaking.as_view(act=act), name=f"commitment-{act}")
        for act, noun in COMMITMENT_NOUNS.items()
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
    path("effects/", views.EffectLedger.as_view(), name="effects"),
    path("effects/table.<format:kind>", views.EffectLedger.as_view(), name="effects-table"),
    path("effects/new/", views.MeasureStart.as_view(), name="measure-start"),
    path("effects/<int:pk>/", views.MeasureDetail.as_view(), name="measure"),
    path("effects/<int:pk>/withdrawal/", views.Withdrawing.as_view(), name="measure-withdrawal"),
    path("effects/<int:pk>/restoration/", views.Restoring.as_view(), name="measure-restoration"),
]
