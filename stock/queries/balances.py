"""What a home holds of each line now: the balance its latest movement left."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection

from stock.models import PackStatus, StockMovement


@dataclass(frozen=True, slots=True)
class LineBalance:
    """One stock line and what the book says the home holds of it."""

    line_id: int
    resident_id: int | None
    medicine_id: str
    unit: str
    balance: Decimal


def line_balances(home_id: int) -> list[LineBalance]:
    """Return every stock line of the home with its balance, in one query; a line with no movement holds 0."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT line.id, line.resident_id, line.medicine_id, line.unit, coalesce(last.balance, 0)
              FROM stock_stockline AS line
              LEFT JOIN LATERAL (
                   SELECT balance FROM stock_stockmovement
                    WHERE line_id = line.id ORDER BY line_sequence DESC LIMIT 1) AS last ON true
             WHERE line.home_id = %s
             ORDER BY line.id
            """,
            [home_id],
        )
        return [LineBalance(*row) for row in cursor.fetchall()]


def holds_stock(home_id: int, resident_id: int) -> bool:
    """Return whether the home holds anything that belongs to this resident."""
    return any(line.balance for line in line_balances(home_id) if line.resident_id == resident_id)


def line_end(line_id: int) -> tuple[int, Decimal]:
    """Return the number of a line's last movement and what it left: (0, 0) for a line on which nothing has moved."""
    found = StockMovement.objects.filter(line_id=line_id).order_by("-line_sequence")
    return found.values_list("line_sequence", "balance").first() or (0, Decimal(0))


def packs_of_empty_lines(home_id: int, before: datetime) -> list[UUID]:
    """Return the packs in use of lines that hold nothing and on which nothing has moved since then. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT pack.id
              FROM stock_stockpack AS pack
              JOIN LATERAL (
                   SELECT balance, received_at FROM stock_stockmovement
                    WHERE line_id = pack.line_id ORDER BY line_sequence DESC LIMIT 1) AS last ON true
             WHERE pack.home_id = %s AND pack.status = %s AND last.balance <= 0 AND last.received_at < %s
            """,
            [home_id, PackStatus.IN_USE, before],
        )
        return [pk for (pk,) in cursor.fetchall()]
