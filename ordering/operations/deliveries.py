"""Opening a delivery with what is expected of it, saying what a note left unsaid, and closing it with what is short.

Packs themselves are booked in by operations.booking_in.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from uuid import UUID

from django.db import transaction
from uuid_utils.compat import uuid7

from emar.models import Medicine, Resident, Task
from emar.operations import audit, tasks
from emar.queries.medicines import medicine_for_code, packs_for_gtin
from emar.rules.wall_clock import local_day
from ordering.models import Delivery, DeliveryLine
from ordering.queries import deliveries
from ordering.queries.expecting import medicine_names, people_of, sizes_of
from ordering.rules.delivery_note import DeliveryNote, NoteLine, note_text, read_note
from ordering.rules.naming import Person, medicine_meant, person_meant
from stock.operations.ledger import lock_home

LARGEST_NOTE = 2_000_000


class NoteUnreadable(ValueError):
    """Nothing of the file could be read; the message says what to do."""


class NoteLoadedBefore(Exception):
    """This very file was loaded before; `delivery_id` is the delivery it made."""

    def __init__(self, delivery_id: UUID) -> None:
        super().__init__("this delivery note was loaded before")
        self.delivery_id = delivery_id


class DeliveryClosed(Exception):
    """Somebody has closed this delivery: open it again to change it."""


class WordsMissing(ValueError):
    """What is short is closed only with words, or a choice, that say what happens now."""


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A delivery as a form says it. Its `id` is made by the form, so that sending it twice is one act."""

    id: UUID
    origin: str = Delivery.Origin.PHARMACY.value
    sender: str = ""
    reference: str = ""
    resident_id: int | None = None
    expected_on: date | None = None
    covers_until_on: date | None = None


@dataclass(frozen=True, slots=True)
class NewLine:
    """One medicine that is expected, as an order says it. `asked_by` is the order line, `asked` all it asked for."""

    resident_id: int | None
    medicine_id: str
    words: str
    quantity: Decimal
    unit: str
    packs: int = 1
    asked_by: UUID | None = None
    asked: Decimal | None = None


def expect(*, home_id: int, delivery: NewDelivery, lines: Sequence[NewLine] = (), by: int, at: datetime) -> Delivery:
    """Open a delivery, with the lines of an order where there is one; the same id twice is one delivery.

    A delivery that is expected on a later day raises the task to book it in.
    """
    with transaction.atomic():
        lock_home(home_id)
        if known := Delivery.objects.filter(pk=delivery.id, home_id=home_id).first():
            return known
        opened = _open(home_id, delivery, by, at)
        DeliveryLine.objects.bulk_create(
            DeliveryLine(
                home_id=home_id,
                delivery=opened,
                position=place,
                words=each.words,
                medicine_words=each.words,
                resident_id=each.resident_id,
                is_for_home=each.resident_id is None,
                medicine_id=each.medicine_id,
                quantity=each.quantity,
                unit=each.unit,
                packs=each.packs,
                asked_by=each.asked_by,
                asked=each.asked,
            )
            for place, each in enumerate(lines, start=1)
        )
        _ask_to_book_in(opened, at)
    return opened


def load_note(*, home_id: int, delivery: NewDelivery, file: bytes, name: str, by: int, at: datetime) -> Delivery:
    """Open a delivery from a pharmacy's delivery note (CSV): a line for each of its lines, nothing left out.

    A line whose resident or medicine cannot be told for certain is kept with a fault that says what to do. Raises
    NoteUnreadable where nothing can be read, and NoteLoadedBefore for the same file again.
    """
    if len(file) > LARGEST_NOTE:
        raise NoteUnreadable("the file is larger than 2 MB: is it the right one?")
    text = note_text(file)
    note = read_note(text)
    if note.problem:
        raise NoteUnreadable(note.problem)
    sealed = hashlib.sha256(file).hexdigest()
    with transaction.atomic():
        lock_home(home_id)
        if known := Delivery.objects.filter(pk=delivery.id, home_id=home_id).first():
            return known
        if loaded := Delivery.objects.filter(home_id=home_id, note_hash=sealed).first():
            raise NoteLoadedBefore(loaded.pk)
        opened = _open(home_id, delivery, by, at, note=text, note_name=name[:200], note_hash=sealed)
        DeliveryLine.objects.bulk_create(_lines_of(opened, note, at))
        _ask_to_book_in(opened, at)
    return opened


def _open(home_id: int, delivery: NewDelivery, by: int, at: datetime, **note: str) -> Delivery:
    opened = Delivery.objects.create(
        pk=delivery.id,
        home_id=home_id,
        origin=delivery.origin,
        sender=delivery.sender.strip(),
        reference=delivery.reference.strip(),
        resident_id=delivery.resident_id,
        expected_on=delivery.expected_on,
        covers_until_on=delivery.covers_until_on,
        opened_at=at,
        opened_by_id=by,
        **note,
    )
    audit.note(action="delivery_opened", by=by, at=at, home_id=home_id, resident_id=delivery.resident_id, about=opened)
    return opened


def _cause(delivery: Delivery) -> str:
    return f"delivery {delivery.pk}"


def _ask_to_book_in(delivery: Delivery, at: datetime) -> None:
    if delivery.expected_on is None or delivery.expected_on <= local_day(at):
        return
    days = (delivery.expected_on - local_day(at)).days
    facts = {
        "delivery_id": str(delivery.pk), "sender": delivery.sender, "expected_on": delivery.expected_on.isoformat()
    }  # fmt: skip
    cause = tasks.Cause(
        Task.Kind.BOOK_IN_DELIVERY.value, _cause(delivery), due_at=at + timedelta(days=days), facts=facts
    )
    tasks.raise_tasks(home_id=delivery.home_id, causes=[cause], at=at, by=None)


# What a note means in this home


@dataclass(slots=True)
class _Known:
    """Who and what a note may mean here. `own` are each resident's medicines by prescription: id and name."""

    people: Sequence[Person]
    own: Mapping[int, Mapping[str, str]]
    everybodys: Mapping[str, str]
    on: date
    of_code: dict[str, Medicine | None] = field(default_factory=dict)
    of_gtin: dict[str, str | None] = field(default_factory=dict)


def _lines_of(delivery: Delivery, note: DeliveryNote, at: datetime) -> list[DeliveryLine]:
    own = medicine_names(delivery.home_id)
    everybodys = {pk: name for names in own.values() for pk, name in names.items()}
    known = _Known(people_of(delivery.home_id, at), own, everybodys, local_day(at))
    lines = [_line_of(delivery, each, known) for each in note.lines]
    sizes = sizes_of({each.medicine_id for each in lines if each.medicine_id})
    for each in lines:
        _count_packs(each, sizes.get(each.medicine_id or "", {}))
    return lines


def _line_of(delivery: Delivery, line: NoteLine, known: _Known) -> DeliveryLine:
    faults = list(line.faults)
    resident_id = delivery.resident_id
    if resident_id is None and not line.is_for_home and (line.resident or line.nhs_number):
        resident_id = person_meant(line.resident, line.nhs_number, line.room, known.people)
        if resident_id is None:
            faults.append(f"Nobody here is certainly “{line.resident or line.nhs_number}”: choose whose it is.")
    medicine_id = _medicine_of(line, resident_id, known)
    if medicine_id is None and line.medicine:
        faults.append(f"“{line.medicine}” is not certainly one medicine: scan the pack, or choose the medicine.")
    elif medicine_id and resident_id and medicine_id not in known.own.get(resident_id, {}):
        faults.append("It is not among the medicines prescribed for them here: look before it is booked in.")
    return DeliveryLine(
        id=uuid7(),
        home_id=delivery.home_id,
        delivery=delivery,
        position=line.number,
        words=line.words,
        resident_words=line.resident,
        medicine_words=line.medicine,
        resident_id=resident_id,
        is_for_home=line.is_for_home,
        medicine_id=medicine_id,
        gtin=line.gtin,
        quantity=line.quantity,
        unit=line.unit,
        packs=line.packs or 0,
        faults=faults,
        outcome=DeliveryLine.Outcome.OWING.value if line.is_owing else "",
    )


def _medicine_of(line: NoteLine, resident_id: int | None, known: _Known) -> str | None:
    """Return the medicine that a line means: by its code, its barcode, or its words among what is prescribed here."""
    if line.code:
        if line.code not in known.of_code:
            known.of_code[line.code] = medicine_for_code(line.code, on=known.on)
        if medicine := known.of_code[line.code]:
            return medicine.generic_id or medicine.pk
    if line.gtin:
        if line.gtin not in known.of_gtin:
            products = {each.medicine.generic_id or each.medicine_id for each in packs_for_gtin(line.gtin, on=known.on)}
            known.of_gtin[line.gtin] = products.pop() if len(products) == 1 else None
        if product := known.of_gtin[line.gtin]:
            return product
    if not line.medicine:
        return None
    if resident_id is not None and (own := medicine_meant(line.medicine, known.own.get(resident_id, {}))):
        return own
    return medicine_meant(line.medicine, known.everybodys)


def _count_packs(line: DeliveryLine, sizes: Mapping[str, frozenset[Decimal]]) -> None:
    """Work out how many packs a line is, from the sizes that dm+d lists, where the note does not say."""
    if not line.unit and len(sizes) == 1:
        line.unit = next(iter(sizes))
    if line.packs:
        return
    fitting = [each for each in sizes.get(line.unit, frozenset()) if line.quantity and line.quantity >= each]
    whole = [each for each in fitting if line.quantity is not None and line.quantity % each == 0]
    size = max(whole or fitting, default=None)
    if size is None or line.quantity is None:
        line.packs = 1
    else:
        line.packs = int((line.quantity / size).to_integral_value(ROUND_CEILING))


# Saying more, and closing


def say_whose(
    *, home_id: int, line_id: UUID, resident_id: int | None, medicine_id: str | None, by: int, at: datetime
) -> DeliveryLine:
    """Say whose an expected line is (None: the home's own stock) and which medicine, where the note was not certain.

    What the pharmacy wrote stays on the line. Raises DeliveryLine.DoesNotExist, Resident.DoesNotExist and
    DeliveryClosed.
    """
    with transaction.atomic():
        lock_home(home_id)
        line = DeliveryLine.objects.select_related("delivery").get(pk=line_id, home_id=home_id)
        _refuse_closed(line.delivery)
        if resident_id is not None:
            Resident.objects.get(pk=resident_id, home_id=home_id)
        before = {"resident_id": line.resident_id, "medicine_id": line.medicine_id}
        line.resident_id, line.is_for_home = resident_id, resident_id is None
        line.medicine_id = medicine_id or line.medicine_id
        line.faults = []
        line.save(update_fields=["resident", "is_for_home", "medicine", "faults"])
        changes = {name: [old, getattr(line, name)] for name, old in before.items()}
        audit.note(
            action="delivery_line_settled", by=by, at=at, home_id=home_id, resident_id=resident_id, about=line,
            changes=changes,
        )  # fmt: skip
    return line


def close(
    *,
    home_id: int,
    delivery_id: UUID,
    outcomes: Mapping[UUID, tuple[str, str]],
    words: str,
    by: int,
    at: datetime,
) -> Delivery:
    """Close a delivery: each line that is short says what happens now (an outcome, and words).

    Raises WordsMissing for a short line without an outcome, and DeliveryClosed. Closing settles the task that asked
    for the delivery to be booked in.
    """
    with transaction.atomic():
        lock_home(home_id)
        delivery = Delivery.objects.get(pk=delivery_id, home_id=home_id)
        _refuse_closed(delivery)
        short = deliveries.short_lines(delivery)
        if missing := [each for each in short if not outcomes.get(each.pk, ("", ""))[0]]:
            raise WordsMissing(f"{_named(missing)} did not come: say what happens now")
        for each in short:
            each.outcome, each.outcome_words = outcomes[each.pk]
            each.save(update_fields=["outcome", "outcome_words"])
        delivery.closing_words, delivery.closed_at, delivery.closed_by_id = words.strip(), at, by
        delivery.save(update_fields=["closing_words", "closed_at", "closed_by"])
        audit.note(
            action="delivery_closed", by=by, at=at, home_id=home_id, about=delivery, changes={"short": len(short)}
        )
        asked = Task.objects.filter(
            home_id=home_id, kind=Task.Kind.BOOK_IN_DELIVERY, cause=_cause(delivery), closed_at__isnull=True
        )
        if found := list(asked):
            tasks.close(tasks=found, outcome="The delivery was booked in and closed.", by=by, at=at)
    return delivery


def reopen(*, home_id: int, delivery_id: UUID, by: int, at: datetime) -> Delivery:
    """Open a closed delivery again, because something of it came after all; what was said of it stays in the audit."""
    with transaction.atomic():
        lock_home(home_id)
        delivery = Delivery.objects.get(pk=delivery_id, home_id=home_id)
        if delivery.closed_at is None:
            return delivery
        before = {"closed_by_id": delivery.closed_by_id, "closed_at": delivery.closed_at.isoformat()}
        delivery.closed_at = delivery.closed_by = None
        delivery.save(update_fields=["closed_at", "closed_by"])
        audit.note(
            action="delivery_reopened", by=by, at=at, home_id=home_id, about=delivery, changes={"before": before}
        )
    return delivery


def _refuse_closed(delivery: Delivery) -> None:
    if delivery.closed_at is not None:
        raise DeliveryClosed("this delivery is closed: open it again first")


def _named(lines: Iterable[DeliveryLine]) -> str:
    names = [each.medicine_words or each.words for each in lines]
    return " and ".join(filter(None, [", ".join(names[:3][:-1]), names[:3][-1]])) + (" and more" if names[3:] else "")
