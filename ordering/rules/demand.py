"""How much will be used that no schedule fixes: when-required doses, and doses dropped or spat out?

The method, and why. When-required doses come a few a month, so last month's count is mostly chance: a person who had
one dose needs not exactly one next month, and one who had none does not need none. Doses are counted as coming at a
rate that differs from person to person (Gamma) and by chance around it (Poisson); what is known of the rate is the
prior of the medicine's class with the person's own doses added, older ones counting less. What is needed for a period
is then the number that will do with the probability that the home has chosen (its service level). With no history the
class speaks, with months of history the class is forgotten; nobody has to say which. Doses dropped are counted the
same way, from the home's own rate.

Everything here is a count of doses, so plain floating point will do; amounts of medicine stay exact in rules.forecast.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

#: A dose this many days ago counts half: people get better, worse, and used to asking.
HALF_LIFE_DAYS = 28.0
#: How far back when-required doses are looked at: what is older would count less than an eighth.
LOOK_BACK_DAYS = 84
#: How alike people are: 0.5 says that the rates of two people on the same medicine often differ threefold and more.
SHAPE = 0.5
#: When-required doses a day and medicine where the home knows nothing better: 5.85 a person and month (Picton, JAMDA
#: 2021, 392 residents) over 1.35 such medicines a person (Murray 2016).
USUAL_RATE = 5.85 / 30.4 / 1.35
#: Doses dropped, spat out or spoilt of each dose due where the home knows nothing better. Assumed: nobody has
#: published it for care homes.
USUAL_WASTE = 0.005
#: How many doses the home's own rate of waste is worth beside the medicine's own history.
WASTE_WEIGHT = 200.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of something that comes by chance: so many in so many days (or doses), older ones counting less."""

    count: float = 0.0
    exposure: float = 0.0


@dataclass(frozen=True, slots=True)
class Rate:
    """What is known of a rate: a Gamma distribution, `shape` over `weight` days (or doses)."""

    shape: float
    weight: float

    @property
    def mean(self) -> float:
        """The expected number a day (or dose)."""
        return self.shape / self.weight

    def after(self, seen: Seen) -> "Rate":
        """Return what is known once this was seen as well."""
        return Rate(self.shape + seen.count, self.weight + seen.exposure)


@dataclass(frozen=True, slots=True)
class Count:
    """How many will come in a period, as far as it can be known: mean and variance."""

    mean: float = 0.0
    variance: float = 0.0

    def __add__(self, other: "Count") -> "Count":
        """Return the number of both together; one says nothing about the other."""
        return Count(self.mean + other.mean, self.variance + other.variance)

    def at_level(self, level: float) -> int:
        """Return the smallest number that is enough with this probability."""
        return _enough(round(self.mean, 6), round(self.variance, 6), level)


def coming(rate: Rate, exposure: float) -> Count:
    """Return how many come in so many days (or doses): chance, and not knowing the rate, both widen it."""
    mean = rate.mean * exposure
    return Count(mean, mean + rate.shape * (exposure / rate.weight) ** 2)


def faded(days_ago: float) -> float:
    """Return how much something this many days ago counts: half for every HALF_LIFE_DAYS."""
    return math.pow(0.5, max(days_ago, 0.0) / HALF_LIFE_DAYS)


def seen_since(doses_days_ago: Iterable[float], days: float, *, unobserved_days_ago: Sequence[float] = ()) -> Seen:
    """Return what was seen in the last `days`: when each dose was, in days ago, and the days that could show none.

    Days on which there was nothing to give, or the person was away, are left out of the exposure: counting them
    would make a medicine that ran out look as if nobody wanted it, and it would be ordered less and less.
    """
    decay = math.log(2) / HALF_LIFE_DAYS
    exposure = (1 - math.exp(-decay * days)) / decay
    exposure -= sum(faded(each + 0.5) for each in unobserved_days_ago if each < days)
    count = sum(faded(each) for each in doses_days_ago if 0 <= each <= days)
    return Seen(count, max(exposure, 0.0))


def class_rate(seen: Iterable[Seen] = (), *, usual: float = USUAL_RATE) -> Rate:
    """Return the prior of a class of medicines in a home from everybody's doses there, with the usual rate as a start.

    The usual rate counts like 28 days of one person. How much people differ is SHAPE for every class: a home is too
    small to estimate that.
    """
    count, exposure = usual * 28.0, 28.0
    for each in seen:
        count += each.count
        exposure += each.exposure
    return Rate(SHAPE, SHAPE * exposure / count)


def waste_rate(seen: Iterable[Seen] = ()) -> Rate:
    """Return the prior of wasted doses a dose due in a home, from all its doses and the usual rate."""
    count, doses = USUAL_WASTE * 1000.0, 1000.0
    for each in seen:
        count += each.count
        doses += each.exposure
    rate = count / doses
    return Rate(rate * WASTE_WEIGHT, WASTE_WEIGHT)


@dataclass(frozen=True, slots=True)
class Refusals:
    """How many of the last doses due were refused before they left the pack."""

    refused: int = 0
    due: int = 0


#: Refusals shorten an order only where they are a habit: at least so many doses due, at least this share refused.
HABIT_DOSES, HABIT_SHARE = 28, 0.2


def taken_share(refusals: Refusals, doses: int, level: float) -> float:
    """Return the share of `doses` due that will be taken at most, with this probability; 1 unless refusing is a habit.

    A refusal now and then shortens no order: the tablet stays in the pack and the next order counts it. A habit does,
    carefully: the share taken is Beta with an even start, and the doses to come vary around it.
    """
    if refusals.due < HABIT_DOSES or doses <= 0 or refusals.refused < HABIT_SHARE * refusals.due:
        return 1.0
    taken, refused = refusals.due - refusals.refused + 1.0, refusals.refused + 1.0
    total = taken + refused
    mean = taken / total
    variance = mean * (1 - mean) / doses * (1 + (doses - 1) / (total + 1))
    return min(1.0, mean + _normal_quantile(level) * math.sqrt(variance))


def class_of(atc_code: str) -> str:
    """Return the class that a new resident's when-required medicine borrows from: the ATC code's third level."""
    return atc_code[:4]


@lru_cache(maxsize=65536)
def _enough(mean: float, variance: float, level: float) -> int:
    """Return the quantile of a negative binomial with this mean and variance; Poisson where it varies no more."""
    if mean <= 0:
        return 0
    if variance <= mean * 1.000001:
        chance = math.exp(-mean)
        step, shape = 0.0, mean
    else:
        shape = mean * mean / (variance - mean)
        step = mean / (shape + mean)
        chance = math.exp(shape * math.log1p(-step))
    total, number = chance, 0
    # A tail this long is one that no home would keep in a cupboard.
    most = int(mean + 40 * math.sqrt(max(variance, mean))) + 1
    while total < level and number < most:
        chance *= (shape + number) * step / (number + 1) if step else shape / (number + 1)
        number += 1
        total += chance
    return number


def _normal_quantile(level: float) -> float:
    return NormalDist().inv_cdf(min(max(level, 0.5), 0.9999))
