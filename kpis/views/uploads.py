"""The import wizard: a page for each upload that shows the step it is in."""

from datetime import timedelta

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import FormView, TemplateView, View

from departments.mixins import Partial
from kpis import exports, tasks
from kpis.asked import asked_choice
from kpis.choosing import LAYOUTS, ChoicesForm, offered, writable_kpis
from kpis.models import Upload
from kpis.services import uploading
from kpis.services.recording import is_superseded
from kpis.services.uploading import MovedOn, Unkept, may_import, writable
from kpis.vocabulary import vocabulary

SHOWN = timedelta(days=90)
STEPS = ["File", "Columns", "Check", "Import"]
STEP = {"received": 0, "read": 1, "chosen": 2, "checked": 2, "confirmed": 3, "done": 3, "cancelled": 0, "failed": 0}


class FileForm(forms.Form):
    use_required_attribute = False  # what is missing the page says, with all else that is wrong

    file = forms.FileField(
        label="File",
        help_text="CSV, XLSX, XLSB, XLS or ODS. It is read, and you see what it holds before anything is recorded.",
        error_messages={"required": "Choose a file.", "empty": "This file is empty."},
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > settings.UPLOAD_LIMIT:
            found, limit = (f"{size // 2**20:,} MB" for size in (file.size, settings.UPLOAD_LIMIT))
            raise forms.ValidationError(f"Found {found}, expected at most {limit}. Upload it in parts.")
        return file


@method_decorator(never_cache, name="dispatch")
class Importing:
    """For who may write somewhere; to all others these pages do not exist."""

    def dispatch(self, request, *args, **kwargs):
        self.now = timezone.now()
        if not may_import(request.user, on=timezone.localdate(self.now)):
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    @property
    def uploads(self):
        return Upload.objects.of(self.request.user)


class UploadList(Importing, FormView):
    form_class = FileForm
    template_name = "imports/list.html"

    def get_context_data(self, **kwargs):
        shown = self.uploads.filter(uploaded_at__gt=self.now - SHOWN).newest_first().select_related("batch__reversal")
        return super().get_context_data(uploads=shown[:50], **kwargs)

    def form_valid(self, form):
        file = form.cleaned_data["file"]
        try:
            upload = uploading.receive(file.chunks(), file_name=file.name, by=self.request.user, at=self.now)
        except Unkept as error:
            form.add_error("file", str(error))
            return self.form_invalid(form)
        transaction.on_commit(tasks.wake_for_uploads)
        return redirect("kpis:upload", pk=upload.pk)


class UploadDetail(Importing, Partial, TemplateView):
    template_name = "imports/detail.html"
    partial_name = "imports/_upload.html"

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.form = None

    def upload(self) -> Upload:
        return get_object_or_404(self.uploads.select_related("batch__reversal"), pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs):
        upload = self.upload()
        choosing = upload.state == Upload.State.READ
        batch = upload.batch
        return super().get_context_data(
            upload=upload,
            steps=[(name, number - STEP[upload.state]) for number, name in enumerate(STEPS)],
            told=upload.shelf.told if upload.waits else None,
            stopping=upload.waits and upload.shelf.stop_is_asked,
            changes=sum(upload.report.get(name, 0) for name in ("added", "corrected", "targets")),
            layouts=LAYOUTS,
            form=(self.form or self.choices_form(upload)) if choosing else None,
            may_undo=batch is not None and not hasattr(batch, "reversal") and not is_superseded(batch),
            undone=getattr(batch, "reversal", None),
            **kwargs,
        )

    def choices_form(self, upload: Upload) -> ChoicesForm:
        asked, departments = self.request, writable(self.request.user, at=self.now)
        start = upload.choices or upload.seen["guess"]
        layout = asked_choice(asked.POST or asked.GET, "layout", LAYOUTS, start.get("layout", "long"))
        return ChoicesForm(
            asked.POST or None,
            initial=start,
            seen=upload.seen,
            layout=layout,
            departments=offered(departments),
            kpis=writable_kpis(departments),
            words=vocabulary(departments),
            on=timezone.localdate(self.now),
            sets_targets=asked.user.writes_everything,
        )

    def post(self, request, *args, **kwargs):
        """What the columns mean: have it checked."""
        upload = self.upload()
        if upload.state != Upload.State.READ:
            return self.moved_on(upload)
        self.form = self.choices_form(upload)
        if not self.form.is_valid():
            return self.render_to_response(self.get_context_data())
        return step(self, uploading.choose, upload, self.form.choices)

    def moved_on(self, upload):
        messages.info(self.request, "It has moved on meanwhile. This is how it stands now.")
        return redirect("kpis:upload", pk=upload.pk)


def step(view, service, upload, *args, **kwargs):
    """Take the upload a step further, and have the worker look at it."""
    try:
        service(upload, *args, at=view.now, **kwargs)
    except MovedOn as error:
        messages.info(view.request, str(error))
    transaction.on_commit(tasks.wake_for_uploads)
    return redirect("kpis:upload", pk=upload.pk)


class UploadStep(Importing, View):
    """POST takes an upload to another step."""

    def post(self, request, pk):
        return self.go(get_object_or_404(self.uploads, pk=pk), request.POST)


class UploadReading(UploadStep):
    """Another sheet, or another row for the head."""

    def go(self, upload, asked):
        row = asked.get("header_row", "").strip()
        row = int(row) if row.isascii() and row.isdigit() and 0 < int(row[:8]) < 2**20 else None
        return step(
            self, uploading.read_again, upload, sheet=asked.get("sheet", "").replace("\0", "")[:100], header_row=row
        )


class UploadColumns(UploadStep):
    """Back to the columns."""

    def go(self, upload, asked):
        return step(self, uploading.choose_again, upload)


class UploadImport(UploadStep):
    def go(self, upload, asked):
        return step(self, uploading.confirm, upload, skip_rejected=asked.get("others") == "on")


class UploadCancellation(UploadStep):
    def go(self, upload, asked):
        uploading.cancel(upload, at=self.now)
        return redirect("kpis:upload", pk=upload.pk)


class UploadRejected(Importing, View):
    """The rejected cells as a file, to work through."""

    def get(self, request, pk, kind):
        upload = get_object_or_404(self.uploads, pk=pk)
        header = ["row", "column", "found", "expected"]
        return exports.download(kind, f"rejected-{upload.pk}", header, upload.report.get("problems", []))
