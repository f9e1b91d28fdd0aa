from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join

from departments.admin.console import ReadOnly, Recorded
from departments.models import Delivery, Mute, Notification, Webhook
from departments.models.notification import Kind
from departments.services.delivering import send_again
from departments.tasks import wake


class WebhookForm(forms.ModelForm):
    url = forms.URLField(label="URL", assume_scheme="https", help_text="Who knows it can write to the channel.")
    kinds = forms.MultipleChoiceField(
        choices=Kind.choices, required=False, widget=forms.CheckboxSelectMultiple, help_text="None: all of them."
    )


@admin.register(Webhook)
class WebhookAdmin(Recorded):
    form = WebhookForm
    list_display = ["name", "is_on"]
    fields = ["name", "url", "kinds", "is_on"]


@admin.register(Notification)
class NotificationAdmin(ReadOnly):
    list_display = ["created_at", "to", "kind", "key", "read_at", "delivery"]
    fields = list_display  # what people are told is theirs
    list_display_links = None
    list_filter = ["kind", "urgent"]
    list_select_related = ["to", "delivery__to", "delivery__webhook"]
    search_fields = ["key", "to__username", "to__name"]


@admin.register(Mute.history.model)
class MutingAdmin(ReadOnly):
    list_display = ["history_date", "user", "kind", "became", "history_change_reason"]
    list_display_links = None
    list_filter = ["kind"]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__name"]

    @admin.display(description="from then on")
    def became(self, record):
        return "Not muted any more" if record.history_type == "-" else "Muted"


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    list_display = ["created_at", "channel", "receiver", "state", "tries", "due_at", "sent_at", "trouble"]
    list_filter = ["state", "channel"]
    list_select_related = ["to", "webhook"]
    search_fields = ["to__username", "to__name", "webhook__name", "trouble", "key"]
    fields = [*list_display, "taken_at", "message_id", "key", "told"]
    actions = ["again"]

    @admin.display(description="to")
    def receiver(self, delivery):
        return delivery.to or delivery.webhook

    @admin.display(description="tells of")
    def told(self, delivery):
        listed, told = reverse("admin:departments_notification_changelist"), delivery.notifications.all()
        return format_html_join("", '<a href="{}?q={}">{}</a><br>', ((listed, each.key, each.key) for each in told))

    @admin.action(description="Send those again that failed or are unsure")
    def again(self, request, queryset):
        chosen = list(queryset.in_trouble())
        count = send_again(chosen, at=timezone.now())
        for delivery in chosen:
            self.log_change(request, delivery, "To be sent again.")
        transaction.on_commit(wake)
        messages.success(request, f"{count} will be sent again.")
