from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.generic import DetailView, View

from departments.models.department import Reach
from kpis import exports, tasks
from kpis.models import Batch
from kpis.services.recording import AlreadyReversed, BatchSuperseded, reverse_batch
from kpis.views.recorded import stamp

SHOWN = 200


class BatchDetail(DetailView):
    """One import or entry: what it recorded, and the way to undo it whole."""

    model = Batch
    template_name = "kpis/batch.html"
    header = [
        "kpi",
        "department",
        "for",
        "reference",
        "value",
        "numerator",
        "denominator",
        "note",
        "row",
        "replaced at",
    ]

    def get(self, request, *args, **kwargs):
        kind = kwargs.get("kind")
        if kind is None:
            return super().get(request, *args, **kwargs)
        batch = self.get_object()
        rows = in_order(batch.observations).values_list(
            "kpi__code", "department__slug", "date", "reference", "value", "numerator", "denominator", "note", "row",
            "superseded_at",
        )  # fmt: skip
        return exports.download(kind, f"batch-{batch.pk}", self.header, [[*row[:-1], stamp(row[-1])] for row in rows])

    def get_queryset(self):
        return Batch.objects.reachable_by(self.request.user, on=timezone.localdate()).select_related(
            "recorded_by", "reverses", "reversal"
        )

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            recorded=listed(self.object.observations),
            replaced=listed(self.object.superseded),
            may_undo=may_undo(self.request.user, self.object),
            **kwargs,
        )


def in_order(observations):
    return observations.select_related("kpi", "department").order_by("kpi__name", "date", "pk")


def listed(observations) -> dict:
    return {"rows": in_order(observations)[:SHOWN], "count": observations.count()}


def may_undo(user, batch) -> bool:
    return Batch.objects.reachable_by(user, on=timezone.localdate(), reach=Reach.WRITE).filter(pk=batch.pk).exists()


class BatchReversal(View):
    """POST undoes a batch whole."""

    def post(self, request, pk):
        writable = Batch.objects.reachable_by(request.user, on=timezone.localdate(), reach=Reach.WRITE)
        batch = get_object_or_404(writable, pk=pk)
        try:
            undo = reverse_batch(batch, by=request.user, at=timezone.now())
        except (AlreadyReversed, BatchSuperseded) as error:
            messages.error(request, str(error))
            return redirect("kpis:batch", pk=batch.pk)
        transaction.on_commit(tasks.wake)
        messages.success(request, f"Undone: {batch}.")
        return redirect("kpis:batch", pk=undo.pk)
