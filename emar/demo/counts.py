"""How a demo home counts its stock: a few lines a day, controlled drugs weekly, and what came of differences."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from emar.demo.chance import draw, id_at, portion
from emar.demo.doses import Carers
from emar.demo.supply import CYCLE_DAYS, Shelf, ShelfLine
from emar.models import CareHome
from stock.models import Discrepancy, StockCount, StockLine
from stock.operations import counts, ledger
from stock.queries.balances import line_balances

SUNDAY = 6
DIFFERS, DIFFERS_CONTROLLED = 0.02, 0.005
#: One in so many discrepancies is still waiting for a reason.
LEFT_OPEN = 0.15
#: And whoever found one looks for the reason for some days first.
SEARCHED_FOR = timedelta(days=3)
FEWER = (
    counts.Signature("dropped", "Counted again by two people: a dropped tablet was thrown away and not recorded"),
    counts.Signature("wrong_quantity", "Strip at the back of the box was half empty on arrival; pharmacy told"),
    counts.Signature("unexplained", "Not found after a search of trolley and cupboard; incident form started"),
)
MORE = (
    counts.Signature("not_booked_in", "Two found in the bottom of the old box, carried over"),
    counts.Signature("recorded_not_given", "Dose recorded as given was refused; carer spoken to and record corrected"),
)
BELOW_ZERO = (counts.Signature("not_booked_in", "Delivery was put away before it was booked in; booked in now"),)


class Stocktaking:
    """Counts lines and signs for what differs, through the ledger."""

    def __init__(self, home: CareHome, shelf: Shelf, carers: Carers, seed: str) -> None:
        self.home, self.shelf, self.carers, self.seed = home, shelf, carers, seed

    def of_day(self, day: date, at: datetime, lines: Sequence[ShelfLine]) -> None:
        """Count the lines whose turn it is on this day, once, and sign for earlier differences."""
        turn = {line.line_id: line for line in lines if line.packs and self._is_turn(line, day)}
        ids = {line_id: id_at(at, self.seed, self.home.name, line.name, "count") for line_id, line in turn.items()}
        done = set(StockCount.objects.filter(pk__in=ids.values()).values_list("pk", flat=True))
        balances = {each.line_id: each.balance for each in line_balances(self.home.pk)}
        rows = {row.pk: row for row in StockLine.objects.filter(pk__in=turn)}
        self._sign(at, balances)
        for line_id, line in turn.items():
            if ids[line_id] in done:
                continue
            by = self.carers.senior(self.carers.team.manager, at)
            ledger.count(
                count_id=ids[line_id],
                line=rows[line_id],
                counted=balances[line_id] + self._difference(line, day, balances[line_id]),
                by=by.pk,
                at=at,
                witness=self.carers.senior(by, at).pk if line.is_controlled else None,
            )

    def _is_turn(self, line: ShelfLine, day: date) -> bool:
        if line.is_controlled:
            return day.weekday() == SUNDAY
        return day.toordinal() % CYCLE_DAYS == int(portion(self.seed, line.name, "turn") * CYCLE_DAYS)

    def _difference(self, line: ShelfLine, day: date, book: Decimal) -> Decimal:
        chance = draw(self.seed, line.name, day, "count")
        if chance.random() >= (DIFFERS_CONTROLLED if line.is_controlled else DIFFERS):
            return Decimal(0)
        size = Decimal({"ml": 10, "drop": 10, "dose": 4}.get(line.usual.unit, 1))
        difference = size * chance.choice((-1, -1, -1, -2, 1, 1))
        return difference if book + difference >= 0 else size

    def _sign(self, at: datetime, balances: dict[int, Decimal]) -> None:
        """Sign for differences found some days ago, except for the few that nobody has explained yet."""
        lines = {line.line_id: line for line in self.shelf.lines.values()}
        earlier = Discrepancy.objects.filter(home=self.home, closed_at__isnull=True, opened_at__lt=at - SEARCHED_FOR)
        for discrepancy in earlier.filter(line_id__in=lines):
            opened = (lines[discrepancy.line_id].name, discrepancy.opened_at)
            difference = discrepancy.found - discrepancy.expected
            is_count = discrepancy.kind == ledger.COUNT_DIFFERS
            if portion(self.seed, *opened, "open") < LEFT_OPEN:
                continue
            # A below-zero line is explained by the delivery that brings it up again.
            if not is_count and balances.get(discrepancy.line_id, Decimal(0)) < 0:
                continue
            reasons = (FEWER if difference < 0 else MORE) if is_count else BELOW_ZERO
            by = self.carers.senior(self.carers.team.manager, at)
            counts.sign(
                discrepancy=discrepancy,
                signature=reasons[int(portion(self.seed, *opened, "reason") * len(reasons))],
                by=by.pk,
                at=at,
                witness=self.carers.senior(by, at).pk,
            )
            if is_count:
                balances[discrepancy.line_id] += difference
                lines[discrepancy.line_id].found(difference)
