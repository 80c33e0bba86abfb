"""A bedside device as the server sees it: it enrols, signs people in, and sends its outbox in order."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.test import Client
from uuid_utils.compat import uuid7

from emar.models import Device, StaffMember
from emar.operations import devices
from emar.rules.device_event import canonical
from emar.scope import scope
from tests import factories as make
from tests.bedside import EIGHT, FIVE_PAST, Bedside

PIN = "4071"
API = "/api/mobile/"
START = "0" * 64

Event = dict[str, Any]


def seal(event: Event) -> Event:
    """Return the event with the hash over everything else in it."""
    content = {name: value for name, value in event.items() if name != "hash"}
    return content | {"hash": hashlib.sha256(canonical(content).encode()).hexdigest()}


def zulu(moment: datetime) -> str:
    """Return an instant as devices write it."""
    return moment.isoformat().replace("+00:00", "Z")


@dataclass
class Tablet:
    """One enrolled device, with the client that speaks for it."""

    device_id: str
    key: str
    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))
    token: str = ""
    sequence: int = 0
    last_hash: str = START

    @property
    def headers(self) -> dict[str, str]:
        """Return what every call of the device carries."""
        signed_in = {"X-Sign-In": self.token} if self.token else {}
        return {"Authorization": f"Device {self.device_id}:{self.key}"} | signed_in

    def get(self, path: str, **query: str) -> HttpResponse:
        """Ask for something."""
        return self.client.get(API + path, query, headers=self.headers)

    def post(self, path: str, body: object) -> HttpResponse:
        """Tell something; text and bytes go as they are, everything else as JSON."""
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.client.post(API + path, content, content_type="application/json", headers=self.headers)

    def sign_in(self, person: StaffMember, pin: str = PIN) -> HttpResponse:
        """Sign somebody in and keep the token."""
        answer = self.post("sign-in", {"staff_id": person.pk, "pin": pin})
        if answer.status_code == 200:
            self.token = answer.json()["token"]
        return answer

    def sync(self, *events: object) -> HttpResponse:
        """Send part of the outbox."""
        return self.post("sync", {"schema": 1, "device_time": zulu(FIVE_PAST), "events": list(events)})

    def answers(self, *events: object) -> list[dict[str, Any]]:
        """Send part of the outbox and return the answers."""
        reply = self.sync(*events)
        assert reply.status_code == 200, reply.content
        return reply.json()["answers"]

    def event(self, kind: str, staff_id: int, body: dict[str, Any], fields: dict[str, Any] | None = None) -> Event:
        """Return the next event of this device, sealed and chained."""
        self.sequence += 1
        event = seal(
            {
                "id": str(uuid7()),
                "schema": 1,
                "kind": kind,
                "sequence": self.sequence,
                "previous_hash": self.last_hash,
                "staff_id": staff_id,
                "entered_at": zulu(FIVE_PAST),
                "clock_offset_ms": 12,
                "body": body,
            }
            | (fields or {})
        )
        self.last_hash = event["hash"]
        return event

    def given(self, bedside: Bedside, *, wrong: dict[str, Any] | None = None, **body: Any) -> Event:
        """Return the event of the morning dose, given; `wrong` changes the event itself."""
        return self.event("administration", bedside.carer.pk, administration(bedside) | body, wrong)


def administration(bedside: Bedside) -> dict[str, Any]:
    """Return the body of an administration event: the morning dose, given."""
    return {
        "resident_id": bedside.resident.pk,
        "prescription_id": str(bedside.prescription.pk),
        "prescription_version": 1,
        "due_at": zulu(EIGHT),
        "given_at": zulu(FIVE_PAST),
        "outcome": "given",
        "amount": "1",
        "unit": "tablet",
        "pack_id": str(bedside.pack.pk),
        "scan": {"how": "wedge", "text": bedside.pack.label_code, "by_hand_reason": None},
        "note": None,
        "round_id": make.round_of(bedside.unit).pk,
        "findings_shown": [],
        "witness_id": None,
        "site": None,
        "reading": None,
        "effect_due_at": None,
    }


def scan(bedside: Bedside, **fields: Any) -> dict[str, Any]:
    """Return the body of a scan event: another resident's pack, stopped."""
    return {
        "resident_id": bedside.resident.pk,
        "prescription_id": str(bedside.prescription.pk),
        "due_at": zulu(EIGHT),
        "how": "camera",
        "text": "EPABC234",
        "symbology": "QRCode",
        "meaning": "own_label",
        "result": "stopped",
        "findings": [{"code": "wrong_resident", "level": "stop"}],
        "overridden": False,
        "reason": None,
    } | fields


def enrol_tablet(bedside: Bedside) -> Tablet:
    """Enrol a device of the home by its row, without the call."""
    key = hashlib.sha256(str(uuid7()).encode()).hexdigest()
    device = make.make_device(
        home=bedside.home, by=bedside.senior, key_hash=hashlib.sha256(key.encode()).hexdigest(), storage_key="5" * 64
    )
    return Tablet(str(device.pk), key)


def give_pin(bedside: Bedside, person: StaffMember, pin: str = PIN) -> None:
    """Give somebody a PIN, as a manager does."""
    with scope(home=bedside.home.pk):
        devices.set_pin(staff_member=person, pin=pin, home_id=bedside.home.pk, by=bedside.senior.pk, at=make.LONG_AGO)


def revoke(bedside: Bedside, tablet: Tablet) -> None:
    """Take a device out of use."""
    with scope(home=bedside.home.pk):
        devices.revoke(device=Device.objects.get(pk=tablet.device_id), by=bedside.senior.pk, at=FIVE_PAST)
