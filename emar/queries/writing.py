"""What whoever writes or checks a prescription needs to see: medicines, warnings, next doses, who waits, versions."""

from calendar import Calendar
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Q

from emar.models import (
    Allergy,
    AuditEntry,
    HomePolicy,
    Medicine,
    MedicineIngredient,
    Prescription,
    Resident,
    Suspension,
)
from emar.queries import due, medicines
from emar.queries.schedules import schedule_of
from emar.rules.amounts import ScheduleError
from emar.rules.controlled import Control, control_of
from emar.rules.inr import InrPlan, days_without_record
from emar.rules.replacing import begins
from emar.rules.round_times import NO_ROUNDS
from emar.rules.schedule import DueDose, Schedule, due_doses
from emar.rules.wall_clock import local_day
from emar.rules.warnings import (
    ActiveLine,
    DailyDose,
    KnownAllergy,
    Product,
    Substance,
    ThinkAgain,
    daily_amount,
    warnings,
)

SHOWN_DOSES = 10
#: A 26-weekly injection shows its next ten doses five years ahead; nothing is looked for longer.
LONGEST_LOOK = timedelta(days=5 * 366)
_STRETCH = timedelta(days=60)


# Medicines


@dataclass(frozen=True, slots=True)
class MedicineChoice:
    """A medicine as the search shows it, with what the law and the home's policy ask."""

    medicine: Medicine
    control: Control


def find_medicines(home_id: int, words: str, *, limit: int = 20) -> list[MedicineChoice]:
    """Return medicines in use whose names have all these words, generic products first; none for no words."""
    if not words.strip():
        return []
    kept = _kept_as_controlled(home_id)
    return [MedicineChoice(each, _control(each, kept)) for each in medicines.search(words, limit=limit)]


def medicine_choice(home_id: int, medicine_id: str) -> MedicineChoice | None:
    """Return one medicine by its dm+d code, or None."""
    found = Medicine.objects.filter(pk=medicine_id).select_related("generic").first()
    return None if found is None else MedicineChoice(found, _control(found, _kept_as_controlled(home_id)))


def _kept_as_controlled(home_id: int) -> frozenset[str]:
    policy = HomePolicy.objects.filter(home_id=home_id).values_list("also_controlled", flat=True).first()
    return frozenset(policy or ())


def _control(medicine: Medicine, kept: frozenset[str]) -> Control:
    is_in_policy = medicine.pk in kept or (medicine.generic_id or "") in kept
    return control_of(medicine.controlled_drug_category, is_in_policy=is_in_policy)


# Warnings


def warnings_for(
    home_id: int,
    resident_id: int,
    medicine: Medicine,
    schedule: Schedule | None,
    rounds: Mapping[str, time],
    *,
    replacing: Collection[UUID] = (),
) -> list[ThinkAgain]:
    """Return what to think about before this prescription, in a constant number of statements.

    `replacing` are the versions that it would end, which do not count as another prescription.
    """
    family = medicine.generic_id or medicine.pk
    theirs = _active_lines(home_id, resident_id=resident_id, without=replacing)
    same = _active_lines(home_id, product=family, without=replacing)
    products = _products({medicine.pk: medicine, **{line.medicine_id: line.medicine for line in theirs}})
    daily = None
    if schedule is not None:
        try:
            daily = daily_amount(schedule, dict(rounds))
        except ScheduleError:
            daily = None
    return warnings(
        products[medicine.pk],
        schedule,
        allergies=_allergies(home_id, resident_id),
        active=[_active(line, products[line.medicine_id]) for line in theirs],
        elsewhere=_daily_doses([line for line in same if line.resident_id != resident_id], rounds),
        daily=daily,
    )


def _active_lines(
    home_id: int, *, without: Collection[UUID], resident_id: int | None = None, product: str | None = None
) -> list[Prescription]:
    """Return prescriptions that go on, those that wait for a check included: they are somebody's intention."""
    found = Prescription.objects.filter(home_id=home_id, stopped_at__isnull=True).exclude(pk__in=without)
    if resident_id is not None:
        found = found.filter(resident_id=resident_id)
    if product is not None:
        found = found.filter(Q(medicine_id=product) | Q(medicine__generic_id=product))
    return list(found.select_related("medicine").order_by("medicine__name", "pk"))


def _products(wanted: Mapping[str, Medicine]) -> dict[str, Product]:
    """Return each medicine as the warnings compare it, in two statements."""
    generic_of = {pk: medicine.generic_id or pk for pk, medicine in wanted.items()}
    held: dict[str, list[Substance]] = defaultdict(list)
    rows = MedicineIngredient.objects.filter(medicine_id__in=set(generic_of.values())).select_related("ingredient")
    for row in rows.order_by("position"):
        held[row.medicine_id].append(
            Substance(row.ingredient_id, row.ingredient.name, row.amount, row.amount_unit, row.per_amount, row.per_unit)
        )
    generics = Medicine.objects.in_bulk(set(generic_of.values()))
    found = {}
    for pk, medicine in wanted.items():
        generic = generics.get(generic_of[pk], medicine)
        found[pk] = Product(
            generic.pk,
            medicine.name,
            generic.moiety_id or medicine.moiety_id,
            generic.moiety_name or medicine.moiety_name,
            tuple(held[generic.pk]),
            generic.defined_daily_dose,
            generic.defined_daily_dose_unit,
            generic.atc_code or medicine.atc_code,
        )
    return found


def _active(line: Prescription, product: Product) -> ActiveLine:
    return ActiveLine(product, line.dose_words, line.schedule.get("kind") == "when_required")


def _daily_doses(lines: Iterable[Prescription], rounds: Mapping[str, time]) -> list[DailyDose]:
    found = []
    for line in lines:
        try:
            schedule = schedule_of(line)
            amount = daily_amount(schedule, dict(rounds))
        except ScheduleError:
            continue
        if amount is not None:
            found.append(DailyDose(amount, schedule.unit))
    return found


def _allergies(home_id: int, resident_id: int) -> list[KnownAllergy]:
    """Return the resident's allergies, each with the moieties of products that hold its ingredient alone."""
    recorded = list(Allergy.objects.filter(home_id=home_id, resident_id=resident_id, withdrawn_at__isnull=True))
    moieties: dict[str, set[str]] = defaultdict(set)
    codes = {each.ingredient_id for each in recorded if each.ingredient_id}
    if codes:
        # Only single-ingredient products: co-amoxiclav's moiety must not make clavulanate "amoxicillin".
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT DISTINCT held.ingredient_id, medicine.moiety_id
                  FROM emar_medicineingredient AS held JOIN emar_medicine AS medicine ON medicine.id = held.medicine_id
                 WHERE held.ingredient_id = ANY (%s) AND medicine.moiety_id <> ''
                   AND NOT EXISTS (SELECT FROM emar_medicineingredient AS other
                                    WHERE other.medicine_id = medicine.id AND other.id <> held.id)
                """,
                [sorted(codes)],
            )
            for ingredient_id, moiety_id in cursor.fetchall():
                moieties[ingredient_id].add(moiety_id)
    return [
        KnownAllergy(
            each.substance,
            each.reaction,
            each.ingredient_id,
            frozenset(moieties.get(each.ingredient_id or "", ())),
            tuple(each.class_codes),
        )
        for each in recorded
    ]


# What it would mean: the next doses


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day of a month: `doses` are what falls due on it; None outside the month."""

    day: date
    is_in_month: bool
    doses: tuple[DueDose, ...] = ()


@dataclass(frozen=True, slots=True)
class Month:
    """A month as a calendar shows it, Monday first."""

    first: date
    weeks: tuple[tuple[CalendarDay, ...], ...]


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a schedule brings: its next doses, the months they begin in, and days that no INR record covers."""

    doses: tuple[DueDose, ...]
    months: tuple[Month, ...]
    days_without_record: tuple[date, ...] = ()
    passed: tuple[DueDose, ...] = ()


def rounds_of(home_id: int, resident: Resident, day: date) -> dict[str, time]:
    """Return the rounds of the resident's unit with the times that hold on a day, earliest first."""
    times = due.round_times(home_id).get(resident.unit_id, NO_ROUNDS).on(day)
    return dict(sorted(times.items(), key=lambda each: each[1]))


def ahead(schedule: Schedule, rounds: Mapping[str, time], now: datetime) -> Ahead:
    """Return the next doses from now, or from its first day where that is later, and its calendar.

    `passed` are doses that fell due before now: nobody is asked for them once it is checked. Raises
    ScheduleError for a round that the unit does not have.
    """
    starts = begins(schedule)
    since = max(now, starts)
    doses: list[DueDose] = []
    at = since
    while len(doses) < SHOWN_DOSES and at < since + LONGEST_LOOK:
        doses += due_doses(schedule, at, at + _STRETCH, rounds)
        at += _STRETCH
        if schedule.ends_on is not None and local_day(at) > schedule.ends_on:
            break
    passed = due_doses(schedule, max(starts, now - _STRETCH), now, rounds) if starts < now else []
    missing: list[date] = []
    if isinstance(schedule.plan, InrPlan):
        missing = days_without_record(schedule.plan, schedule.terms, since, since + timedelta(days=28))
    months = _months(schedule, rounds, local_day(doses[0].due_at)) if doses else ()
    return Ahead(tuple(doses[:SHOWN_DOSES]), months, tuple(missing), tuple(passed))


def _months(schedule: Schedule, rounds: Mapping[str, time], day: date) -> tuple[Month, ...]:
    firsts = [day.replace(day=1), (day.replace(day=1) + timedelta(days=32)).replace(day=1)]
    return tuple(_month(schedule, rounds, first) for first in firsts)


def _month(schedule: Schedule, rounds: Mapping[str, time], first: date) -> Month:
    weeks = Calendar().monthdatescalendar(first.year, first.month)
    since = datetime.combine(weeks[0][0], time(), tzinfo=begins(schedule).tzinfo) - timedelta(days=1)
    until = datetime.combine(weeks[-1][-1], time(), tzinfo=begins(schedule).tzinfo) + timedelta(days=2)
    by_day: dict[date, list[DueDose]] = defaultdict(list)
    for dose in due_doses(schedule, since, until, rounds):
        by_day[local_day(dose.due_at)].append(dose)
    return Month(
        first,
        tuple(
            tuple(
                CalendarDay(day, day.month == first.month, tuple(by_day[day]) if day.month == first.month else ())
                for day in week
            )
            for week in weeks
        ),
    )


# Who waits, and what came before


def waiting(home_id: int) -> list[Prescription]:
    """Return the prescriptions that wait for a second check, the longest first."""
    found = Prescription.objects.filter(home_id=home_id, checked_at__isnull=True, stopped_at__isnull=True)
    return list(
        found.select_related("medicine", "resident__unit", "written_by", "replaces").order_by("written_at", "pk")
    )


def count_waiting(home_id: int) -> int:
    """Return how many prescriptions wait for a second check."""
    return Prescription.objects.filter(home_id=home_id, checked_at__isnull=True, stopped_at__isnull=True).count()


def sent_back(home_id: int) -> list[Prescription]:
    """Return what was sent back and not written again since, the latest first."""
    found = Prescription.objects.filter(
        home_id=home_id, checked_at__isnull=True, stopped_at__isnull=False, replaced_by__isnull=True
    )
    return list(found.select_related("medicine", "resident", "written_by", "stopped_by").order_by("-stopped_at")[:50])


def prescription(home_id: int, prescription_id: UUID) -> Prescription | None:
    """Return one prescription of the home with its people and its medicine, or None."""
    people = ("medicine__generic", "resident__unit", "written_by", "checked_by", "stopped_by", "replaces__medicine")
    return Prescription.objects.filter(home_id=home_id, pk=prescription_id).select_related(*people).first()


def versions(home_id: int, of: Prescription) -> list[Prescription]:
    """Return every version in the chain of replacements that a prescription belongs to, the newest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE chain (id, replaces_id) AS (
                 SELECT id, replaces_id FROM emar_prescription WHERE id = %(id)s AND home_id = %(home)s
                  UNION
                 SELECT line.id, line.replaces_id
                   FROM chain JOIN emar_prescription AS line
                     ON (line.id = chain.replaces_id OR line.replaces_id = chain.id) AND line.home_id = %(home)s)
            SELECT id FROM chain
            """,
            {"id": of.pk, "home": home_id},
        )
        ids = [pk for (pk,) in cursor.fetchall()]
    found = Prescription.objects.filter(pk__in=ids)
    people = ("medicine", "written_by", "checked_by", "stopped_by")
    return list(found.select_related(*people).order_by("-version", "-written_at"))


@dataclass(frozen=True, slots=True)
class WritersWord:
    """What the writer was warned of, and why they went on."""

    warnings: tuple[str, ...] = ()
    reason: str = ""


def writers_word(home_id: int, of: Prescription) -> WritersWord:
    """Return what the audit trail keeps of the warnings at writing."""
    entries = AuditEntry.objects.filter(
        home_id=home_id, resident_id=of.resident_id, action="prescription_written", about=f"Prescription {of.pk}"
    )
    changes = entries.values_list("changes", flat=True).first() or {}
    return WritersWord(tuple(changes.get("warnings", ())), changes.get("reason", ""))


def suspensions_of(home_id: int, of: Prescription) -> Sequence[Suspension]:
    """Return when a prescription was suspended, the latest first."""
    found = Suspension.objects.filter(home_id=home_id, prescription=of)
    return list(found.select_related("since_by", "resumed_by").order_by("-since_at"))
