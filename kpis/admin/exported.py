import csv
from datetime import datetime
from decimal import Decimal

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import StreamingHttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_GET

from kpis.exports import inert
from kpis.selectors.grid import plain

CHUNK = 2000


class Line:
    """Where a CSV writer writes: what it wrote is what it gets back, so that no row waits for another."""

    def write(self, text):
        return text


class Exported:
    """The rows that the list shows, with its filters and its search, as CSV: however many there are."""

    change_list_template = "admin/exported_list.html"
    columns: dict[str, str]  # what heads a column: where it is found

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [path("export/", self.admin_site.admin_view(self.export), name=name), *super().get_urls()]

    @method_decorator(require_GET)
    def export(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            found = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            raise BadRequest("These filters are not those of the list.") from None
        rows = found.values_list(*self.columns.values()).iterator(CHUNK)
        name = f"{self.opts.verbose_name_plural}.csv"
        return StreamingHttpResponse(
            lines(list(self.columns), rows),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


def lines(head: list[str], rows):
    writer = csv.writer(Line())
    yield "\N{BYTE ORDER MARK}" + writer.writerow(head)
    for row in rows:
        yield writer.writerow([as_text(cell) for cell in row])


def as_text(cell):
    if isinstance(cell, Decimal):
        return plain(cell)
    if isinstance(cell, datetime):
        return timezone.localtime(cell).strftime("%Y-%m-%d %H:%M")
    return inert(cell)
