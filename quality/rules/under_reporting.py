"""Does a home report so little that its silence is the finding?

Four in ten services report no medicine errors at all; a zero is a warning sign, not a success. (domain.md) A home
is asked about when the others, at its size, lead one to expect so many that as few as it has are next to impossible
by chance.
"""

from collections.abc import Sequence
from math import exp

from quality.rules.funnel import funnel
from quality.rules.spc import Counted

#: As few as this home has would come about by chance less often than this, in a home like the others.
IMPROBABLE = 0.001
#: A home that reports more than this share of what the others lead one to expect is not called silent.
HALF = 0.5


def expected(homes: Sequence[Counted], place: int) -> float:
    """Return how many the home at this place would report at the common rate of all the others."""
    others = [each for at, each in enumerate(homes) if at != place]
    under = sum(each.of for each in others)
    return homes[place].of * sum(each.count for each in others) / under if under else 0.0


def as_few_by_chance(count: int, mean: float) -> float:
    """Return how likely a Poisson count is to be this small or smaller."""
    if mean > 700:  # exp(-mean) would be nothing: far out there one standard error is enough to tell
        return 0.0 if count < mean - 4 * mean**0.5 else 1.0
    term = total = exp(-mean)
    for n in range(1, count + 1):
        term *= mean / n
        total += term
    return min(1.0, total)


def reports_too_little(homes: Sequence[Counted]) -> list[bool]:
    """Return, for each home, whether it reports too little to be believed.

    It must report less than half of what the others lead one to expect, with so few next to impossible by chance, and
    lie below the 99.8 % limit of a funnel of the others, which allows for how they differ; it is left out of that,
    so that in a small council it does not widen the limits itself. A zero needs no allowance for differences.
    """
    found = []
    for place, home in enumerate(homes):
        mean = expected(homes, place)
        is_few = home.count < HALF * mean and as_few_by_chance(home.count, mean) < IMPROBABLE
        found.append(is_few and (home.count == 0 or _is_below_the_others(homes, place)))
    return found


def _is_below_the_others(homes: Sequence[Counted], place: int) -> bool:
    others = funnel([each for at, each in enumerate(homes) if at != place])
    return others is not None and homes[place].share < others.limits(homes[place].of).low
