"""What happened in a demo home up to now: day after day of doses, deliveries, counts and what was found by them.

The same code fills the first eight weeks and what has gone by since an earlier run. It reads the prescriptions,
absences and stock from the database, so what somebody did by hand in between is kept and gone on from. Doses go
through operations.administrations.record, stock through stock.operations.ledger.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Max

from emar.demo.chance import id_at, portion
from emar.demo.council import PRACTICE_UNITS, team_of
from emar.demo.counts import Stocktaking
from emar.demo.doses import ESCALATES, Carers, Fate, Slot, Wish
from emar.demo.looked_at import read_temperatures, write_effects
from emar.demo.near_misses import near_misses
from emar.demo.people import bring_back
from emar.demo.prescribed import usual_of
from emar.demo.supply import BUFFER_DAYS, CYCLE_DAYS, Shelf, ShelfLine
from emar.demo.usual_doses import UsualDose
from emar.models import (
    Administration,
    CareHome,
    Device,
    Medicine,
    MedicineRound,
    PatchCheck,
    Prescription,
    Resident,
    RoundEvent,
    ScanEvent,
)
from emar.operations.administrations import Dose, record
from emar.queries.due import absences, round_times
from emar.queries.taken import strengths_of
from emar.queries.taken import wanted as taken_of
from emar.rules.interval import IntervalPlan
from emar.rules.round_times import NO_ROUNDS
from emar.rules.schedule import Schedule, WhenRequiredPlan, due_doses, window
from emar.rules.wall_clock import instant, local_day
from emar.scope import scope
from stock.models import StockPack

DAY = timedelta(days=1)
#: How long the second person's counts, and the thermometers, are in the record.
COUNTED_FOR, READ_FOR = 10 * DAY, 28 * DAY
OPENING_AT, COURSE_AT, DELIVERY_AT, COUNT_AT = time(0, 5), time(6, 30), time(11, 15), time(15, 30)


@dataclass(frozen=True, slots=True)
class Line:
    """One prescription with its schedule read and its stock at hand."""

    prescription: Prescription
    schedule: Schedule
    stock: ShelfLine
    strengths: Mapping[Decimal, ShelfLine] = field(default_factory=dict)

    @property
    def stocks(self) -> list[ShelfLine]:
        """Everything its doses come from: one line, or one of each strength."""
        return list(self.strengths.values()) or [self.stock]

    @property
    def is_course(self) -> bool:
        """Whether it ends by itself, and so is supplied once."""
        return self.schedule.ends_on is not None


class History:
    """A home's past, filled up to `now`."""

    def __init__(self, home: CareHome, *, seed: int, weeks: int, now: datetime) -> None:
        self.home, self.seed, self.now = home, f"{seed} {home.name}", now
        self.began_on = local_day(now) - 7 * weeks * DAY
        self.team = team_of(home)
        self.residents = {each.pk: each for each in Resident.objects.filter(home=home).select_related("unit")}
        self.device = Device.objects.filter(home=home).order_by("enrolled_at", "pk").first()
        self.carers = Carers(self.team, self.seed)
        self.is_first = not Administration.objects.filter(home=home).exists()
        self.since = self._since()
        self.fate = Fate(self.seed, self.carers, str(self.device.pk) if self.device else None, self._began_at())
        self.fate.counted_since = now - COUNTED_FOR
        self.shelf = Shelf(home, self.seed)
        self.stocktaking = Stocktaking(home, self.shelf, self.carers, self.seed)

    def _since(self) -> datetime:
        """Return the start of the first day that may not be complete yet."""
        written = Administration.objects.filter(home=self.home, device=self.device)
        last = written.aggregate(last=Max("given_at"))["last"]
        return instant(self.began_on if last is None else local_day(last) - DAY, time(0))

    def _began_at(self) -> datetime:
        first = Administration.objects.filter(home=self.home).order_by("given_at").values_list("given_at", flat=True)
        return first.first() or self.since

    def fill(self) -> Iterator[int]:
        """Write everything that happened since the last fill, a day at a time; yields each day's doses."""
        with scope(home=self.home.pk):
            bring_back(self.home, self.team, at=self.now)
            self.away = absences(self.home.pk, self.residents)
            lines = self._lines()
            slots = self._slots(lines, self._answers())
            if not StockPack.objects.filter(home=self.home).exists():
                self._opening_stock(lines)
        for day in _days(local_day(self.since), local_day(self.now)):
            with scope(home=self.home.pk):
                written = self._day(day, slots.get(day, []), lines)
            yield written
        with scope(home=self.home.pk):
            self.shelf.save()

    def _lines(self) -> list[Line]:
        prescriptions = list(
            Prescription.objects.filter(home=self.home, checked_at__isnull=False).select_related("medicine")
        )
        schedules = {each.pk: Schedule.from_json(each.schedule) for each in prescriptions}
        rounds = round_times(self.home.pk)
        wanted: dict[tuple[int, str], tuple[Medicine, UsualDose, bool, Decimal]] = {}
        made_of = strengths_of(self.home.pk, map(taken_of, prescriptions))
        names = Medicine.objects.in_bulk([each.medicine_id for strengths in made_of.values() for each in strengths])
        for each in prescriptions:
            generic = each.medicine.generic_id or each.medicine_id
            usual = usual_of(each.medicine.name, schedules[each.pk].unit)
            today = local_day(self.now)
            unit_rounds = rounds.get(self.residents[each.resident_id].unit_id, NO_ROUNDS).on(today)
            daily = _daily_use(schedules[each.pk], unit_rounds, today)
            if each.schedule.get("strengths"):
                for strength in made_of[str(each.pk)]:
                    medicine = names[strength.medicine_id]
                    counted = replace(usual, medicine=medicine.name, unit=strength.unit)
                    wanted[each.resident_id, medicine.pk] = (medicine, counted, each.is_controlled, Decimal(1))
            else:
                wanted[each.resident_id, generic] = (each.medicine, usual, each.is_controlled, daily)
        self.shelf.open_lines(wanted)
        return [
            Line(
                each,
                schedules[each.pk],
                self.shelf.lines[each.resident_id, each.medicine.generic_id or each.medicine_id],
                {
                    strength.holds: self.shelf.lines[each.resident_id, strength.medicine_id]
                    for strength in made_of.get(str(each.pk), ())
                    if each.schedule.get("strengths")
                },
            )
            for each in prescriptions
        ]

    def _answers(self) -> set[tuple[UUID, datetime]]:
        found = Administration.objects.filter(home=self.home, due_at__gte=self.since)
        return set(found.values_list("prescription_id", "due_at"))

    def _slots(self, lines: Sequence[Line], answered: set[tuple[UUID, datetime]]) -> dict[date, list[Slot]]:
        """Return the unanswered due doses of residents who were in the home, by the day they fell due."""
        rounds = round_times(self.home.pk)
        round_ids = {
            (unit_id, name): pk
            for pk, unit_id, name in MedicineRound.objects.filter(home=self.home).values_list("pk", "unit_id", "name")
        }
        found: dict[date, list[Slot]] = defaultdict(list)
        for line in lines:
            prescription = line.prescription
            resident = self.residents[prescription.resident_id]
            times = rounds.get(resident.unit_id, NO_ROUNDS).on(local_day(self.now))
            since = max(self.since, prescription.checked_at or self.now)
            until = min(self.now, prescription.stopped_at or self.now)
            for due in due_doses(line.schedule, since, until, times) if since < until else []:
                if (prescription.pk, due.due_at) in answered:
                    continue
                if self._is_away(resident, due.due_at):
                    continue
                closes_at = window(due, line.schedule)[1]
                if self._stays_open(resident, closes_at):
                    continue
                found[local_day(due.due_at)].append(
                    Slot(
                        resident,
                        prescription,
                        due,
                        closes_at,
                        round_ids.get((resident.unit_id, due.round_name or "")),
                        line.stock,
                        resident.corridor_order,
                        tuple((part, line.strengths[part.strength]) for part in due.parts if line.strengths),
                        line.schedule.terms.holds,
                    )
                )
        return found

    def _is_away(self, resident: Resident, at: datetime) -> bool:
        return any(absence.covers(at) for absence in self.away.get(resident.pk, ()))

    def _stays_open(self, resident: Resident, closes_at: datetime) -> bool:
        """Return whether a dose is left for whoever tries the demo now.

        On the practice unit nothing is answered before its time is over. Elsewhere the first run finds the
        round half done; later runs do not walk on while somebody may be at it.
        """
        is_left = resident.unit.name in PRACTICE_UNITS or not self.is_first
        return is_left and closes_at + ESCALATES > self.now

    def _day(self, day: date, slots: Sequence[Slot], lines: Sequence[Line]) -> int:
        """Write one day: its doses in order of time, with what was delivered and counted in between."""
        self._deliver_courses(day, lines)
        acts: list[tuple[datetime, Slot | Wish]] = [(self.fate.given_at(slot), slot) for slot in slots]
        acts += [(wish.at, wish) for wish in self._wishes(day, lines)]
        acts.sort(key=lambda act: act[0])
        cuts = [instant(day, DELIVERY_AT), instant(day, COUNT_AT)]
        written = self._stretch([act for act in acts if act[0] < cuts[0]])
        self._deliver(day, cuts[0], lines)
        written += self._stretch([act for act in acts if cuts[0] <= act[0] < cuts[1]])
        if cuts[1] <= self.now:
            self.stocktaking.of_day(day, cuts[1], [stock for line in lines for stock in line.stocks])
        written += self._stretch([act for act in acts if cuts[1] <= act[0]])
        self._rounds_walked(slots, written)
        self._patches_looked_at(day, lines)
        write_effects(self.home, written, self.carers, self.seed, self.device, self.now)
        if day > local_day(self.now - READ_FOR):
            read_temperatures(self.home, day, self.team, self.seed, self.now)
        ScanEvent.objects.bulk_create(near_misses(self.home, written, self.residents, self.seed), ignore_conflicts=True)
        return len(written)

    def _patches_looked_at(self, day: date, lines: Sequence[Line]) -> None:
        """Write that somebody saw each worn patch in its place on the evening of a day."""
        looks = []
        for line in lines:
            plan, resident = line.schedule.plan, self.residents[line.prescription.resident_id]
            if not isinstance(plan, IntervalPlan) or plan.worn is None or plan.check_at is None:
                continue
            at = instant(day, plan.check_at) + timedelta(minutes=7)
            put_on = self.fate.last_given.get(str(line.prescription.pk))
            is_worn = put_on is not None and put_on < at <= put_on + plan.worn
            if at > self.now or not is_worn or self._is_away(resident, at):
                continue
            looks.append(
                PatchCheck(
                    id=id_at(at, self.seed, line.prescription.pk, "looked at"),
                    home=self.home,
                    prescription=line.prescription,
                    found=PatchCheck.Found.IN_PLACE,
                    checked_at=at,
                    checked_by=self.carers.giver(resident.unit, at, None),
                    entered_at=at,
                    received_at=at,
                    device=self.device,
                )
            )
        PatchCheck.objects.bulk_create(looks, ignore_conflicts=True)

    def _wishes(self, day: date, lines: Sequence[Line]) -> Iterator[Wish]:
        """Yield what residents asked for on this day, except what is recorded already."""
        midnight = instant(day, time(0))
        wishes = [
            wish
            for line in lines
            if isinstance(line.schedule.plan, WhenRequiredPlan) and line.schedule.starts_on <= day
            for wish in self.fate.wishes(
                self.residents[line.prescription.resident_id],
                line.prescription,
                line.stock,
                line.schedule.plan,
                midnight,
            )
        ]
        known = set(Administration.objects.filter(pk__in=[wish.id for wish in wishes]).values_list("pk", flat=True))
        return (wish for wish in wishes if wish.id not in known and not self._is_away(wish.resident, wish.at))

    def _stretch(self, acts: Sequence[tuple[datetime, Slot | Wish]]) -> list[Dose]:
        """Decide and record a stretch of a day, as devices send it."""
        doses: list[Dose] = []
        for at, act in acts:
            if at <= self.now:
                doses += self.fate.of(act, at) if isinstance(act, Slot) else self.fate.of_wish(act)
        doses = sorted((dose for dose in doses if dose.given_at <= self.now), key=lambda dose: dose.given_at)
        if doses:
            received_at = max(dose.entered_at for dose in doses) + timedelta(seconds=1)
            record(doses, home_id=self.home.pk, at=min(received_at, self.now))
        return doses

    def _opening_stock(self, lines: Sequence[Line]) -> None:
        """Book in what stood in the cupboards when the home began with the record."""
        on = local_day(self.since)
        days = (self._next_cycle_day(on) - on).days + BUFFER_DAYS
        wanted = [
            (stock, self.shelf.packs_needed(stock, days))
            for line in lines
            if not line.is_course
            for stock in line.stocks
        ]
        self.shelf.deliver(wanted, by=self.team.manager, witness=self.team.seniors[0], at=instant(on, OPENING_AT))

    def _deliver_courses(self, day: date, lines: Sequence[Line]) -> None:
        at = instant(day, COURSE_AT)
        wanted = []
        for line in lines:
            if line.is_course and line.schedule.starts_on == day and not line.stock.packs:
                days = (line.schedule.ends_on - day).days if line.schedule.ends_on else 0
                wanted.append((line.stock, self.shelf.packs_needed(line.stock, days)))
        if at <= self.now:
            self._book_in(wanted, at)

    def _deliver(self, day: date, at: datetime, lines: Sequence[Line]) -> None:
        """Book in the monthly delivery on its day, and on other days what ran out."""
        if at > self.now or StockPack.objects.filter(home=self.home, booked_in_at=at).exists():
            return
        self.shelf.throw_away_old(day, by=self.team.seniors[0], at=at)
        is_cycle_day = self._next_cycle_day(day) == day
        wanted = []
        for line in lines:
            if line.is_course or day < line.schedule.starts_on:
                continue
            for stock in line.stocks:
                if is_cycle_day:
                    # Now and then the pharmacy owes one: that medicine may run out before it comes.
                    is_owed = portion(self.seed, stock.name, day, "owed") < 0.03
                    wanted.append((stock, 0 if is_owed else self.shelf.packs_needed(stock, CYCLE_DAYS + BUFFER_DAYS)))
                elif self._runs_low(stock, day):
                    wanted.append((stock, self.shelf.packs_needed(stock, (self._next_cycle_day(day) - day).days + 1)))
        self._book_in(wanted, at)

    def _runs_low(self, stock: ShelfLine, day: date) -> bool:
        """Return whether somebody noticed today that a medicine is nearly gone and had it sent."""
        return stock.holds < 2 * stock.daily_use and portion(self.seed, stock.name, day, "noticed") < 0.4

    def _book_in(self, wanted: Sequence[tuple[ShelfLine, int]], at: datetime) -> None:
        real = [(stock, packs) for stock, packs in wanted if packs]
        if real:
            senior = self.carers.senior(self.team.manager, at)
            self.shelf.deliver(real, by=senior, witness=self.carers.senior(senior, at), at=at)

    def _next_cycle_day(self, day: date) -> date:
        """Return the home's next delivery day of the 28-day cycle, today included; always mid-week."""
        offsets = [offset for offset in range(CYCLE_DAYS) if (offset + 6) % 7 in (1, 2, 3)]
        offset = offsets[int(portion(self.seed, self.home.name, "cycle") * len(offsets))]
        return day + (offset - day.toordinal()) % CYCLE_DAYS * DAY

    def _rounds_walked(self, slots: Sequence[Slot], doses: Sequence[Dose]) -> None:
        """Write when each of the day's rounds was started and finished, by whom."""
        walked: dict[tuple[int, datetime], list[Dose]] = defaultdict(list)
        for dose in doses:
            if dose.round_id and dose.due_at and dose.given_by_id:
                walked[dose.round_id, dose.due_at].append(dose)
        closes = {(slot.round_id, slot.due.due_at): slot.closes_at for slot in slots}
        events = []
        for (round_id, due_at), of_round in walked.items():
            acts = [("started", of_round[0].entered_at - timedelta(minutes=1))]
            if closes[round_id, due_at] <= self.now:
                acts.append(("finished", of_round[-1].entered_at + timedelta(minutes=2)))
            events += [
                RoundEvent(
                    id=id_at(due_at, self.seed, round_id, happened),
                    home=self.home,
                    round_id=round_id,
                    round_on=local_day(due_at),
                    happened=happened,
                    entered_at=at,
                    entered_by_id=of_round[0].given_by_id,
                    received_at=at,
                    device=self.device,
                )
                for happened, at in acts
            ]
        # A later fill may add the last doses of a round that was written down before.
        RoundEvent.objects.bulk_create(events, ignore_conflicts=True)


def _days(first: date, last: date) -> Iterator[date]:
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(ordinal)


def _daily_use(schedule: Schedule, rounds: Mapping[str, time], today: date) -> Decimal:
    """Return how much of a prescription is used up a day, over four weeks; when required, a guess."""
    if isinstance(schedule.plan, WhenRequiredPlan):
        return schedule.plan.amount.high / 4
    first = schedule.starts_on if schedule.ends_on else today
    days = (schedule.ends_on - first).days if schedule.ends_on else CYCLE_DAYS
    doses = due_doses(schedule, instant(first, time(0)), instant(first + days * DAY, time(0)), rounds)
    return sum((dose.amount.high for dose in doses), Decimal(0)) / max(days, 1)
