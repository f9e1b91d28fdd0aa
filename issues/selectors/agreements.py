"""Operating agreements, and how they were kept."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, F, Q

from issues.models import Agreement, Promise


class Kept(NamedTuple):
    """Of a pair: an agreement, and of what its owner promised and did or missed since a moment, how much was kept."""

    agreement: Agreement
    kept: int
    due: int

    @property
    def share(self) -> float | None:
        """In per cent; None where nothing was due."""
        return 100 * self.kept / self.due if self.due else None


def kept(agreements: Iterable[Agreement], *, since: datetime) -> list[Kept]:
    """In their order; promises of earlier terms of a pair count, too. One query besides the given."""
    pair = ("issue__raiser", "issue__owner")
    owners = Promise.objects.filter(at__gte=since, department=F("issue__owner"))
    counts = owners.order_by().values_list(*pair)
    found = counts.annotate(kept=Count("pk", filter=Q(is_kept=True)), due=Count("pk"))
    by_pair = {(raiser, owner): (kept, due) for raiser, owner, kept, due in found}
    return [Kept(each, *by_pair.get((each.raiser_id, each.owner_id), (0, 0))) for each in agreements]
