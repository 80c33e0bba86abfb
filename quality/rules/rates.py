"""How often something happened: a numerator, its denominator, and how sure that is."""

from dataclasses import dataclass
from math import sqrt

#: Half the width, in standard errors, of an interval that holds the truth in 95 of 100 such intervals.
Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` of `of`, said per so many (100 for a percentage, 1,000 for errors)."""

    count: int
    of: int
    per: int = 1000

    @property
    def value(self) -> float | None:
        """The rate, None where nothing could have happened."""
        return self.per * self.count / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval by Wilson's score, which is honest at and near nothing; None without a denominator.

        Counts above their denominator (several findings about one dose) have no such interval.
        """
        if not self.of or self.count > self.of:
            return None
        share, n, z = self.count / self.of, self.of, Z_95
        middle = share + z * z / (2 * n)
        reach = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
        below = 1 + z * z / n
        return (self.per * max(0.0, (middle - reach) / below), self.per * min(1.0, (middle + reach) / below))
