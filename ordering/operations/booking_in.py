"""Booking packs in: one scan a pack, and what stands in its way told at once.

Second looks, taking a booking back and labels are operations.pack_checks' business.

The home is locked first, so two people who book the same delivery see what the other has booked. A pack's id is made
by the page that scanned it: sent twice it is one pack.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from emar.models import Medicine
from emar.operations import audit, recalls, taught_codes
from emar.queries.medicines import codes_of, medicine_for_code
from emar.rules.wall_clock import local_day
from ordering.models import BookedPack, Delivery, PackCheck, StoppedPack
from ordering.operations.deliveries import DeliveryClosed
from ordering.queries.deliveries import Booked, booked_of, booked_with_label
from ordering.queries.door import Around, Product, Shelf, around, box_of, product_of_gtin, shelf_for
from ordering.rules.receiving import LEVELS, NEVER_BOOKED, Answer, Box, Chosen, Found, receive
from stock.models import LedgerHead, Location, PackStatus, Place, StockLine, StockPack
from stock.operations.ledger import LineKey, line_ids, lock_home, write_movements
from stock.rules.balance import Movement, kept
from stock.rules.codes import new_label_code
from stock.rules.gs1 import ScanValue, read_scan

SCANNED, BY_HAND = BookedPack.How.SCANNED.value, BookedPack.How.BY_HAND.value
#: Seven characters after the prefix: a code that is taken already turns up once in some billions.
LABEL_LENGTH = 7


class NotThisHomes(LookupError):
    """The home has no such delivery, pack or line."""


class ReasonMissing(ValueError):
    """What is changed or kept against advice needs words that say why."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """One pack in somebody's hand, and what they have said of it so far.

    `id` is made by the page. `text` is the scan; empty for a pack without a code, then `medicine_id` says what it is.
    `seen` are the findings that the person was shown and let pass; `keep_apart` books a pack in that must not be used.
    """

    id: UUID
    text: str = ""
    symbology: str | None = None
    is_camera: bool = False
    is_typed: bool = False
    bag: int | None = None
    chosen: Chosen | None = None
    medicine_id: str | None = None
    quantity: Decimal | None = None
    batch: str = ""
    expires_on: date | None = None
    place: str = ""
    seen: frozenset[str] = frozenset()
    keep_apart: bool = False
    is_rest_of_split: bool = False
    reason: str = ""
    witness_id: int | None = None

    @property
    def is_by_hand(self) -> bool:
        """Whether anything of it was typed rather than read: then a second person looks. (issue 5)"""
        return not self.text or self.is_typed or self.expires_on is not None or bool(self.batch)


@dataclass(frozen=True)
class Told:
    """What came of a scan: the answer, what the pack is, and the booking where it was booked in.

    `label_of` is the pack that one of our own labels belongs on, `bag` whose bag a resident's label opens. `is_taught`
    when its code was unknown, and what somebody said of it waits for a manager.
    """

    answer: Answer
    around: Around | None = None
    shelf: Shelf | None = None
    booked: Booked | None = None
    label_of: tuple[StockPack, Booked | None] | None = None
    bag_label: str = ""
    is_new: bool = False
    is_taught: bool = False


def book_in(*, home_id: int, delivery_id: UUID, scanned: Scanned, by: int, at: datetime) -> Told:
    """Book one pack in, or say what stands in its way and write nothing.

    A pack that nothing stands in the way of is on its line, in the ledger, with a label code of its own, when this
    returns. One that somebody was asked about needs the findings they let pass in `seen`; a pack that must not be used
    is booked in only apart, with a reason. What was typed, and every controlled drug, is quarantined until a second
    person has looked, unless they signed in for it now. Raises NotThisHomes, DeliveryClosed, ReasonMissing and
    stock.operations.ledger.QuantityNotPositive.
    """
    with transaction.atomic():
        head = lock_home(home_id)
        delivery = Delivery.objects.filter(pk=delivery_id, home_id=home_id).first()
        if delivery is None:
            raise NotThisHomes("this home has no such delivery")
        if BookedPack.objects.filter(pk=scanned.id, home_id=home_id).exists():
            known = booked_of(home_id, scanned.id)
            return Told(Answer("book"), booked=known)
        if delivery.closed_at is not None:
            raise DeliveryClosed("this delivery is closed: open it again first")
        told = _look(delivery, scanned, at)
        if told.around is None or told.shelf is None or not _may_book(told, scanned):
            return told
        return _book(delivery, scanned, told, told.around, told.shelf, by=by, at=at, head=head)


def asked_again(*, home_id: int, delivery_id: UUID, scanned: Scanned, by: int, at: datetime) -> Told:
    """Say again what stands in a pack's way, after an answer that could not be taken; writes nothing.

    Raises NotThisHomes.
    """
    delivery = Delivery.objects.filter(pk=delivery_id, home_id=home_id).first()
    if delivery is None:
        raise NotThisHomes("this home has no such delivery")
    return _look(delivery, scanned, at)


def _look(delivery: Delivery, scanned: Scanned, at: datetime) -> Told:
    read = (
        read_scan(scanned.text, today=local_day(at), symbology=scanned.symbology, separators_kept=scanned.is_camera)
        if scanned.text
        else None
    )
    if read is not None and read.kind == "own_label":
        found = booked_with_label(delivery.home_id, read.key)
        code = "own_label_booked" if found else "unknown_code"
        return Told(Answer("stop" if found else "ask", findings=(Found(code),)), label_of=found)
    if read is not None and read.kind in ("resident", "badge"):
        return Told(
            Answer("ask", findings=(Found("unknown_code"),)), bag_label=read.key if read.kind == "resident" else ""
        )
    box, product = _box(delivery.home_id, scanned, read, local_day(at))
    here = around(delivery, box, product, at, bag=scanned.bag)
    answer = receive(box, here.door, scanned.chosen)
    if not scanned.text and answer.codes == {"unknown_code"} and scanned.chosen:
        answer = replace(answer, findings=())
    shelf = None
    medicine = _medicine(here, answer)
    if medicine is not None and (answer.resident_id is not None or answer.is_for_home):
        shelf = shelf_for(delivery.home_id, None if answer.is_for_home else answer.resident_id, medicine, box)
        if shelf.contents is None and scanned.quantity is None:
            answer = _also(answer, Found("quantity_unknown", {"unit": shelf.unit}))
    elif medicine is None and answer.result == "book":
        answer = _also(answer, Found("unknown_code"))
    return Told(answer, here, shelf)


def _also(answer: Answer, found: Found) -> Answer:
    result = "ask" if answer.result == "book" else answer.result
    return replace(answer, result=result, findings=(*answer.findings, found))


def _box(home_id: int, scanned: Scanned, read: ScanValue | None, today: date) -> tuple[Box, Product]:
    """Return the pack as its code says it, with what somebody typed in place of what they read on it."""
    product = Product()
    box = Box()
    if read is not None and read.kind == "gtin":
        product = product_of_gtin(home_id, read.key, today)
        box = box_of(read, product)
    if scanned.medicine_id and not product.medicines:
        medicine = medicine_for_code(scanned.medicine_id)
        if medicine is not None:
            product = Product((medicine,))
            box = replace(
                box_of(ScanValue("unknown", scanned.text), product),
                gtin=box.gtin, batch=box.batch, serial=box.serial, expires_on=box.expires_on,
                is_expiry_sure=box.is_expiry_sure,
            )  # fmt: skip
    if scanned.batch:
        box = replace(box, batch=scanned.batch[:20])
    if scanned.expires_on is not None:
        box = replace(box, expires_on=scanned.expires_on, is_expiry_sure=True)
    if scanned.is_rest_of_split:
        box = replace(box, serial="")
    return box, product


def _medicine(here: Around, answer: Answer) -> Medicine | None:
    """Return what the pack is: by its code, or else by the line it was put to."""
    if here.product.medicines:
        return here.product.medicines[0]
    line = here.lines.get(answer.line_id or "")
    return Medicine.objects.filter(pk=line.medicine_id).first() if line is not None else None


def _may_book(told: Told, scanned: Scanned) -> bool:
    """Return whether what was found may be let pass by what the person has said."""
    answer = told.answer
    if answer.codes & NEVER_BOOKED:
        return False
    has_owner = answer.resident_id is not None or answer.is_for_home
    if not has_owner or told.shelf is None:
        return False
    if "quantity_unknown" in answer.codes:
        return False
    asked = {each.code for each in answer.findings if each.level == "ask"}
    stops = {each.code for each in answer.findings if each.level == "stop"}
    if stops and not (scanned.keep_apart and stops <= scanned.seen):
        return False
    return asked <= scanned.seen


def _book(
    delivery: Delivery,
    scanned: Scanned,
    told: Told,
    here: Around,
    shelf: Shelf,
    *,
    by: int,
    at: datetime,
    head: LedgerHead,
) -> Told:
    answer = told.answer
    quantity = kept(scanned.quantity if scanned.quantity is not None else shelf.contents or Decimal(0))
    is_changed = shelf.contents is not None and quantity != kept(shelf.contents)
    _refuse_without_reason(scanned, answer, is_changed)
    must_be_checked = scanned.is_by_hand or shelf.is_controlled or is_changed
    is_apart = any(each.level == "stop" for each in answer.findings)
    is_waiting = must_be_checked and scanned.witness_id is None
    resident_id = None if answer.is_for_home else answer.resident_id
    key = LineKey(resident_id, shelf.product, shelf.unit)
    line_id = line_ids(home_id=delivery.home_id, keys=[key], codes_of=codes_of)[key]
    if shelf.is_controlled:
        StockLine.objects.filter(pk=line_id, is_controlled=False).update(is_controlled=True)
    pack = _new_pack(delivery, here, shelf, scanned, line_id, by, at)
    if is_waiting or is_apart:
        pack.status = PackStatus.QUARANTINED
    pack.save(force_insert=True)
    booked = BookedPack.objects.create(
        id=scanned.id,
        home_id=delivery.home_id,
        delivery=delivery,
        line_id=answer.line_id,
        pack=pack,
        quantity=quantity,
        unit=shelf.unit,
        answers=_answers(here, answer, shelf, quantity),
        answers_unit=here.lines[answer.line_id].unit if answer.line_id else shelf.unit,
        how=BY_HAND if scanned.is_by_hand else SCANNED,
        text=scanned.text[:2000],
        findings=_kept_findings(answer, scanned),
        reason=scanned.reason.strip(),
        is_controlled=shelf.is_controlled,
        must_be_checked=must_be_checked,
        is_quarantined=is_apart,
        witness_id=scanned.witness_id,
        booked_at=at,
        booked_by_id=by,
    )
    # A controlled drug enters the register before two people, or not yet. (domain.md, Controlled drugs)
    if not (shelf.is_controlled and scanned.witness_id is None):
        move_in(booked=booked, by=by, witness=scanned.witness_id, at=at, head=head)
    if must_be_checked and scanned.witness_id is not None:
        PackCheck.objects.create(
            id=uuid5(booked.pk, "checked"), home_id=delivery.home_id, booked=booked, unit=shelf.unit,
            counted=quantity if shelf.is_controlled else None, checked_at=at, checked_by_id=scanned.witness_id,
        )  # fmt: skip
    audit.note(action="pack_booked_in", by=by, at=at, home_id=delivery.home_id, resident_id=resident_id, about=booked)
    recalls.catch(home_id=delivery.home_id, by=by, at=at)
    is_taught = _propose(delivery.home_id, scanned, here.box, by, at)
    return replace(told, booked=booked_of(delivery.home_id, booked.pk), is_new=True, is_taught=is_taught)


def _propose(home_id: int, scanned: Scanned, box: Box, by: int, at: datetime) -> bool:
    """Propose that an unknown code means what somebody said the pack is; a manager decides."""
    if not (scanned.medicine_id and box.gtin) or product_of_gtin(home_id, box.gtin, local_day(at)).medicines:
        return False
    try:
        taught_codes.propose(home_id=home_id, gtin=box.gtin, medicine_id=scanned.medicine_id, by=by, at=at)
    except (taught_codes.CodeAlreadyKnown, taught_codes.NotAGtin):
        return False
    return True


def _kept_findings(answer: Answer, scanned: Scanned) -> list[dict[str, Any]]:
    """Return what was found, and what was caught before somebody chose rightly, though nothing went back."""
    caught = sorted(code for code in scanned.seen - answer.codes if code in LEVELS and LEVELS[code] == "stop")
    return [
        *[each.to_json() for each in answer.findings],
        *[{"code": code, "level": "stop", "is_resolved": True} for code in caught],
    ]


def _refuse_without_reason(scanned: Scanned, answer: Answer, is_changed: bool) -> None:
    if scanned.reason.strip():
        return
    if scanned.keep_apart and any(each.level == "stop" for each in answer.findings):
        raise ReasonMissing("say why it is kept and not sent back")
    if is_changed:
        raise ReasonMissing("say why the pack holds another amount than usual: a split pack, a part pack")
    if "over" in answer.codes or "not_expected" in answer.codes:
        raise ReasonMissing("say why it is taken though it was not expected")


def _answers(here: Around, answer: Answer, shelf: Shelf, quantity: Decimal) -> Decimal:
    """Return how much of the expected line a pack is, in the line's own unit: a part of a pack is that part of it."""
    line = here.lines.get(answer.line_id or "")
    if line is None or line.unit in ("", shelf.unit) or shelf.contents in (None, 0):
        return quantity
    if here.box.contents is not None and here.box.unit == line.unit:
        return kept(here.box.contents * quantity / shelf.contents)
    if line.quantity is not None and line.packs:
        return kept(line.quantity / line.packs * quantity / shelf.contents)
    return quantity


def _new_pack(
    delivery: Delivery, here: Around, shelf: Shelf, scanned: Scanned, line_id: int, by: int, at: datetime
) -> StockPack:
    return StockPack(
        id=uuid5(scanned.id, "pack"),
        home_id=delivery.home_id,
        line_id=line_id,
        product=here.product.pack,
        label_code=_free_label(),
        gtin=here.box.gtin,
        serial=here.box.serial,
        batch=here.box.batch,
        expires_on=here.box.expires_on,
        location=scanned.place if scanned.place in Location.values else shelf.place,
        booked_in_at=at,
        booked_in_by_id=by,
    )


def _free_label() -> str:
    while True:
        code = new_label_code("own_label", choose=secrets.choice, length=LABEL_LENGTH)
        if not StockPack.objects.filter(label_code=code).exists():
            return code


def move_in(*, booked: BookedPack, witness: int | None, head: LedgerHead, by: int, at: datetime) -> None:
    """Take a booked pack's contents from the supplier onto its line; once, because the movement's id is the pack's."""
    movement = Movement(
        id=str(uuid5(booked.pk, "booked in")),
        line_id=booked.pack.line_id,
        quantity=booked.quantity,
        source=Place.SUPPLIER.value,
        destination=Place.HOME.value,
        reason="booked_in",
        moved_at=at,
        moved_by_id=by,
        witness_id=witness,
        pack_id=str(booked.pack_id),
    )
    write_movements(home_id=booked.home_id, movements=[movement], at=at, head=head)


# Caught at the door


def stop(
    *, home_id: int, delivery_id: UUID, scanned: Scanned, became: str, words: str, by: int, at: datetime
) -> StoppedPack:
    """Write down a pack that was caught and not booked in: put aside to go back, or the same box scanned again.

    The same id twice is one. Raises NotThisHomes.
    """
    with transaction.atomic():
        lock_home(home_id)
        delivery = Delivery.objects.filter(pk=delivery_id, home_id=home_id).first()
        if delivery is None:
            raise NotThisHomes("this home has no such delivery")
        if known := StoppedPack.objects.filter(pk=scanned.id, home_id=home_id).first():
            return known
        told = _look(delivery, scanned, at)
        here, answer = told.around, told.answer
        medicine = _medicine(here, answer) if here else None
        stopped = StoppedPack.objects.create(
            id=scanned.id,
            home_id=home_id,
            delivery=delivery,
            line_id=answer.line_id,
            resident_id=answer.resident_id or scanned.bag,
            medicine=medicine,
            became=became,
            text=scanned.text[:2000],
            batch=here.box.batch if here else "",
            expires_on=here.box.expires_on if here else None,
            findings=[each.to_json() for each in answer.findings],
            words=words.strip(),
            stopped_at=at,
            stopped_by_id=by,
        )
        audit.note(action="pack_stopped", by=by, at=at, home_id=home_id, resident_id=stopped.resident_id, about=stopped)
    return stopped
