"""Does the ledger keep its invariants whatever people do, in whatever order?

Hypothesis makes up histories of a home's two lines, on real PostgreSQL, next to a model of a few lines that
knows only what must be true. Then faults are planted in the ledger one by one: each must be found, or the test
would show nothing.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from django.db import DatabaseError
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from uuid_utils.compat import uuid7

from emar.models import Administration
from emar.operations import administrations
from emar.operations.administrations import AdministrationRefused, AlreadyCorrected, Dose, correct
from emar.queries.record_faults import record_faults
from emar.rules.outcomes import NO_STOCK, stock_effect
from emar.scope import scope
from stock.models import Discrepancy, Place, StockCount, StockMovement
from stock.operations import counts, ledger
from stock.queries.ledger_faults import ledger_faults
from stock.rules.balance import Movement
from tests import factories as make
from tests.bedside import NINE, Bedside, make_bedside

pytestmark = pytest.mark.django_db

LINES = st.sampled_from([0, 1])
AWAY = st.sampled_from([Place.RETURNED, Place.AWAY, Place.WASTE])
AMOUNTS = st.sampled_from([Decimal(text) for text in ("1", "2", "0.5", "0.125", "0.0001", "12", "40")])
COUNTED = st.sampled_from([Decimal(text) for text in ("0", "5", "27.5", "100")])
OUTCOMES = st.sampled_from(["given", "part_given", "refused", "asleep", "destroyed_or_dropped", "out_of_stock"])


class History(RuleBasedStateMachine):
    """Two new lines of stock in a home, and what must be true of them."""

    #: Made once for a test: making a home costs as much as a history in it.
    home: ClassVar[Bedside]

    def __init__(self) -> None:
        super().__init__()
        self.sides = [self.home.another(medicine=self.home.medicine) for _ in range(2)]
        self.home_id = self.home.home.pk
        self.balances = [Decimal(28), Decimal(28)]
        self.doses: list[Dose] = []
        self.told: dict[str, Any] = {}
        self.corrected: set[str] = set()
        self.seen: list[tuple[Any, ...]] = []
        self.clock = NINE

    def _now(self) -> Any:
        self.clock += timedelta(minutes=1)
        return self.clock

    def _dose(self, which: int, outcome: str, amount: Decimal, in_pot: Decimal | None, **fields: Any) -> Dose:
        is_given = outcome in ("given", "part_given", "destroyed_or_dropped")
        return self.sides[which].dose(
            outcome=outcome, amount=amount if is_given else None, prepared=in_pot, due_at=None, **fields
        )

    def _take(self, which: int, dose: Dose) -> None:
        effect = stock_effect(dose.outcome, dose.amount, prepared=dose.prepared, was_in_pot=bool(dose.prepared))
        self.balances[which] -= effect.leaves

    # What people do

    @rule(which=LINES, quantity=AMOUNTS)
    def book_in(self, which: int, quantity: Decimal) -> None:
        make.make_stock_pack(line=self.sides[which].line, by=self.sides[0].senior, quantity=quantity, at=self._now())
        self.balances[which] += quantity

    @rule(acts=st.lists(st.tuples(LINES, OUTCOMES, AMOUNTS, st.none() | AMOUNTS), min_size=1, max_size=4))
    def record(self, acts: list[tuple[int, str, Decimal, Decimal | None]]) -> None:
        doses = [self._dose(which, outcome, amount, in_pot) for which, outcome, amount, in_pot in acts]
        for told, dose, (which, *_) in zip(self.sides[0].record(*doses, at=self._now()), doses, acts, strict=True):
            self.told[dose.id] = told
            self._take(which, dose)
        self.doses += doses

    @precondition(lambda self: self.doses)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        dose = data.draw(st.sampled_from(self.doses))
        assert self.sides[0].record(dose, at=self._now()) == [self.told[dose.id]]

    @precondition(lambda self: self.doses)
    @rule(data=st.data())
    def send_changed(self, data: st.DataObject) -> None:
        dose = data.draw(st.sampled_from(self.doses))
        with pytest.raises(AdministrationRefused):
            self.sides[0].record(replace(dose, note=dose.note + "?"), at=self._now())

    @precondition(lambda self: self.doses)
    @rule(data=st.data(), is_replaced=st.booleans(), amount=AMOUNTS)
    def correct(self, data: st.DataObject, is_replaced: bool, amount: Decimal) -> None:
        dose = data.draw(st.sampled_from(self.doses))
        which = [str(side.prescription.pk) for side in self.sides].index(dose.prescription_id)
        right = self._dose(which, "given", amount, None) if is_replaced else None

        def act() -> None:
            with scope(home=self.home_id):
                correct(
                    correction_id=uuid7(), administration=Administration.objects.get(pk=dose.id), replacement=right,
                    reason="Wrong", by=self.sides[0].senior.pk, at=self._now(),
                )  # fmt: skip

        if dose.id in self.corrected:
            with pytest.raises(AlreadyCorrected):
                act()
            return
        act()
        self.corrected.add(dose.id)
        effect = stock_effect(dose.outcome, dose.amount, prepared=dose.prepared, was_in_pot=bool(dose.prepared))
        self.balances[which] += effect.leaves
        if right is not None:
            self._take(which, right)
            self.doses.append(right)
            self.told[right.id] = self.sides[0].record(right, at=self._now())[0]

    @rule(which=LINES, counted=st.none() | COUNTED)
    def count(self, which: int, counted: Decimal | None) -> None:
        book = self.balances[which]
        counted = max(book, Decimal(0)) if counted is None else counted
        line, by = self.sides[which].line, self.sides[0].senior.pk
        with scope(home=self.home_id):
            found = ledger.count(count_id=uuid7(), line=line, counted=counted, by=by, at=self._now())
        assert (found is None) == (counted == book)

    @rule(data=st.data())
    def sign(self, data: st.DataObject) -> None:
        with scope(home=self.home_id):
            waiting = list(self._discrepancies().filter(closed_at=None).order_by("opened_at", "id"))
            seen, by = counts.Signature("other", "Seen"), self.sides[0].senior.pk
            below = [each for each in waiting if each.kind == ledger.BELOW_ZERO and self._is_below(each)]
            for each in below:
                with pytest.raises(counts.StillBelowZero):
                    counts.sign(discrepancy=each, signature=seen, by=by, at=self._now())
            able = [each for each in waiting if each not in below]
            # All that waits, or one of it: two counts of one line may both wait, and the second must not move twice.
            chosen = able if not able or data.draw(st.booleans()) else [data.draw(st.sampled_from(able))]
            for found in chosen:
                found.refresh_from_db()
                # A shortage is signed along with the count that put the book right, and waits where it is one again.
                if found.closed_at is not None or (found.kind == ledger.BELOW_ZERO and self._is_below(found)):
                    continue
                counts.sign(discrepancy=found, signature=seen, by=by, at=self._now())
                if found.kind == ledger.COUNT_DIFFERS:
                    self._signed(found)

    def _is_below(self, found: Discrepancy) -> bool:
        return self.balances[[side.line.pk for side in self.sides].index(found.line_id)] < 0

    def _signed(self, found: Discrepancy) -> None:
        """Make the model's book what was counted, and what moved since: but for what else was signed since."""
        which = [side.line.pk for side in self.sides].index(found.line_id)
        # A dose from before the count that reached the book after it was counted as gone.
        since = StockMovement.objects.filter(
            line_id=found.line_id,
            line_sequence__gt=found.count.after_sequence,
            moved_at__gte=found.count.counted_at,
        )
        signs = {"home": 1}
        moved = sum(
            signs.get(each.destination, -1) * each.quantity
            for each in since.exclude(reason="count_signed")
            if "home" in (each.source, each.destination)
        )
        self.balances[which] = found.found + moved

    @rule(which=LINES, quantity=AMOUNTS, place=AWAY)
    def send_away(self, which: int, quantity: Decimal, place: Place) -> None:
        line, by = self.sides[which].line, self.sides[0].senior
        make.make_stock_movement(line=line, by=by, quantity=quantity, at=self._now(), destination=place, reason="sent")
        self.balances[which] -= quantity

    # What must be true

    def _discrepancies(self) -> Any:
        return Discrepancy.objects.filter(line__in=[side.line for side in self.sides])

    def _uses(self, dose: Dose) -> bool:
        effect = stock_effect(dose.outcome, dose.amount, prepared=dose.prepared, was_in_pot=bool(dose.prepared))
        return effect != NO_STOCK

    @invariant()
    def the_ledger_is_whole(self) -> None:
        lines = [side.line for side in self.sides]
        with scope(home=self.home_id):
            movements = list(StockMovement.objects.filter(line__in=lines).order_by("chain_sequence"))
            told = list(self._discrepancies().filter(kind=ledger.BELOW_ZERO).values_list("line_id", "closed_at"))
        self._adds_up(movements)
        # Every dose that used stock has one movement with its id, and nothing else has.
        named = [str(each.record_id) for each in movements if each.record_id]
        assert sorted(named) == sorted({dose.id for dose in self.doses if self._uses(dose)})
        # Below zero is never silent, and never told twice.
        waiting = [line_id for line_id, closed_at in told if closed_at is None]
        assert len(waiting) == len(set(waiting))
        short = {line.pk for line, balance in zip(lines, self.balances, strict=True) if balance < 0}
        assert short <= {line_id for line_id, _ in told}
        # What was written stays as it was.
        now = [tuple(vars(each)[field.attname] for field in StockMovement._meta.local_fields) for each in movements]
        assert now[: len(self.seen)] == self.seen
        self.seen = now

    def _adds_up(self, movements: list[StockMovement]) -> None:
        for side, expected in zip(self.sides, self.balances, strict=True):
            mine = [each for each in movements if each.line_id == side.line.pk]
            places = dict.fromkeys(Place.values, Decimal(0))
            for number, each in enumerate(mine, start=1):
                places[each.source] -= each.quantity
                places[each.destination] += each.quantity
                assert (each.line_sequence, each.balance) == (number, places[Place.HOME])
            assert mine[-1].balance == expected
            assert sum(places.values()) == 0

    def teardown(self) -> None:
        """Ask the command's own questions once the history has ended."""
        with scope(home=self.home_id):
            assert list(ledger_faults(self.home_id)) == []
            assert list(record_faults(self.home_id)) == []


FEW = settings(
    max_examples=15,
    stateful_step_count=18,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
#: A planted fault needs finding, not the smallest history that shows it.
HUNT = settings(FEW, max_examples=40, stateful_step_count=20, phases=[Phase.generate], report_multiple_bugs=False)


@pytest.mark.hazard("H15", control="the ledger adds up whatever people do", shows="works")
@pytest.mark.hazard("H27", control="the ledger adds up whatever people do", shows="works")
def test_any_history_leaves_a_whole_ledger() -> None:
    History.home = make_bedside()
    run_state_machine_as_test(History, settings=FEW)


def forgets_a_shortage(plant: pytest.MonkeyPatch) -> None:
    plant.setattr(ledger, "_open_below_zero", lambda *_: None)


def opens_shortages_again(plant: pytest.MonkeyPatch) -> None:
    plant.setattr(counts, "difference_left", lambda found: found.found - found.expected)


def signs_the_wrong_way(plant: pytest.MonkeyPatch) -> None:
    right = counts.difference_left
    plant.setattr(counts, "difference_left", lambda found: -right(found))


def counts_silently(plant: pytest.MonkeyPatch) -> None:
    def only_count(*, count_id: Any, line: Any, counted: Decimal, by: int, at: Any) -> None:
        ledger.lock_home(line.home_id)
        sequence, book = ledger._ends_of_lines([line.pk])[line.pk]
        StockCount.objects.create(
            id=count_id, home_id=line.home_id, line=line, counted=counted, book=book, after_sequence=sequence,
            counted_at=at, counted_by_id=by,
        )  # fmt: skip

    plant.setattr(ledger, "count", only_count)


def loses_the_last_decimal(plant: pytest.MonkeyPatch) -> None:
    plant.setattr(ledger, "kept", lambda quantity: quantity.quantize(Decimal("0.01")) or quantity)


def forgets_waste(plant: pytest.MonkeyPatch) -> None:
    right = ledger.change
    plant.setattr(ledger, "change", lambda a, b, much: Decimal(0) if b == "waste" else right(a, b, much))


def seals_without_the_quantity(plant: pytest.MonkeyPatch) -> None:
    right = ledger.seal
    nothing = Decimal(0)
    plant.setattr(ledger, "seal", lambda before, moved, *rest: right(before, replace(moved, quantity=nothing), *rest))


def gives_nothing_back(plant: pytest.MonkeyPatch) -> None:
    plant.setattr(administrations, "_given_back", lambda *_: [])


def gives_back_what_was_had_but_not_what_was_wasted(plant: pytest.MonkeyPatch) -> None:
    right = administrations._given_back
    plant.setattr(
        administrations, "_given_back", lambda *asked: [each for each in right(*asked) if each.source != "waste"]
    )


def takes_stock_twice(plant: pytest.MonkeyPatch) -> None:
    right = administrations.movements_of

    def twice(*asked: Any) -> list[Movement]:
        found = right(*asked)
        return found + [replace(each, id=str(uuid7()), record_id=None) for each in found]

    plant.setattr(administrations, "movements_of", twice)


def forgets_to_take_stock(plant: pytest.MonkeyPatch) -> None:
    right = administrations.movements_of
    plant.setattr(
        administrations, "movements_of", lambda dose, *rest: [] if dose.outcome == "part_given" else right(dose, *rest)
    )


def moves_stock_without_naming_the_dose(plant: pytest.MonkeyPatch) -> None:
    right = administrations.movements_of
    plant.setattr(
        administrations, "movements_of", lambda *asked: [replace(each, record_id=None) for each in right(*asked)]
    )


def does_not_know_a_resend(plant: pytest.MonkeyPatch) -> None:
    plant.setattr(administrations, "_told_before", lambda *_: {})


def takes_changed_content_for_a_resend(plant: pytest.MonkeyPatch) -> None:
    plant.setattr(Dose, "sealed", lambda dose: dose.id)


def starts_a_line_again(plant: pytest.MonkeyPatch) -> None:
    right = ledger._ends_of_lines

    def restarted(ids: Any) -> Any:
        return {pk: (sequence, max(balance, Decimal(0))) for pk, (sequence, balance) in right(ids).items()}

    plant.setattr(ledger, "_ends_of_lines", restarted)


PLANTED: list[Callable[[pytest.MonkeyPatch], None]] = [
    forgets_a_shortage, opens_shortages_again, signs_the_wrong_way, counts_silently, loses_the_last_decimal,
    forgets_waste, seals_without_the_quantity, gives_nothing_back, gives_back_what_was_had_but_not_what_was_wasted,
    takes_stock_twice, forgets_to_take_stock, moves_stock_without_naming_the_dose, does_not_know_a_resend,
    takes_changed_content_for_a_resend, starts_a_line_again,
]  # fmt: skip


#: What finding looks like: a broken promise, a refusal of the database, or a refusal that did not come.
FOUND = (AssertionError, DatabaseError, AdministrationRefused, pytest.fail.Exception)


@pytest.mark.parametrize("plant_it", PLANTED, ids=lambda fault: fault.__name__)
def test_a_planted_fault_is_found(plant_it: Callable[[pytest.MonkeyPatch], None], monkeypatch: Any) -> None:
    History.home = make_bedside()
    plant_it(monkeypatch)
    with pytest.raises(FOUND):
        run_state_machine_as_test(History, settings=HUNT)
