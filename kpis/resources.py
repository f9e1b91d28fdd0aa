"""KPI definitions as files in the administration: the columns of `import_kpis`, and its service."""

from pathlib import Path
from tempfile import TemporaryDirectory

import tablib
from django.core.exceptions import ValidationError
from django.utils import timezone
from import_export.fields import Field
from import_export.formats import base_formats
from import_export.resources import Resource
from import_export.results import Error, Result, RowResult

from departments.resources import MOST_ROWS, difference, inert
from kpis.mapping import MappingInvalid
from kpis.models import Kpi
from kpis.selectors.definitions import COLUMNS, definitions
from kpis.services.defining import KpiReport, import_kpis
from kpis.sheets import UnreadableFile


class AnyTable(base_formats.Format):
    """CSV or spreadsheet, as it is: what it says, the service finds out."""

    def __init__(self, encoding=None):
        pass

    def get_title(self):
        return "table"

    def is_binary(self):
        return True

    def create_dataset(self, in_stream, **kwargs):
        return in_stream

    def can_import(self):
        return True

    def get_read_mode(self):
        return "rb"


class Definitions(Resource):
    @classmethod
    def get_display_name(cls):
        return "KPI definitions"

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.fields = {column: Field(column_name=column) for column in COLUMNS}

    def export(self, queryset=None, **kwargs):
        cells = definitions(Kpi.objects.by_name() if queryset is None else queryset, on=timezone.localdate())
        rows = [[inert(row[column]) for column in COLUMNS] for row in cells.values()]
        return tablib.Dataset(*rows, headers=COLUMNS)

    def import_data(self, dataset: bytes, dry_run=False, user=None, **kwargs) -> Result:
        result = Result()
        result.diff_headers = list(COLUMNS)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "The file"
            path.write_bytes(dataset)
            try:
                report = import_kpis(path, by=user, at=timezone.now(), dry_run=dry_run, most_rows=MOST_ROWS)
            except (UnreadableFile, MappingInvalid) as error:
                result.append_base_error(Error(error))
                return result
        refused(result, report)
        taken(result, report)
        return result


def refused(result: Result, report: KpiReport):
    rows = {}
    for problem in report.problems:
        words = f"Found “{problem.found}”, expected {problem.expected}."
        rows.setdefault(problem.row, {}).setdefault(problem.column, []).append(words)
    for number, errors in rows.items():
        result.append_invalid_row(number - 1, {}, ValidationError(errors))  # counted from below the head


def taken(result: Result, report: KpiReport):
    kpis = {kpi.code: kpi for kpi in Kpi.objects.filter(code__in=report.after)}
    for code, after in report.after.items():
        before, row = report.before.get(code), RowResult()
        row.import_type = "new" if before is None else "skip" if before == after else "update"
        row.diff = [difference(before[column] if before else "", after[column]) for column in COLUMNS]
        row.instance = kpis.get(code)
        row.add_instance_info(row.instance)
        result.append_row_result(row)
        result.increment_row_result_total(row)
