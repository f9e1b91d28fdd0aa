"""The median within each group of rows, found by the database."""

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber


def medians(rows, name: str, *, by: tuple[str, str]) -> dict[tuple[int, int], tuple[int, float]]:
    """How many rows a pair of keys has, and the median of what they are asked: the mean of the two in the middle.

    Those in the middle of n in a row are the ones whose place, doubled, is from n to n + 2.
    """
    pair = [F(each) for each in by]
    places = Window(RowNumber(), partition_by=pair, order_by=[name, "pk"])
    ranked = rows.order_by().annotate(twice=places * 2, many=Window(Count("pk"), partition_by=pair))
    middle = ranked.filter(twice__gte=F("many"), twice__lte=F("many") + 2)
    found: dict[tuple[int, int], list] = {}
    for first, second, many, value in middle.values_list(*by, "many", name):
        found.setdefault((first, second), [many]).append(value)
    return {key: (many, sum(values) / len(values)) for key, (many, *values) in found.items()}
