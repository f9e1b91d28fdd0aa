from django.utils import timezone
from django.utils.cache import patch_vary_headers

from departments.models.department import Reach


class Scoped:
    """Start from the rows this user may reach: any other row is a 404."""

    reach = Reach.READ

    def get_queryset(self):
        return super().get_queryset().reachable_by(self.request.user, on=timezone.localdate(), reach=self.reach)


class Partial:
    """Give htmx the fragment, and everyone else the page that includes it."""

    partial_name = None

    def get_template_names(self):
        htmx = self.request.htmx
        if htmx and not htmx.boosted and not htmx.history_restore_request:
            return [self.partial_name]
        return super().get_template_names()

    def render_to_response(self, *args, **kwargs):
        response = super().render_to_response(*args, **kwargs)
        patch_vary_headers(response, ["HX-Request"])  # one URL, two bodies
        return response
