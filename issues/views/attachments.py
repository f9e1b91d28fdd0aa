from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.generic import View

from issues.kinds import NotTaken, kind_of
from issues.models import Attachment, Issue
from issues.services.attaching import attach, removable, remove, restore
from issues.views.issue import within_reach
from kpis.moment import AsKnown

INERT = "default-src 'none'; sandbox"


def within_writing(request, pk) -> Attachment:
    """A file that this user may remove or bring back."""
    attachment = get_object_or_404(Attachment.objects.select_related("by", "issue"), pk=pk)
    within_reach(request, attachment.issue_id)
    if attachment.pk not in removable(request.user, [attachment], on=timezone.localdate()):
        raise PermissionDenied("A file is removed and brought back by the department that attached it.")
    return attachment


def back(issue: Issue):
    return HttpResponseRedirect(reverse("issues:issue", args=[issue.pk]) + "#files")


class AttachmentAdding(View):
    """POST attaches files; those that cannot be taken are named, and the others are kept."""

    def post(self, request, pk):
        issue = within_reach(request, pk)
        files = request.FILES.getlist("files")
        if not files:
            messages.error(request, "No file was chosen.")
        for file in files:
            name = file.name.replace("\0", "")[-255:] or "file"
            try:
                kind = kind_of(name, file, file.size)
                attach(issue, file.chunks(), name=name, kind=kind, by=request.user, at=timezone.now())
            except NotTaken as error:
                messages.error(request, str(error))
            else:
                messages.success(request, f"Attached: {name}.")
        return back(issue)


class AttachmentFile(AsKnown, View):
    """The file itself: always to be saved, never shown, whatever it holds. One that was removed since, from a page that
    shows the issue as it was known then."""

    def get(self, request, pk):
        attachment = get_object_or_404(Attachment.objects.known_at(self.known_at), pk=pk)
        within_reach(request, attachment.issue_id)
        try:
            file = attachment.shelf.file.open("rb")
        except OSError:
            raise Http404("The file is gone.") from None
        response = FileResponse(file, as_attachment=True, filename=attachment.name, content_type=attachment.kind)
        response["Content-Security-Policy"] = INERT
        return response


class AttachmentRemoval(View):
    def post(self, request, pk):
        attachment = within_writing(request, pk)
        undo = reverse("issues:attachment-restoration", args=[pk])
        try:
            remove(attachment, by=request.user, at=timezone.now())
        except NotTaken as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"Removed: {attachment.name}.", extra_tags=f"undo:{undo}")
        return back(attachment.issue)


class AttachmentRestoration(View):
    def post(self, request, pk):
        attachment = within_writing(request, pk)
        try:
            restore(attachment, by=request.user, at=timezone.now())
        except NotTaken as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"Brought back: {attachment.name}.")
        return back(attachment.issue)
