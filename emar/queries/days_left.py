"""How long what stands in the home will last, from the actual schedules.

Regular medicines are counted dose by dose; when-required ones by what was used in the last four weeks. What
stands there is stock.queries' business.
"""

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Sum, TextField
from django.db.models.functions import Cast

from emar.models import Administration, Medicine, Prescription, Resident
from emar.queries.due import Period, answered_doses, expected, prescriptions_between, round_times, suspensions
from emar.queries.medicines import products_of
from emar.queries.prescribed import firsts
from emar.queries.schedules import schedule_of
from emar.queries.taken import Wanted, strengths_of
from emar.rules.alike import like
from emar.rules.due import Part
from emar.rules.outcomes import GIVEN_WORDS
from emar.rules.regular import RegularPlan
from emar.rules.round_times import NO_ROUNDS, RoundTimes
from emar.rules.schedule import Answered, ScheduleError, WhenRequiredPlan
from emar.rules.taken import Strength
from emar.rules.wall_clock import ONE_DAY, instant, local_day

#: The 28-day ordering cycle: what lasts longer is not worth counting to the day.
HORIZON_DAYS = 28
#: The use of a medicine that began more lately than this is spread over so many days.
SHORTEST_HISTORY_DAYS = 7


@dataclass(frozen=True, slots=True)
class Holding:
    """So much of one medicine (by its generic product) held for one resident."""

    resident_id: int
    medicine_id: str
    unit: str
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Lasts:
    """How long a holding lasts: `days` whole days from today, None for longer than the horizon.

    `runs_out_on` is the first day with a dose that it does not cover. `is_estimate` when part of the use is
    when-required. `is_used` is False when no active prescription uses it, `is_known` when the due times of one
    that does cannot be worked out.
    """

    days: int | None = None
    runs_out_on: date | None = None
    is_estimate: bool = False
    is_used: bool = True
    is_known: bool = True


Key = tuple[int, str, str]


class _Prescribed(NamedTuple):
    """What is asked of a prescription here; the rest of its row is not worth bringing for a whole home."""

    pk: UUID
    resident_id: int
    medicine_id: str
    checked_at: datetime | None
    stopped_at: datetime | None
    replaces_id: UUID | None
    written: str

    @property
    def schedule(self) -> Any:
        """The schedule as it is stored, which is read once a process."""
        return json.loads(self.written)

    @property
    def unit(self) -> str:
        """In what its doses are counted, also where the schedule as a whole cannot be read."""
        try:
            return schedule_of(self).unit
        except ScheduleError:
            return str(self.schedule.get("unit", ""))


def _prescribed(home_id: int, now: datetime, until: datetime) -> list[_Prescribed]:
    found = prescriptions_between(home_id, now, until).select_related(None).order_by()
    written = Cast("schedule", TextField())
    rows = found.values_list("pk", "resident_id", "medicine_id", "checked_at", "stopped_at", "replaces_id", written)
    return [_Prescribed._make(row) for row in rows]


@dataclass(frozen=True, slots=True)
class _User:
    """A prescription that uses a holding; `strength` where its doses are by weight and made of what is held."""

    prescription: _Prescribed
    strength: Strength | None = None

    def takes(self, amount: Decimal, parts: Sequence[Part] = ()) -> Decimal:
        """Return how much of what is held goes into an amount of the prescription's unit."""
        if self.strength is None:
            return amount
        if parts:
            return sum((part.count for part in parts if part.strength == self.strength.holds), Decimal(0))
        return amount / self.strength.holds


def days_left(home_id: int, holdings: Iterable[Holding], now: datetime) -> dict[Key, Lasts]:
    """Return how long each holding lasts, by (resident, medicine, unit), in eleven statements.

    A dose range counts with its larger amount, so that nobody runs out by the smaller one. A product whose code was
    changed is the same product under either code.
    """
    today = local_day(now)
    until = instant(today + timedelta(days=HORIZON_DAYS), time(0))
    rounds = round_times(home_id)
    users: dict[Key, list[_User]] = defaultdict(list)
    paused = suspensions(home_id, now, now + ONE_DAY)
    active = [each for each in _prescribed(home_id, now, until) if not _is_paused(each, paused)]
    given = answered_doses(home_id, active)
    rates = _when_required_rates(home_id, active, now)
    used = list(_users(home_id, active))
    holdings = list(holdings)
    products = products_of({each.medicine_id for each in holdings} | {medicine_id for (_, medicine_id, _), _ in used})
    for (resident_id, medicine_id, unit), user in used:
        users[resident_id, products.get(medicine_id, medicine_id), unit].append(user)
    found = {}
    residents = Resident.objects.filter(home_id=home_id, pk__in={each.resident_id for each in active})
    rounds_of = {pk: rounds.get(unit_id, NO_ROUNDS) for pk, unit_id in residents.values_list("pk", "unit_id")}
    use = _Use(rounds_of, given, now, until)
    for holding in holdings:
        key = (holding.resident_id, holding.medicine_id, holding.unit)
        mine = users[holding.resident_id, products.get(holding.medicine_id, holding.medicine_id), holding.unit]
        rate = sum((each.takes(rates.get(each.prescription.pk, Decimal(0))) for each in mine), Decimal(0))
        try:
            if not mine:
                found[key] = Lasts(is_used=False)
            elif _is_plenty(holding.balance, mine, rate):
                found[key] = Lasts(is_estimate=bool(rate))
            else:
                found[key] = use.of(mine).covers(holding.balance, rate, today)
        except ScheduleError:
            found[key] = Lasts(is_known=False)
    return found


def _users(home_id: int, active: Sequence[_Prescribed]) -> Iterator[tuple[Key, _User]]:
    """Give each prescription with what it uses: the generic medicine in its own unit, or each strength of it."""
    medicines = Medicine.objects.filter(pk__in={each.medicine_id for each in active})
    generics = {pk: generic_id or pk for pk, generic_id in medicines.values_list("pk", "generic_id")}
    strengths = strengths_of(
        home_id,
        (
            Wanted(str(each.pk), each.resident_id, generics[each.medicine_id], schedule_of(each))
            for each in active
            if _has_schedule(each)
        ),
    )
    for each in active:
        made_of = strengths.get(str(each.pk), ())
        for strength in made_of:
            yield (each.resident_id, strength.medicine_id, strength.unit), _User(each, strength)
        if not made_of:
            yield (each.resident_id, generics[each.medicine_id], each.unit), _User(each)


def _has_schedule(prescription: _Prescribed) -> bool:
    try:
        schedule_of(prescription)
    except ScheduleError:
        return False
    return True


def _is_paused(prescription: _Prescribed, paused: Mapping[UUID, Sequence[Period]]) -> bool:
    """Return whether a prescription is suspended with no end yet: nothing is used until somebody resumes it."""
    return any(until is None for _, until in paused.get(prescription.pk, ()))


class _Need:
    """How much is needed on each day, and up to each."""

    def __init__(self, by_day: Mapping[date, Decimal]) -> None:
        self.by_day = by_day
        self.days = sorted(by_day)
        self.totals = list(accumulate(by_day[day] for day in self.days))

    def covers(self, balance: Decimal, rate: Decimal, today: date) -> Lasts:
        """Return the first day whose doses, and `rate` a day until then, are more than what is left."""
        if not rate:
            return self._covers_doses(balance, today)
        left = balance
        for day in (today + place * ONE_DAY for place in range(HORIZON_DAYS)):
            left -= self.by_day.get(day, Decimal(0)) + rate
            if left < 0:
                return Lasts((day - today).days, day, is_estimate=True)
        return Lasts(is_estimate=True)

    def _covers_doses(self, balance: Decimal, today: date) -> Lasts:
        place = bisect_right(self.totals, balance)
        return Lasts() if place == len(self.days) else Lasts((self.days[place] - today).days, self.days[place])


class _Use:
    """What the schedules need, worked out once for all that need the same."""

    def __init__(
        self,
        rounds_of: Mapping[int, RoundTimes],
        given: Mapping[UUID, Sequence[Answered]],
        now: datetime,
        until: datetime,
    ) -> None:
        self.rounds_of, self.given, self.now, self.until = rounds_of, given, now, until
        self.worked_out: dict[tuple[object, ...], _Need] = {}

    def of(self, users: Sequence[_User]) -> _Need:
        """Return how much these prescriptions need together. Raises ScheduleError."""
        if len(users) == 1:
            return self._alone(users[0])
        use: dict[date, Decimal] = defaultdict(Decimal)
        for user in users:
            for day, much in self._alone(user).by_day.items():
                use[day] += much
        return _Need(use)

    def _alone(self, user: _User) -> _Need:
        each = user.prescription
        alike = None if self.given.get(each.pk) else like(schedule_of(each), self.now)
        if alike is None or each.checked_at is None:
            return self._by_day(user)
        # Until they are stopped and once they are checked, the same schedule at the same rounds needs the same.
        since, rounds = max(self.now, each.checked_at), self.rounds_of[each.resident_id]
        key = (alike, user.strength and user.strength.holds, id(rounds), since, each.stopped_at)
        if key not in self.worked_out:
            self.worked_out[key] = self._by_day(user)
        return self.worked_out[key]

    def _by_day(self, user: _User) -> _Need:
        each, rounds = user.prescription, self.rounds_of[user.prescription.resident_id]
        use: dict[date, Decimal] = defaultdict(Decimal)
        for dose in expected(each, rounds, self.now, self.until, self.given.get(each.pk, ())):
            if dose.event != "take_off":
                use[local_day(dose.due_at)] += user.takes(dose.amount.high, dose.parts)
        return _Need(use)


def _is_plenty(balance: Decimal, users: Iterable[_User], rate: Decimal) -> bool:
    """Return whether the stock lasts even if every day were the plan's heaviest.

    Most lines are well stocked, and working out a month of doses to say "28 days or more" would be most of
    the page's time. One more day is counted because a dose after midnight can belong to the night before.
    """
    most = rate
    for each in users:
        plan = schedule_of(each.prescription).plan
        if isinstance(plan, WhenRequiredPlan):
            continue
        if not isinstance(plan, RegularPlan) or len(plan.phases) > 1:
            return False
        slots = plan.phases[0].slots
        if any(slot.scale for slot in slots):
            return False
        most += sum((each.takes(slot.amount.high) for slot in slots), Decimal(0))
    return balance >= most * (HORIZON_DAYS + 1)


def _when_required_rates(home_id: int, active: Iterable[_Prescribed], now: datetime) -> dict[UUID, Decimal]:
    """Return how much of each active prescription was used a day beyond its schedule, from its own last four weeks.

    What was given under the prescription that it replaced is its own history. A medicine that began lately is divided
    by the days it has been there, a week at the least: two tablets on the first day are not two every day.
    """
    given = Administration.objects.filter(
        home_id=home_id,
        given_at__gt=now - timedelta(days=HORIZON_DAYS),
        given_at__lte=now,
        due_at__isnull=True,
        outcome__in=GIVEN_WORDS,
        amount__isnull=False,
        correction__isnull=True,
    )
    sums = dict(given.values_list("prescription_id").annotate(total=Sum("amount")))
    if not sums:
        return {}
    lineage = firsts({str(pk) for pk in sums} | {str(each.pk) for each in active if each.replaces_id})
    begun = Prescription.objects.filter(home_id=home_id, pk__in={lineage[str(pk)] for pk in sums})
    since = dict(begun.values_list("pk", "written_at"))
    totals: dict[UUID, Decimal] = defaultdict(Decimal)
    for pk, total in sums.items():
        totals[UUID(lineage[str(pk)])] += total
    found = {}
    for each in active:
        first = UUID(lineage[str(each.pk)]) if each.replaces_id else each.pk
        if first in totals:
            days = min(max((now - since[first]).days, SHORTEST_HISTORY_DAYS), HORIZON_DAYS)
            found[each.pk] = totals[first] / days
    return found
