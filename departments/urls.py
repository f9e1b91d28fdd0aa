from allauth.account import views as accounts
from django.urls import include, path, re_path

from departments import views
from departments.services import commenting

# Log-in: those of allauth's pages that an agency needs. Nobody signs up; people are added by an administrator.
signing_in = [
    path("login/", accounts.login, name="account_login"),
    path("logout/", accounts.logout, name="account_logout"),
    path("inactive/", accounts.account_inactive, name="account_inactive"),
    path("password/change/", accounts.password_change, name="account_change_password"),
    path("password/reset/", accounts.password_reset, name="account_reset_password"),
    path("password/reset/done/", accounts.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        accounts.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/", accounts.password_reset_from_key_done, name="account_reset_password_from_key_done"
    ),
]
# What is done to what was said; what is said is sent to the app that has the thing.
threads = [
    path("comments/<int:pk>/", views.CommentChange.as_view(), name="comment"),
    path("comments/<int:pk>/withdrawal/", views.CommentAct.as_view(act=commenting.withdraw), name="withdrawal"),
    path("comments/<int:pk>/restoration/", views.CommentAct.as_view(act=commenting.restore), name="restoration"),
    path("threads/<int:pk>/resolution/", views.ThreadAct.as_view(act=commenting.resolve), name="resolution"),
    path("threads/<int:pk>/reopening/", views.ThreadAct.as_view(act=commenting.reopen), name="reopening"),
]
urlpatterns = [
    path("accounts/", include(signing_in)),
    path("", include((threads, "threads"))),
    path("absences/", views.Absences.as_view(), name="absences"),
    path("absences/restoration/", views.AbsenceRestoration.as_view(), name="absence-restoration"),
    path("absences/<int:pk>/end/", views.AbsenceEnd.as_view(), name="absence-end"),
    path("absences/<int:pk>/removal/", views.AbsenceRemoval.as_view(), name="absence-removal"),
    path("notifications/", views.NotificationList.as_view(), name="notifications"),
    path("notifications/reading/", views.Reading.as_view(), name="notifications-reading"),
    path("notifications/settings/", views.MailingChange.as_view(), name="notification-settings"),
    path("notifications/<int:pk>/", views.Opening.as_view(), name="notification"),
    path("mute/<str:token>/", views.Muting.as_view(), name="mute"),
]
