"""When a when-required medicine may next be given, and how much has been had in the last 24 hours.

Gaps and totals count real hours, whatever the clocks do. They are counted twice: for the prescription in
its own unit, and for each limited ingredient across every product that holds it, regular ones included,
because co-codamol and paracetamol share the same four grams.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class GivenDose:
    """A dose the person has had. `ingredients` holds how much of each ingredient, in that limit's unit."""

    given_at: datetime
    amount: Decimal
    prescription_id: str
    ingredients: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limit:
    """The least time between doses, and the most in any 24 hours by amount or by doses; None: no limit.

    `ingredient_id` None limits the prescription itself, in its own unit; otherwise the ingredient, over
    every product.
    """

    min_gap: timedelta | None = None
    max_24h: Decimal | None = None
    ingredient_id: str | None = None
    max_doses_24h: int | None = None


@dataclass(frozen=True, slots=True)
class PrnFinding:
    """Why a dose is too soon or too much, and from when it would not be (None: never, whatever the wait)."""

    code: str
    limit: Limit
    next_allowed_at: datetime | None
    given_24h: Decimal


def paracetamol_limit(ingredient_id: str, max_mg: Decimal = Decimal(4000)) -> Limit:
    """Return the limit of paracetamol: 4 hours between doses and 4 g in 24 hours over every product (BNF)."""
    return Limit(timedelta(hours=4), max_mg, ingredient_id)


def given_24h(
    past: Iterable[GivenDose],
    at: datetime,
    *,
    prescription_id: str | None = None,
    ingredient_id: str | None = None,
) -> Decimal:
    """Return how much was had in the 24 real hours up to and including this instant.

    Of the ingredient over all products when one is named, otherwise of the prescription. A dose exactly 24
    hours ago no longer counts.
    """
    ends = at.astimezone(UTC)
    counted = _counted(past, Limit(ingredient_id=ingredient_id), prescription_id or "")
    return _sum_between(counted, ends - DAY, ends)


def prn_findings(
    prescription_id: str,
    amount: Decimal,
    ingredients: Mapping[str, Decimal],
    at: datetime,
    limits: Sequence[Limit],
    past: Sequence[GivenDose],
) -> list[PrnFinding]:
    """Return which limits this dose at this instant would break: `prn_too_soon`, `prn_over_maximum`.

    Doses recorded later than `at` count too: a dose that arrives from an offline phone is judged among its
    neighbours on both sides. Exactly the gap apart, and exactly the maximum, are allowed.
    """
    moment = at.astimezone(UTC)
    found = []
    for limit in limits:
        wanted = amount if limit.ingredient_id is None else ingredients.get(limit.ingredient_id)
        if wanted is None:
            continue
        counted = _counted(past, limit, prescription_id)
        codes = _broken(limit, wanted, moment, counted)
        if codes:
            next_at = _next_within(limit, wanted, moment, counted)
            had = _sum_between(counted, moment - DAY, moment)
            found += [PrnFinding(code, limit, next_at, had) for code in codes]
    return found


def next_allowed_at(
    prescription_id: str,
    amount: Decimal,
    ingredients: Mapping[str, Decimal],
    now: datetime,
    limits: Sequence[Limit],
    past: Sequence[GivenDose],
) -> datetime | None:
    """Return the first instant from `now` at which this dose breaks no limit, in UTC.

    None when it never can, because one dose alone is more than the most allowed in 24 hours.
    """
    moment = now.astimezone(UTC)
    while True:
        found = prn_findings(prescription_id, amount, ingredients, moment, limits, past)
        if not found:
            return moment
        waits = [each.next_allowed_at for each in found]
        # Nothing can be allowed before every limit allows it, and each wait moves on, so this ends.
        latest = max((wait for wait in waits if wait is not None), default=moment)
        if None in waits or latest <= moment:
            return None
        moment = latest


Counted = list[tuple[datetime, Decimal]]


def _counted(past: Iterable[GivenDose], limit: Limit, prescription_id: str) -> Counted:
    """Return when and how much was had of what the limit is about."""
    if limit.ingredient_id is None:
        return [
            (dose.given_at.astimezone(UTC), dose.amount) for dose in past if dose.prescription_id == prescription_id
        ]
    return [
        (dose.given_at.astimezone(UTC), dose.ingredients[limit.ingredient_id])
        for dose in past
        if limit.ingredient_id in dose.ingredients
    ]


def _broken(limit: Limit, wanted: Decimal, at: datetime, counted: Counted) -> list[str]:
    codes = []
    if limit.min_gap is not None and any(abs(at - given_at) < limit.min_gap for given_at, _ in counted):
        codes.append("prn_too_soon")
    is_over = limit.max_24h is not None and wanted + _most_around(counted, at) > limit.max_24h
    if limit.max_doses_24h is not None and not is_over:
        is_over = 1 + _most_around([(when, Decimal(1)) for when, _ in counted], at) > limit.max_doses_24h
    if is_over:
        codes.append("prn_over_maximum")
    return codes


def _sum_between(counted: Counted, after: datetime, until: datetime) -> Decimal:
    return sum((much for given_at, much in counted if after < given_at <= until), Decimal(0))


def _most_around(counted: Counted, at: datetime) -> Decimal:
    """Return the most that was had in any 24 hours that this instant lies in."""
    ends = [at, *(given_at for given_at, _ in counted if at < given_at < at + DAY)]
    return max(_sum_between(counted, end - DAY, end) for end in ends)


def _next_within(limit: Limit, wanted: Decimal, at: datetime, counted: Counted) -> datetime | None:
    """Return the first instant from `at` at which this one limit allows the dose."""
    if limit.max_24h is not None and wanted > limit.max_24h:
        return None
    # A limit can only begin to allow a dose the gap, or 24 hours, after some earlier dose.
    waits = [given_at + gap for given_at, _ in counted for gap in (limit.min_gap, DAY) if gap is not None]
    for wait in sorted(wait for wait in waits if wait > at):
        if not _broken(limit, wanted, wait, counted):
            return wait
    return at
