"""Funnels between homes, held to a published estimate and to formulas written again with numpy and scipy."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from quality.rules.funnel import between_homes, funnel, overdispersion, quantile, winsorised
from quality.rules.spc import Counted

#: Thirteen trials of the BCG vaccine, log relative risk and variance (Colditz 1994, as in metafor's dat.bcg). With
#: DerSimonian and Laird's estimator metafor's manual has Q = 152.23 and tau squared = 0.3088.
BCG = [
    (-0.8893, 0.3256), (-1.5854, 0.1946), (-1.3481, 0.4154), (-1.4416, 0.0200), (-0.2175, 0.0512), (-0.7861, 0.0069),
    (-1.6209, 0.2230), (0.0120, 0.0040), (-0.4694, 0.0564), (-1.3713, 0.0730), (-0.3394, 0.0124), (0.4459, 0.5325),
    (-0.0173, 0.0714),
]  # fmt: skip


def homes(seed: int = 1, *, number: int = 30, rate: float = 0.01, between: float = 0.0) -> list[Counted]:
    chance = np.random.default_rng(seed)
    under = chance.integers(3_000, 12_000, number)
    rates = rate * np.exp(chance.normal(0, between, number))
    return [Counted(int(chance.poisson(of * mine)), int(of)) for of, mine in zip(under, rates, strict=True)]


def test_the_spread_between_trials_is_the_published_one() -> None:
    effects, variances = (np.array(each) for each in zip(*BCG, strict=True))
    weights = 1 / variances
    pooled = (weights * effects).sum() / weights.sum()
    phi = float((weights * (effects - pooled) ** 2).mean())
    assert phi * len(BCG) == pytest.approx(152.23, abs=0.8)  # the published effects are rounded to four places
    assert between_homes(phi, list(np.sqrt(variances))) ** 2 == pytest.approx(0.3088, abs=0.002)


def test_quantiles_and_pulled_in_ends_are_numpys() -> None:
    chance = random.Random(5)
    values = [chance.gauss(0, 3) for _ in range(37)]
    for share in (0.0, 0.1, 0.25, 0.5, 0.9, 1.0):
        assert quantile(values, share) == pytest.approx(np.quantile(values, share))
    assert winsorised(values) == pytest.approx(np.clip(values, np.quantile(values, 0.1), np.quantile(values, 0.9)))


@pytest.mark.parametrize("scale", ["plain", "root"])
@pytest.mark.parametrize("dispersion", ["none", "additive", "multiplicative"])
def test_scores_and_limits_are_those_of_the_formulas(scale: str, dispersion: str) -> None:
    mine = homes(between=0.4)
    found = funnel(mine, dispersion=dispersion, scale=scale)  # type: ignore[arg-type]
    assert found is not None
    over, under = (np.array([getattr(each, name) for each in mine], float) for name in ("count", "of"))
    average = over.sum() / under.sum()
    if scale == "root":
        distance, error = np.sqrt(over / under) - np.sqrt(average), 1 / (2 * np.sqrt(under))
    else:
        distance, error = over / under - average, np.sqrt(average / under)
    scores = distance / error
    pulled = np.clip(scores, *np.quantile(scores, [0.1, 0.9]))
    phi = (pulled**2).mean()
    weights = 1 / error**2
    n = len(mine)
    tau2 = max(0, (n * phi - (n - 1)) / (weights.sum() - (weights**2).sum() / weights.sum()))
    wide = {"none": error, "additive": np.sqrt(error**2 + tau2), "multiplicative": error * np.sqrt(max(1, phi))}
    assert [each.score for each in found.homes] == pytest.approx(distance / wide[dispersion])
    middle = np.sqrt(average) if scale == "root" else average
    high = middle + stats.norm.ppf(0.999) * wide[dispersion]
    assert [each.limits.high for each in found.homes] == pytest.approx(high**2 if scale == "root" else high)
    inner = np.maximum(0, middle + stats.norm.ppf(0.025) * wide[dispersion])
    assert [each.limits.inner_low for each in found.homes] == pytest.approx(inner**2 if scale == "root" else inner)
    if dispersion != "none":
        assert (found.phi, found.tau**2) == pytest.approx((phi, tau2))


def test_homes_that_differ_by_chance_alone_are_not_spread() -> None:
    phis = [overdispersion([each.score for each in funnel(homes(seed), dispersion="none").homes]) for seed in range(40)]
    # Pulling in the ends of ten in a hundred takes some of the variance of chance itself away.
    assert 0.6 < sum(phis) / len(phis) < 0.9


def test_an_outlier_does_not_hide_itself() -> None:
    mine = [*homes(3, between=0.2), Counted(400, 8_000)]
    found = funnel(mine)
    assert found is not None
    assert found.homes[-1].outside == 1
    assert [each.outside for each in found.homes[:-1]] == [0] * 30


def test_a_home_that_reports_nothing_lies_below() -> None:
    found = funnel([*homes(4, between=0.2), Counted(0, 8_000)])
    assert found is not None
    assert found.homes[-1].outside == -1


def test_few_homes_are_compared_by_chance_alone() -> None:
    found = funnel(homes(2, number=4, between=1.0))
    assert found is not None
    assert (found.dispersion, found.tau) == ("none", 0)


def test_nothing_to_compare_is_no_funnel() -> None:
    assert funnel([]) is None
    assert funnel([Counted(0, 100), Counted(0, 200)]) is None
    with pytest.raises(ValueError, match="denominator"):
        funnel([Counted(0, 0)])


counted = st.integers(1, 5_000).flatmap(lambda of: st.builds(Counted, st.integers(0, of), st.just(of)))


@given(st.lists(counted, min_size=1, max_size=40), st.sampled_from(["none", "additive", "multiplicative"]))
def test_allowing_for_differences_never_accuses_more(mine: list[Counted], dispersion: str) -> None:
    strict, kind = funnel(mine, dispersion="none"), funnel(mine, dispersion=dispersion)  # type: ignore[arg-type]
    if strict is None or kind is None:
        assert strict is kind is None
        return
    for one, other in zip(strict.homes, kind.homes, strict=True):
        assert abs(other.score) <= abs(one.score) + 1e-9
        assert other.limits.low <= one.limits.low + 1e-12
        assert other.limits.high >= one.limits.high - 1e-12
