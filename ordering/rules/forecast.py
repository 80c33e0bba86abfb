"""How much of each medicine has to be ordered, why, and when will it run out?

One line is one resident's stock of one medicine. What is needed follows from the doses that its schedules really make
fall due, what its when-required use has been (rules.demand), what stands in the home that will still be usable
(rules.held), and what is on its way; what is ordered is whole packs (rules.packs). The values are in rules.suggestion,
the sentence that explains an answer in rules.forecast_words; when an order is made is rules.cycle's business.

Two things are asked of an order. It covers every dose due to the end of the cover period. And until the delivery after
it arrives, allowing for the supplier being late, it is enough with the home's service level for what nobody can know
beforehand. The second is a check and not an addition: the next delivery comes before the change-over, and those days
are a safety stock that costs nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache
from typing import NamedTuple

from emar.rules.wall_clock import instant, local_day
from ordering.rules.demand import Count, coming, taken_share
from ordering.rules.forecast_words import sentence_of
from ordering.rules.held import NOTHING, HeldPack, agreed, days_between, not_usable, usable_on, use_up
from ordering.rules.packs import PackCount, PackSize, choose_packs, count_out, price_of, quantity_of
from ordering.rules.suggestion import (
    Answer,
    Coming,
    CoverPeriod,
    Figures,
    ForecastSettings,
    LineFacts,
    LineKey,
    RunOut,
    Suggestion,
    WhenRequired,
)

__all__ = [
    "Answer",
    "Coming",
    "CoverPeriod",
    "Figures",
    "ForecastSettings",
    "HeldPack",
    "LineFacts",
    "LineKey",
    "PackCount",
    "PackSize",
    "RunOut",
    "Suggestion",
    "WhenRequired",
    "interim_period",
    "looks_until",
    "runs_out",
    "suggest",
    "suggest_all",
]

ONE_DAY = timedelta(days=1)
#: The doses of a home fall due at a few times of each day: each is turned into its day once.
_day_of = lru_cache(maxsize=65536)(local_day)
FOURTH_DECIMAL = Decimal("0.0001")
USUAL_SETTINGS = ForecastSettings()
#: More packs than this of something that goes over once opened is a mistake in the schedule or in the pack's size.
MOST_OPENED = 60


def looks_until(period: CoverPeriod, settings: ForecastSettings = USUAL_SETTINGS) -> date:
    """Return the first day that no longer matters to an order: LineFacts.doses must reach as far."""
    return max(period.cover_until_on, _protects_until(period, settings))


def suggest(facts: LineFacts, period: CoverPeriod, settings: ForecastSettings = USUAL_SETTINGS) -> Suggestion:
    """Return what to order for one line, with the numbers and one sentence that explains them.

    Nothing is ordered of what stopped, is suspended, or belongs to somebody who left or died. More stock never gives
    a larger order. An order and what is left at the change-over are never less than the need. Nothing is guessed: a
    line whose use cannot be worked out is answered ASK.
    """
    packs = agreed(facts.balance, facts.packs)
    held = Figures(held=usable_on(packs, period.today), not_usable=not_usable(packs, period.today))
    if facts.closed is not None:
        found = Suggestion(facts.key, facts.name, facts.closed, figures=held)
    elif facts.ask:
        found = Suggestion(facts.key, facts.name, Answer.ASK, figures=held, reason=facts.ask)
    else:
        found = _worked_out(facts, packs, held, period, settings)
    return replace(found, sentence=sentence_of(found, facts, period))


def suggest_all(
    lines: Iterable[LineFacts], period: CoverPeriod, settings: ForecastSettings = USUAL_SETTINGS
) -> list[Suggestion]:
    """Return the suggestion of each line, in the order given."""
    return [suggest(line, period, settings) for line in lines]


def interim_period(
    today: date, *, arrives_on: date, change_overs: Sequence[date], next_arrives_on: date | None = None
) -> CoverPeriod:
    """Return the period of an interim order that lines up with the cycle.

    `change_overs` are the coming ones, in order, whose orders do not yet hold this medicine: the interim lasts until
    the first of them that comes after it arrives. `next_arrives_on` is when that order is delivered; unknown, the
    change-over itself. Raises ValueError when there is none.
    """
    until = next((day for day in change_overs if day > arrives_on), None)
    if until is None:
        raise ValueError("an interim order lasts until a change-over, and none comes after it arrives")
    arrives_on = max(arrives_on, today)
    return CoverPeriod(today, arrives_on, arrives_on, until, max(next_arrives_on or until, arrives_on), True)


def runs_out(facts: LineFacts, now: datetime, until: datetime) -> RunOut | None:
    """Return when a line runs out before `until`, by what stands in the home alone; None when it lasts.

    What is ordered does not count, so that a delivery that never comes, or an order that was never made, hides
    nothing. When-required use is expected at its mean rate, and a line used only when required runs out when less
    than one dose is left. Somebody who is away uses nothing until they are back.
    """
    if facts.closed is not None or facts.ask:
        return None
    today, last = local_day(now), local_day(until)
    packs = agreed(facts.balance, facts.packs)
    usable = usable_on(packs, today)
    doses = [(at, amount) for at, amount in facts.doses if now <= at < until and not _is_away(facts, local_day(at))]
    rate = _mean_a_day(facts.when_required)
    wanted = sum((amount for _, amount in doses), NOTHING) + rate * (last - today).days
    if _is_plain(packs, last, facts) and usable >= wanted:
        return None
    by_day: dict[date, list[tuple[datetime, Decimal]]] = defaultdict(list)
    for at, amount in doses:
        by_day[local_day(at)].append((at, amount))
    chance = dict.fromkeys(days_between(today, last + ONE_DAY), rate) if rate else {}
    if rate and not doses and usable < min(each.amount for each in facts.when_required):
        return RunOut(
            facts.key, facts.name, now, min(each.amount for each in facts.when_required) - usable, usable, True
        )
    days = sorted(by_day.keys() | chance.keys())
    used = use_up(packs, [(day, _sum(by_day.get(day, ())) + chance.get(day, NOTHING)) for day in days], facts.lasts)
    if not used.missing:
        return None
    day = min(used.missing)
    at, missing = _first_missing(by_day.get(day, ()), used.missing[day], now, day)
    return RunOut(facts.key, facts.name, at, missing, usable, is_estimate=bool(rate))


def _worked_out(
    facts: LineFacts, packs: Sequence[HeldPack], held: Figures, period: CoverPeriod, settings: ForecastSettings
) -> Suggestion:
    due, chance, reserve, share = _demand(facts, period, settings)
    cover = days_between(period.change_over_on, period.cover_until_on)
    before = days_between(period.today, period.change_over_on)
    stock = [*packs, *(HeldPack(each.quantity, from_day=each.from_day) for each in facts.coming)]
    uses = _uses(due, chance, before)
    until_then = use_up(stock, uses, facts.lasts)
    in_cover = _uses(due, chance, cover)
    wanted = _sum(in_cover)
    by_chance = _sum((day, chance.get(day, NOTHING)) for day in cover) if chance else NOTHING
    usual = _repeated(facts, in_cover, wanted - by_chance or wanted, cover)
    in_cover[-1] = (cover[-1], in_cover[-1][1] + reserve)
    after = use_up(until_then.left, in_cover, facts.lasts)
    early = until_then.missing_from(period.arrives_on)
    missing = early + after.missing_from(period.change_over_on)
    left = usable_on(until_then.left, period.change_over_on) + _still_to_come(facts.coming, period)
    unused = sum(
        (pack.holds for pack in after.left if pack.last_day is not None and pack.last_day < cover[-1]), NOTHING
    )
    need = wanted + reserve
    figures = replace(
        held,
        need=need,
        due=wanted - by_chance,
        by_chance=by_chance,
        reserve=reserve,
        coming=sum((each.quantity for each in facts.coming if each.from_day < period.cover_until_on), NOTHING),
        used_before=_sum(uses),
        at_change_over=left - early,
        spoils=missing - (need - (left - early)) if missing else after.spoilt + unused,
        missing=missing,
        taken_share=share,
    )
    short = [day for day in until_then.missing if day < period.arrives_on]
    found = Suggestion(facts.key, facts.name, Answer.ENOUGH, figures=figures, runs_out_on=min(short, default=None))
    if not missing:
        ends = facts.ends_on is not None and facts.ends_on <= period.cover_until_on and not figures.need
        return _priced(replace(found, answer=Answer.COURSE_ENDS if ends else Answer.ENOUGH), (), usual)
    if not facts.sizes:
        reason = "No pack size is known of this medicine: say how much to order."
        return replace(found, answer=Answer.ASK, reason=reason)
    # What is taken when required is a guess, and a guess is not worth counting out.
    is_counted_out = period.is_interim and settings.counts_out and facts.can_count_out and not facts.when_required
    chosen = (count_out if is_counted_out else choose_packs)(missing, facts.sizes)
    if facts.lasts is not None:
        chosen = _opened_one_by_one(facts, stock, [*uses, *in_cover], period)
    return _priced(replace(found, answer=Answer.ORDER), chosen, usual)


def _priced(found: Suggestion, packs: tuple[PackCount, ...], usual: tuple[PackCount, ...]) -> Suggestion:
    price, usual_price = price_of(packs), price_of(usual)
    saved = None
    if price is not None and usual_price is not None:
        saved = max(usual_price - price, 0)
    figures = replace(found.figures, ordered=quantity_of(packs))
    return replace(found, packs=packs, usual=usual, price_pence=price, saved_pence=saved, figures=figures)


Days = Mapping[date, Decimal]


class _FallingDue(NamedTuple):
    """Doses with their days, how much they take each day, and the average dose; shared, so never changed."""

    doses: Sequence[tuple[date, Decimal]]
    by_day: Days
    average: Decimal


@lru_cache(maxsize=2048)
def _falling_due(doses: tuple[tuple[datetime, Decimal], ...], today: date, last: date) -> _FallingDue:
    """Return the doses from a day until before another. Most lines of a home share a few schedules."""
    return _summed([(day, amount) for at, amount in doses if today <= (day := _day_of(at)) < last])


def _summed(doses: Sequence[tuple[date, Decimal]]) -> _FallingDue:
    by_day: dict[date, Decimal] = defaultdict(Decimal)
    for day, amount in doses:
        by_day[day] += amount
    return _FallingDue(doses, dict(by_day), _average([amount for _, amount in doses]))


def _demand(facts: LineFacts, period: CoverPeriod, settings: ForecastSettings) -> tuple[Days, Days, Decimal, Decimal]:
    """Return what is due a day, what is expected by chance a day, the reserve, and the share of doses taken.

    The reserve is what the use until the next delivery can be, at the service level, beyond what is expected to the
    end of cover: nothing where the days between those two hold enough.
    """
    level = settings.service_level
    protect, last = _protects_until(period, settings), looks_until(period, settings)
    falling_due = _falling_due(tuple(facts.doses), period.today, last)
    present = days_between(period.today, last)
    if facts.back_on is not None:
        falling_due = _summed([each for each in falling_due.doses if not _is_out(facts, each[0], period, settings)])
        present = tuple(day for day in present if not _is_out(facts, day, period, settings))
    doses, due = falling_due.doses, falling_due.by_day
    share = Decimal(1)
    if facts.refusals.refused:
        share = _share(taken_share(facts.refusals, sum(1 for day, _ in doses if day < period.cover_until_on), level))
    if share < 1:
        due = {day: amount * share for day, amount in due.items()}
    to_protect = [day for day in present if day < protect]
    # A course that ends is ordered to its last dose: a second box for fear of a dropped capsule would be thrown away.
    goes_on = facts.ends_on is None or facts.ends_on > period.cover_until_on
    wasted_doses = len([day for day, _ in doses if day < protect]) if goes_on else 0
    waste_amount = falling_due.average
    rate = _mean_a_day(facts.when_required)
    # Doses dropped are left to the service level: to add a part of a tablet to each line's need would order a second
    # pack of 28 for the sake of it.
    chance = dict.fromkeys(present, rate) if rate else {}
    parts = [(each.amount, coming(each.rate, len(to_protect))) for each in facts.when_required]
    parts.append((waste_amount, coming(facts.waste, wasted_doses)))
    enough = _at_level(parts, level)
    most = [None if each.most_a_day is None else each.most_a_day * len(to_protect) for each in facts.when_required]
    if facts.when_required and None not in most:
        enough = min(enough, sum((each for each in most if each is not None), NOTHING) + waste_amount * wasted_doses)
    # Days without a dose are not looked at: for each line of a council that would be most of an order's time.
    until_next = sum([much for day, much in due.items() if day < protect], NOTHING) + enough
    expected = sum([much for day, much in due.items() if day < period.cover_until_on], NOTHING)
    if rate:
        expected += rate * len([day for day in present if day < period.cover_until_on])
    return due, chance, max(until_next - expected, NOTHING), share


def _protects_until(period: CoverPeriod, settings: ForecastSettings) -> date:
    return max(period.next_arrives_on + settings.late_days * ONE_DAY, period.change_over_on)


def _is_away(facts: LineFacts, day: date) -> bool:
    return facts.back_on is not None and day < facts.back_on


def _is_out(facts: LineFacts, day: date, period: CoverPeriod, settings: ForecastSettings) -> bool:
    """Return whether a day needs nothing because the resident is away, or because it is left to an order on return."""
    if facts.back_on is None:
        return False
    if facts.back_on < period.cover_until_on:
        return day < facts.back_on
    back_on = period.change_over_on
    return day < back_on or day >= back_on + settings.return_days * ONE_DAY


def _mean_a_day(when_required: Iterable[WhenRequired]) -> Decimal:
    total = NOTHING
    for each in when_required:
        mean = Decimal(each.rate.mean) * each.amount
        total += mean if each.most_a_day is None else min(mean, each.most_a_day)
    return total.quantize(FOURTH_DECIMAL, ROUND_CEILING)


def _at_level(parts: Sequence[tuple[Decimal, Count]], level: float) -> Decimal:
    """Return how much is enough at a level for several things that come by chance, each with its own amount.

    They are counted together in doses of their average size: each enough by itself would be too much together.
    """
    total = sum((count for _, count in parts), Count())
    if not total.mean:
        return NOTHING
    mean = sum(float(amount) * count.mean for amount, count in parts)
    variance = sum(float(amount) ** 2 * count.variance for amount, count in parts)
    size = mean / total.mean
    doses = Count(mean / size, variance / size**2).at_level(level)
    sizes = {amount for amount, count in parts if count.mean}
    exact = sizes.pop() if len(sizes) == 1 else Decimal(size).quantize(FOURTH_DECIMAL, ROUND_CEILING)
    return exact * doses


def _average(amounts: Sequence[Decimal]) -> Decimal:
    if not amounts:
        return NOTHING
    if amounts.count(amounts[0]) == len(amounts):
        return amounts[0].quantize(FOURTH_DECIMAL, ROUND_CEILING)
    return (sum(amounts, NOTHING) / len(amounts)).quantize(FOURTH_DECIMAL, ROUND_CEILING)


def _share(share: float) -> Decimal:
    return Decimal(1) if share >= 1 else Decimal(share).quantize(FOURTH_DECIMAL, ROUND_CEILING)


def _uses(due: Days, chance: Days, days: Sequence[date]) -> list[tuple[date, Decimal]]:
    if not chance:
        return [(day, due.get(day, NOTHING)) for day in days]
    return [(day, due.get(day, NOTHING) + chance.get(day, NOTHING)) for day in days]


def _still_to_come(coming_in: Sequence[Coming], period: CoverPeriod) -> Decimal:
    return sum(
        (each.quantity for each in coming_in if period.change_over_on < each.from_day < period.cover_until_on), NOTHING
    )


def _repeated(
    facts: LineFacts, uses: Sequence[tuple[date, Decimal]], need: Decimal, cover: Sequence[date]
) -> tuple[PackCount, ...]:
    """Return the packs that the period takes from an empty cupboard: what repeating the order would bring."""
    if facts.lasts is not None:
        return _fewest_opened(facts, (), uses, cover[0], cover[0]) if facts.sizes else ()
    return choose_packs(need, facts.sizes)


def _opened_one_by_one(
    facts: LineFacts, stock: Sequence[HeldPack], uses: Sequence[tuple[date, Decimal]], period: CoverPeriod
) -> tuple[PackCount, ...]:
    return _fewest_opened(facts, stock, uses, period.arrives_on, period.arrives_on)


def _fewest_opened(
    facts: LineFacts, stock: Sequence[HeldPack], uses: Sequence[tuple[date, Decimal]], from_day: date, counts_from: date
) -> tuple[PackCount, ...]:
    """Return the packs of one size that last when each goes over some time after it is opened: the least in all."""
    tries = []
    for size in facts.sizes:
        for count in range(1, MOST_OPENED + 1):
            new = [HeldPack(size.holds, from_day=from_day)] * count
            if not use_up([*stock, *new], uses, facts.lasts).missing_from(counts_from):
                tries.append((PackCount(size, count),))
                break
    best = min(tries, key=lambda each: (quantity_of(each), each[0].count), default=())
    return best or choose_packs(sum((much for _, much in uses), NOTHING), facts.sizes)


def _is_plain(packs: Sequence[HeldPack], last: date, facts: LineFacts) -> bool:
    """Return whether nothing goes over before the last day looked at, so that sums are enough."""
    return facts.lasts is None and all(pack.last_day is None or pack.last_day >= last for pack in packs)


def _sum(amounts: Iterable[tuple[date, Decimal]]) -> Decimal:
    return sum([amount for _, amount in amounts], NOTHING)


def _first_missing(
    doses: Sequence[tuple[datetime, Decimal]], missing: Decimal, now: datetime, day: date
) -> tuple[datetime, Decimal]:
    """Return the first dose of a day that the stock does not cover: what is missing is missing at the day's end."""
    left = missing
    for at, amount in reversed(doses):
        if left <= amount:
            return at, left
        left -= amount
    at = doses[0][0] if doses else instant(day, time())
    return max(at, now), missing
