"""Taking in what devices tell: the outbox of the bedside, in order, once, and never refused.

Each event gets an answer. A resend is recognised before anything else is asked. What cannot be understood
is held, with its words kept as they came, so that one bad event never stands in the way of the ones behind
it. (bedside.md, Offline, 3–6)
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import Any
from uuid import UUID, uuid5

import structlog
from django.db import IntegrityError, InterfaceError, InternalError, OperationalError, transaction

from emar.models import Device, DeviceEvent, RoundEvent, ScanEvent, ScanSource
from emar.operations.administrations import AdministrationRefused, Dose, record
from emar.operations.checks import Looked, NotChecked, check_effect, check_patch
from emar.operations.devices import LEASE
from emar.operations.taught_codes import propose_from_scan
from emar.queries.staff_keys import pin_keys
from emar.rules import pins
from emar.rules.findings import Finding, finding
from emar.rules.outcomes import OUTCOMES
from stock.models import LedgerHead
from stock.operations.ledger import lock_home
from stock.statements import Statement, Together, Writing

SCHEMA = 1
LARGEST_BATCH = 50
RECORDED, RECORDED_WITH_FINDINGS, HELD, REFUSED = "recorded", "recorded_with_findings", "held", "refused"
ADMINISTRATION = "administration"
LARGEST_NUMBER = 2**62
HASH_LENGTH = 64
#: A device that was away for weeks is not this far ahead of what the server has of it: such a number is garbage.
FURTHEST_AHEAD = 100_000
USED_BEFORE = "This id was used before for something else."
NOT_WRITTEN = "The record could not be written."
#: The database is away, full or busy: the device is told to send again, nothing about the event is wrong.
DATABASE_AWAY = (OperationalError, InterfaceError, InternalError)
#: PostgreSQL keeps no NUL in text, and half a surrogate pair is no character.
CANNOT_BE_KEPT = re.compile("[\x00\ud800-\udfff]")
ANSWERED = Statement(
    "answered_events",
    ("uuid[]",),
    "SELECT id::text, hash, answer, findings::text, detail FROM emar_deviceevent WHERE id = ANY ($1)",
    columns=5,
)
STAFF = Statement(
    "staff_ever_here",
    ("bigint", "bigint[]"),
    "SELECT DISTINCT staff_member_id FROM emar_homerole WHERE home_id = $1 AND staff_member_id = ANY ($2)",
    columns=1,
)
RESIDENTS = Statement(
    "residents_here",
    ("bigint", "bigint[]"),
    "SELECT id FROM emar_resident WHERE home_id = $1 AND id = ANY ($2)",
    columns=1,
)
MEDICINE_ROUNDS = Statement(
    "rounds_here",
    ("bigint", "bigint[]"),
    "SELECT id FROM emar_medicineround WHERE home_id = $1 AND id = ANY ($2)",
    columns=1,
)
LAST_SEQUENCE = Statement(
    "last_sequence",
    ("bigint", "uuid"),
    "SELECT max(sequence) FROM emar_deviceevent WHERE home_id = $1 AND device_id = $2",
    columns=1,
)
OPENING = Together("opening_an_outbox", ANSWERED, STAFF, RESIDENTS, MEDICINE_ROUNDS, LAST_SEQUENCE)
#: Django's own foreign keys wait for the commit; what is wrong must show while it can still be held.
CHECK_NOW = Statement("check_now", (), "SET CONSTRAINTS ALL IMMEDIATE", is_command=True)
SCAN_SOURCES = frozenset(ScanSource.values)
NEVER = datetime.min.replace(tzinfo=UTC)
LEASE_OVER = finding("lease_over")
log = structlog.get_logger(__name__)


class NotUnderstood(Exception):
    """An event that this server cannot read; its words say why, for the manager's page of held events."""


class BatchTooLarge(Exception):
    """More events at once than one transaction should carry."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it came, with what every kind of event has.

    `said_id` is the id as the device knows it: the id itself, unless that cannot be trusted.
    """

    id: str
    said_id: str
    kind: str
    sequence: int
    previous_hash: str
    hash: str
    staff_id: int
    entered_at: datetime
    body: Mapping[str, Any]
    content: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the device is told of one event: for ever the same for the same id and content."""

    id: str
    answer: str
    findings: Sequence[Mapping[str, Any]] = ()
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """An answer for each event, in the order they were sent, and the highest number the server has of the device."""

    answers: Sequence[Answer]
    last_sequence: int


def receive(raw: Sequence[object], *, device: Device, at: datetime) -> Received:
    """Take in a batch of events from a device and return an answer for each.

    One transaction for the batch; a savepoint for each event only when one of them fails, because most
    batches are sound. Raises BatchTooLarge.
    """
    if len(raw) > LARGEST_BATCH:
        raise BatchTooLarge(f"send at most {LARGEST_BATCH} events at once")
    if not raw:
        ((last_sequence,),) = LAST_SEQUENCE.ask(device.home_id, device.pk)
        return Received((), last_sequence or 0)
    with transaction.atomic(savepoint=False):
        head = lock_home(device.home_id)
        intake = _Intake(device, at, head)
        intake.take(raw)
    return Received(intake.answers, intake.last_sequence)


class _Intake:
    """One batch on its way in: which events are new, what each becomes, and what is said of it."""

    def __init__(self, device: Device, at: datetime, head: LedgerHead) -> None:
        self.device, self.at, self.head = device, at, head
        self.home_id = device.home_id
        self.answers: list[Answer] = []
        self.last_sequence, self.believed_until = 0, 0
        self.staff, self.residents, self.rounds = set[int](), set[int](), set[int]()
        self.also: Sequence[Finding] = () if device.revoked_at is None else (finding("device_revoked"),)

    def take(self, raw: Sequence[object]) -> None:
        """Sort the events into seen before, not understood and new, and write the new ones."""
        read = [_read(each, self.device.pk) for each in raw]
        known = self._known([event for event, _ in read])
        seals = {pk: sealed for pk, (sealed, _) in known.items()}
        told = {pk: answer for pk, (_, answer) in known.items()}
        fresh: list[Event] = []
        for event, problem in read:
            if event.id in seals:
                continue
            seals[event.id] = event.hash
            if problem is None:
                fresh.append(event)
            else:
                told[event.id] = self._hold(event, problem)
        told |= {event.id: answer for event, answer in zip(fresh, self._write(fresh), strict=True)}
        self.answers = [
            replace(told[event.id], id=event.said_id)
            if seals[event.id] == event.hash
            else Answer(event.said_id, REFUSED, detail=USED_BEFORE)
            for event, _ in read
        ]

    def _known(self, events: Sequence[Event]) -> dict[str, tuple[str, Answer]]:
        """Learn what the events refer to, and return the seals and answers of those that came before."""
        known, staff, residents, rounds, ((last_sequence,),) = OPENING.ask(
            [[event.id for event in events]],
            [self.home_id, [each for each in _staff(events) if _is_number(each)]],
            [self.home_id, [each for each in _named(events, "resident_id") if _is_number(each)]],
            [self.home_id, [each for each in _named(events, "round_id") if _is_number(each)]],
            [self.home_id, self.device.pk],
        )
        self.last_sequence = last_sequence or 0
        self.believed_until = self.last_sequence + FURTHEST_AHEAD
        self.staff, self.residents, self.rounds = ({pk for (pk,) in rows} for rows in (staff, residents, rounds))
        return {
            pk: (sealed, Answer(pk, answer, json.loads(found), detail or None))
            for pk, sealed, answer, found, detail in known
        }

    def _write(self, events: Sequence[Event]) -> list[Answer]:
        if not events:
            return []
        before = self.head.sequence, self.head.hash
        try:
            with transaction.atomic():
                return self._write_together(events)
        except DATABASE_AWAY:
            raise
        except Exception:  # noqa: BLE001  the event that is to blame is found by writing each alone
            self.head.sequence, self.head.hash = before
            return [self._write_alone(event) for event in events]

    def _write_alone(self, event: Event) -> Answer:
        before = self.head.sequence, self.head.hash
        try:
            with transaction.atomic():
                return self._write_together([event])[0]
        except DATABASE_AWAY:
            raise
        except (NotUnderstood, NotChecked, AdministrationRefused) as problem:
            words = str(problem)
        except Exception as problem:  # noqa: BLE001  a fault of ours must not block the events behind this one
            # The words of a database's error may name values of the row, so only its kind is kept.
            log.error("device_event_not_written", event_id=event.id, problem=type(problem).__name__)
            words = NOT_WRITTEN
        self.head.sequence, self.head.hash = before
        return self._hold(event, words)

    def _hold(self, event: Event, words: str) -> Answer:
        """Keep an event that cannot be recorded, for the manager's page; under another id where its own is taken."""
        answer = Answer(event.said_id, HELD, detail=words)
        for pk in (event.id, _own_id(self.device.pk, event.hash)):
            try:
                with transaction.atomic():
                    self._journal([(replace(event, id=pk), answer)], Writing())
            except IntegrityError:
                continue
            break
        return answer

    def _write_together(self, events: Sequence[Event]) -> list[Answer]:
        self._check_references(events)
        writing = Writing()
        answers: dict[str, Answer] = {}
        given = [event for event in events if event.kind == ADMINISTRATION]
        keys = pin_keys(self.home_id, _named(given, "witness_id"))
        doses = [_dose(event, str(self.device.pk), keys) for event in given]
        for is_overdue, group in groupby(doses, key=lambda dose: self._waited_too_long(dose.entered_at)):
            also = (*self.also, LEASE_OVER) if is_overdue else self.also
            # What the group before left must be there when this one is judged.
            writing.run()
            told = record(list(group), home_id=self.home_id, at=self.at, head=self.head, also=also, writing=writing)
            answers |= {each.id: Answer(each.id, each.answer, each.findings) for each in told}
        if len(given) < len(events):
            # What was looked at may have come in the same batch.
            writing.run()
        for event in events:
            if event.kind != ADMINISTRATION:
                WRITERS[event.kind](event, self)
                answers[event.id] = self._recorded(event)
        self._journal([(event, answers[event.id]) for event in events], writing)
        return [answers[event.id] for event in events]

    def _waited_too_long(self, entered_at: datetime) -> bool:
        """Whether it lay on the device longer than a lease lasts: others may have acted without knowing of it."""
        return self.at - entered_at > LEASE

    def _recorded(self, event: Event) -> Answer:
        also = (*self.also, LEASE_OVER) if self._waited_too_long(event.entered_at) else self.also
        found = [each.to_json() for each in also]
        return Answer(event.id, RECORDED_WITH_FINDINGS if found else RECORDED, found)

    def _check_references(self, events: Sequence[Event]) -> None:
        if _staff(events) - self.staff:
            raise NotUnderstood("The person named has never worked in this home.")
        if _named(events, "resident_id") - self.residents:
            raise NotUnderstood("This home has no such resident.")
        if _named(events, "round_id") - self.rounds:
            raise NotUnderstood("This home has no such medicine round.")

    def _journal(self, told: Sequence[tuple[Event, Answer]], writing: Writing) -> None:
        """Run the writes that wait, check what they point at, and keep the events with their answers."""
        writing.add(CHECK_NOW)
        writing.insert_rows(
            DeviceEvent,
            [
                {
                    "id": event.id,
                    "home_id": self.home_id,
                    "device_id": self.device.pk,
                    "sequence": self._believed(event),
                    "previous_hash": event.previous_hash,
                    "hash": event.hash,
                    "kind": event.kind,
                    "content": event.content,
                    "answer": answer.answer,
                    "findings": list(answer.findings),
                    "detail": answer.detail or "",
                    "received_at": self.at,
                }
                for event, answer in told
            ],
        )
        writing.run()
        self.last_sequence = max(self.last_sequence, *(self._believed(event) for event, _ in told))

    def _believed(self, event: Event) -> int:
        """Return the event's place in its device's order; 0 where its number cannot be believed.

        A number that is too high would hide from the device, and from whoever looks for gaps, that events before it
        are missing. What the event itself said stays in its content.
        """
        return event.sequence if event.sequence <= self.believed_until else 0


def canonical(content: Mapping[str, Any]) -> str:
    """Return the one spelling of an event that its hash is over: sorted keys, no spaces, no floats."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _read(raw: object, device_id: UUID) -> tuple[Event, str | None]:
    """Return the event and, where it cannot be understood, why."""
    content = dict(raw) if isinstance(raw, Mapping) else {"not_an_event": raw}
    sealed = content.pop("hash", "")
    try:
        text = canonical(content)
        true_hash = hashlib.sha256(text.encode()).hexdigest()
    except ValueError:
        return _unreadable(content, device_id), "The event holds a character or a number that cannot be kept."
    except RecursionError:
        return _unreadable(content, device_id), "The event is nested too deeply."
    try:
        event = _event(content, text, true_hash)
    except NotUnderstood as problem:
        return _unreadable(content, device_id, is_sealed=sealed == true_hash), str(problem)
    if sealed != true_hash:
        # The id belongs to the event as it was sealed, which may still come.
        broken = replace(event, id=_own_id(device_id, true_hash), sequence=0)
        return broken, "The event was changed on its way: its seal does not fit."
    if content.get("schema") != SCHEMA:
        return event, "The event is written for another version of this server."
    if event.kind != ADMINISTRATION and event.kind not in WRITERS:
        return event, "This server does not know this kind of event yet."
    return event, None


def _event(content: Mapping[str, Any], text: str, true_hash: str) -> Event:
    pk = _id(content, "id")
    previous_hash = _text(content, "previous_hash")
    if len(previous_hash) > HASH_LENGTH:
        raise NotUnderstood("The previous_hash is not a hash.")
    return Event(
        id=pk,
        said_id=content["id"],
        kind=_text(content, "kind"),
        sequence=_whole(content, "sequence"),
        previous_hash=previous_hash,
        hash=true_hash,
        staff_id=_whole(content, "staff_id"),
        entered_at=_instant(content, "entered_at"),
        body=_body(content),
        content=text,
    )


def _own_id(device_id: UUID, sealed: str) -> str:
    """Return an id for what came without a usable one: the same content of the same device gets the same id."""
    return str(uuid5(device_id, sealed))


def _unreadable(content: Mapping[str, Any], device_id: UUID, *, is_sealed: bool = False) -> Event:
    """Return what can be kept of an event that has no usable id, time or text: all of it, as escaped JSON."""
    # What the request's own stack could just read in is written out on a stack with more room.
    with ThreadPoolExecutor(max_workers=1) as stack:
        text = stack.submit(json.dumps, content, sort_keys=True).result()
    sealed = hashlib.sha256(text.encode()).hexdigest()
    pk = _own_id(device_id, sealed)
    said, sequence, kind = content.get("id"), content.get("sequence"), content.get("kind")
    is_word = isinstance(kind, str) and kind.isascii() and kind.isprintable()
    return Event(
        id=pk,
        said_id=said if isinstance(said, str) and said.isascii() else pk,
        kind=kind if is_word else "unreadable",
        sequence=int(sequence) if is_sealed and _is_number(sequence) else 0,  # type: ignore[call-overload]
        previous_hash="",
        hash=sealed,
        staff_id=0,
        entered_at=NEVER,
        body={},
        content=text,
    )


def _staff(events: Sequence[Event]) -> set[int]:
    return {event.staff_id for event in events} | _named(events, "witness_id")


def _named(events: Sequence[Event], name: str) -> set[int]:
    return {event.body[name] for event in events if isinstance(event.body.get(name), int)}


def _text(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name)
    if not isinstance(value, str):
        raise NotUnderstood(f"The event does not say its {name}.")
    if CANNOT_BE_KEPT.search(value):
        raise NotUnderstood(f"The {name} holds a character that cannot be kept.")
    return value


def _optional_text(body: Mapping[str, Any], name: str) -> str:
    return "" if body.get(name) is None else _text(body, name)


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < LARGEST_NUMBER


def _whole(content: Mapping[str, Any], name: str) -> int:
    value = content.get(name)
    if not _is_number(value):
        raise NotUnderstood(f"The event does not say its {name} as a whole number.")
    return int(value)


def _optional_whole(body: Mapping[str, Any], name: str) -> int | None:
    return None if body.get(name) is None else _whole(body, name)


def _instant(content: Mapping[str, Any], name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(_text(content, name))
    except ValueError:
        raise NotUnderstood(f"The {name} is not a time.") from None
    if moment.tzinfo is None or not 2000 <= moment.year <= 2200:
        raise NotUnderstood(f"The {name} is not a time with its zone.")
    return moment


def _optional_instant(body: Mapping[str, Any], name: str) -> datetime | None:
    return None if body.get(name) is None else _instant(body, name)


def _optional_quantity(body: Mapping[str, Any], name: str) -> Decimal | None:
    if body.get(name) is None:
        return None
    try:
        quantity = Decimal(_text(body, name))
    except InvalidOperation:
        raise NotUnderstood(f"The {name} is not a number.") from None
    if not quantity.is_finite() or not 0 <= quantity < 10**6:
        raise NotUnderstood(f"The {name} is not an amount of a medicine.")
    return quantity


def _id(body: Mapping[str, Any], name: str) -> str:
    try:
        return str(UUID(_text(body, name)))
    except ValueError:
        raise NotUnderstood(f"The {name} is not an id.") from None


def _optional_id(body: Mapping[str, Any], name: str) -> str | None:
    return None if body.get(name) is None else _id(body, name)


def _body(content: Mapping[str, Any]) -> Mapping[str, Any]:
    body = content.get("body")
    if not isinstance(body, Mapping):
        raise NotUnderstood("The event has no body.")
    return body


def _source(value: object) -> str:
    if not isinstance(value, str) or value not in SCAN_SOURCES:
        raise NotUnderstood("The event does not say how the pack was scanned.")
    return str(value)


def _dose(event: Event, device_id: str, keys: Mapping[int, str]) -> Dose:
    """Return what an administration event says happened. `keys` are what the PINs of witnesses stand for."""
    body = event.body
    witness_id = _optional_whole(body, "witness_id")
    scan = body.get("scan") if isinstance(body.get("scan"), Mapping) else {"how": ScanSource.BY_HAND.value}
    amount, wasted = _optional_quantity(body, "amount"), _optional_quantity(body, "wasted_amount")
    outcome = _text(body, "outcome")
    if outcome not in OUTCOMES or OUTCOMES[outcome].is_by_system:
        raise NotUnderstood("The outcome is not one of the record's words.")
    return Dose(
        id=event.id,
        resident_id=_whole(body, "resident_id"),
        prescription_id=_id(body, "prescription_id"),
        outcome=outcome,
        given_at=_instant(body, "given_at"),
        entered_at=event.entered_at,
        given_by_id=event.staff_id,
        due_at=_optional_instant(body, "due_at"),
        amount=amount,
        prepared=(amount or Decimal(0)) + wasted if wasted else None,
        unit=_optional_text(body, "unit"),
        round_id=_optional_whole(body, "round_id"),
        device_id=device_id,
        witness_id=witness_id,
        counted_balance=_optional_quantity(body, "balance_counted"),
        is_witness_proven=witness_id is None or _is_proven(event, witness_id, keys),
        no_witness_reason=_optional_text(body, "no_witness_reason"),
        witnessed_at=_optional_instant(body, "witnessed_at"),
        pack_id=_optional_id(body, "pack_id"),
        scan_source=_source(scan.get("how")),
        scan_text=_optional_text(scan, "text"),
        by_hand_reason=_optional_text(scan, "by_hand_reason"),
        note=_optional_text(body, "note"),
        site=_optional_text(body, "site"),
        content_hash=event.hash,
    )


def _is_proven(event: Event, witness_id: int, keys: Mapping[int, str]) -> bool:
    """Return whether the witness's own PIN was typed for this very event, as far as the device can show it."""
    said, key = _optional_text(event.body, "witness_proof"), keys.get(witness_id, "")
    return bool(key) and hmac.compare_digest(pins.proof(key, f"{event.said_id}:{witness_id}").encode(), said.encode())


def _write_scan(event: Event, intake: _Intake) -> None:
    """Keep a stop, an override, an unknown code or a hand entry: the near misses."""
    body = event.body
    found = body.get("findings")
    codes = [_text(each, "code") for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
    text, prescription_id = _optional_text(body, "text")[:2000], _optional_id(body, "prescription_id")
    ScanEvent.objects.create(
        id=event.id,
        home_id=intake.home_id,
        device=intake.device,
        resident_id=_optional_whole(body, "resident_id"),
        prescription_id=prescription_id,
        due_at=_optional_instant(body, "due_at"),
        scan_source=_source(body.get("how")),
        text=text,
        symbology=_optional_text(body, "symbology"),
        meaning=_text(body, "meaning"),
        result=_text(body, "result"),
        findings=codes,
        is_overridden=body.get("overridden") is True,
        reason=_optional_text(body, "reason"),
        entered_at=event.entered_at,
        entered_by_id=event.staff_id,
        received_at=intake.at,
    )
    if body.get("teach") is True:
        propose_from_scan(
            home_id=intake.home_id, text=text, prescription_id=prescription_id, by=event.staff_id, at=intake.at
        )


def _write_round(event: Event, intake: _Intake) -> None:
    """Keep that a round was started, taken over or finished."""
    body = event.body
    try:
        round_on = datetime.strptime(_text(body, "on"), "%Y-%m-%d").date()  # noqa: DTZ007  a day has no zone
    except ValueError:
        raise NotUnderstood("The event does not say which day's round it is.") from None
    happened = "finished" if event.kind == "round_finished" else "started"
    if happened == "started" and body.get("taken_over_from") is not None:
        happened = "taken_over"
    RoundEvent.objects.create(
        id=event.id,
        home_id=intake.home_id,
        round_id=_whole(body, "round_id"),
        round_on=round_on,
        happened=happened,
        entered_at=event.entered_at,
        entered_by_id=event.staff_id,
        received_at=intake.at,
        device=intake.device,
    )


def _write_effect(event: Event, intake: _Intake) -> None:
    """Keep whether a when-required dose worked."""
    check_effect(
        home_id=intake.home_id,
        looked=_looked(event, intake),
        administration_id=_id(event.body, "administration_id"),
        effect=_text(event.body, "effect"),
        by=event.staff_id,
        at=intake.at,
    )


def _write_patch(event: Event, intake: _Intake) -> None:
    """Keep whether a patch is in place."""
    check_patch(
        home_id=intake.home_id,
        looked=_looked(event, intake),
        prescription_id=_id(event.body, "prescription_id"),
        found=_text(event.body, "found"),
        site=_optional_text(event.body, "site"),
        by=event.staff_id,
        at=intake.at,
    )


def _looked(event: Event, intake: _Intake) -> Looked:
    return Looked(
        id=event.id,
        checked_at=_optional_instant(event.body, "checked_at") or event.entered_at,
        entered_at=event.entered_at,
        words=_optional_text(event.body, "note"),
        device_id=intake.device.pk,
    )


def _write_loss(event: Event, intake: _Intake) -> None:
    """The event itself is the evidence: the devices page asks what may be missing (emar.queries.device_gaps)."""


WRITERS: dict[str, Callable[[Event, _Intake], None]] = {
    "scan": _write_scan,
    "round_started": _write_round,
    "round_finished": _write_round,
    "effect_checked": _write_effect,
    "patch_checked": _write_patch,
    "records_lost": _write_loss,
}
