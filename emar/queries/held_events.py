"""What devices sent that could not be recorded: held until a manager records it by hand or sets it aside."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from emar.models import DeviceEvent, HeldReview, Prescription, Resident, StaffMember
from emar.rules.outcomes import OUTCOMES

#: One page shows so many; the oldest first, because they have waited longest.
MOST = 100
KINDS = {
    "administration": "A dose",
    "scan": "A scan that was stopped or asked about",
    "round_started": "The start of a round",
    "round_finished": "The end of a round",
    "effect_checked": "Whether a when-required medicine worked",
    "patch_checked": "A look at a patch",
}


@dataclass(frozen=True, slots=True)
class HeldEvent:
    """One held event in words. `resident` is None where it names nobody of this home."""

    id: UUID
    device_name: str
    received_at: datetime
    kind: str
    why: str
    who: str
    said_at: datetime | None
    resident: Resident | None
    medicine: str
    lines: Sequence[tuple[str, str]]
    content: str

    @property
    def is_dose(self) -> bool:
        """Whether it tells of a dose, which belongs on the MAR."""
        return self.kind == KINDS["administration"]


def held_count(home_id: int) -> int:
    """Return how many held events wait for a manager."""
    return _open(home_id).count()


def held_events(home_id: int) -> list[HeldEvent]:
    """Return the held events that nobody has dealt with, the longest waiting first, in four statements."""
    events = list(_open(home_id).select_related("device").order_by("received_at", "sequence", "id")[:MOST])
    return _in_words(home_id, events)


def held_event(home_id: int, event_id: UUID) -> HeldEvent | None:
    """Return one held event of the home that nobody has dealt with, or None."""
    return next(iter(_in_words(home_id, list(_open(home_id).filter(pk=event_id).select_related("device")))), None)


def was_held(home_id: int, event_id: UUID) -> bool:
    """Say whether this event of the home was held, dealt with by now or not."""
    return DeviceEvent.objects.filter(home_id=home_id, pk=event_id, answer="held").exists()


def _open(home_id: int) -> Any:
    reviewed = HeldReview.objects.filter(home_id=home_id).values("event")
    return DeviceEvent.objects.filter(home_id=home_id, answer="held").exclude(pk__in=reviewed)


def _in_words(home_id: int, events: Sequence[DeviceEvent]) -> list[HeldEvent]:
    said = [_content(event) for event in events]
    bodies = [_mapping(each.get("body")) for each in said]
    residents = _named(Resident, home_id, [body.get("resident_id") for body in bodies])
    lines = _prescriptions(home_id, [body.get("prescription_id") for body in bodies])
    people = {
        person.pk: person.full_name
        for person in StaffMember.objects.filter(pk__in=_numbers([each.get("staff_id") for each in said]))
    }
    found = []
    for event, content, body in zip(events, said, bodies, strict=True):
        line = lines.get(str(body.get("prescription_id")))
        resident = residents.get(_number(body.get("resident_id")) or 0) or (line.resident if line else None)
        found.append(
            HeldEvent(
                id=event.pk,
                device_name=event.device.name,
                received_at=event.received_at,
                kind=KINDS.get(event.kind, "Something this server does not know"),
                why=event.detail,
                who=people.get(_number(content.get("staff_id")) or 0, "somebody this home does not know"),
                said_at=_instant(content.get("entered_at")),
                resident=resident,
                medicine=line.medicine.name if line else "",
                lines=tuple(_body_words(body)),
                content=event.content,
            )
        )
    return found


def _body_words(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    outcome = body.get("outcome")
    amount = " ".join(str(each) for each in (body.get("amount"), body.get("unit")) if isinstance(each, str | int))
    words = [
        (
            "What happened",
            OUTCOMES[outcome].label if isinstance(outcome, str) and outcome in OUTCOMES else _text(outcome),
        ),
        ("How much", amount),
        ("What was scanned", _text(body.get("text"))),
        ("Note", _text(body.get("note"))),
    ]
    return [(label, value[:300]) for label, value in words if value]


def _content(event: DeviceEvent) -> Mapping[str, Any]:
    try:
        return _mapping(json.loads(event.content))
    except (ValueError, RecursionError):
        return {}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**62 else None


def _numbers(values: Sequence[object]) -> list[int]:
    return [number for value in values if (number := _number(value)) is not None]


def _instant(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return moment if moment.tzinfo and 2000 <= moment.year <= 2200 else None


def _named(model: type[Resident], home_id: int, values: Sequence[object]) -> dict[int, Resident]:
    return {each.pk: each for each in model.objects.filter(home_id=home_id, pk__in=_numbers(values))}


def _prescriptions(home_id: int, values: Sequence[object]) -> dict[str, Prescription]:
    ids = []
    for value in values:
        try:
            ids.append(UUID(_text(value)))
        except ValueError:
            continue
    lines = Prescription.objects.filter(home_id=home_id, pk__in=ids).select_related("medicine", "resident")
    return {str(line.pk): line for line in lines}
