"""Which homes differ from the others by more than chance and the usual differences between homes explain?

Funnel plots with overdispersion. (Spiegelhalter, Funnel plots for comparing institutional performance, Statistics
in Medicine 2005; Handling over-dispersion of performance indicators, Quality and Safety in Health Care 2005.) A
funnel says who lies outside; it never puts homes in an order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, sqrt
from typing import Literal

from quality.rules.spc import Counted

#: Standard errors to the limits that 95 % and 99.8 % of homes lie within.
TWO_SIGMA, THREE_SIGMA = 1.959963984540054, 3.090232306167813
#: How much of either end is pulled in before overdispersion is measured, so that outliers do not hide themselves.
WINSORISED = 0.1
#: Fewer homes than this say nothing about how homes usually differ.
FEWEST = 5

Dispersion = Literal["none", "multiplicative", "additive"]
Scale = Literal["plain", "root"]


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a home of one size: 99.8 % and 95 %."""

    low: float
    inner_low: float
    inner_high: float
    high: float


@dataclass(frozen=True, slots=True)
class Placed:
    """One home: its rate, its limits, and how many standard errors from the average it lies, all allowed for.

    `outside` is 1 above or -1 below the 99.8 % limits, 0 within; `near` the same for the 95 % limits.
    """

    counted: Counted
    limits: Limits
    score: float

    @property
    def outside(self) -> int:
        """Which 99.8 % limit it lies beyond."""
        return (self.score > THREE_SIGMA) - (self.score < -THREE_SIGMA)

    @property
    def near(self) -> int:
        """Which 95 % limit it lies beyond."""
        return (self.score > TWO_SIGMA) - (self.score < -TWO_SIGMA)


@dataclass(frozen=True, slots=True)
class Funnel:
    """The homes around their average.

    `phi` is how many times wider than chance the homes are scattered (in variance), `tau` the standard deviation
    between homes that explains it; each is used or not as `dispersion` says.
    """

    average: float
    phi: float
    tau: float
    dispersion: Dispersion
    scale: Scale
    homes: tuple[Placed, ...]

    def limits(self, of: float) -> Limits:
        """Return the limits of a home with this denominator, for drawing the funnel's curves."""
        return _limits(self.average, self._error(of), self.scale)

    def _error(self, of: float) -> float:
        return _spread(_error(self.average, of, self.scale), self.phi, self.tau, self.dispersion)


def quantile(values: Sequence[float], share: float) -> float:
    """Return a quantile by linear interpolation between order statistics (R's default, type 7)."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def winsorised(values: Sequence[float], share: float = WINSORISED) -> list[float]:
    """Return the values with those beyond the quantiles at either end pulled in to them."""
    low, high = quantile(values, share), quantile(values, 1 - share)
    return [min(max(each, low), high) for each in values]


def overdispersion(scores: Sequence[float]) -> float:
    """Return phi: the mean square of the winsorised scores, 1 where the homes differ by chance alone."""
    pulled = winsorised(scores)
    return sum(each * each for each in pulled) / len(pulled)


def between_homes(phi: float, errors: Sequence[float]) -> float:
    """Return tau, the standard deviation between homes, by the method of moments; 0 where chance explains all.

    (DerSimonian and Laird 1986, with phi from winsorised scores.)
    """
    n = len(errors)
    if n * phi <= n - 1:
        return 0.0
    weights = [1 / error**2 for error in errors]
    total = sum(weights)
    return sqrt((n * phi - (n - 1)) / (total - sum(each * each for each in weights) / total))


def funnel(homes: Sequence[Counted], *, dispersion: Dispersion = "additive", scale: Scale = "root") -> Funnel | None:
    """Return the funnel of homes' rates around their common average, None where there is no rate to compare.

    `dispersion` says how differences that homes always have are allowed for. On the `root` scale, which suits small
    counts, rates are compared by their square roots; limits are drawn as rates either way. Fewer than five homes
    are compared by chance alone. Raises ValueError for a home without a denominator.
    """
    if any(each.of <= 0 for each in homes):
        raise ValueError("a rate needs a denominator above nothing")
    if not homes or not any(each.count for each in homes):
        return None
    average = sum(each.count for each in homes) / sum(each.of for each in homes)
    errors = [_error(average, each.of, scale) for each in homes]
    distances = [_scaled(each.share, scale) - _scaled(average, scale) for each in homes]
    scores = [distance / error for distance, error in zip(distances, errors, strict=True)]
    phi, tau = 1.0, 0.0
    if len(homes) < FEWEST:
        dispersion = "none"
    if dispersion != "none":
        phi = overdispersion(scores)
        tau = between_homes(phi, errors)
    placed = []
    for counted, error, distance in zip(homes, errors, distances, strict=True):
        wide = _spread(error, phi, tau, dispersion)
        placed.append(Placed(counted, _limits(average, wide, scale), distance / wide))
    return Funnel(average, phi, tau, dispersion, scale, tuple(placed))


def _scaled(rate: float, scale: Scale) -> float:
    return sqrt(rate) if scale == "root" else rate


def _error(average: float, of: float, scale: Scale) -> float:
    """Return the standard error of a home's rate if it were an average home (Poisson)."""
    return 1 / (2 * sqrt(of)) if scale == "root" else sqrt(average / of)


def _spread(error: float, phi: float, tau: float, dispersion: Dispersion) -> float:
    match dispersion:
        case "additive":
            return sqrt(error**2 + tau**2)
        case "multiplicative":
            return error * sqrt(max(1.0, phi))
        case "none":
            return error


def _limits(average: float, error: float, scale: Scale) -> Limits:
    middle = _scaled(average, scale)
    edges = [max(0.0, middle + z * error) for z in (-THREE_SIGMA, -TWO_SIGMA, TWO_SIGMA, THREE_SIGMA)]
    return Limits(*(each * each if scale == "root" else each for each in edges))
