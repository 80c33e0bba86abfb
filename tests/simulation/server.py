"""The real sync code as a device reaches it, one call one transaction, with every answer it ever gave kept."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from emar.operations import device_events, devices
from emar.queries import snapshot
from emar.scope import scope
from tests.simulation.tablet import Event, Tablet, seal

SNAPSHOT_HOLDS = timedelta(hours=4)


class Cut(Exception):
    """The server dies, or the database goes away, before the commit."""


@dataclass(frozen=True)
class Said:
    """One answer as the server gave it, whoever heard it."""

    id: str
    hash: str
    answer: str
    findings: str
    detail: str | None


@dataclass(frozen=True)
class Reply:
    """What a device hears of one call."""

    answers: list[dict[str, Any]]
    lease_until: datetime
    last_sequence: int


@dataclass
class Server:
    """What the device API does (mobile_api.api), without HTTP."""

    home_id: int
    said: list[Said] = field(default_factory=list)
    latest: tuple[datetime, dict[str, Any]] | None = None

    def take(self, device_id: str, key: str, events: Sequence[Event], at: datetime, *, is_cut: bool = False) -> Reply:
        """Take in a batch. With `is_cut` everything is undone before the commit, and nothing is answered."""
        wire = json.loads(json.dumps(events))
        with transaction.atomic():
            device = devices.identify(device_id=device_id, key=key)
            received = device_events.receive(wire, device=device, at=at)
            devices.renew_lease(device=device, at=at)
            if is_cut:
                raise Cut
        for event, answer in zip(events, received.answers, strict=True):
            self.said.append(
                Said(
                    answer.id,
                    # What came, not what it says of itself: it may have been damaged on its way.
                    str(seal(event)["hash"]),
                    answer.answer,
                    json.dumps([dict(each) for each in answer.findings], sort_keys=True),
                    answer.detail,
                )
            )
        answers = [{"id": each.id, "answer": each.answer} for each in received.answers]
        return Reply(answers, device.lease_expires_at, received.last_sequence)

    def sign_in(self, tablet: Tablet, staff_id: int, pin: str, at: datetime) -> str:
        """Try to sign somebody in, and return what came of it in a word; a wrong try is counted and stays counted."""
        with transaction.atomic():
            device = devices.identify(device_id=tablet.disk.device_id, key=tablet.disk.key)
            if device.revoked_at is not None:
                return "revoked"
            try:
                devices.sign_in(device=device, at=at, by=staff_id, pin=pin)
            except devices.PinLocked:
                return "locked"
            except devices.WrongPin as wrong:
                return f"wrong, {wrong.tries_left} left"
        tablet.disk.lease_until = device.lease_expires_at
        return "signed in"

    def pull(self, tablet: Tablet, at: datetime) -> None:
        """Give the device a snapshot; one up to four hours old, as a device has that pulled before others acted."""
        if self.latest is None or at - self.latest[0] > SNAPSHOT_HOLDS:
            with scope(home=self.home_id):
                self.latest = at, snapshot.snapshot(self.home_id, at)
        tablet.disk.snapshot = self.latest[1]
