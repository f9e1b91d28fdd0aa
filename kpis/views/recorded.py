from django.utils import timezone

from kpis.models import Batch

TRAIL = 50
RECORDED = [
    "for", "department", "reference", "value", "numerator", "denominator", "recorded at", "by", "source", "file", "row",
    "reason", "note", "replaced at", "replaced by", "replaced because",
]  # fmt: skip


def recorded(o) -> list:
    """An observation as it leaves: who recorded it, when and from where, and what became of it."""
    batch, after = o.batch, o.superseded_in
    return [
        o.date, o.department.name, o.reference, o.value, o.numerator, o.denominator, stamp(o.recorded_at),
        batch.recorded_by and str(batch.recorded_by), batch.get_source_display(), batch.file_name,
        o.row if batch.source == Batch.Source.FILE else None, batch.reason, o.note, stamp(o.superseded_at),
        after and after.recorded_by and str(after.recorded_by), after and after.reason,
    ]  # fmt: skip


def stamp(moment) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M") if moment else ""
