"""Who somebody is: session and token. A leaver is nobody, at the next request."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission

from departments.models import ApiToken, User


def may_enter(user) -> bool:
    return user.is_active and not user.has_left(on=timezone.localdate())


def counted_as(request, credentials=None) -> str:
    """Whose failed log-ins these are: one count for an account, whichever of its names was typed, in any spelling."""
    given = credentials or {}
    typed = given.get("username") or given.get("email") or given.get("login") or request.POST.get("login", "")
    found = User.objects.filter(Q(username__iexact=typed) | Q(email__iexact=typed)).values_list("username", flat=True)
    return (typed and found.first()) or typed.casefold()


class Backend(AuthenticationBackend):
    def user_can_authenticate(self, user):
        return may_enter(user)


class Adapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        return False

    def pre_login(self, request, user, **kwargs):
        user.is_active = may_enter(user)  # allauth goes on with whoever knew the password, and asks this alone
        return super().pre_login(request, user, **kwargs)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer ops_…`"""

    def authenticate(self, request):
        scheme, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        now = timezone.now()
        token = ApiToken.objects.live(at=now).matching(secret.strip()).select_related("user").first()
        if token is None or not may_enter(token.user):
            raise AuthenticationFailed("This token is unknown, expired or revoked.")
        if token.last_used_at is None or (now - token.last_used_at).total_seconds() > 60:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.user, token

    def authenticate_header(self, request):
        return "Bearer"


class Allowed(BasePermission):
    """Signed in; and with a token, no further than its scope."""

    def has_permission(self, request, view):
        if not (request.user and request.user.is_authenticated):
            return False
        if request.method in SAFE_METHODS or request.auth is None:
            return True
        return request.auth.scope == ApiToken.Scope.WRITE
