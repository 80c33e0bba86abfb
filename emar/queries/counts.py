"""Which stock lines a count covers: everything, one resident's, one place's, or what matters most."""

from collections.abc import Sequence
from datetime import datetime

from emar.queries.register import register_balances
from stock.models import Location, StockCountSession
from stock.queries.counts import countables
from stock.queries.lines import HeldLine, held_lines
from stock.rules.counting import ToCount, what_matters_most

#: How many lines a cycle count asks for: what two people count in a quarter of an hour.
CYCLE_LINES = 12
Kind = StockCountSession.Kind


def lines_to_count(
    home_id: int, kind: str, now: datetime, *, resident_id: int | None = None, location: str = ""
) -> list[ToCount]:
    """Return the lines of a count in walking order, or for a cycle count by what matters most, with its reason.

    A constant number of statements. `kind` is a StockCountSession.Kind.
    """
    if kind == Kind.REGISTER:
        return [ToCount(pk, "") for pk, balance in register_balances(home_id).items() if balance]
    held = held_lines(home_id, resident_id=resident_id if kind == Kind.RESIDENT else None)
    if kind == Kind.LOCATION:
        held = [each for each in held if location in _places(each)]
    if kind != Kind.CYCLE:
        return [ToCount(each.line.pk, "") for each in held]
    return worth_counting(home_id, held, now)


def worth_counting(home_id: int, held: Sequence[HeldLine], now: datetime) -> list[ToCount]:
    """Return what a cycle count asks for today, the most pressing first. Two statements."""
    register = register_balances(home_id)
    known = countables(home_id, [each.line.pk for each in held], register, now)
    return what_matters_most(known, now, CYCLE_LINES)


def _places(held: HeldLine) -> set[str]:
    """Return where the packs of a line stand; stock without a pack is looked for on the trolley."""
    return {pack.location for pack in held.packs} or {Location.TROLLEY.value}
