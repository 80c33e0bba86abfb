"""What may or should leave the home: which packs are offered first and why, and what still waits after a death."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from emar.models import Presence
from emar.queries.days_left import Holding, days_left
from emar.queries.policy import policy_of
from emar.queries.presences import latest_presences, where_residents_are
from emar.queries.register import register_balances
from emar.rules.wall_clock import local_day
from stock.models import PackStatus
from stock.queries.disposal import contents
from stock.queries.lines import HeldLine, LineInHome, PackInHome, held_lines
from stock.queries.recalls import recalls, waiting_pack_ids


@dataclass(frozen=True, slots=True)
class Hold:
    """Medicines of somebody who died, and until when they are kept."""

    resident_id: int
    full_name: str
    until_at: datetime

    @property
    def until_on(self) -> date:
        """The day from which they may leave."""
        return local_day(self.until_at)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pack, or stock of which no pack is known, that could leave: how much of it, and why it is offered.

    `reason` is a Disposal.Reason, empty for what is only there to be chosen.
    """

    line: LineInHome
    pack: PackInHome | None
    quantity: Decimal
    reason: str
    is_controlled: bool
    hold: Hold | None

    @property
    def key(self) -> str:
        """What names it in a form."""
        return f"{self.line.pk}.{self.pack.pk if self.pack else ''}"

    @property
    def is_offered(self) -> bool:
        """Whether it should leave."""
        return bool(self.reason)


def holds(home_id: int, resident_ids: Collection[int]) -> list[Hold]:
    """Return the residents among these who died, with the end of the home's days after it. Two statements."""
    if not resident_ids:
        return []
    days = timedelta(days=policy_of(home_id).death_hold_days)
    return [
        Hold(each.resident_id, each.resident.full_name, each.since_at + days)
        for each in latest_presences(home_id, resident_ids=resident_ids).select_related("resident")
        if each.presence == Presence.DIED
    ]


def candidates(home_id: int, now: datetime, *, resident_id: int | None = None) -> list[Candidate]:
    """Return what could leave the home: what is put aside first, then what should, then everything else that is here.

    A constant number of statements, however much the home holds.
    """
    held = held_lines(home_id, resident_id=resident_id)
    residents = {each.line.resident_id for each in held if each.line.resident_id is not None}
    where = where_residents_are(home_id, resident_ids=residents)
    kept = {each.resident_id: each for each in holds(home_id, residents) if now < each.until_at}
    unused = _unused(home_id, held, now)
    called_back = waiting_pack_ids(recalls(home_id))
    controlled = register_balances(home_id)
    inside = contents(home_id, [each.line.pk for each in held])
    found = []
    for each in held:
        line = each.line
        presence = where.get(line.resident_id or 0, "")
        is_controlled = line.is_controlled or line.pk in controlled
        packs: list[PackInHome | None] = list(each.packs) or ([None] if each.balance > 0 else [])
        for pack in packs:
            reason = _reason(pack, presence, line.pk in unused, local_day(now))
            if pack is not None and pack.pk in called_back:
                reason = "recalled"
            quantity = _quantity(each, pack, inside)
            found.append(Candidate(line, pack, quantity, reason, is_controlled, kept.get(line.resident_id or 0)))
    return sorted(found, key=_place)


def _quantity(held: HeldLine, pack: PackInHome | None, inside: dict[UUID, Decimal]) -> Decimal:
    """Return how much of a pack is probably left: never more than the book has of the line."""
    most = max(held.balance, Decimal(0))
    if pack is None or len(held.packs) == 1:
        return most
    return min(most, inside.get(pack.pk, Decimal(0)))


def _unused(home_id: int, held: Sequence[HeldLine], now: datetime) -> set[int]:
    """Return the lines of residents that no active prescription uses."""
    keys = {
        each.line.pk: (each.line.resident_id, each.line.medicine.generic_id or each.line.medicine_id, each.line.unit)
        for each in held
        if each.line.resident_id is not None
    }
    holdings = [Holding(*keys[each.line.pk], each.balance) for each in held if each.line.pk in keys]
    lasts = days_left(home_id, holdings, now)
    return {pk for pk, key in keys.items() if key in lasts and not lasts[key].is_used}


def _reason(pack: PackInHome | None, presence: str, is_unused: bool, today: date) -> str:
    if presence == Presence.DIED:
        return "died"
    if presence == Presence.LEFT:
        return "left"
    if pack is not None and pack.expires_on is not None and pack.expires_on < today:
        return "out_of_date"
    if pack is not None and pack.use_by is not None and pack.use_by < today:
        return "opened_too_long" if pack.opened_on else "out_of_date"
    if is_unused or (pack is not None and pack.status == PackStatus.QUARANTINED):
        return "stopped"
    return ""


def _place(each: Candidate) -> tuple[int, str, str, str]:
    is_aside = each.pack is not None and each.pack.status == PackStatus.QUARANTINED
    rank = 0 if is_aside else 1 if each.is_offered else 2
    resident = each.line.resident
    return rank, resident.full_name if resident else "", each.line.medicine.name, each.key
