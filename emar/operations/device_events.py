"""Taking in what devices tell: the outbox of the bedside, in order, once, and never refused.

Each event gets an answer. A resend is recognised before anything else is asked. What cannot be understood
is held, with its words kept as they came, so that one bad event never stands in the way of the ones behind
it. How an event is read is emar.rules.device_event's job. (bedside.md, Offline, 3–6)
"""

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

import structlog
from django.db import IntegrityError, InterfaceError, InternalError, OperationalError, transaction

from emar.models import Device, DeviceEvent, RoundEvent, ScanEvent, ScanSource
from emar.operations.administrations import AdministrationRefused, Dose, record
from emar.operations.checks import Looked, NotChecked, check_effect, check_patch
from emar.operations.devices import LEASE
from emar.operations.taught_codes import propose_from_scan
from emar.queries.staff_keys import pin_keys
from emar.rules import device_event, pins
from emar.rules.device_event import (
    Event,
    NotUnderstood,
    day_of,
    id_of,
    instant_of,
    is_number,
    optional_id,
    optional_instant,
    optional_quantity,
    optional_text,
    optional_whole_number,
    own_id,
    readings_of,
    text_of,
    whole_number,
)
from emar.rules.findings import Finding, finding
from emar.rules.outcomes import OUTCOMES
from emar.rules.taken import parts_from_json
from stock.models import LedgerHead
from stock.operations.ledger import lock_home
from stock.statements import Statement, Together, Writing

LARGEST_BATCH = 50
RECORDED, RECORDED_WITH_FINDINGS, HELD, REFUSED = "recorded", "recorded_with_findings", "held", "refused"
ADMINISTRATION = "administration"
#: A device that was away for weeks is not this far ahead of what the server has of it: such a number is garbage.
FURTHEST_AHEAD = 100_000
USED_BEFORE = "This id was used before for something else."
NOT_WRITTEN = "The record could not be written."
#: The database is away, full or busy: the device is told to send again, nothing about the event is wrong.
DATABASE_AWAY = (OperationalError, InterfaceError, InternalError)
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
LEASE_OVER = finding("lease_over")
log = structlog.get_logger(__name__)


class BatchTooLarge(Exception):
    """More events at once than one transaction should carry."""


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
        read = [device_event.read(each, self.device.pk, KINDS) for each in raw]
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
            [self.home_id, [each for each in _staff(events) if is_number(each)]],
            [self.home_id, [each for each in _named(events, "resident_id") if is_number(each)]],
            [self.home_id, [each for each in _named(events, "round_id") if is_number(each)]],
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
        for pk in (event.id, own_id(self.device.pk, event.hash)):
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


def _staff(events: Sequence[Event]) -> set[int]:
    return {event.staff_id for event in events} | _named(events, "witness_id")


def _named(events: Sequence[Event], name: str) -> set[int]:
    return {event.body[name] for event in events if isinstance(event.body.get(name), int)}


def _source(value: object) -> str:
    if not isinstance(value, str) or value not in SCAN_SOURCES:
        raise NotUnderstood("The event does not say how the pack was scanned.")
    return str(value)


def _dose(event: Event, device_id: str, keys: Mapping[int, str]) -> Dose:
    """Return what an administration event says happened. `keys` are what the PINs of witnesses stand for."""
    body = event.body
    witness_id = optional_whole_number(body, "witness_id")
    scan = body.get("scan") if isinstance(body.get("scan"), Mapping) else {"how": ScanSource.BY_HAND.value}
    amount, wasted = optional_quantity(body, "amount"), optional_quantity(body, "wasted_amount")
    readings, unusual = readings_of(body, "reading")
    outcome = text_of(body, "outcome")
    if outcome not in OUTCOMES or OUTCOMES[outcome].is_by_system:
        raise NotUnderstood("The outcome is not one of the record's words.")
    return Dose(
        id=event.id,
        resident_id=whole_number(body, "resident_id"),
        prescription_id=id_of(body, "prescription_id"),
        outcome=outcome,
        given_at=instant_of(body, "given_at"),
        entered_at=event.entered_at,
        given_by_id=event.staff_id,
        due_at=optional_instant(body, "due_at"),
        amount=amount,
        prepared=(amount or Decimal(0)) + wasted if wasted else None,
        unit=optional_text(body, "unit"),
        round_id=optional_whole_number(body, "round_id"),
        device_id=device_id,
        witness_id=witness_id,
        counted_balance=optional_quantity(body, "balance_counted"),
        is_witness_proven=witness_id is None or _is_proven(event, witness_id, keys),
        no_witness_reason=optional_text(body, "no_witness_reason"),
        witnessed_at=optional_instant(body, "witnessed_at"),
        pack_id=optional_id(body, "pack_id"),
        scan_source=_source(scan.get("how")),
        scan_text=optional_text(scan, "text"),
        by_hand_reason=optional_text(scan, "by_hand_reason"),
        note="\n".join(filter(None, (optional_text(body, "note"), unusual))),
        readings=readings,
        parts=parts_from_json(body.get("parts")),
        site=optional_text(body, "site"),
        content_hash=event.hash,
    )


def _is_proven(event: Event, witness_id: int, keys: Mapping[int, str]) -> bool:
    """Return whether the witness's own PIN was typed for this very event, as far as the device can show it."""
    said, key = optional_text(event.body, "witness_proof"), keys.get(witness_id, "")
    return bool(key) and hmac.compare_digest(pins.proof(key, f"{event.said_id}:{witness_id}").encode(), said.encode())


def _write_scan(event: Event, intake: _Intake) -> None:
    """Keep a stop, an override, an unknown code or a hand entry: the near misses."""
    body = event.body
    found = body.get("findings")
    codes = [text_of(each, "code") for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
    text, prescription_id = optional_text(body, "text")[:2000], optional_id(body, "prescription_id")
    ScanEvent.objects.create(
        id=event.id,
        home_id=intake.home_id,
        device=intake.device,
        resident_id=optional_whole_number(body, "resident_id"),
        prescription_id=prescription_id,
        due_at=optional_instant(body, "due_at"),
        scan_source=_source(body.get("how")),
        text=text,
        symbology=optional_text(body, "symbology"),
        meaning=text_of(body, "meaning"),
        result=text_of(body, "result"),
        findings=codes,
        is_overridden=body.get("overridden") is True,
        reason=optional_text(body, "reason"),
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
    happened = "finished" if event.kind == "round_finished" else "started"
    if happened == "started" and body.get("taken_over_from") is not None:
        happened = "taken_over"
    RoundEvent.objects.create(
        id=event.id,
        home_id=intake.home_id,
        round_id=whole_number(body, "round_id"),
        round_on=day_of(body, "on"),
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
        administration_id=id_of(event.body, "administration_id"),
        effect=text_of(event.body, "effect"),
        by=event.staff_id,
        at=intake.at,
    )


def _write_patch(event: Event, intake: _Intake) -> None:
    """Keep whether a patch is in place."""
    check_patch(
        home_id=intake.home_id,
        looked=_looked(event, intake),
        prescription_id=id_of(event.body, "prescription_id"),
        found=text_of(event.body, "found"),
        site=optional_text(event.body, "site"),
        by=event.staff_id,
        at=intake.at,
    )


def _looked(event: Event, intake: _Intake) -> Looked:
    return Looked(
        id=event.id,
        checked_at=optional_instant(event.body, "checked_at") or event.entered_at,
        entered_at=event.entered_at,
        words=optional_text(event.body, "note"),
        device_id=intake.device.pk,
    )


def _write_loss(event: Event, intake: _Intake) -> None:
    """The event itself is the evidence: the devices page asks what may be missing (emar.queries.device_gaps)."""


def _write_network(event: Event, intake: _Intake) -> None:
    """The event itself is the measurement: how the Wi-Fi of each room is, the page about going live asks."""


WRITERS: dict[str, Callable[[Event, _Intake], None]] = {
    "scan": _write_scan,
    "round_started": _write_round,
    "round_finished": _write_round,
    "effect_checked": _write_effect,
    "patch_checked": _write_patch,
    "records_lost": _write_loss,
    "network": _write_network,
}
KINDS = frozenset(WRITERS) | {ADMINISTRATION}
