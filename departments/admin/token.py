from django.contrib import admin, messages
from django.utils import timezone

from departments.admin.console import ReadOnly, Which
from departments.models import ApiToken


class State(Which):
    kinds = {"live": "Live", "over": "Revoked or expired"}

    def live(self, tokens):
        return tokens.live(at=timezone.now())

    def over(self, tokens):
        return tokens.exclude(pk__in=self.live(tokens))


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnly):
    list_display = ["hint", "user", "name", "scope", "created_at", "expires_at", "last_used_at", "revoked_at"]
    list_display_links = None
    list_filter = [State, "scope"]
    list_select_related = ["user"]
    search_fields = ["hint", "name", "user__username", "user__name"]
    ordering = ["-created_at"]
    fields = list_display
    actions = ["revoke"]

    @admin.action(description="Revoke the chosen tokens")
    def revoke(self, request, queryset):
        now = timezone.now()
        live = list(queryset.live(at=now))
        for token in live:
            token.revoke(at=now)
            self.log_change(request, token, "Revoked.")
        messages.success(request, f"{len(live)} revoked.")
