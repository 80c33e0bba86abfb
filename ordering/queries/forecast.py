"""What should a home order, and what runs out before the next delivery?

Puts what queries.forecast_facts read into the values that rules.forecast decides on, and says beside each answer whose
it is. Homely remedies and bulk stock belong to nobody and have no schedule: they are not forecast.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from itertools import chain
from uuid import UUID

from emar.models import Medicine, Prescription, Resident
from emar.queries.schedules import schedule_of
from emar.rules.alike import like
from emar.rules.due import DueDose
from emar.rules.round_times import NO_ROUNDS, RoundTimes
from emar.rules.schedule import Answered, Schedule, ScheduleError, WhenRequiredPlan
from emar.rules.taken import Strength, counted_out
from emar.rules.wall_clock import instant, local_day
from ordering.queries.forecast_facts import HomeFacts, OwnerKey, class_rates, home_waste, read, seen_of
from ordering.rules import scheduled
from ordering.rules.demand import LOOK_BACK_DAYS, Refusals, Seen, class_of, class_rate
from ordering.rules.forecast import (
    Answer,
    Coming,
    CoverPeriod,
    ForecastSettings,
    LineFacts,
    LineKey,
    PackSize,
    RunOut,
    Suggestion,
    WhenRequired,
    looks_until,
    runs_out,
    suggest,
)
from ordering.rules.packs import COUNTED_OUT, holds_in
from stock.queries.balances import LineBalance
from stock.rules.expiry import Lasts, PackedMedicine, opened_group

NOTHING = Decimal(0)
Doses = Sequence[tuple[datetime, Decimal]]


@dataclass(frozen=True, slots=True)
class KnownLine:
    """What is known of one line, and whose it is. `prescriptions` are those in use, none where all have stopped."""

    facts: LineFacts
    resident: Resident
    medicine: Medicine
    prescriptions: tuple[Prescription, ...]

    @property
    def prescription_ids(self) -> tuple[UUID, ...]:
        """The ids of the prescriptions in use."""
        return tuple(each.pk for each in self.prescriptions)


@dataclass(frozen=True, slots=True)
class LineSuggestion:
    """What to order for one line, and whose it is."""

    line: KnownLine
    suggestion: Suggestion


@dataclass(frozen=True, slots=True)
class LineRunOut:
    """When a line runs out, and whose it is."""

    line: KnownLine
    run_out: RunOut


def forecast(
    home_id: int,
    period: CoverPeriod,
    settings: ForecastSettings,
    *,
    now: datetime,
    coming: Mapping[LineKey, Sequence[Coming]] | None = None,
    resident_ids: Collection[int] | None = None,
) -> list[LineSuggestion]:
    """Return what to order for each line of a home or of some residents, with stopped lines that still hold stock.

    `coming` is what is ordered and not here yet. A constant number of statements.
    """
    until = instant(looks_until(period, settings), time())
    known = line_facts(home_id, now, until, coming=coming, resident_ids=resident_ids)
    return [LineSuggestion(each, suggest(each.facts, period, settings)) for each in known]


def run_outs(
    home_id: int, now: datetime, until: datetime, *, resident_ids: Collection[int] | None = None
) -> list[LineRunOut]:
    """Return each line that runs out before an instant, the first to run out first, whatever has been ordered.

    A constant number of statements; none of them reads an order.
    """
    found = []
    for line in line_facts(home_id, now, until, resident_ids=resident_ids):
        run_out = runs_out(line.facts, now, until)
        if run_out is not None:
            found.append(LineRunOut(line, run_out))
    return sorted(found, key=lambda each: each.run_out.at)


def line_facts(
    home_id: int,
    now: datetime,
    until: datetime,
    *,
    coming: Mapping[LineKey, Sequence[Coming]] | None = None,
    resident_ids: Collection[int] | None = None,
) -> list[KnownLine]:
    """Return what the forecast needs to know of each line, doses until an instant. By resident, then medicine."""
    facts = read(home_id, now, until, resident_ids=resident_ids)
    return _Lines(facts, now, until, coming or {}).all()


class _Lines:
    """Sorts what was read into lines: who uses each, what it holds, and which doses it has to cover."""

    def __init__(
        self, facts: HomeFacts, now: datetime, until: datetime, coming: Mapping[LineKey, Sequence[Coming]]
    ) -> None:
        self.facts, self.now, self.until = facts, now, until
        self.users: dict[LineKey, list[Prescription]] = defaultdict(list)
        self.doses: dict[LineKey, list[Doses]] = defaultdict(list)
        self.ends: dict[LineKey, list[date | None]] = defaultdict(list)
        self.asks: dict[LineKey, str] = {}
        self.worked_out: dict[tuple[object, ...], Sequence[DueDose]] = {}
        # With the doses themselves, so that no other list can come to stand in their place meanwhile.
        self.amounts: dict[int, tuple[Sequence[DueDose], Doses]] = {}
        self.sizes: dict[tuple[object, ...], tuple[PackSize, ...]] = {}
        self.stock: dict[LineKey, list[LineBalance]] = defaultdict(list)
        for each in facts.balances:
            self.stock[self._key(each.resident_id or 0, each.medicine_id, each.unit)].append(each)
        # What was ordered under a code that the medicine had then is the same medicine.
        self.coming: dict[LineKey, list[Coming]] = defaultdict(list)
        for key, ordered in coming.items():
            self.coming[self._key(key.resident_id, key.medicine_id, key.unit)] += ordered
        for prescription in facts.prescriptions:
            self._sort_in(prescription)
        self.looked_at = self._days_looked_at()
        self.rates, self.waste = class_rates(facts, self.looked_at), home_waste(facts)

    def all(self) -> list[KnownLine]:
        """Return every line in use, and those with stock that nobody uses any more."""
        unused = (key for key in self.stock if key not in self.users and self._held(key) > 0)
        keys = [*self.users, *unused]
        found = [self._line(key) for key in keys if key.medicine_id in self.facts.medicines]
        return sorted(found, key=_order)

    def _key(self, resident_id: int, medicine_id: str, unit: str) -> LineKey:
        return LineKey(resident_id, self.facts.product_of(medicine_id), unit)

    def _key_of_strength(self, resident_id: int, strength: Strength) -> LineKey:
        return self._key(resident_id, strength.medicine_id, strength.unit)

    def _held(self, key: LineKey) -> Decimal:
        return sum((each.balance for each in self.stock.get(key, ())), NOTHING)

    def _sort_in(self, prescription: Prescription) -> None:
        medicine = prescription.medicine
        generic_id = medicine.generic_id or medicine.pk
        key = self._key(prescription.resident_id, generic_id, prescription.schedule.get("unit", ""))
        strengths = self.facts.strengths.get(str(prescription.pk), ())
        try:
            schedule = schedule_of(prescription)
            since, until = self._active(prescription)
            rounds = self.facts.rounds.get(prescription.resident.unit_id, NO_ROUNDS)
            answered = self.facts.answered.get(prescription.pk, ())
            doses = self._doses(schedule, rounds, since, until, answered)
        except ScheduleError as problem:
            self.users[key].append(prescription)
            self.asks[key] = f"Its due times cannot be worked out: {problem}"
            return
        if schedule.terms.strengths:
            self._sort_in_strengths(prescription, key, scheduled.strengths_of(doses), schedule.terms.strengths)
            return
        if strengths:
            key = self._key_of_strength(prescription.resident_id, strengths[0])
        self.users[key].append(prescription)
        if not self._is_paused(prescription):
            taken = self._amounts(doses)
            if strengths:
                taken = [(at, _count(amount, schedule, strengths, strengths[0])) for at, amount in taken]
            self.doses[key].append(taken)
        self.ends[key].append(scheduled.course_end(schedule, doses))
        if reason := scheduled.why_not_counted(schedule):
            self.asks[key] = reason

    def _doses(
        self,
        schedule: Schedule,
        rounds: RoundTimes,
        since: datetime,
        until: datetime,
        answered: Sequence[Answered],
    ) -> Sequence[DueDose]:
        """Return the doses to come, worked out once for all schedules that have the same."""
        if since >= until:
            return []
        alike = None if answered else like(schedule, since)
        if alike is None:
            return scheduled.doses_to_come(schedule, rounds, since, until, answered)
        key = (alike, id(rounds), since, until)
        if key not in self.worked_out:
            self.worked_out[key] = scheduled.doses_to_come(schedule, rounds, since, until)
        return self.worked_out[key]

    def _amounts(self, doses: Sequence[DueDose]) -> Doses:
        """Return what doses take, once for all lines that share them."""
        if id(doses) not in self.amounts:
            self.amounts[id(doses)] = doses, tuple(sorted(scheduled.amounts_of(doses)))
        return self.amounts[id(doses)][1]

    def _sort_in_strengths(
        self,
        prescription: Prescription,
        key: LineKey,
        counted: Mapping[Decimal, Doses],
        strengths: Collection[Decimal],
    ) -> None:
        """Count the tablets of each strength on the line of the product that has it."""
        known = {each.holds: each for each in self.facts.strengths.get(str(prescription.pk), ())}
        for strength in strengths:
            product = known.get(strength)
            if product is None:
                self.users[key].append(prescription)
                self.asks[key] = f"No product of {strength.normalize():f} {key.unit} is known: say what to order."
                continue
            own = self._key_of_strength(key.resident_id, product)
            self.users[own].append(prescription)
            self.ends[own].append(None)
            if not self._is_paused(prescription):
                self.doses[own].append(counted.get(strength, ()))

    def _active(self, prescription: Prescription) -> tuple[datetime, datetime]:
        checked_at = prescription.checked_at or self.until
        return max(self.now, checked_at), min(self.until, prescription.stopped_at or self.until)

    def _is_paused(self, prescription: Prescription) -> bool:
        return any(until is None for _, until in self.facts.paused.get(prescription.pk, ()))

    def _line(self, key: LineKey) -> KnownLine:
        medicine, users = self.facts.medicines[key.medicine_id], tuple(self.users.get(key, ()))
        held, lasts = self.stock.get(key, ()), self._lasts(medicine, key)
        owner: OwnerKey = (key.resident_id, key.medicine_id)
        away = self.facts.away.get(key.resident_id)
        taken = self.doses.get(key, ())
        # One schedule's doses are in order, and the same for everybody who shares them.
        doses = taken[0] if len(taken) == 1 else tuple(sorted(chain(*taken)))
        ends = self.ends.get(key, [])
        refusals = self.facts.refusals.get(owner, Refusals())
        wasted = sum(self.facts.wasted.get(each.line_id, 0) for each in held)
        facts = LineFacts(
            key=key,
            name=medicine.name,
            doses=doses,
            when_required=self._when_required(key, users),
            balance=self._held(key),
            packs=[pack for each in held for pack in self.facts.packs.get(each.line_id, ())],
            coming=self.coming.get(key, ()),
            sizes=self._sizes(key, users, [each.line_id for each in held]),
            lasts=lasts,
            can_count_out=key.unit in COUNTED_OUT and lasts is None,
            waste=self.waste.after(Seen(float(wasted), float(refusals.due))),
            refusals=refusals,
            closed=self._closed(key, users),
            ask=self.asks.get(key, ""),
            back_on=away.back_on if away is not None else None,
            ends_on=max((each for each in ends if each is not None), default=None) if None not in ends else None,
        )
        return KnownLine(facts, self.facts.residents[key.resident_id], medicine, users)

    def _closed(self, key: LineKey, users: Sequence[Prescription]) -> Answer | None:
        away = self.facts.away.get(key.resident_id)
        if away is not None and away.is_gone:
            return Answer.LEFT
        if not users:
            return Answer.STOPPED
        return Answer.SUSPENDED if all(self._is_paused(each) for each in users) else None

    def _when_required(self, key: LineKey, users: Sequence[Prescription]) -> list[WhenRequired]:
        owner: OwnerKey = (key.resident_id, key.medicine_id)
        found: list[WhenRequired] = []
        for each in users:
            schedule = _readable(each)
            if schedule is None or not isinstance(schedule.plan, WhenRequiredPlan) or self._is_paused(each):
                continue
            given = [one.amount for one in self.facts.doses.get(owner, ()) if one.unit == schedule.unit]
            # The larger amount counts as one dose among those given, so that a first small dose decides nothing.
            amount = (sum(given, NOTHING) + schedule.plan.amount.high) / (len(given) + 1)
            most = scheduled.most_a_day(schedule)
            if strengths := self.facts.strengths.get(str(each.pk), ()):
                own = next((one for one in strengths if self._key_of_strength(key.resident_id, one) == key), None)
                if own is None:
                    continue
                share = _count(schedule.plan.amount.high, schedule, strengths, own) / schedule.plan.amount.high
                if not share:
                    continue  # a dose is made up of other strengths
                amount, most = amount * share, None if most is None else most * share
            # Several such prescriptions of one medicine share its history: the first one is asked about it.
            seen = Seen() if found else seen_of(self.facts, owner, self.looked_at.get(owner, 0.0))
            prior = self.rates.get(class_of(each.medicine.atc_code)) or class_rate()
            found.append(WhenRequired(amount.quantize(Decimal("0.0001")), prior, seen, most))
        return found

    def _days_looked_at(self) -> dict[OwnerKey, float]:
        """Return for how many of the last days each when-required medicine could have been asked for."""
        today, found = local_day(self.now), {}
        for key, users in self.users.items():
            for each in users:
                schedule = _readable(each)
                if schedule is not None and isinstance(schedule.plan, WhenRequiredPlan):
                    owner = (key.resident_id, key.medicine_id)
                    first = max((one.days_ago for one in self.facts.doses.get(owner, ())), default=0.0)
                    days = max(first, float((today - schedule.starts_on).days))
                    found[owner] = min(max(found.get(owner, 0.0), days), float(LOOK_BACK_DAYS))
        return found

    def _lasts(self, medicine: Medicine, key: LineKey) -> Lasts | None:
        sizes = self.facts.sizes.get(key.medicine_id, ())
        quantity = sizes[0].quantity if sizes else None
        group = opened_group(PackedMedicine(medicine.form, medicine.name, medicine.atc_code, quantity, key.unit))
        return None if group is None else self.facts.lasts.get(group)

    def _sizes(self, key: LineKey, users: Sequence[Prescription], line_ids: Sequence[int]) -> tuple[PackSize, ...]:
        """Return the sizes that can be ordered: of the brand where it matters, else those with a Drug Tariff price.

        dm+d knows every size that was ever licensed; the Drug Tariff prices those that pharmacies really supply.
        """
        brands = frozenset(each.medicine_id for each in users if each.must_be_brand)
        booked = next((self.facts.booked[each] for each in reversed(line_ids) if each in self.facts.booked), None)
        asked = (key.medicine_id, key.unit, brands, booked)
        if asked not in self.sizes:
            self.sizes[asked] = self._sizes_of(key, brands, booked)
        return self.sizes[asked]

    def _sizes_of(self, key: LineKey, brands: Collection[str], booked: Decimal | None) -> tuple[PackSize, ...]:
        packs = [
            each
            for each in self.facts.sizes.get(key.medicine_id, ())
            if each.medicine_id in (brands or {key.medicine_id})
        ] or self.facts.sizes.get(key.medicine_id, ())
        packs = [each for each in packs if each.price_pence is not None] or packs
        found = []
        for pack in packs:
            holds = holds_in(pack.quantity, pack.unit, key.unit) or booked
            if holds:
                found.append(PackSize(pack.pk, pack.name, holds, pack.price_pence))
        return tuple(found)


def _count(amount: Decimal, schedule: Schedule, strengths: Sequence[Strength], own: Strength) -> Decimal:
    """Return how many of one strength the ledger would take for an amount that is prescribed by weight."""
    parts = counted_out(amount, strengths, has_halves=schedule.terms.has_halves)
    return sum((each.count for each in parts if each.strength == own), NOTHING)


def _readable(prescription: Prescription) -> Schedule | None:
    try:
        return schedule_of(prescription)
    except ScheduleError:
        return None


def _order(line: KnownLine) -> tuple[int, int, str, str]:
    return line.resident.corridor_order, line.resident.pk, line.medicine.name, line.facts.key.unit
