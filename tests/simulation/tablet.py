"""An invented bedside device: an outbox on a disk that survives crashes, all else in a memory that does not.

It keeps the rules of the app (web/bedside/src/event.ts, store.ts, sync.ts): an act is on disk before the screen
says so, events are chained and sealed, sent oldest first in batches of 50 and again until each has an answer, and
an answer is kept beside its event.
"""

import hashlib
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

BATCH = 50
START = "0" * 64
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=1), timedelta(minutes=1)
ANSWER_WORDS = {"recorded", "recorded_with_findings", "conflict", "held", "refused"}

Event = dict[str, Any]


def seal(event: Mapping[str, Any]) -> Event:
    """Return the event with the hash over everything else in it; spelled out here and not taken from the server."""
    content = {name: value for name, value in event.items() if name != "hash"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return content | {"hash": hashlib.sha256(text.encode()).hexdigest()}


def zulu(moment: datetime) -> str:
    """Return an instant as devices write it."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Entry:
    """An event in the outbox, and the answer it got."""

    act: int
    event: Event
    answer: Mapping[str, Any] | None = None


@dataclass
class Disk:
    """What survives a crash."""

    device_id: str
    key: str
    entries: list[Entry] = field(default_factory=list)
    sequence: int = 0
    last_hash: str = START
    snapshot: dict[str, Any] | None = None
    lease_until: datetime | None = None
    measured_offset: timedelta | None = None


@dataclass
class Tablet:
    """One phone or tablet. `clock_error` is what its clock shows more than the true time."""

    name: str
    disk: Disk
    draw: random.Random
    clock_error: timedelta = timedelta(0)
    signed_in: int | None = None
    failures: int = 0
    next_try: datetime | None = None
    is_revoked: bool = False
    #: When an unsent act began to wait, so that the world can tell long absences from short ones.
    offline_until: datetime | None = None

    def corrected(self, now: datetime) -> datetime:
        """Return the time the device believes in: its clock, and the offset it measured at the last answer."""
        return now + self.clock_error + (self.disk.measured_offset or timedelta(0))

    def keep(self, act: int, event_id: str, kind: str, body: Mapping[str, Any], now: datetime) -> Entry:
        """Put an act on disk, chained to the one before it; only then may the screen say that it is safe."""
        disk = self.disk
        disk.sequence += 1
        offset = disk.measured_offset
        event = seal(
            {
                "id": event_id,
                "schema": 1,
                "kind": kind,
                "sequence": disk.sequence,
                "previous_hash": disk.last_hash,
                "staff_id": self.signed_in,
                "entered_at": zulu(now + self.clock_error),
                "clock_offset_ms": None if offset is None else round(offset / timedelta(milliseconds=1)),
                "body": dict(body),
            }
        )
        disk.last_hash = event["hash"]
        entry = Entry(act, event)
        disk.entries.append(entry)
        return entry

    def unsent(self) -> list[Entry]:
        """Return the events without an answer, in the order they happened."""
        waiting = [entry for entry in self.disk.entries if entry.answer is None]
        return sorted(waiting, key=lambda entry: int(entry.event["sequence"]))

    def batch(self) -> list[Event]:
        """Return what is sent next: the oldest events without an answer."""
        return [entry.event for entry in self.unsent()[:BATCH]]

    def hear(self, answers: list[Mapping[str, Any]], server_time: datetime, lease: datetime, now: datetime) -> None:
        """Keep the server's answers beside their events, and what it says of the clock and the lease."""
        known = {answer["id"]: answer for answer in answers if answer["answer"] in ANSWER_WORDS}
        for entry in self.disk.entries:
            if entry.answer is None and entry.event["id"] in known:
                entry.answer = known[entry.event["id"]]
        self.disk.measured_offset = server_time - (now + self.clock_error)
        self.disk.lease_until = lease
        self.failures, self.next_try = 0, None

    def hear_nothing(self, now: datetime) -> None:
        """Wait longer before the next try, with jitter."""
        self.failures += 1
        ceiling = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(self.failures, 10))
        self.next_try = now + ceiling * (0.5 + self.draw.random() / 2)

    def crash(self) -> None:
        """Lose everything that was not on disk."""
        self.signed_in, self.failures, self.next_try = None, 0, None

    def may_act(self, now: datetime) -> bool:
        """Say whether somebody is signed in and the lease holds, by the device's own idea of the time."""
        lease = self.disk.lease_until
        return (
            self.signed_in is not None
            and self.disk.snapshot is not None
            and lease is not None
            and self.corrected(now) < lease
        )
