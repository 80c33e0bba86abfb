import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from ordering.rules import forecast
from ordering.simulation import running, ways
from ordering.simulation.evidence import MEASURES, Evidence, gather
from ordering.simulation.parameters import ASSUMED, MEASURED, Parameters, read_parameters
from ordering.simulation.report import report
from ordering.simulation.world import PRN, HomeStory, tell

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
DAYS = 365


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    if not (SHARED / "simulation").is_dir():
        pytest.skip("needs the parameters beside the project (../shared/data/simulation)")
    return read_parameters(SHARED)[0].but(beds=4)


@pytest.fixture(scope="module")
def evidence(parameters: Parameters) -> Evidence:
    return gather(parameters, range(1, 4), days=DAYS, processes=1)


@pytest.fixture(scope="module")
def home(parameters: Parameters) -> HomeStory:
    return tell(parameters.but(beds=2), 11, 240)


def test_ours_runs_out_less_and_removes_most_of_the_avoidable_waste(evidence: Evidence) -> None:
    assert evidence.fewer_stockouts().mean > 0
    assert evidence.avoidable_waste_removed().mean > 0.6


def test_perfect_foresight_is_a_bound(evidence: Evidence) -> None:
    for seed, bound in enumerate(evidence.tallies[ways.FORESIGHT]):
        assert bound.missed == 0
        for way in (ways.USUAL, ways.USUAL_LOOKING, ways.DAYS_OF_COVER, ways.OURS):
            assert evidence.tallies[way][seed].waste_gbp >= bound.waste_gbp


def test_a_home_that_looks_at_its_shelf_orders_less_so_that_ours_removes_less(evidence: Evidence) -> None:
    blind, looking = (evidence.estimate(way, MEASURES["orders"]).mean for way in (ways.USUAL, ways.USUAL_LOOKING))
    assert looking < blind
    removed = evidence.avoidable_waste_removed(than=ways.USUAL_LOOKING)
    assert 0 < removed.mean < evidence.avoidable_waste_removed().mean
    said = report(evidence, [], {}, "a test")
    assert f"leaves out what lasts 84 days, ours removes {100 * removed.mean:.0f} %" in said


def test_every_way_meets_the_same_doses(evidence: Evidence) -> None:
    for seed in range(3):
        assert len({tallies[seed].due for tallies in evidence.tallies.values()}) == 1
    assert evidence.tallies[ways.OURS][0].due > 4000


def test_a_home_is_the_same_for_the_same_seed_only(parameters: Parameters, home: HomeStory) -> None:
    again, other = (tell(parameters.but(beds=2), seed, 240) for seed in (11, 12))
    assert [line.want for line in again.lines] == [line.want for line in home.lines]
    assert [line.want for line in other.lines] != [line.want for line in home.lines]


def test_what_is_supplied_is_used_wasted_or_left(home: HomeStory) -> None:
    """Money in is money out: of each way everything supplied is accounted for, to the penny."""
    for way in (ways.Usual(10**6), ways.DaysOfCover(), ways.Ours()):
        tally = running.run(home, way)
        used = tally.supplied_gbp - tally.waste_gbp - tally.left_gbp
        wanted = sum((sum(line.want) + sum(line.lost)) * line.product.unit_pence / 100 for line in home.lines)
        assert 0.95 * wanted <= used <= wanted + 0.005


def test_passing_over_quiet_days_changes_nothing(home: HomeStory, monkeypatch: pytest.MonkeyPatch) -> None:
    def tallies() -> list[tuple[Any, ...]]:
        found = [running.run(home, way) for way in (ways.Usual(10**6), ways.DaysOfCover(), ways.Ours())]
        return [
            (
                each.due,
                each.missed,
                each.orders,
                each.interim_orders,
                round(each.waste_gbp, 6),
                round(each.pack_days, 3),
            )
            for each in found
        ]

    quick = tallies()
    monkeypatch.setattr(running._Steps, "quiet_until", lambda self, day: day)
    assert tallies() == quick


def test_ours_is_the_forecast_of_the_product(home: HomeStory, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ways.suggest is forecast.suggest
    assert ways.runs_out is forecast.runs_out
    real = running.run(home, ways.Ours())
    monkeypatch.setattr(
        ways, "suggest", lambda facts, period, settings: forecast.Suggestion(facts.key, facts.name, "enough")
    )
    without = running.run(home, ways.Ours())
    assert without.orders == 0
    assert without.missed > 100 * max(real.missed, 1)


def test_the_homes_are_like_the_figures_they_are_drawn_from(parameters: Parameters) -> None:
    homes = [tell(parameters.but(beds=40), seed, 90) for seed in (1, 2)]
    days = sum(each.resident_days for each in homes)
    in_use = sum(len(line.due) for each in homes for line in each.lines) / days
    asked = sum(sum(line.due) for each in homes for line in each.lines if line.kind == PRN) / days * 30.4
    assert 7 < in_use < 9.5
    assert 3 < asked < 9


def test_each_parameter_says_whether_it_was_measured() -> None:
    if not (SHARED / "simulation").is_dir():
        pytest.skip("needs the parameters beside the project (../shared/data/simulation)")
    _, sources = read_parameters(SHARED)
    assert {each.grade for each in sources} == {MEASURED, ASSUMED}
    assert all(each.words and each.value for each in sources)


@pytest.fixture
def told(parameters: Parameters) -> dict[str, Any]:
    out = StringIO()
    call_command("simulate_ordering", "--json", seeds=1, days=90, beds=1, processes=1, stdout=out)
    return json.loads(out.getvalue())


def test_the_command_answers_in_json(told: dict[str, Any]) -> None:
    assert told["policies"].keys() == set(ways.WAYS)
    for policy in told["policies"].values():
        assert policy.keys() == MEASURES.keys()
        assert all(each["low"] <= each["mean"] <= each["high"] for each in policy.values())
    assert isinstance(told["avoidable_waste_removed"], float)
    assert all(each["grade"] in (MEASURED, ASSUMED) for each in told["parameters"])


def test_the_report_says_whether_the_target_is_met(evidence: Evidence) -> None:
    said = report(evidence, [], {"nothing": evidence}, "a test")
    assert "The target" in said
    assert f"{100 * evidence.avoidable_waste_removed().mean:.0f} %" in said
    assert "## Where the rest is" in said


def test_missing_parameters_are_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"simulation_parameters\.json is missing.*--parameters"):
        call_command("simulate_ordering", parameters=tmp_path, seeds=1)
    with pytest.raises(CommandError, match="three cycles"):
        call_command("simulate_ordering", seeds=1, days=10)
