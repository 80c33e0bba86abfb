"""How long what stands in the home will last, from the actual schedules.

Regular medicines are counted dose by dose; when-required ones by what was used in the last four weeks. What
stands there is stock.queries' business.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum

from emar.models import Administration, Prescription
from emar.queries.due import expected, prescriptions_between, round_times
from emar.queries.schedules import schedule_of
from emar.rules.outcomes import GIVEN_WORDS
from emar.rules.wall_clock import ONE_DAY, instant, local_day

#: The 28-day ordering cycle: what lasts longer is not worth counting to the day.
HORIZON_DAYS = 28


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
    when-required. `is_used` is False when no active prescription uses it.
    """

    days: int | None = None
    runs_out_on: date | None = None
    is_estimate: bool = False
    is_used: bool = True


Key = tuple[int, str, str]


def days_left(home_id: int, holdings: Iterable[Holding], now: datetime) -> dict[Key, Lasts]:
    """Return how long each holding lasts, by (resident, medicine, unit), in three statements.

    A dose range counts with its larger amount, so that nobody runs out by the smaller one.
    """
    today = local_day(now)
    until = instant(today + timedelta(days=HORIZON_DAYS), time(0))
    rounds = round_times(home_id)
    rates = _when_required_rates(home_id, now)
    users: dict[Key, list[Prescription]] = defaultdict(list)
    for prescription in prescriptions_between(home_id, now, until):
        medicine = prescription.medicine
        unit = schedule_of(prescription).unit
        users[prescription.resident_id, medicine.generic_id or medicine.pk, unit].append(prescription)
    found = {}
    for holding in holdings:
        key = (holding.resident_id, holding.medicine_id, holding.unit)
        rate = sum((rates.get(each.pk, Decimal(0)) for each in users[key]), Decimal(0))
        use: dict[date, Decimal] = defaultdict(Decimal)
        for each in users[key]:
            for dose in expected(each, rounds.get(each.resident.unit_id, {}), now, until):
                use[local_day(dose.due_at)] += dose.amount.high
        if not users[key]:
            found[key] = Lasts(is_used=False)
        else:
            found[key] = _lasts(holding.balance, use, rate, today)
    return found


def _lasts(balance: Decimal, use: dict[date, Decimal], rate: Decimal, today: date) -> Lasts:
    left = balance
    for place in range(HORIZON_DAYS):
        day = today + place * ONE_DAY
        left -= use.get(day, Decimal(0)) + rate
        if left < 0:
            return Lasts(place, day, is_estimate=bool(rate))
    return Lasts(is_estimate=bool(rate))


def _when_required_rates(home_id: int, now: datetime) -> dict[UUID, Decimal]:
    """Return how much of each when-required prescription was used a day in the last four weeks."""
    given = Administration.objects.filter(
        home_id=home_id,
        given_at__gt=now - timedelta(days=HORIZON_DAYS),
        given_at__lte=now,
        due_at__isnull=True,
        outcome__in=GIVEN_WORDS,
        amount__isnull=False,
        correction__isnull=True,
    )
    sums = given.values_list("prescription_id").annotate(total=Sum("amount"))
    return {pk: total / HORIZON_DAYS for pk, total in sums}
