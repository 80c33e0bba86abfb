"""What a home holds now, with what the record knows of it: how long it lasts, what is out, what has to be kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Sum

from emar.models import AuditEntry, HomelyRemedy, LeaveMedicines
from emar.queries.days_left import Holding, Key, Lasts, days_left
from emar.queries.disposal import Hold, holds
from emar.rules.wall_clock import local_day
from stock.models import StockPack
from stock.queries.lines import HeldLine, PackInHome, held_lines
from stock.rules.first_out import PackInUse, first_out

#: What was done to packs at the desk, as the trail names it.
PACK_ACTS = ("pack_moved", "pack_put_aside", "pack_released", "pack_finished", "pack_opened")


@dataclass(frozen=True, slots=True)
class HeldNow:
    """One stock line with what the record knows: None of `lasts` for stock of the home itself.

    `away` is how much of it is out with the resident, `hold` until when it is kept because they died.
    """

    held: HeldLine
    lasts: Lasts | None
    away: Decimal
    hold: Hold | None
    is_homely: bool
    today: date

    @property
    def is_unused(self) -> bool:
        """Whether something is held that no active prescription uses."""
        return bool(self.lasts and not self.lasts.is_used and self.held.balance > 0)

    @property
    def suggested(self) -> PackInHome | None:
        """The pack to give from next: first expired, first out."""
        return suggested(self.held, self.today)


def suggested(held: HeldLine, today: date) -> PackInHome | None:
    """Return the pack of a line that is given from next, None where none may be."""
    packs = [
        PackInUse(pack, pack.last_day, pack.opened_on is not None, pack.booked_in_at.isoformat())
        for pack in held.packs_in_use
    ]
    return first_out(packs, today)


def stock_now(home_id: int, now: datetime, *, resident_id: int | None = None) -> list[HeldNow]:
    """Return the stock of a home or of one resident, by resident and medicine. A constant number of statements."""
    held = held_lines(home_id, resident_id=resident_id)
    theirs = [each for each in held if each.line.resident_id is not None]
    lasts = days_left(home_id, [Holding(*key_of(each), each.balance) for each in theirs], now)
    residents = {each.line.resident_id for each in theirs}
    kept = {each.resident_id: each for each in holds(home_id, residents) if now < each.until_at}
    out = LeaveMedicines.objects.filter(home_id=home_id, returned_at__isnull=True)
    away = dict(out.values_list("line_id").annotate(total=Sum("quantity")))
    remedies = set(HomelyRemedy.objects.filter(home_id=home_id, ended_at=None).values_list("medicine_id", flat=True))
    today = local_day(now)
    return [
        HeldNow(
            each,
            lasts.get(key_of(each)),
            away.get(each.line.pk, Decimal(0)),
            kept.get(each.line.resident_id),
            each.line.resident_id is None
            and {each.line.medicine_id, each.line.medicine.generic_id} & remedies != set(),
            today,
        )
        for each in held
    ]


def key_of(held: HeldLine) -> Key:
    """Return by what a line's days left are known: the resident, the generic medicine and the unit."""
    medicine = held.line.medicine
    return held.line.resident_id, medicine.generic_id or medicine.pk, held.line.unit


def acts_on_packs(home_id: int, resident_id: int | None, packs: Sequence[StockPack]) -> list[AuditEntry]:
    """Return what was done to these packs at the desk, first to last. One statement."""
    about = [f"StockPack {pack.pk}" for pack in packs]
    found = AuditEntry.objects.filter(home_id=home_id, resident_id=resident_id, action__in=PACK_ACTS, about__in=about)
    return list(found.select_related("acted_by").order_by("acted_at", "pk"))
