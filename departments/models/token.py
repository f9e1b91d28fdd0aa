import hashlib
import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q

PREFIX = "ops_"


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class ApiTokenQuerySet(models.QuerySet):
    def live(self, *, at):
        return self.filter(revoked_at=None).filter(Q(expires_at=None) | Q(expires_at__gt=at))

    def matching(self, secret):
        return self.filter(digest=digest(secret))

    def issue(self, *, user, scope, at, expires_at=None, name=""):
        """The new token, and its secret: shown this once, kept only as a hash."""
        secret = PREFIX + secrets.token_urlsafe(32)
        token = self.create(
            user=user,
            scope=scope,
            name=name,
            digest=digest(secret),
            hint=secret[: len(PREFIX) + 4],
            created_at=at,
            expires_at=expires_at,
        )
        return token, secret


class ApiToken(models.Model):
    """Lets a program act for a person, with a scope and an end."""

    class Scope(models.TextChoices):
        READ = "read", "Read"
        WRITE = "write", "Read and write"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80, blank=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField("starts with", max_length=12, editable=False)
    scope = models.CharField(max_length=5, choices=Scope, default=Scope.READ)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = "API token"
        constraints = [
            models.CheckConstraint(condition=Q(scope__in=["read", "write"]), name="api_token_scope_is_known"),
        ]

    def __str__(self):
        return f"{self.hint}… of {self.user}"

    def revoke(self, *, at):
        self.revoked_at = at
        self.save(update_fields=["revoked_at"])
