from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import TemplateView

from departments.services.muting import BY_LINK, asked_by, mute, unmute


@method_decorator([login_not_required, csrf_exempt, never_cache], name="dispatch")
class Muting(TemplateView):
    """The link in a mail: its signature says who asks, and for what. Programs that read mail POST to it (RFC 8058)."""

    template_name = "departments/mute.html"

    def dispatch(self, request, *args, **kwargs):
        self.asked = asked_by(kwargs["token"], on=timezone.localdate())
        if self.asked is None:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def post(self, request, *args, **kwargs):
        change = unmute if "undo" in request.POST else mute
        change(self.asked.user, self.asked.kinds, at=timezone.now(), how=BY_LINK)
        return self.get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        muted = set(self.asked.user.mutes.values_list("kind", flat=True))
        return super().get_context_data(asked=self.asked, is_muted=muted >= set(self.asked.kinds), **kwargs)
