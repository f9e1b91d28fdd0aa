"""Log-in: those of allauth's pages that an agency needs. Nobody signs up; people are added by an administrator.

Threads: what is done to what was said. What is said is sent to the app that has the thing.
"""

from allauth.account import views
from django.urls import path, re_path

from departments.services import commenting
from departments.views.threads import CommentAct, CommentChange, ThreadAct

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/reset/key/done/", views.password_reset_from_key_done, name="account_reset_password_from_key_done"),
]

threads = [
    path("comments/<int:pk>/", CommentChange.as_view(), name="comment"),
    path("comments/<int:pk>/withdrawal/", CommentAct.as_view(act=commenting.withdraw), name="withdrawal"),
    path("comments/<int:pk>/restoration/", CommentAct.as_view(act=commenting.restore), name="restoration"),
    path("threads/<int:pk>/resolution/", ThreadAct.as_view(act=commenting.resolve), name="resolution"),
    path("threads/<int:pk>/reopening/", ThreadAct.as_view(act=commenting.reopen), name="reopening"),
]
