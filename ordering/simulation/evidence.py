"""What do many homes show of five ways of ordering, with intervals, and where is the waste that remains?

Each seed is one home that all ways meet. Means are over seeds; intervals are 95 % bootstrap intervals that draw whole
seeds, so that differences between ways stay paired.
"""

import os
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from ordering.rules.forecast import ForecastSettings
from ordering.simulation.parameters import Parameters
from ordering.simulation.running import Tally, run
from ordering.simulation.ways import (
    DAYS_OF_COVER,
    FORESIGHT,
    OURS,
    USUAL,
    USUAL_LOOKING,
    DaysOfCover,
    Foresight,
    Ours,
    Usual,
    UsualLooking,
)
from ordering.simulation.world import HomeStory, tell

TWO_YEARS = 730
RESAMPLES = 2000
#: What each home comes to in a way, for each year where it is a sum.
MEASURES: Mapping[str, Callable[[Tally], float]] = {
    "stockouts_per_1000_doses": lambda each: each.stockouts_per_1000_doses,
    "waste_gbp": lambda each: each.waste_gbp * 365 / each.days,
    "packs_wasted": lambda each: each.waste_packs * 365 / each.days,
    "packs_on_hand": lambda each: each.packs_on_hand,
    "orders": lambda each: each.orders * 365 / each.days,
    "interim_orders": lambda each: each.interim_orders * 365 / each.days,
    "supplied_gbp": lambda each: each.supplied_gbp * 365 / each.days,
    "staff_minutes": lambda each: each.minutes * 365 / each.days,
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over homes and its 95 % interval; the interval is the mean itself where there is one home."""

    mean: float
    low: float
    high: float

    def to_json(self) -> dict[str, float]:
        """Return it with four decimals."""
        return {"mean": round(self.mean, 4), "low": round(self.low, 4), "high": round(self.high, 4)}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What all seeds showed: a tally of each way for each seed, in the order of the seeds."""

    parameters: Parameters
    days: int
    residents: float
    tallies: Mapping[str, Sequence[Tally]]

    def estimate(self, way: str, measure: Callable[[Tally], float]) -> Estimate:
        """Return what a way comes to."""
        return _estimate([[measure(each)] for each in self.tallies[way]], lambda rows: fmean(row[0] for row in rows))

    def fewer_stockouts(self) -> Estimate:
        """Return by how many stock-outs per 1,000 doses ours lies below the usual rule, paired by home."""
        pairs = zip(self.tallies[USUAL], self.tallies[OURS], strict=True)
        rows = [[usual.stockouts_per_1000_doses - ours.stockouts_per_1000_doses] for usual, ours in pairs]
        return _estimate(rows, lambda drawn: fmean(row[0] for row in drawn))

    def avoidable_waste_removed(self, way: str = OURS, *, than: str = USUAL) -> Estimate:
        """Return the share of the avoidable waste (`than`, the usual rule, less perfect foresight) a way removes."""
        together = zip(self.tallies[than], self.tallies[way], self.tallies[FORESIGHT], strict=True)
        return _estimate([[each.waste_gbp for each in home] for home in together], _removed)

    def remaining(self) -> dict[str, float]:
        """Return where ours wastes more than perfect foresight, in pounds a home and year, the most first."""
        found: dict[str, float] = {}
        for sign, way in ((1, OURS), (-1, FORESIGHT)):
            for tally in self.tallies[way]:
                for why, pounds in tally.waste_by_cause.items():
                    share = sign * pounds * 365 / self.days / len(self.tallies[way])
                    found[why] = found.get(why, 0.0) + share
        return dict(sorted(found.items(), key=lambda each: -each[1]))

    def causes(self, way: str) -> dict[str, float]:
        """Return what a way wasted by cause, in pounds a home and year, the most first."""
        found: dict[str, float] = {}
        for tally in self.tallies[way]:
            for why, pounds in tally.waste_by_cause.items():
                found[why] = found.get(why, 0.0) + pounds * 365 / self.days / len(self.tallies[way])
        return dict(sorted(found.items(), key=lambda each: -each[1]))

    def to_json(self) -> dict[str, Any]:
        """Return all of it as one value for JSON."""
        removed = self.avoidable_waste_removed()
        return {
            "seeds": len(self.tallies[OURS]),
            "days": self.days,
            "residents": round(self.residents, 1),
            "policies": {
                way: {name: self.estimate(way, measure).to_json() for name, measure in MEASURES.items()}
                for way in self.tallies
            },
            "avoidable_waste_removed": round(removed.mean, 4),
            "avoidable_waste_removed_interval": [round(removed.low, 4), round(removed.high, 4)],
            "avoidable_waste_removed_than_looking_at_the_shelf": self.avoidable_waste_removed(
                than=USUAL_LOOKING
            ).to_json(),
            "avoidable_waste_removed_by_days_of_cover": self.avoidable_waste_removed(DAYS_OF_COVER).to_json(),
            "fewer_stockouts_than_usual_per_1000_doses": self.fewer_stockouts().to_json(),
            "remaining_waste_gbp": {why: round(pounds, 2) for why, pounds in self.remaining().items()},
        }


def gather(
    parameters: Parameters,
    seeds: Sequence[int],
    *,
    days: int = TWO_YEARS,
    settings: ForecastSettings | None = None,
    processes: int | None = None,
    progress: Callable[[Iterable[Any]], Iterable[Any]] = iter,
) -> Evidence:
    """Run a home for each seed in every way. `progress` is given the homes as they are done, to show them."""
    settings = settings or ForecastSettings()
    tasks = [(parameters, seed, days, settings) for seed in seeds]
    done = list(progress(_run_all(tasks, processes or os.cpu_count() or 1)))
    ways = {way: [tallies[way] for _, tallies in done] for way in done[0][1]}
    return Evidence(parameters, days, fmean(people for people, _ in done), ways)


def _run_all(tasks: Sequence[tuple[Parameters, int, int, ForecastSettings]], processes: int) -> Iterator[Any]:
    if processes == 1 or len(tasks) == 1:
        yield from map(_run_seed, tasks)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(_run_seed, tasks)


def _run_seed(task: tuple[Parameters, int, int, ForecastSettings]) -> tuple[float, dict[str, Tally]]:
    parameters, seed, days, settings = task
    home: HomeStory = tell(parameters, seed, days)
    ways = (Usual(parameters.shelf_full_days), UsualLooking(), DaysOfCover(), Ours(settings), Foresight())
    return home.resident_days / days, {way.name: run(home, way) for way in ways}


def _removed(rows: Sequence[Sequence[float]]) -> float:
    usual, way, bound = (sum(row[place] for row in rows) for place in range(3))
    return (usual - way) / (usual - bound) if usual != bound else 0.0


def _estimate(rows: Sequence[Sequence[float]], of: Callable[[Sequence[Sequence[float]]], float]) -> Estimate:
    mean = of(rows)
    if len(rows) < 2:
        return Estimate(mean, mean, mean)
    chance = random.Random(len(rows))  # noqa: S311  a repeatable interval, no secret
    drawn = sorted(of(chance.choices(rows, k=len(rows))) for _ in range(RESAMPLES))
    return Estimate(mean, drawn[int(0.025 * RESAMPLES)], drawn[int(0.975 * RESAMPLES) - 1])
