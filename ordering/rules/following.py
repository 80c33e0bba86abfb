"""How far is an ordered medicine: ordered, issued, dispensed, received; and what is missing of it?

Where it stands is computed from what was written down about it and from what was booked in, never stored. Who has to
do what about it, and until when, is operations.reminders' business.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

NOTHING = Decimal(0)
#: How far an item is. The first that holds, from the end: what arrived in full is received, whoever wrote what before.
Step = Literal[
    "ordered", "not_issued", "issued", "dispensed", "part_received", "received", "will_not_come", "stopped", "cancelled"
]  # fmt: skip
STEP_WORDS: dict[Step, str] = {
    "ordered": "Ordered",
    "not_issued": "Prescription missing",
    "issued": "Issued",
    "dispensed": "Dispensed",
    "part_received": "Part received",
    "received": "Received",
    "will_not_come": "Will not come",
    "stopped": "Stopped: not told yet",
    "cancelled": "Cancelled",
}


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing written down about an item: a kind of OrderEvent, how much, and when."""

    kind: str
    at: datetime
    quantity: Decimal | None = None
    promised_on: date | None = None
    substitute: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one item is. Quantities are in the line's unit.

    `missing` is what still has to come; `issued` and `dispensed` are None while nobody has said. `substitute` names
    the product that comes instead. `stopped_at` is set while whoever brings it has still to be told that it is not
    needed any more: nothing of it is missing then, and it may come all the same. `faults` say in plain words what
    differs from the order.
    """

    step: Step
    ordered: Decimal
    received: Decimal
    missing: Decimal
    issued: Decimal | None = None
    dispensed: Decimal | None = None
    owing: Decimal = NOTHING
    promised_on: date | None = None
    substitute: str = ""
    chased_at: datetime | None = None
    stopped_at: datetime | None = None
    faults: tuple[str, ...] = field(default=())

    @property
    def is_open(self) -> bool:
        """Whether something still has to come."""
        return self.missing > 0

    @property
    def is_checked(self) -> bool:
        """Whether somebody compared the prescription with the order, or what was ordered has come anyway."""
        return self.step not in ("ordered",)

    @property
    def needs_chasing(self) -> bool:
        """Whether somebody has to ask after it before it comes by itself."""
        return self.is_open and (self.step == "not_issued" or self.owing > 0 or bool(self.faults))


def standing(ordered: Decimal, happened: Sequence[Happened], received: Decimal) -> Standing:
    """Return how far an item is, from what was written down about it in order of time and what was booked in.

    The latest word of a kind counts: a prescription that was missing on Monday and issued on Tuesday is issued.
    """
    latest: dict[str, Happened] = {}
    # It stopped before anybody was told so, also where both were written down in the same moment.
    for each in sorted(happened, key=lambda each: (each.at, each.kind != "stopped")):
        # Either word about the prescription replaces the other, as does either about what the pharmacy does.
        for other in EITHER.get(each.kind, ()):
            latest.pop(other, None)
        latest[each.kind] = each
    issued = _quantity(latest.get("issued"), ordered)
    if "not_issued" in latest:
        issued = NOTHING
    dispensed = _quantity(latest.get("dispensed"), ordered)
    lost = _quantity(latest.get("will_not_come"), ordered - received) or NOTHING
    if latest.keys() & {"stopped", "cancelled"}:
        lost = ordered
    missing = max(ordered - received - lost, NOTHING)
    owing = latest.get("owing")
    owed = min(missing, (owing.quantity if owing.quantity is not None else missing)) if owing else NOTHING
    instead = latest.get("substituted")
    return Standing(
        step=_step(latest, received, missing),
        ordered=ordered,
        received=received,
        missing=missing,
        issued=issued,
        dispensed=dispensed,
        owing=owed,
        promised_on=_promise(latest) if missing else None,
        substitute=instead.substitute or instead.words if instead else "",
        chased_at=latest["chased"].at if "chased" in latest else None,
        stopped_at=latest["stopped"].at if "stopped" in latest and received < ordered else None,
        faults=tuple(_faults(ordered, issued)) if missing else (),
    )


#: Kinds of which a later one takes back an earlier one.
EITHER = {
    "issued": ("not_issued",),
    "not_issued": ("issued",),
    "dispensed": ("owing", "will_not_come", "cancelled", "stopped"),
    "owing": ("will_not_come",),
    "will_not_come": ("owing", "stopped"),
    "cancelled": ("stopped",),
}


def is_cancellable(found: Standing) -> bool:
    """Return whether an item can still be taken back: something of it is to come, and nobody dispensed that part."""
    return found.is_open and (found.dispensed is None or found.owing > 0)


def _step(latest: dict[str, Happened], received: Decimal, missing: Decimal) -> Step:
    if not missing:
        if received > 0:
            return "received"
        return next((step for step in ("stopped", "cancelled") if step in latest), "will_not_come")
    if received > 0:
        return "part_received"
    for step in ("dispensed", "issued", "not_issued"):
        if step in latest:
            return step
    return "dispensed" if "owing" in latest or "substituted" in latest else "ordered"


def _quantity(said: Happened | None, otherwise: Decimal) -> Decimal | None:
    if said is None:
        return None
    return otherwise if said.quantity is None else said.quantity


def _promise(latest: dict[str, Happened]) -> date | None:
    said = [each for each in latest.values() if each.promised_on is not None]
    return max(said, key=lambda each: each.at).promised_on if said else None


def _faults(ordered: Decimal, issued: Decimal | None) -> list[str]:
    if issued is None or issued == ordered:
        return []
    if not issued:
        return ["the prescription is missing"]
    return ["less was issued than ordered" if issued < ordered else "more was issued than ordered"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How many items of an order stand where."""

    items: int
    not_checked: int
    to_chase: int
    received: int
    open: int

    @property
    def is_done(self) -> bool:
        """Whether nothing has to come any more."""
        return self.items > 0 and not self.open


def progress(standings: Sequence[Standing]) -> Progress:
    """Count where the items of an order stand."""
    return Progress(
        items=len(standings),
        not_checked=sum(not each.is_checked for each in standings),
        to_chase=sum(each.needs_chasing for each in standings),
        received=sum(each.step == "received" for each in standings),
        open=sum(each.is_open for each in standings),
    )
