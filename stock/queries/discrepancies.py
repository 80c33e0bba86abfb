"""Where the book and the cupboard disagree, and nobody has signed why yet."""

from stock.models import Discrepancy


def open_discrepancies(home_id: int) -> list[Discrepancy]:
    """Return the open discrepancies of a home, oldest first, each with its line, medicine and resident."""
    found = Discrepancy.objects.filter(home_id=home_id, closed_at__isnull=True)
    return list(found.select_related("line__medicine", "line__resident", "opened_by").order_by("opened_at", "id"))
