"""What stands in the cupboards of a home: each line with its balance, its packs and what does not add up."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from stock.models import Discrepancy, PackStatus, StockLine, StockPack
from stock.queries.balances import line_balances
from stock.queries.discrepancies import open_discrepancies


@dataclass(frozen=True, slots=True)
class HeldLine:
    """One stock line as it stands: `balance` is what its latest movement left.

    `packs` are those not finished yet, the first to expire first.
    """

    line: StockLine
    balance: Decimal
    packs: Sequence[StockPack]
    discrepancies: Sequence[Discrepancy]

    @property
    def packs_in_use(self) -> list[StockPack]:
        """The packs that may be given from."""
        return [pack for pack in self.packs if pack.status == PackStatus.IN_USE]

    @property
    def quarantined(self) -> list[StockPack]:
        """The packs that may not be given from and wait to go back."""
        return [pack for pack in self.packs if pack.status == PackStatus.QUARANTINED]

    @property
    def first_expiry(self) -> date | None:
        """The earliest day on which a pack in use may no longer be given from, or None when none is known."""
        return min((day for pack in self.packs_in_use if (day := pack.use_by or pack.expires_on)), default=None)


def held_lines(home_id: int, *, resident_id: int | None = None) -> list[HeldLine]:
    """Return the stock lines of a home or of one resident, by resident and medicine, in six statements.

    Lines that hold nothing, have no pack and no open discrepancy are history and left out.
    """
    # Residents and medicines are few and lines many: one object each, instead of one a line.
    lines = StockLine.objects.filter(home_id=home_id).prefetch_related("resident", "medicine")
    packs = StockPack.objects.filter(home_id=home_id).exclude(status=PackStatus.FINISHED)
    if resident_id is not None:
        lines = lines.filter(resident_id=resident_id)
        packs = packs.filter(line__resident_id=resident_id)
    packs_of: dict[int, list[StockPack]] = defaultdict(list)
    for pack in packs.order_by("use_by", "expires_on", "booked_in_at"):
        packs_of[pack.line_id].append(pack)
    open_of: dict[int, list[Discrepancy]] = defaultdict(list)
    for discrepancy in open_discrepancies(home_id):
        open_of[discrepancy.line_id].append(discrepancy)
    balances = {each.line_id: each.balance for each in line_balances(home_id)}
    found = [
        HeldLine(line, balances[line.pk], packs_of[line.pk], open_of[line.pk])
        for line in lines.order_by("resident__corridor_order", "resident_id", "medicine__name", "pk")
    ]
    return [each for each in found if each.balance or each.packs or each.discrepancies]


def held_line_of(home_id: int, resident_id: int, medicine_ids: Collection[str | None], unit: str) -> StockLine | None:
    """Return a resident's stock line of a medicine, under any of the codes given; None where there is none."""
    found = StockLine.objects.filter(
        home_id=home_id, resident_id=resident_id, medicine_id__in={each for each in medicine_ids if each}, unit=unit
    )
    return found.order_by("pk").first()
