"""What whoever writes a prescription should think about before going on: advice, never a stop.

A prescriber may mean exactly what looks odd here, so each warning says which facts it rests on and the writer
goes on with a reason. What stops a carer at the bedside is rules.matching's job.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal

from emar.rules.allergy_classes import (
    AllergyFacts,
    MedicineFacts,
    classes_of,
    is_in,
    is_met,
    related,
)
from emar.rules.amounts import Amount, plain
from emar.rules.inr import InrPlan
from emar.rules.interval import IntervalPlan
from emar.rules.schedule import DailyTotalPlan, Schedule, StandingPlan, WhenRequiredPlan, due_doses
from emar.rules.schedule_words import unit_words
from emar.rules.wall_clock import instant, local_day

#: A daily amount is unusual above twice the most, or below half the least, that stands beside it.
UNUSUAL = 2
#: How many days of a schedule are looked at for its largest daily amount: a whole cycle of 28.
LOOKED_AT = timedelta(days=28)
_IN_MG = {"microgram": Decimal("0.001"), "mcg": Decimal("0.001"), "mg": Decimal(1), "g": Decimal(1000)}
_IN_MG |= {"gram": Decimal(1000), "nanogram": Decimal("0.000001")}


@dataclass(frozen=True, slots=True)
class Substance:
    """How much of one ingredient so many units of a product hold. `amount` None: dm+d states none."""

    ingredient_id: str
    name: str
    amount: Decimal | None = None
    amount_unit: str = ""
    per_amount: Decimal | None = None
    per_unit: str = ""


@dataclass(frozen=True, slots=True)
class Product:
    """A medicine as the warnings compare it. `id` is the generic product's, the same for every brand of it."""

    id: str
    name: str
    moiety_id: str = ""
    moiety_name: str = ""
    substances: tuple[Substance, ...] = ()
    usual_daily: Decimal | None = None
    usual_daily_unit: str = ""
    atc_code: str = ""

    @property
    def facts(self) -> MedicineFacts:
        """What of it an allergy is compared with."""
        names = {each.ingredient_id: each.name for each in self.substances}
        return MedicineFacts(self.name, names, self.atc_code, self.moiety_name)

    @property
    def ingredient_ids(self) -> frozenset[str]:
        """The codes of everything in it."""
        return frozenset(each.ingredient_id for each in self.substances)


@dataclass(frozen=True, slots=True)
class KnownAllergy:
    """An allergy as recorded: a substance in words, with its code and moiety where they are known."""

    substance: str
    reaction: str
    ingredient_id: str | None = None
    moiety_ids: frozenset[str] = frozenset()
    class_codes: tuple[str, ...] = ()

    @property
    def facts(self) -> AllergyFacts:
        """What of it medicines are compared with."""
        return AllergyFacts(self.substance, self.ingredient_id, self.class_codes)


@dataclass(frozen=True, slots=True)
class ActiveLine:
    """A prescription that the resident has already, other than the one being replaced."""

    product: Product
    dose_words: str
    is_when_required: bool = False


@dataclass(frozen=True, slots=True)
class DailyDose:
    """The most that another prescription of the same product gives in a day, in `unit`."""

    amount: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class ThinkAgain:
    """One thing to think about: `code` for the record, `words` for the person, `substance` an allergy that is met."""

    code: str
    words: str
    substance: str = ""


def warnings(
    product: Product,
    schedule: Schedule | None,
    *,
    allergies: Sequence[KnownAllergy] = (),
    active: Sequence[ActiveLine] = (),
    elsewhere: Sequence[DailyDose] = (),
    daily: Decimal | None = None,
) -> list[ThinkAgain]:
    """Return what to think about, the gravest first; empty when there is nothing.

    `daily` is the most this schedule gives in a day (daily_amount), `elsewhere` the same for other
    prescriptions of this product in the home. Without a schedule only the medicine itself is looked at.
    """
    found = _of_allergies(product, allergies)
    for line in active:
        found += _of_another(product, line, schedule)
    if schedule is not None and daily is not None:
        found += _beside_others(schedule, daily, elsewhere)
        found += _beside_usual(product, schedule, daily)
    return found


def _of_allergies(product: Product, allergies: Sequence[KnownAllergy]) -> list[ThinkAgain]:
    found = []
    for allergy in allergies:
        recorded = f"Allergy recorded: {allergy.substance} ({allergy.reaction})."
        is_same = product.moiety_id != "" and product.moiety_id in allergy.moiety_ids
        if is_same or is_met(allergy.facts, product.facts):
            of = next((each for each in classes_of(allergy.facts) if is_in(each, product.facts)), None)
            why = f"is one of them ({of.name})" if of is not None else "holds it"
            found.append(ThinkAgain("allergy", f"{recorded} {product.name} {why}.", allergy.substance))
        elif (kin := related(allergy.facts, product.facts)) is not None:
            words = f"{recorded} {product.name} is related to it ({kin.name}): ask whoever prescribes."
            found.append(ThinkAgain("allergy_related", words))
    return found


def _of_another(product: Product, line: ActiveLine, schedule: Schedule | None) -> list[ThinkAgain]:
    has = f"{line.product.name} ({line.dose_words})"
    if line.product.id == product.id:
        return [ThinkAgain("same_product", f"Has this medicine already: {has}. To change its dose, change that one.")]
    shared = [each.name for each in product.substances if each.ingredient_id in line.product.ingredient_ids]
    if shared:
        together = " Both count towards the same maximum in 24 hours." if "Paracetamol" in shared else ""
        return [ThinkAgain("same_ingredient", f"{' and '.join(shared)} twice: also in {has}.{together}")]
    if product.moiety_id and product.moiety_id == line.product.moiety_id:
        return [ThinkAgain("same_ingredient", f"{product.moiety_name or product.name} twice: also {has}.")]
    return []


def _beside_others(schedule: Schedule, daily: Decimal, elsewhere: Sequence[DailyDose]) -> list[ThinkAgain]:
    amounts = [each.amount for each in elsewhere if each.unit == schedule.unit and each.amount > 0]
    if not amounts:
        return []
    count, most, least = len(amounts), max(amounts), min(amounts)
    beside = "the only other prescription" if count == 1 else f"the {count} other prescriptions"
    if daily > UNUSUAL * most:
        words = f"{_much(daily, schedule)} a day is more than {UNUSUAL} times the most that {beside} of this medicine"
        return [ThinkAgain("unusual_dose", f"{words} in this home {_give(count)}: {_much(most, schedule)} a day.")]
    if daily * UNUSUAL < least:
        words = f"{_much(daily, schedule)} a day is less than half of the least that {beside} of this medicine"
        return [ThinkAgain("unusual_dose", f"{words} in this home {_give(count)}: {_much(least, schedule)} a day.")]
    return []


def _give(count: int) -> str:
    return "gives" if count == 1 else "give"


def _beside_usual(product: Product, schedule: Schedule, daily: Decimal) -> list[ThinkAgain]:
    """Return a warning where the amount a day is above twice dm+d's defined daily dose, in its own unit."""
    usual, held = product.usual_daily, _substance_a_day(product, schedule.unit, daily)
    if usual is None or held is None or usual <= 0:
        return []
    amount, unit = held
    expected = _in_mg(usual, product.usual_daily_unit)
    given = _in_mg(amount, unit)
    if expected is None or given is None:
        return []
    if given > UNUSUAL * expected:
        words = (
            f"{_much(daily, schedule)} a day is {plain(amount.normalize())} {unit}: more than {UNUSUAL} times the "
            f"defined daily dose in dm+d, {plain(usual)} {product.usual_daily_unit}."
        )
        return [ThinkAgain("unusual_dose", words)]
    return []


def _substance_a_day(product: Product, unit: str, daily: Decimal) -> tuple[Decimal, str] | None:
    """Return how much of a product's one ingredient a daily amount holds; None where that cannot be said."""
    if _in_mg(Decimal(1), unit) is not None:
        return daily, unit
    if len(product.substances) != 1:
        return None
    (only,) = product.substances
    if only.amount is None:
        return None
    if only.per_unit and only.per_unit != unit:
        return None
    return daily * only.amount / (only.per_amount or Decimal(1)), only.amount_unit


def _in_mg(amount: Decimal, unit: str) -> Decimal | None:
    factor = _IN_MG.get(unit)
    return None if factor is None else amount * factor


def _much(amount: Decimal, schedule: Schedule) -> str:
    return f"{plain(amount.normalize())} {unit_words(schedule.unit, Amount(amount, amount))}"


def daily_amount(schedule: Schedule, rounds: dict[str, time]) -> Decimal | None:
    """Return the most that a schedule gives in one day of its first 28; None when it sets no limit a day.

    A dose range counts with its larger figure. Patches and other doses by the hour count by the day they
    fall on. Raises ScheduleError for a round that is not in `rounds`.
    """
    plan = schedule.plan
    match plan:
        case StandingPlan():
            return None
        case DailyTotalPlan():
            return plan.amount.high
        case WhenRequiredPlan():
            return _most_when_required(plan)
        case IntervalPlan() if plan.worn is not None:
            return plan.amount.high
        case InrPlan():
            return max((amount for record in plan.records for amount in record.amounts), default=None)
        case _:
            since = instant(schedule.starts_on, time())
            totals: dict[object, Decimal] = {}
            for dose in due_doses(schedule, since, since + LOOKED_AT, rounds):
                day = local_day(dose.due_at)
                totals[day] = totals.get(day, Decimal(0)) + dose.amount.high
            return max(totals.values(), default=None)


def _most_when_required(plan: WhenRequiredPlan) -> Decimal | None:
    mosts = []
    if plan.max_amount_24h is not None:
        mosts.append(plan.max_amount_24h)
    if plan.max_doses_24h is not None:
        mosts.append(plan.amount.high * plan.max_doses_24h)
    return min(mosts, default=None)
