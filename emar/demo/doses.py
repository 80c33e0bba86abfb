"""What became of each dose in the demo's past weeks: mostly given, sometimes refused, late, dropped or left blank.

How often each happens is set here. Published figures are followed where there are any (CHUMS 2009, Szczepura
2011); refusals in UK care homes have not been measured, so their share is an assumption.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from emar.demo.chance import draw, id_at, portion
from emar.demo.council import Team
from emar.demo.supply import ShelfLine
from emar.models import Prescription, Resident, StaffMember
from emar.operations.administrations import Dose
from emar.rules.due import DueDose
from emar.rules.schedule import WhenRequiredPlan
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
    at: datetime


class Carers:
    """Who is on duty: one giver for each unit and round, a senior as the second person."""

    def __init__(self, team: Team, seed: int) -> None:
        self.team, self.seed = team, seed

    def giver(self, unit_id: int, due_at: datetime, round_name: str | None) -> StaffMember:
        """Return who gives a unit's doses at this time of this day."""
        people = [*self.team.carers, *self.team.seniors]
        word = round_name or f"{due_at.hour // 6}"
        return people[int(portion(self.seed, unit_id, local_day(due_at), word, "giver") * len(people))]

    def senior(self, besides: StaffMember, at: datetime) -> StaffMember:
        """Return a senior on duty who is somebody else."""
        others = [each for each in [*self.team.seniors, self.team.manager] if each.pk != besides.pk]
        return others[int(portion(self.seed, besides.pk, local_day(at), "senior") * len(others))]


class Fate:
    """Decides what became of doses, always the same for the same dose."""

    def __init__(self, seed: int, carers: Carers, device_id: str | None, began_at: datetime) -> None:
        self.seed, self.carers, self.device_id, self.began_at = seed, carers, device_id, began_at
        self.last_given: dict[str, datetime] = {}

    def given_at(self, slot: Slot) -> datetime:
        """Return when a carer on their round reached this resident."""
        due_at, unit_id = slot.due.due_at, slot.resident.unit_id
        chance = draw(self.seed, slot.prescription.pk, due_at, "when")
        if slot.is_levodopa:
            late = chance.uniform(35, 70) if chance.random() < 0.04 else chance.uniform(-9, 14)
        elif slot.due.round_name is None:
            late = chance.uniform(50, 110) if chance.random() < 0.03 else chance.uniform(-8, 25)
        else:
            begins = -12 + 24 * portion(self.seed, unit_id, local_day(due_at), slot.due.round_name, "begins")
            late = begins + slot.place * MINUTES_A_RESIDENT + chance.uniform(0, 1.5)
            if portion(self.seed, slot.resident.pk, local_day(due_at), slot.due.round_name, "later") < 0.025:
                late += chance.uniform(40, 90)
        given_at = due_at + late * MINUTE
        last = self.last_given.get(str(slot.prescription.pk))
        if slot.line.usual.family == "paracetamol" and last is not None:
            given_at = max(given_at, last + PARACETAMOL_GAP + chance.uniform(1, 4) * MINUTE)
        return given_at.replace(microsecond=chance.randrange(1000) * 1000)

    def of(self, slot: Slot, given_at: datetime) -> list[Dose]:
        """Return the records of one due dose: usually one, two when it was offered again."""
        chance = draw(self.seed, slot.prescription.pk, slot.due.due_at, "what")
        giver = self.carers.giver(slot.resident.unit_id, slot.due.due_at, slot.due.round_name)
        amount = slot.due.amount.low
        dose = self._dose(slot, giver, given_at, "first")
        given = replace(dose, outcome="given", amount=amount)
        outcome = self._outcome(slot, chance.random())
        if outcome == "given" and slot.line.holds < amount:
            outcome = "out_of_stock" if chance.random() < 0.85 else "given"
        match outcome:
            case "given":
                return [self._taken(slot, given, amount)]
            case "not_recorded":
                # Written by the closing job, not by a person.
                at = slot.closes_at + ESCALATES
                blank = replace(dose, outcome=outcome, given_at=at, entered_at=at, given_by_id=None)
                return [
                    replace(
                        blank, id=str(id_at(at, self.seed, slot.prescription.pk, slot.due.due_at, "blank"))
                    )
                ]
            case "destroyed_or_dropped":
                dropped = replace(dose, outcome=outcome, amount=amount, note="Dropped on the floor")
                again = self._again(slot, given, given_at + 4 * MINUTE)
                return [self._taken(slot, dropped, amount), self._taken(slot, again, amount)]
            case "refused":
                was_in_pot = chance.random() < 0.3
                refused = replace(dose, outcome=outcome, note=chance.choice(REFUSED))
                if was_in_pot:
                    refused = self._taken(slot, replace(refused, prepared=amount), amount)
                if chance.random() < 0.3:
                    again = self._again(slot, given, given_at + chance.uniform(15, 35) * MINUTE)
                    return [refused, self._taken(slot, again, amount)]
                return [refused]
            case "withheld_on_advice":
                return [replace(dose, outcome=outcome, note=chance.choice(WITHHELD))]
            case _:
                return [replace(dose, outcome=outcome)]

    def _outcome(self, slot: Slot, roll: float) -> str:
        night = slot.due.round_name == "Night"
        often_refuses = portion(self.seed, slot.resident.pk, "refuses") < 0.1
        blank = 0.09 if self._is_bad_round(slot) else 0.004
        for outcome, share in (
            ("not_recorded", blank),
            ("refused", 0.075 if often_refuses else 0.009),
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
        return portion(self.seed, slot.resident.unit_id, day, slot.due.round_name, "bad") < 0.02

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
            yield Wish(
                id_at(at, self.seed, prescription.pk, None), resident, prescription, line, amount, gap, at
            )

    def of_wish(self, wish: Wish) -> list[Dose]:
        """Return the record of a when-required dose: none when it was too soon or there was nothing left."""
        last = self.last_given.get(str(wish.prescription.pk))
        if wish.line.holds < wish.amount or (last is not None and wish.at - last < wish.gap):
            return []
        giver = self.carers.giver(wish.resident.unit_id, wish.at, None)
        dose = self._blank_dose(wish.resident, wish.prescription, giver, wish.at, None)
        self.last_given[str(wish.prescription.pk)] = wish.at
        return [self._supplied(wish.line, replace(dose, outcome="given", amount=wish.amount), wish.amount)]

    def _again(self, slot: Slot, given: Dose, at: datetime) -> Dose:
        new_id = id_at(at, self.seed, slot.prescription.pk, slot.due.due_at, "again")
        return replace(given, id=str(new_id), given_at=at, entered_at=at)

    def _taken(self, slot: Slot, dose: Dose, amount: Decimal) -> Dose:
        if dose.outcome == "given":
            self.last_given[str(slot.prescription.pk)] = dose.given_at
        return self._supplied(slot.line, dose, amount)

    def _supplied(self, line: ShelfLine, dose: Dose, amount: Decimal) -> Dose:
        """Return the dose with the pack it came from and how that was scanned."""
        pack = line.open_pack(amount, local_day(dose.given_at))
        line.use(amount)
        chance = draw(self.seed, dose.id, "scan")
        weeks = (dose.given_at - self.began_at) / (7 * DAY)
        # Scanning by hand grows rarer as a home learns.
        by_hand = max(0.05, 0.2 - 0.02 * weeks)
        if pack is None or chance.random() < by_hand:
            return replace(dose, scan_source="by_hand", by_hand_reason=chance.choice(HAND_REASONS))
        source = chance.choices(("wedge", "camera", "photo", "typed"), (68, 24, 4, 4))[0]
        text = pack.row.label_code if chance.random() < 0.8 else pack.row.gtin.removeprefix("0")
        return replace(dose, pack_id=str(pack.row.pk), scan_source=source, scan_text=text)

    def _dose(self, slot: Slot, giver: StaffMember, given_at: datetime, word: str) -> Dose:
        dose = self._blank_dose(slot.resident, slot.prescription, giver, given_at, slot.due.due_at)
        return replace(dose, round_id=slot.round_id, unit=slot.due.unit)

    def _blank_dose(
        self,
        resident: Resident,
        prescription: Prescription,
        giver: StaffMember,
        at: datetime,
        due_at: datetime | None,
    ) -> Dose:
        witness = self.carers.senior(giver, at).pk if prescription.is_controlled else None
        return Dose(
            id=str(id_at(at, self.seed, prescription.pk, due_at)),
            resident_id=resident.pk,
            prescription_id=str(prescription.pk),
            outcome="",
            given_at=at,
            entered_at=at + timedelta(seconds=2),
            given_by_id=giver.pk,
            due_at=due_at,
            unit=str(prescription.schedule["unit"]),
            device_id=self.device_id,
            witness_id=witness,
        )
