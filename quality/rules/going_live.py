"""How far a home is with the record, what it must have before it starts, and whether its Wi-Fi carries it.

The stages are those by which the programme planned to work with each home. What can be worked out is worked out; the
rest somebody answers for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median


class Stage(StrEnum):
    """Where a home stands. Going back is allowed: a home that stops using it is in deployment again."""

    INTERVENTION = "intervention"
    DEPLOYMENT = "deployment"
    USAGE = "usage"
    EVALUATION = "evaluation"
    USUAL = "usual"
    NOT_ADOPTING = "not_adopting"


STAGE_WORDS: dict[str, str] = {
    Stage.INTERVENTION: "Intervention: agreed, baseline being taken",
    Stage.DEPLOYMENT: "Deployment: devices, Wi-Fi, training, entering medicines",
    Stage.USAGE: "Usage and feedback: live at the bedside",
    Stage.EVALUATION: "Evaluation: measured against the baseline",
    Stage.USUAL: "Business as usual",
    Stage.NOT_ADOPTING: "Not adopting",
}
#: Stages in which doses are recorded at the bedside.
LIVE = frozenset({Stage.USAGE, Stage.EVALUATION, Stage.USUAL})
REASONS: dict[str, str] = {
    "has_other": "Has another electronic record",
    "wifi": "Wi-Fi is not good enough",
    "cost": "Cost",
    "staffing": "No staff time to change",
    "training": "Training cannot be arranged",
    "pharmacy": "The pharmacy’s system does not fit",
    "owner": "The owner decided otherwise",
    "closing": "The home closes or changes hands",
    "not_convinced": "Not convinced of the benefit",
}


class Item(StrEnum):
    """One thing that a home must have before its first round."""

    WIFI = "wifi"
    DATA_SECURITY = "data_security"
    CHAMPION = "champion"
    TRAINING = "training"
    BASELINE = "baseline"
    DEVICES = "devices"
    MEDICINES = "medicines"
    DOWNTIME = "downtime"


ITEM_WORDS: dict[str, str] = {
    Item.WIFI: "Wi-Fi carries a round in every room",
    Item.DATA_SECURITY: "Data Security and Protection Toolkit: standards met",
    Item.CHAMPION: "A champion on each shift is named",
    Item.TRAINING: "Everybody who gives medicines is trained and assessed",
    Item.BASELINE: "Baseline taken: each desk process timed on paper",
    Item.DEVICES: "A device for each round at once, and one to spare",
    Item.MEDICINES: "Every prescription entered and checked by a second person",
    Item.DOWNTIME: "Everybody knows what to do when it does not work",
}
#: What the system works out by itself; the others are a manager's word.
WORKED_OUT = frozenset({Item.WIFI, Item.TRAINING, Item.BASELINE, Item.DEVICES, Item.MEDICINES})

#: A sync that takes longer than this makes somebody wait at the bed (bedside.md: an answer within a second).
SLOW_MS = 1000
#: So many of a hundred tries may fail before a room counts as poor.
FAILURES_ALLOWED = 0.05
#: Fewer tries than this say nothing about a room.
FEWEST_TRIES = 5


@dataclass(frozen=True, slots=True)
class Measured:
    """What one device measured in one room over some minutes: tries, how many failed, and how long they took."""

    room: str
    unit: str
    tries: int
    failed: int
    latency_ms: int
    slowest_ms: int


@dataclass(frozen=True, slots=True)
class Room:
    """What all devices measured in one room. `verdict` is good, slow, drops or unknown."""

    room: str
    unit: str
    tries: int
    failed: int
    latency_ms: int
    slowest_ms: int

    @property
    def verdict(self) -> str:
        """Return how well the Wi-Fi carries a round here."""
        if self.tries < FEWEST_TRIES:
            return "unknown"
        if self.failed > self.tries * FAILURES_ALLOWED:
            return "drops"
        return "slow" if self.latency_ms > SLOW_MS else "good"


VERDICT_WORDS = {
    "good": "Good",
    "slow": "Slow: more than a second",
    "drops": "Drops out",
    "unknown": "Too few tries to say",
}


def rooms_of(measured: Iterable[Measured]) -> list[Room]:
    """Return what was measured room by room: tries and failures summed, the median of the medians, the slowest of all.

    Rooms are in the order of their unit and name, numbers as numbers.
    """
    found: dict[tuple[str, str], list[Measured]] = {}
    for each in measured:
        if each.tries > 0:
            found.setdefault((each.unit, each.room), []).append(each)
    rooms = [
        Room(
            room=room,
            unit=unit,
            tries=sum(each.tries for each in many),
            failed=sum(each.failed for each in many),
            latency_ms=round(median(each.latency_ms for each in many)),
            slowest_ms=max(each.slowest_ms for each in many),
        )
        for (unit, room), many in found.items()
    ]
    return sorted(rooms, key=lambda each: (each.unit, _number(each.room), each.room))


def _number(room: str) -> int:
    digits = "".join(letter for letter in room if letter.isascii() and letter.isdigit())
    return int(digits) if digits else 0


def is_wifi_ready(rooms: Sequence[Room], rooms_lived_in: Iterable[tuple[str, str]]) -> bool:
    """Return whether every room that somebody lives in was measured and is good. Rooms are unit and room."""
    good = {(each.unit, each.room) for each in rooms if each.verdict == "good"}
    lived_in = set(rooms_lived_in)
    return bool(lived_in) and lived_in <= good
