from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.generic import View

from issues.flow import Act
from issues.kinds import NotTaken, kind_of
from issues.models import Attachment, Issue
from issues.services.attaching import attach, remove, restore
from issues.services.moving import writes
from issues.views.issue import within_reach

INERT = "default-src 'none'; sandbox"


def may_attach(user, issue: Issue) -> bool:
    return bool(writes(user, issue, on=timezone.localdate(), act=Act.COMPLETE))


def within_writing(request, pk) -> Issue:
    issue = within_reach(request, pk)
    if not may_attach(request.user, issue):
        raise PermissionDenied("Files are attached by who raised the issue, and by the heads whom it concerns.")
    return issue


def back(issue: Issue):
    return HttpResponseRedirect(reverse("issues:issue", args=[issue.pk]) + "#files")


class AttachmentAdding(View):
    """POST attaches files; those that cannot be taken are named, and the others are kept."""

    def post(self, request, pk):
        issue = within_writing(request, pk)
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


class AttachmentFile(View):
    """The file itself: always to be saved, never shown, whatever it holds."""

    def get(self, request, pk):
        attachment = get_object_or_404(Attachment.objects.standing().select_related("issue"), pk=pk)
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
        attachment = get_object_or_404(Attachment.objects.standing(), pk=pk)
        issue = within_writing(request, attachment.issue_id)
        remove(attachment, by=request.user, at=timezone.now())
        undo = reverse("issues:attachment-restoration", args=[pk])
        messages.success(request, f"Removed: {attachment.name}.", extra_tags=f"undo:{undo}")
        return back(issue)


class AttachmentRestoration(View):
    def post(self, request, pk):
        attachment = get_object_or_404(Attachment, pk=pk)
        issue = within_writing(request, attachment.issue_id)
        try:
            restore(attachment)
        except NotTaken as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"Brought back: {attachment.name}.")
        return back(issue)
