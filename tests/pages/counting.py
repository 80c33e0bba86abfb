"""What a home's counts leave: a count that goes on, a pack counted in it, and a difference with a note."""

from decimal import Decimal
from uuid import UUID

from uuid_utils.compat import uuid7

from emar.models import StaffMember
from emar.operations import counts
from emar.scope import scope
from stock.models import StockPack
from stock.operations.counts import Found
from tests.factories import NOW


def with_counting(pack: StockPack, manager: StaffMember, name: str) -> dict[str, int | UUID]:
    """Furnish a home with a count of everything, and a difference of this pack's line with a note; return their ids."""
    with scope(home=pack.home_id):
        asked = counts.Asked(uuid7(), "full")
        session = counts.start_count(home_id=pack.home_id, asked=asked, by=manager.pk, at=NOW)
        counts.count_pack(
            session=session, line_id=pack.line_id, pack_id=pack.pk, quantity=Decimal(3), counted_id=uuid7(),
            is_scanned=True, by=manager.pk, at=NOW,
        )  # fmt: skip
        taken = counts.count_line(
            line=pack.line, found=Found(uuid7(), Decimal(3), session_id=session.pk), by=manager.pk, at=NOW
        )
        assert taken.case is not None
        counts.write_note(
            note_id=uuid7(),
            discrepancy=taken.case,
            words=f"{name} searched",
            told=f"{name} Officer",
            by=manager.pk,
            at=NOW,
        )
    return {"session_id": session.pk, "stock_line_id": pack.line_id, "discrepancy_id": taken.case.pk}
