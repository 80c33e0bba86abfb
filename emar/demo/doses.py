"""What became of each dose in the demo's past weeks: mostly given, sometimes refused, late, dropped or left blank.

How often each happens is set here. Published figures are followed where there are any (CHUMS 2009, Szczepura
2011); refusals in UK care homes have not been measured, so their share is an assumption.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from emar.demo.chance import draw, id_at, portion, portions
from emar.demo.council import Team
from emar.demo.supply import ShelfLine
from emar.models import Prescription, Resident, StaffMember, Unit
from emar.operations.administrations import Dose
from emar.rules.due import DueDose, Part
from emar.rules.readings import HoldRule
from emar.rules.schedule import WhenRequiredPlan
from emar.rules.taken import PartGiven
from emar.rules.wall_clock import local_day

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ESCALATES = timedelta(minutes=30)
PARACETAMOL_GAP = timedelta(hours=4)
MINUTES_A_RESIDENT = 2.1
HAND_REASONS = ("Label torn", "Scanner battery flat", "Bottle too curved to scan", "Pack not labelled yet")
GIVEN_LATER = (
    "Was in the shower",
    "With the chiropodist",
    "Family visiting",
    "Slept late",
    "Out in the garden",
)
WITHHELD = (
    "GP rang: leave out until the blood result is back",
    "Out-of-hours doctor: withhold tonight's dose",
)
#: Each with the share of scans up to and including it.
SCANNED_WITH = (("wedge", 0.68), ("camera", 0.92), ("photo", 0.96), ("typed", 1.0))
REFUSED = ("Said no thank you", "Turned her head away", "Spat it out", "Says it tastes of soap", "Not today")


@dataclass(frozen=True, slots=True)
class Slot:
    """One due dose of one resident, with what deciding about it needs."""

    resident: Resident
    prescription: Prescription
    due: DueDose
    closes_at: datetime
    round_id: int | None
    line: ShelfLine
    place: int
    parts: tuple[tuple[Part, ShelfLine], ...] = ()
    holds: tuple[HoldRule, ...] = ()

    @property
    def is_held(self) -> bool:
        """Whether enough is there for the dose: of each strength, where it is made of several."""
        if self.parts:
            return all(line.holds >= part.count for part, line in self.parts)
        return self.line.holds >= self.due.amount.low

    @property
    def is_levodopa(self) -> bool:
        """Whether this is a medicine that must be given within half an hour."""
        return self.prescription.is_time_critical


@dataclass(frozen=True, slots=True)
class Wish:
    """One time that a resident asked for a when-required medicine."""

    id: UUID
    resident: Resident
    prescription: Prescription
    line: ShelfLine
    amount: Decimal
    gap: timedelta
    most: Decimal | None
    at: datetime


class Carers:
    """Who is on duty: one giver for each unit and round, a senior as the second person."""

    def __init__(self, team: Team, seed: str) -> None:
        self.team, self.seed = team, seed
        self._people = [*team.carers, *team.seniors]
        self._seniors = [*team.seniors, team.manager]
        self._chosen: dict[tuple[object, ...], StaffMember] = {}

    def giver(self, unit: Unit, due_at: datetime, round_name: str | None) -> StaffMember:
        """Return who gives a unit's doses at this time of this day."""
        word = round_name or f"{due_at.hour // 6}"
        return self._one_of(self._people, unit.name, local_day(due_at), word, "giver")

    def senior(self, besides: StaffMember, at: datetime) -> StaffMember:
        """Return a senior on duty who is somebody else."""
        others = [each for each in self._seniors if each.pk != besides.pk]
        return self._one_of(others, besides.username, local_day(at), "senior")

    def _one_of(self, people: list[StaffMember], *words: object) -> StaffMember:
        if words not in self._chosen:
            self._chosen[words] = people[int(portion(self.seed, *words) * len(people))]
        return self._chosen[words]


class Fate:
    """Decides what became of doses, always the same for the same dose."""

    def __init__(self, seed: str, carers: Carers, device_id: str | None, began_at: datetime) -> None:
        self.seed, self.carers, self.device_id, self.began_at = seed, carers, device_id, began_at
        self.last_given: dict[str, datetime] = {}
        #: Earlier balances were counted on paper.
        self.counted_since = began_at
        self._asked: dict[str, list[Wish]] = defaultdict(list)
        self._portions: dict[tuple[object, ...], float] = {}

    def given_at(self, slot: Slot) -> datetime:
        """Return when a carer on their round reached this resident."""
        due_at = slot.due.due_at
        kind, spread = portions(self.seed, slot.prescription.pk, due_at, "when")[:2]
        if slot.is_levodopa:
            late = 35 + 35 * spread if kind < 0.04 else -9 + 23 * spread
        elif slot.due.round_name is None:
            late = 50 + 60 * spread if kind < 0.03 else -8 + 33 * spread
        else:
            day, name = local_day(due_at), slot.due.round_name
            begins = -12 + 24 * self._portion_of(slot.resident.unit.name, day, name, "begins")
            late = begins + slot.place * MINUTES_A_RESIDENT + 1.5 * spread
            if self._portion_of(slot.resident.label_code, day, name, "later") < 0.025:
                late += 40 + 50 * kind
        # Devices keep milliseconds.
        return due_at + timedelta(milliseconds=int(late * 60_000))

    def _portion_of(self, *words: object) -> float:
        """Return a portion that many doses share, worked out once."""
        if words not in self._portions:
            self._portions[words] = portion(self.seed, *words)
        return self._portions[words]

    def of(self, slot: Slot, given_at: datetime) -> list[Dose]:
        """Return the records of one due dose: usually one, two when it was offered again."""
        roll = portion(self.seed, slot.prescription.pk, slot.due.due_at, "what")
        giver = self.carers.giver(slot.resident.unit, slot.due.due_at, slot.due.round_name)
        given_at = self._not_too_soon(slot, given_at)
        amount = slot.due.amount.low
        said = self._said(slot.resident, slot.prescription, giver, given_at, slot.due.due_at)
        said["round_id"] = slot.round_id
        outcome = self._outcome(slot, roll)
        if slot.due.reading is not None and outcome == "given":
            value = self._reading(slot)
            said["readings"] = {slot.due.reading: value}
            if any(rule.holds(value) for rule in slot.holds):
                return [_sealed(said | {"outcome": "withheld_on_reading", "note": slot.holds[0].words})]
        if outcome == "given" and slot.is_held:
            return [self._given(slot, said, amount)]
        chance = draw(self.seed, said["id"])
        match outcome:
            case "given":
                # Nothing left, though sometimes there is a box that nobody has booked in.
                if chance.random() < 0.15:
                    return [self._given(slot, said, amount)]
                return [_sealed(said | {"outcome": "out_of_stock"})]
            case "not_recorded":
                # Written by the closing job, not by a person.
                said |= self._moved(slot, slot.closes_at + ESCALATES, "blank")
                return [_sealed(said | {"outcome": outcome, "given_by_id": None, "witness_id": None})]
            case "destroyed_or_dropped":
                dropped = said | {"outcome": outcome, "amount": amount, "note": "Dropped on the floor"}
                dropped |= self._supplied_to(slot, said["id"], given_at, amount)
                again = said | self._moved(slot, given_at + 4 * MINUTE, "again")
                return [_sealed(dropped), self._given(slot, again, amount)]
            case "refused":
                refused = said | {"outcome": outcome, "note": chance.choice(REFUSED)}
                if chance.random() < 0.3:
                    refused["prepared"] = amount
                    refused |= self._supplied_to(slot, said["id"], given_at, amount)
                if chance.random() < 0.3:
                    again = said | self._moved(slot, given_at + chance.uniform(15, 35) * MINUTE, "again")
                    return [_sealed(refused), self._given(slot, again, amount)]
                return [_sealed(refused)]
            case "withheld_on_advice":
                return [_sealed(said | {"outcome": outcome, "note": chance.choice(WITHHELD)})]
            case _:
                return [_sealed(said | {"outcome": outcome})]

    def _not_too_soon(self, slot: Slot, given_at: datetime) -> datetime:
        last = self.last_given.get(str(slot.prescription.pk))
        if slot.line.usual.family != "paracetamol" or last is None:
            return given_at
        wait = PARACETAMOL_GAP + timedelta(seconds=60 + 180 * portion(self.seed, given_at, "wait"))
        return max(given_at, last + wait)

    def _outcome(self, slot: Slot, roll: float) -> str:
        night = slot.due.round_name == "Night"
        often_refuses = self._portion_of(slot.resident.label_code, "refuses") < 0.1
        blank = 0.09 if self._is_bad_round(slot) else 0.004
        for outcome, share in (
            ("not_recorded", blank),
            ("refused", 0.11 if often_refuses else 0.013),
            ("asleep", 0.012 if night else 0.001),
            ("loose_stools", 0.02 if "laxative" in slot.line.usual.family else 0),
            ("nausea_or_vomiting", 0.001),
            ("away_day_leave", 0.006 if slot.due.round_name == "Lunch" else 0),
            ("destroyed_or_dropped", 0.0015),
            ("withheld_on_advice", 0.0008),
            ("too_ill", 0.0006),
        ):
            roll -= share
            if roll < 0:
                return outcome
        return "given"

    def _is_bad_round(self, slot: Slot) -> bool:
        """Return whether this was one of the few rounds that went badly: short of staff, a fall, a fire alarm."""
        day = local_day(slot.due.due_at)
        return self._portion_of(slot.resident.unit.name, day, slot.due.round_name, "bad") < 0.02

    def wishes(
        self,
        resident: Resident,
        prescription: Prescription,
        line: ShelfLine,
        plan: WhenRequiredPlan,
        day: datetime,
    ) -> Iterator[Wish]:
        """Yield when a resident asked for a when-required medicine on one day; most ask seldom, a few daily."""
        habit = draw(self.seed, prescription.pk, "habit")
        rate = habit.choices((0.0, 0.03, 0.1, 0.3, 0.9), (25, 30, 25, 15, 5))[0]
        chance = draw(self.seed, prescription.pk, day, "when required")
        if chance.random() >= rate:
            return
        for _ in range(chance.choices((1, 2), (75, 25))[0]):
            at = (day + chance.uniform(7, 23) * 60 * MINUTE).replace(microsecond=0)
            amount = plan.amount.high if chance.random() < 0.4 else plan.amount.low
            gap = timedelta(minutes=plan.min_gap_minutes or 0)
            wish_id = id_at(at, self.seed, prescription.pk, None)
            yield Wish(wish_id, resident, prescription, line, amount, gap, plan.max_amount_24h, at)

    def of_wish(self, wish: Wish) -> list[Dose]:
        """Return the record of a when-required dose: none when it was too soon, too much, or none was left."""
        key = str(wish.prescription.pk)
        earlier = self._asked[key]
        had = sum((each.amount for each in earlier if wish.at - each.at < DAY), wish.amount)
        is_too_soon = bool(earlier) and wish.at - earlier[-1].at < wish.gap
        if wish.line.holds < wish.amount or is_too_soon or (wish.most is not None and had > wish.most):
            return []
        earlier.append(wish)
        giver = self.carers.giver(wish.resident.unit, wish.at, None)
        said = self._said(wish.resident, wish.prescription, giver, wish.at, None)
        said |= self._supplied(wish.line, said["id"], wish.at, wish.amount)
        return [_sealed(said | {"outcome": "given", "amount": wish.amount})]

    def _given(self, slot: Slot, said: dict[str, Any], amount: Decimal) -> Dose:
        self.last_given[str(slot.prescription.pk)] = said["given_at"]
        supplied = self._supplied_to(slot, said["id"], said["given_at"], amount)
        if sites := slot.prescription.schedule.get("sites"):
            # The next place each time, whatever day the history was begun on.
            every = slot.prescription.schedule["every_minutes"] * 60
            supplied["site"] = sites[int(slot.due.due_at.timestamp()) // every % len(sites)]
        elif areas := slot.prescription.body_areas:
            supplied["site"] = areas[int(slot.due.due_at.timestamp()) // 86_400 % len(areas)]
        if slot.prescription.is_controlled and slot.line.holds and said["given_at"] >= self.counted_since:
            # The second person counts what is left, without being told what should be.
            supplied["counted_balance"] = slot.line.holds
        return _sealed(said | supplied | {"outcome": "given", "amount": amount})

    def _moved(self, slot: Slot, at: datetime, word: str) -> dict[str, Any]:
        """Return what makes a record another one, of a later try at the same dose."""
        at = at.replace(microsecond=0)
        new_id = id_at(at, self.seed, slot.prescription.pk, slot.due.due_at, word)
        return {"id": str(new_id), "given_at": at, "entered_at": at}

    def _supplied_to(self, slot: Slot, dose_id: str, at: datetime, amount: Decimal) -> dict[str, Any]:
        """Take a dose from the shelf, each strength that makes it up from its own pack."""
        if not slot.parts:
            return self._supplied(slot.line, dose_id, at, amount)
        said, parts = {}, []
        for place, (part, line) in enumerate(slot.parts):
            taken = self._supplied(line, f"{dose_id} {place}", at, part.count)
            parts.append(PartGiven(part.strength, part.count, taken.get("pack_id")))
            said = said or taken
        return said | {"parts": tuple(parts)}

    def _reading(self, slot: Slot) -> Decimal:
        """Return what was measured before a dose: now and then too low to give it."""
        low, spread = portions(self.seed, slot.prescription.pk, slot.due.due_at, "reading")[:2]
        if slot.due.reading == "pulse":
            return Decimal(round(52 + 6 * spread if low < 0.04 else 61 + 34 * spread))
        return Decimal(round(33 + 6 * spread if low < 0.03 else 54 + 90 * spread)) / 10

    def _supplied(self, line: ShelfLine, dose_id: str, at: datetime, amount: Decimal) -> dict[str, Any]:
        """Take a dose from the shelf and return which pack it came from and how that was scanned."""
        pack = line.open_pack(amount, local_day(at))
        line.use(amount)
        by_hand, how, what = portions(self.seed, dose_id, "scan")[:3]
        weeks = (at - self.began_at) / (7 * DAY)
        # Scanning by hand grows rarer as a home learns.
        if pack is None or by_hand < max(0.05, 0.2 - 0.02 * weeks):
            return {"scan_source": "by_hand", "by_hand_reason": HAND_REASONS[int(how * len(HAND_REASONS))]}
        source = next(word for word, most in SCANNED_WITH if how < most)
        text = pack.row.label_code if what < 0.8 else pack.row.gtin.removeprefix("0")
        return {"pack_id": str(pack.row.pk), "scan_source": source, "scan_text": text}

    def _said(
        self,
        resident: Resident,
        prescription: Prescription,
        giver: StaffMember,
        at: datetime,
        due_at: datetime | None,
    ) -> dict[str, Any]:
        witness = self.carers.senior(giver, at).pk if prescription.is_controlled else None
        return {
            "id": str(id_at(at, self.seed, prescription.pk, due_at)),
            "resident_id": resident.pk,
            "prescription_id": str(prescription.pk),
            "given_at": at,
            "entered_at": at + timedelta(seconds=2),
            "given_by_id": giver.pk,
            "due_at": due_at,
            "unit": prescription.schedule["unit"],
            "device_id": self.device_id,
            "witness_id": witness,
        }


def _sealed(said: dict[str, Any]) -> Dose:
    """Return the dose with the hash its sender put on it, as a device does."""
    return Dose(**said, content_hash=hashlib.sha256(repr(said).encode()).hexdigest())
