"""What does a home's record and ledger say that the forecast of its stock lines needs?

Everything is read for the whole home at once, in a number of statements that does not grow with its residents. What
follows from it is rules.forecast's business. No table of orders is read here: what is on its way is the caller's to
say, so that a warning about stock running out never depends on whether anything was ordered.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Q

from emar.models import Medicine, Pack, Prescription, Presence, Resident, ResidentPresence
from emar.queries.due import Period, answered_doses, prescriptions_between, round_times, suspensions
from emar.queries.medicines import products_of
from emar.queries.taken import strengths_of, wanted
from emar.rules.amounts import ScheduleError
from emar.rules.outcomes import GIVEN_WORDS, NOT_GIVEN_WORDS
from emar.rules.round_times import RoundTimes
from emar.rules.schedule import Answered
from emar.rules.taken import Strength, is_by_weight
from emar.rules.wall_clock import local_day
from ordering.rules.demand import LOOK_BACK_DAYS, Rate, Refusals, Seen, class_of, class_rate, seen_since, waste_rate
from ordering.rules.held import HeldPack
from stock.models import PackStatus, StockPack
from stock.queries.balances import LineBalance, line_balances
from stock.queries.disposal import contents
from stock.queries.storage import opening_rules
from stock.rules.expiry import Lasts

SUPPLY_WORDS = ("out_of_stock", "awaiting_stock")
#: What left stock for waste because of a dose: put in the pot and not taken, or dropped.
WASTED_WORDS = sorted(GIVEN_WORDS | NOT_GIVEN_WORDS)
OwnerKey = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Away:
    """Where somebody is who is not in the home: gone for good, or away until a day (date.max: nobody knows)."""

    is_gone: bool
    back_on: date


class Given(NamedTuple):
    """A when-required dose that was given, so many days ago, in the unit it was prescribed in."""

    days_ago: float
    amount: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class HomeFacts:
    """Everything read of one home, by resident and generic medicine where it belongs to both.

    A generic medicine is named by the code it has today (`products`: by every code it had). `strengths` says of the
    prescriptions by weight which products their doses are taken from, as the ledger takes them.
    """

    prescriptions: Sequence[Prescription]
    rounds: Mapping[int, RoundTimes]
    answered: Mapping[UUID, Sequence[Answered]]
    paused: Mapping[UUID, Sequence[Period]]
    residents: Mapping[int, Resident]
    away: Mapping[int, Away]
    balances: Sequence[LineBalance]
    packs: Mapping[int, Sequence[HeldPack]]
    lasts: Mapping[str, Lasts]
    sizes: Mapping[str, Sequence[Pack]]
    booked: Mapping[int, Decimal]
    medicines: Mapping[str, Medicine]
    strengths: Mapping[str, Sequence[Strength]]
    doses: Mapping[OwnerKey, Sequence[Given]]
    unobserved: Mapping[OwnerKey, Collection[float]]
    refusals: Mapping[OwnerKey, Refusals]
    wasted: Mapping[int, int]
    products: Mapping[str, str] = field(default_factory=dict)

    def product_of(self, medicine_id: str) -> str:
        """Return the code that a generic medicine has today."""
        return self.products.get(medicine_id, medicine_id)


def read(home_id: int, now: datetime, until: datetime, *, resident_ids: Collection[int] | None = None) -> HomeFacts:
    """Read what the forecast of a home, or of some of its residents, needs. A constant number of statements."""
    found = prescriptions_between(home_id, now, until, resident_ids=resident_ids).select_related(None)
    # Residents and medicines are few and prescriptions many: one object each, instead of one a prescription.
    active = list(found.prefetch_related("medicine"))
    lines = [each for each in line_balances(home_id) if _is_of(each.resident_id, resident_ids)]
    owners = {each.resident_id for each in active} | {each.resident_id for each in lines if each.balance}
    residents = Resident.objects.in_bulk([each for each in owners if each is not None])
    for each in active:
        each.resident = residents[each.resident_id]
    strengths = _strengths(home_id, active)
    ids = {each.medicine.generic_id or each.medicine_id for each in active}
    ids |= {each.medicine_id for one in strengths.values() for each in one}
    ids |= {each.medicine_id for each in lines}
    products = products_of(ids)
    medicines = Medicine.objects.in_bulk(list({products.get(each, each) for each in ids}))
    today = local_day(now)
    doses, unobserved, refusals = _history(home_id, now, products)
    away, days_away = _absences(home_id, residents, now)
    for resident_id, days in days_away.items():
        for key in [key for key in doses if key[0] == resident_id]:
            unobserved[key] |= days
    packs, booked = _packs(home_id, [each.line_id for each in lines], today, local_day(until))
    return HomeFacts(
        prescriptions=active,
        rounds=round_times(home_id),
        answered=answered_doses(home_id, active),
        paused=suspensions(home_id, now, until),
        residents=residents,
        away=away,
        balances=lines,
        packs=packs,
        lasts={each.group: each.lasts for each in opening_rules(home_id)},
        sizes=_sizes(medicines, products),
        booked=booked,
        medicines=medicines,
        strengths=strengths,
        doses=doses,
        unobserved={key: frozenset(days) for key, days in unobserved.items()},
        refusals=refusals,
        wasted=_wasted(home_id, now),
        products=products,
    )


def class_rates(facts: HomeFacts, days: Mapping[OwnerKey, float]) -> dict[str, Rate]:
    """Return the prior of each class of when-required medicines in the home, by the days each was looked at."""
    seen: dict[str, list[Seen]] = defaultdict(list)
    for key, looked_at in days.items():
        medicine = facts.medicines.get(key[1])
        if medicine is not None:
            seen[class_of(medicine.atc_code)].append(seen_of(facts, key, looked_at))
    return {name: class_rate(each) for name, each in seen.items()}


def seen_of(facts: HomeFacts, key: OwnerKey, days: float) -> Seen:
    """Return what was seen of one resident's when-required medicine in the last `days`."""
    given = [each.days_ago for each in facts.doses.get(key, ())]
    return seen_since(given, days, unobserved_days_ago=list(facts.unobserved.get(key, ())))


def home_waste(facts: HomeFacts) -> Rate:
    """Return the prior of wasted doses in the home."""
    due = sum(each.due for each in facts.refusals.values())
    return waste_rate([Seen(float(sum(facts.wasted.values())), float(due))])


def _is_of(resident_id: int | None, wanted: Collection[int] | None) -> bool:
    return resident_id is not None and (wanted is None or resident_id in wanted)


def _history(
    home_id: int, now: datetime, products: Mapping[str, str]
) -> tuple[dict[OwnerKey, list[Given]], dict[OwnerKey, set[float]], dict[OwnerKey, Refusals]]:
    """Return when-required doses with their age in days, days on which there was nothing to give, and refusals.

    By resident and generic medicine, so that a changed prescription or a changed code keeps its history. Two
    statements.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT dose.resident_id, coalesce(medicine.generic_id, medicine.id), dose.given_at, dose.amount,
                   dose.unit, dose.outcome
              FROM emar_administration AS dose
              JOIN emar_prescription AS line ON line.id = dose.prescription_id
              JOIN emar_medicine AS medicine ON medicine.id = line.medicine_id
              LEFT JOIN emar_correction AS correction ON correction.administration_id = dose.id
             WHERE dose.home_id = %s AND dose.given_at > %s AND dose.given_at <= %s AND correction.id IS NULL
               AND (dose.due_at IS NULL AND dose.outcome = ANY (%s) OR dose.outcome = ANY (%s))
            """,
            [home_id, now - timedelta(days=LOOK_BACK_DAYS), now, list(GIVEN_WORDS), list(SUPPLY_WORDS)],
        )
        rows = cursor.fetchall()
        cursor.execute(
            """
            SELECT dose.resident_id, coalesce(medicine.generic_id, medicine.id), sum(dose.due), sum(dose.refused)
              FROM (SELECT resident_id, prescription_id, count(*) AS due,
                           count(*) FILTER (WHERE outcome = 'refused') AS refused
                      FROM emar_administration
                     WHERE home_id = %s AND given_at > %s AND given_at <= %s AND due_at IS NOT NULL
                     GROUP BY resident_id, prescription_id) AS dose
              JOIN emar_prescription AS line ON line.id = dose.prescription_id
              JOIN emar_medicine AS medicine ON medicine.id = line.medicine_id
             GROUP BY 1, 2
            """,
            [home_id, now - timedelta(days=LOOK_BACK_DAYS), now],
        )
        refusals: dict[OwnerKey, Refusals] = {}
        for owner, medicine, due, no in cursor.fetchall():
            key = (owner, products.get(medicine, medicine))
            known = refusals.get(key, Refusals())
            refusals[key] = Refusals(known.refused + int(no), known.due + int(due))
    doses: dict[OwnerKey, list[Given]] = defaultdict(list)
    unobserved: dict[OwnerKey, set[float]] = defaultdict(set)
    for resident_id, medicine_id, given_at, amount, unit, outcome in rows:
        ago = (now - given_at).total_seconds() / 86400
        key = (resident_id, products.get(medicine_id, medicine_id))
        if outcome in SUPPLY_WORDS:
            unobserved[key].add(float(int(ago)))
        elif amount is not None:
            doses[key].append(Given(ago, amount, unit))
    return doses, unobserved, refusals


def _absences(home_id: int, residents: Collection[int], now: datetime) -> tuple[dict[int, Away], dict[int, set[float]]]:
    """Return who is away now, and on which of the last days (in days ago) somebody was. One statement."""
    changes = ResidentPresence.objects.filter(home_id=home_id, resident_id__in=list(residents))
    rows = changes.order_by("resident_id", "since_at", "id").values_list(
        "resident_id", "presence", "since_at", "expected_back_at"
    )
    away: dict[int, Away] = {}
    days: dict[int, set[float]] = defaultdict(set)
    left_at: dict[int, datetime] = {}
    for resident_id, presence, since_at, expected in rows:
        if since_at > now:
            continue
        if resident_id in left_at:
            days[resident_id] |= _days_ago(left_at.pop(resident_id), since_at, now)
        away.pop(resident_id, None)
        if presence != Presence.PRESENT:
            left_at[resident_id] = since_at
            is_gone = presence in (Presence.LEFT, Presence.DIED)
            # A day that has passed says nothing any more about when they are back.
            is_known = expected is not None and expected > now
            away[resident_id] = Away(is_gone, local_day(expected) if is_known else date.max)
    for resident_id, since_at in left_at.items():
        days[resident_id] |= _days_ago(since_at, now, now)
    return away, days


def _days_ago(since: datetime, until: datetime, now: datetime) -> set[float]:
    first, last = (now - until).total_seconds() / 86400, (now - since).total_seconds() / 86400
    return {float(ago) for ago in range(int(first), min(int(last), LOOK_BACK_DAYS))}


def _packs(
    home_id: int, line_ids: Collection[int], today: date, last: date
) -> tuple[dict[int, list[HeldPack]], dict[int, Decimal]]:
    """Return the packs of each line, and what its latest pack of unlike units was booked in as. Three statements.

    What each pack holds is only added up where it matters: of lines with a pack that is put aside or goes over soon.
    Of the others the ledger's balance says everything.
    """
    rows = list(
        StockPack.objects.filter(home_id=home_id, line_id__in=list(line_ids))
        .exclude(status=PackStatus.FINISHED)
        .values_list("line_id", "id", "status", "use_by", "expires_on", "opened_on")
    )
    matter = {
        line_id
        for line_id, _, status, use_by, expires_on, opened_on in rows
        if status == PackStatus.QUARANTINED or opened_on or ((use_by or expires_on or date.max) < last)
    }
    holds = contents(home_id, matter or [0])
    found: dict[int, list[HeldPack]] = defaultdict(list)
    for line_id, pack_id, status, use_by, expires_on, opened_on in rows:
        if line_id in matter and holds.get(pack_id):
            is_put_aside = status == PackStatus.QUARANTINED
            found[line_id].append(HeldPack(holds[pack_id], use_by or expires_on, opened_on is not None, is_put_aside))
    return found, _booked(home_id, line_ids)


def _booked(home_id: int, line_ids: Collection[int]) -> dict[int, Decimal]:
    """Return what the latest pack of each line was booked in as, in the unit of the line. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT line.id, came.quantity
              FROM unnest(%s::bigint[]) AS line (id)
              JOIN LATERAL (
                   SELECT quantity FROM stock_stockmovement
                    WHERE home_id = %s AND line_id = line.id AND source = 'supplier' AND pack_id IS NOT NULL
                    ORDER BY line_sequence DESC LIMIT 1) AS came ON true
            """,
            [list(line_ids), home_id],
        )
        return dict(cursor.fetchall())


def _sizes(medicines: Mapping[str, Medicine], products: Mapping[str, str]) -> dict[str, list[Pack]]:
    """Return the packs in which each generic medicine, and each brand of it, is supplied now. One statement.

    Also under a code that it had before.
    """
    ids = [*medicines, *(each for each, product in products.items() if product in medicines and each != product)]
    rows = Pack.objects.filter(
        Q(medicine_id__in=ids) | Q(medicine__generic_id__in=ids), discontinued_on__isnull=True, retired_on__isnull=True
    ).select_related("medicine")
    found: dict[str, list[Pack]] = defaultdict(list)
    for pack in rows.order_by("quantity", "id"):
        generic_id = pack.medicine.generic_id or pack.medicine_id
        found[products.get(generic_id, generic_id)].append(pack)
    return found


def _strengths(home_id: int, active: Iterable[Prescription]) -> Mapping[str, Sequence[Strength]]:
    """Return what the doses by weight are taken from, by prescription. One statement, none where nobody asks."""
    asked = []
    for each in active:
        if each.schedule.get("strengths") or is_by_weight(each.schedule.get("unit", "")):
            try:
                asked.append(wanted(each))
            except ScheduleError:
                continue  # the line says that its due times cannot be worked out
    return strengths_of(home_id, asked)


def _wasted(home_id: int, now: datetime) -> dict[int, int]:
    """Return how many doses of each line went to waste lately. One statement, by an index of its own."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT line_id, count(*) FROM stock_stockmovement
             WHERE home_id = %s AND destination = 'waste' AND moved_at > %s AND moved_at <= %s AND reason = ANY (%s)
             GROUP BY line_id
            """,
            [home_id, now - timedelta(days=LOOK_BACK_DAYS), now, WASTED_WORDS],
        )
        return dict(cursor.fetchall())
