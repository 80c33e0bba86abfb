"""What does one event of a device say, and what of it cannot be understood?

Reading only: nothing here asks whether it is true, or was sent before. Whatever cannot be read is kept as it came,
under an id of its own, with words for the manager's page of held events. What becomes of an event is
emar.operations.device_events' to say. (bedside.md, Offline, 3 and 6)
"""

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeGuard
from uuid import UUID, uuid5

SCHEMA = 1
LARGEST_NUMBER = 2**62
HASH_LENGTH = 64
MOST_READINGS, LONGEST_WORDS = 8, 200
#: PostgreSQL keeps no NUL in text, and half a surrogate pair is no character.
CANNOT_BE_KEPT = re.compile("[\x00\ud800-\udfff]")
NEVER = datetime.min.replace(tzinfo=UTC)


class NotUnderstood(Exception):
    """An event that this server cannot read; its words say why, for the manager's page of held events."""


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


def canonical(content: Mapping[str, Any]) -> str:
    """Return the one spelling of an event that its hash is over: sorted keys, no spaces, no floats."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def read(raw: object, device_id: UUID, kinds: Collection[str]) -> tuple[Event, str | None]:
    """Return the event and, where it cannot be understood, why. `kinds` are those that the server knows."""
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
        broken = replace(event, id=own_id(device_id, true_hash), sequence=0)
        return broken, "The event was changed on its way: its seal does not fit."
    if content.get("schema") != SCHEMA:
        return event, "The event is written for another version of this server."
    if event.kind not in kinds:
        return event, "This server does not know this kind of event yet."
    return event, None


def _event(content: Mapping[str, Any], text: str, true_hash: str) -> Event:
    pk = id_of(content, "id")
    previous_hash = text_of(content, "previous_hash")
    if len(previous_hash) > HASH_LENGTH:
        raise NotUnderstood("The previous_hash is not a hash.")
    return Event(
        id=pk,
        said_id=content["id"],
        kind=text_of(content, "kind"),
        sequence=whole_number(content, "sequence"),
        previous_hash=previous_hash,
        hash=true_hash,
        staff_id=whole_number(content, "staff_id"),
        entered_at=instant_of(content, "entered_at"),
        body=_body(content),
        content=text,
    )


def _body(content: Mapping[str, Any]) -> Mapping[str, Any]:
    body = content.get("body")
    if not isinstance(body, Mapping):
        raise NotUnderstood("The event has no body.")
    return body


def own_id(device_id: UUID, sealed: str) -> str:
    """Return an id for what came without a usable one: the same content of the same device gets the same id."""
    return str(uuid5(device_id, sealed))


def _unreadable(content: Mapping[str, Any], device_id: UUID, *, is_sealed: bool = False) -> Event:
    """Return what can be kept of an event that has no usable id, time or text: all of it, as escaped JSON."""
    # What the request's own stack could just read in is written out on a stack with more room.
    with ThreadPoolExecutor(max_workers=1) as stack:
        text = stack.submit(json.dumps, content, sort_keys=True).result()
    sealed = hashlib.sha256(text.encode()).hexdigest()
    pk = own_id(device_id, sealed)
    said, sequence, kind = content.get("id"), content.get("sequence"), content.get("kind")
    return Event(
        id=pk,
        said_id=said if isinstance(said, str) and said.isascii() else pk,
        kind=kind if isinstance(kind, str) and kind.isascii() and kind.isprintable() else "unreadable",
        sequence=int(sequence) if is_sealed and is_number(sequence) else 0,
        previous_hash="",
        hash=sealed,
        staff_id=0,
        entered_at=NEVER,
        body={},
        content=text,
    )


def text_of(content: Mapping[str, Any], name: str) -> str:
    """Return a text that must be there. Raises NotUnderstood, like every reader below."""
    value = content.get(name)
    if not isinstance(value, str):
        raise NotUnderstood(f"The event does not say its {name}.")
    if CANNOT_BE_KEPT.search(value):
        raise NotUnderstood(f"The {name} holds a character that cannot be kept.")
    return value


def optional_text(body: Mapping[str, Any], name: str) -> str:
    """Return a text, empty where there is none."""
    return "" if body.get(name) is None else text_of(body, name)


def is_number(value: object) -> TypeGuard[int]:
    """Return whether a value is a whole number that a row could have as its id."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < LARGEST_NUMBER


def whole_number(content: Mapping[str, Any], name: str) -> int:
    """Return a whole number that must be there."""
    value = content.get(name)
    if not is_number(value):
        raise NotUnderstood(f"The event does not say its {name} as a whole number.")
    return int(value)


def optional_whole_number(body: Mapping[str, Any], name: str) -> int | None:
    """Return a whole number, None where there is none."""
    return None if body.get(name) is None else whole_number(body, name)


def instant_of(content: Mapping[str, Any], name: str) -> datetime:
    """Return an instant that must be there, with its zone."""
    try:
        moment = datetime.fromisoformat(text_of(content, name))
    except ValueError:
        raise NotUnderstood(f"The {name} is not a time.") from None
    if moment.tzinfo is None or not 2000 <= moment.year <= 2200:
        raise NotUnderstood(f"The {name} is not a time with its zone.")
    return moment


def optional_instant(body: Mapping[str, Any], name: str) -> datetime | None:
    """Return an instant, None where there is none."""
    return None if body.get(name) is None else instant_of(body, name)


def optional_quantity(body: Mapping[str, Any], name: str) -> Decimal | None:
    """Return an amount of a medicine, which travels as text so that it stays exact; None where there is none."""
    if body.get(name) is None:
        return None
    try:
        quantity = Decimal(text_of(body, name))
    except InvalidOperation:
        raise NotUnderstood(f"The {name} is not a number.") from None
    if not quantity.is_finite() or not 0 <= quantity < 10**6:
        raise NotUnderstood(f"The {name} is not an amount of a medicine.")
    return quantity


def readings_of(body: Mapping[str, Any], name: str) -> tuple[dict[str, Decimal], str]:
    """Return readings by name, and in words those that are no plain number, as a blood pressure is none.

    They were taken, so what is unusual about one is never a reason not to understand the event.
    """
    said = body.get(name)
    numbers, words = dict[str, Decimal](), list[str]()
    for reading, value in list(said.items())[:MOST_READINGS] if isinstance(said, Mapping) else ():
        number = _number(value)
        if number is not None and not CANNOT_BE_KEPT.search(str(reading)):
            numbers[str(reading)] = number
        elif value is not None:
            words.append(CANNOT_BE_KEPT.sub("?", f"{reading}: {value}")[:LONGEST_WORDS])
    return numbers, "; ".join(words)


def _number(value: object) -> Decimal | None:
    try:
        found = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() and abs(found) < 10**6 else None


def id_of(body: Mapping[str, Any], name: str) -> str:
    """Return an id that must be there, in its one spelling."""
    try:
        return str(UUID(text_of(body, name)))
    except ValueError:
        raise NotUnderstood(f"The {name} is not an id.") from None


def day_of(body: Mapping[str, Any], name: str) -> date:
    """Return a day that must be there."""
    try:
        return date.fromisoformat(text_of(body, name))
    except ValueError:
        raise NotUnderstood(f"The {name} is not a day.") from None


def optional_id(body: Mapping[str, Any], name: str) -> str | None:
    """Return an id, None where there is none."""
    return None if body.get(name) is None else id_of(body, name)
