"""Everything people do with stock, in any order, next to a model that knows only what must be true of it.

Three lines of a home: two ordinary ones, from which doses are given, and a controlled drug, which comes and goes before
two people. The ten invariants of the ledger are asked after every act, each by its number, so that a test can say
which of them found a planted fault.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from uuid_utils.compat import uuid7

from emar.models import Administration, StaffMember
from emar.operations import administrations, recalls
from emar.operations import disposal as leaving
from emar.queries.record_faults import record_faults
from emar.rules.outcomes import stock_effect
from emar.scope import scope
from ordering.operations import booking_in, deliveries, pack_checks
from ordering.operations.booking_in import Scanned
from ordering.rules.receiving import Chosen
from stock.models import (
    Discrepancy,
    Disposal,
    LedgerHead,
    PackStatus,
    Place,
    StockCount,
    StockLine,
    StockMovement,
    StockPack,
)
from stock.operations import away, counts, ledger, packs
from stock.operations.disposal import Leaving, Sending
from stock.operations.recalls import Alert
from stock.queries.ledger_faults import ledger_faults
from stock.rules.differences import REASONS, UNEXPLAINED
from tests import factories as make
from tests.bedside import NINE, Bedside, make_bedside
from tests.delivery import Sold, new_gtin

ORDINARY, CONTROLLED = (0, 1), 2
LINES = st.sampled_from([CONTROLLED, *ORDINARY])
AMOUNTS = st.sampled_from([Decimal(text) for text in ("1", "2", "0.5", "0.125", "0.0001", "12", "40")])
COUNTED = st.sampled_from([Decimal(text) for text in ("0", "5", "27.5", "100")])
OUTCOMES = st.sampled_from(["given", "part_given", "refused", "asleep", "destroyed_or_dropped", "out_of_stock"])
GOES_TO = st.sampled_from(["pharmacy", "contractor", "destroyed"])
SIGNED = st.sampled_from([reason for reason, how in REASONS.items() if how.moves_book])


@dataclass
class Line:
    """What the model knows of one line: how much is where, what moved, and its packs that are still here."""

    bedside: Bedside
    places: Counter[str] = field(default_factory=Counter)
    moved: Counter[Decimal] = field(default_factory=Counter)
    packs: list[Any] = field(default_factory=list)

    def move(self, quantity: Decimal, source: str, to: str) -> None:
        """Move a quantity, nothing for nothing."""
        if quantity:
            self.places[source] -= quantity
            self.places[to] += quantity
            self.moved[quantity] += 1

    @property
    def balance(self) -> Decimal:
        """What the home holds."""
        return Decimal(self.places["home"])


class Home:
    """What is made once for a test: making a home costs as much as a history in it."""

    def __init__(self) -> None:
        self.bedside = make_bedside(medicine=make.make_medicine(controlled_drug_category="0000"))
        self.witness: StaffMember = make.make_staff_member(home=self.bedside.home, role="senior")
        pack = make.make_pack(medicine=self.bedside.medicine, price_pence=100)
        gtin = new_gtin()
        make.make_pack_code(pack=pack, gtin=gtin)
        self.sold = Sold(self.bedside.medicine, pack, gtin)
        with scope(home=self.bedside.home.pk):
            self.delivery = deliveries.expect(
                home_id=self.bedside.home.pk, delivery=deliveries.NewDelivery(id=uuid7()), by=self.witness.pk, at=NINE
            )


class StockHistory(RuleBasedStateMachine):
    """New lines of stock in a home, and what must be true of them."""

    home: ClassVar[Home]

    def __init__(self) -> None:
        super().__init__()
        first = self.home.bedside
        self.home_id, self.senior = first.home.pk, first.senior.pk
        self.lines = [Line(first.another(medicine=first.medicine)) for _ in range(3)]
        for line in self.lines:
            line.move(Decimal("28.0000"), "supplier", "home")
            line.packs.append(line.bedside.pack.pk)
        with scope(home=self.home_id):
            StockLine.objects.filter(pk=self.lines[CONTROLLED].bedside.line.pk).update(is_controlled=True)
        self.clock = NINE
        #: Whether everything was found in order after the last act: what was found wrong is not asked again.
        self.is_sound = True
        self.doses: dict[str, tuple[Any, Any]] = {}
        self.corrected: set[str] = set()
        self.out: list[tuple[int, away.Sent]] = []
        self.booked: list[tuple[int, Any]] = []
        self.seen: list[tuple[Any, ...]] = []

    def _now(self) -> datetime:
        self.clock += timedelta(minutes=1)
        self.is_sound = False
        return self.clock

    def _here(self) -> Any:
        return scope(home=self.home_id)

    def _twice(self, number: int, act: Callable[[], Any], same: Callable[[Any], Any] = lambda told: told) -> Any:
        """Do an act, and the very same again: the answer must be the same, and nothing may move."""
        told = act()
        before = self._rows()
        again = act()
        assert (same(again), self._rows()) == (same(told), before), f"invariant {number}: one act sent twice was two"
        return told

    def _rows(self) -> int:
        with self._here():
            return StockMovement.objects.count()

    # What people do

    @rule(which=LINES, quantity=AMOUNTS)
    def receive(self, which: int, quantity: Decimal) -> None:
        line = self.lines[which]
        pack = make.make_stock_pack(line=line.bedside.line, by=line.bedside.senior, quantity=quantity, at=self._now())
        line.move(quantity, "supplier", "home")
        line.packs.append(pack.pk)

    @rule(which=st.sampled_from(ORDINARY), serial=st.integers(1, 9))
    def book_in_at_the_door(self, which: int, serial: int) -> None:
        line, at = self.lines[which], self._now()
        resident = line.bedside.resident.pk
        text = self.home.sold.scan(serial=f"{resident}S{serial}")
        asked = frozenset({"not_expected", "over", "not_on_note", "no_order"})
        scanned = Scanned(
            uuid7(), text, is_camera=True, chosen=Chosen(resident_id=resident), seen=asked, reason="extra"
        )

        def act() -> Any:
            with self._here():
                return booking_in.book_in(
                    home_id=self.home_id, delivery_id=self.home.delivery.pk, scanned=scanned, by=self.senior, at=at
                )

        told = self._twice(7, act, lambda each: each.booked and each.booked.row.pk)
        if told.booked is not None:
            line.move(told.booked.row.quantity, "supplier", "home")
            self.booked.append((which, told.booked.row))

    @precondition(lambda self: self.booked)
    @rule(data=st.data())
    def undo_a_booking(self, data: st.DataObject) -> None:
        which, row = self.booked.pop(data.draw(st.integers(0, len(self.booked) - 1)))
        with self._here():
            pack_checks.undo(
                home_id=self.home_id, booked_id=row.pk, undo_id=uuid7(), reason="wrong", by=self.senior, at=self._now()
            )
        self.lines[which].move(row.quantity, "home", "supplier")

    @rule(which=st.sampled_from(ORDINARY), outcome=OUTCOMES, amount=AMOUNTS, in_pot=st.none() | AMOUNTS)
    def record_a_dose(self, which: int, outcome: str, amount: Decimal, in_pot: Decimal | None) -> None:
        self._record(which, outcome, amount, in_pot)

    def _record(self, which: int, outcome: str, amount: Decimal, in_pot: Decimal | None) -> Any:
        line, at = self.lines[which], self._now()
        uses = outcome in ("given", "part_given", "destroyed_or_dropped")
        dose = line.bedside.dose(outcome=outcome, amount=amount if uses else None, prepared=in_pot, due_at=None)
        told = self._twice(7, lambda: line.bedside.record(dose, at=at))
        self.doses[dose.id] = (which, dose)
        self._took(line, dose)
        return told

    def _took(self, line: Line, dose: Any, *, is_back: bool = False) -> None:
        effect = stock_effect(dose.outcome, dose.amount, prepared=dose.prepared, was_in_pot=bool(dose.prepared))
        for quantity, place in ((effect.to_resident, "resident"), (effect.to_waste, "waste")):
            line.move(quantity, *((place, "home") if is_back else ("home", place)))

    @precondition(lambda self: self.doses.keys() - self.corrected)
    @rule(data=st.data())
    def correct_a_dose(self, data: st.DataObject) -> None:
        dose_id = data.draw(st.sampled_from(sorted(self.doses.keys() - self.corrected)))
        with self._here():
            administrations.correct(
                correction_id=uuid7(), administration=Administration.objects.get(pk=dose_id), replacement=None,
                reason="Wrong", by=self.senior, at=self._now(),
            )  # fmt: skip
        self.corrected.add(dose_id)
        which, dose = self.doses[dose_id]
        self._took(self.lines[which], dose, is_back=True)

    @rule(which=LINES, quantity=AMOUNTS)
    def send_away(self, which: int, quantity: Decimal) -> None:
        sent = away.Sent(self.lines[which].bedside.line.pk, None, quantity)
        with self._here():
            away.send_away(
                home_id=self.home_id, sent=sent, by=self.senior, at=self._now(), witness=self.home.witness.pk
            )
        self.lines[which].move(quantity, "home", "away")
        self.out.append((which, sent))

    @precondition(lambda self: self.out)
    @rule(data=st.data(), share=st.sampled_from([Decimal(0), Decimal("0.5"), Decimal(1)]))
    def bring_back(self, data: st.DataObject, share: Decimal) -> None:
        which, sent = self.out.pop(data.draw(st.integers(0, len(self.out) - 1)))
        returned = ledger.kept(sent.quantity * share)
        with self._here():
            away.take_back(
                home_id=self.home_id, sent=sent, returned=returned, by=self.senior, at=self._now(),
                witness=self.home.witness.pk,
            )  # fmt: skip
        self.lines[which].move(returned, "away", "home")
        self.lines[which].move(sent.quantity - returned, "away", "resident")

    @rule(
        which=LINES,
        quantity=AMOUNTS,
        goes_to=GOES_TO,
        is_seen=st.booleans(),
        reason=st.sampled_from(["stopped", "spoilt"]),
    )
    def return_or_destroy(self, which: int, quantity: Decimal, goes_to: str, is_seen: bool, reason: str) -> None:
        line, at = self.lines[which], self._now()
        pack = line.packs[-1] if line.packs else None
        what = [Leaving(line.bedside.line.pk, quantity, reason, pack)]
        sending = Sending(
            uuid7(), goes_to, what, receiver="Quay", collected_by="Dee", are_denatured=True,
            witness_id=self.home.witness.pk if is_seen else None,
        )  # fmt: skip

        def act() -> Any:
            with self._here():
                return leaving.send(home_id=self.home_id, sending=sending, by=self.senior, at=at).pk

        try:
            self._twice(7, act)
        except leaving.ledger.WitnessMissing:
            assert which == CONTROLLED, "invariant 6: a second person was asked for where none is needed"
            assert not is_seen, "invariant 6: the second person was there and was not taken for one"
            return
        place = "returned" if goes_to == "pharmacy" else "waste"
        line.move(quantity, "home", place)
        if pack is not None and reason != "spoilt":
            line.packs.remove(pack)

    @rule(which=LINES)
    def quarantine(self, which: int) -> None:
        if self.lines[which].packs:
            with self._here():
                packs.quarantine(home_id=self.home_id, pack_ids=[self.lines[which].packs[0]])

    @rule(which=LINES)
    def recall(self, which: int) -> None:
        line, batch = self.lines[which], f"B{uuid7().hex[-8:]}"
        if not line.packs:
            return
        with self._here():
            StockPack.objects.filter(pk=line.packs[0]).update(batch=batch)
            alert = Alert(uuid7(), "Amlodipine", "class_2", "MHRA", batches=[batch.lower()])
            self._twice(7, lambda: recalls.enter(home_id=self.home_id, alert=alert, by=self.senior, at=self._now()).pk)
            assert StockPack.objects.get(pk=line.packs[0]).status == PackStatus.QUARANTINED

    @rule(which=LINES, counted=st.none() | COUNTED)
    def count(self, which: int, counted: Decimal | None) -> None:
        line, at = self.lines[which], self._now()
        counted = max(line.balance, Decimal(0)) if counted is None else counted
        found = counts.Found(uuid7(), counted, witness_id=self.home.witness.pk)

        def act() -> Any:
            with self._here():
                return counts.take(line=line.bedside.line, found=found, by=self.senior, at=at)

        taken = self._twice(7, act, lambda each: each.count.pk)
        assert taken.count.book == line.balance, "invariant 10: a count was held against another book"
        if counted != line.balance:
            assert taken.case is not None, "invariant 4: a count that differs opened nothing"

    @rule(data=st.data(), reason=SIGNED)
    def sign(self, data: st.DataObject, reason: str) -> None:
        with self._here():
            waiting = list(self._discrepancies().filter(closed_at=None).order_by("opened_at", "id"))
            if not waiting:
                return
            found = data.draw(st.sampled_from(waiting))
            try:
                written = counts.sign(
                    discrepancy=found, signature=counts.Signature(reason or UNEXPLAINED, "Searched"), by=self.senior,
                    at=self._now(), witness=self.home.witness.pk,
                )  # fmt: skip
            except counts.StillBelowZero:
                return
            if written is not None:
                moved = StockMovement.objects.get(pk=written.movement_id)
                latest = StockCount.objects.filter(line_id=found.line_id).order_by("-after_sequence", "-received_at")[0]
                self._line(found).move(moved.quantity, moved.source, moved.destination)
                late = self._since(latest, found.line_id)
                expected = latest.counted + late
                assert written.balance == expected, "invariant 4: signing did not bring the book to what was counted"

    def _since(self, count: StockCount, line_id: int) -> Decimal:
        """Return what moved after a count by what people did, without what was signed."""
        rows = StockMovement.objects.filter(
            line_id=line_id, line_sequence__gt=count.after_sequence, moved_at__gte=count.counted_at
        ).exclude(reason="count_signed")
        return sum((ledger.change(each.source, each.destination, each.quantity) for each in rows), Decimal(0))

    def _line(self, found: Discrepancy) -> Line:
        return next(line for line in self.lines if line.bedside.line.pk == found.line_id)

    def _discrepancies(self) -> Any:
        return Discrepancy.objects.filter(line__in=[line.bedside.line for line in self.lines])

    # What must be true: trust.md, Ledger invariants

    @invariant()
    def the_ten_invariants_hold(self) -> None:
        self.is_sound = False
        with self._here():
            mine = [line.bedside.line.pk for line in self.lines]
            movements = list(StockMovement.objects.filter(line__in=mine).order_by("chain_sequence"))
            disposals = list(Disposal.objects.filter(line__in=mine).select_related("movement"))
            waiting = [each.line_id for each in self._discrepancies().filter(closed_at=None, kind=ledger.BELOW_ZERO)]
            told = {each.line_id for each in self._discrepancies().filter(kind=ledger.BELOW_ZERO)}
            head = LedgerHead.objects.get(home_id=self.home_id)
            last = StockMovement.objects.filter(home_id=self.home_id).order_by("-chain_sequence").first()
        self._of_doses(movements)
        for line in self.lines:
            self._of_line(line, [each for each in movements if each.line_id == line.bedside.line.pk])
        assert len(waiting) == len(set(waiting)), "invariant 4: a shortage was told twice"
        short = {line.bedside.line.pk for line in self.lines if line.balance < 0}
        assert short <= told, "invariant 4: a line went below zero and nobody was told"
        now = [tuple(vars(each)[field.attname] for field in StockMovement._meta.local_fields) for each in movements]
        assert now[: len(self.seen)] == self.seen, "invariant 5: what was written did not stay as it was"
        self.seen = now
        for each in movements:
            if each.line_id == mine[CONTROLLED] and each.source == "home":
                assert each.witness_id not in (None, each.moved_by_id), "invariant 6: a CD left before one person"
        for row in disposals:
            same = (row.line_id, row.pack_id, row.quantity) == (
                row.movement.line_id, row.movement.pack_id, row.movement.quantity,
            )  # fmt: skip
            assert same, "invariant 10: a list of disposals says otherwise than the movements"
        assert (head.sequence, head.hash) == (last.chain_sequence, last.chain_hash), (
            "invariant 9: the head is not the end"
        )
        self.is_sound = True

    def _of_doses(self, movements: list[StockMovement]) -> None:
        named = Counter(str(each.record_id) for each in movements if each.record_id)
        uses = {dose_id for dose_id, (_, dose) in self.doses.items() if self._uses(dose)}
        assert named == Counter(uses), "invariant 1: a dose without its one movement, or a movement without its dose"

    def _uses(self, dose: Any) -> bool:
        return bool(
            stock_effect(dose.outcome, dose.amount, prepared=dose.prepared, was_in_pot=bool(dose.prepared)).leaves
        )

    def _of_line(self, line: Line, mine: list[StockMovement]) -> None:
        quantities = Counter(each.quantity for each in mine)
        assert all(type(each.quantity) is Decimal for each in mine), "invariant 8: a quantity is no exact decimal"
        if sum(quantities.values()) == sum(line.moved.values()):
            assert quantities == line.moved, "invariant 8: what moved is not exactly what people said"
        places, balance = Counter(), Decimal(0)
        for number, each in enumerate(mine, start=1):
            places[each.source] -= each.quantity
            places[each.destination] += each.quantity
            balance += ledger_change(each)
            assert (each.line_sequence, each.balance) == (number, balance), "invariant 2: the balance does not run on"
        wrong = {place for place in Place.values if places[place] != line.places[place]}
        assert not wrong, f"invariant 3: not where it should be: {sorted(wrong)}"
        assert sum(places.values()) == 0, "invariant 3: the places do not add up to nothing"

    def teardown(self) -> None:
        """Ask the command's own questions once the history has ended."""
        if not self.is_sound:
            return
        with self._here():
            kinds = {each.kind for each in ledger_faults(self.home_id)}
            assert not kinds & {"seal", "chain", "head"}, "invariant 9: the chain of seals is broken"
            assert kinds == set(), f"the command finds {sorted(kinds)}"
            assert list(record_faults(self.home_id)) == [], (
                "invariant 1: the command finds doses and movements that differ"
            )


def ledger_change(movement: StockMovement) -> Decimal:
    """Return what a movement must do to the balance: written out here, so that a fault in the rule is found."""
    return movement.quantity * ((movement.destination == "home") - (movement.source == "home"))
