"""Whatever network and devices do: is nothing lost, nothing doubled, and every double flagged?

`EMAR_SIMULATION_ROUNDS=1000000` plays more rounds than the suite's 20,000, and `EMAR_SIMULATION_SEED` others.
"""

import os

import pytest

from emar.rules import pins
from tests.simulation.checker import problems_of
from tests.simulation.faults import FAULTS
from tests.simulation.world import TURNS, World

ROUNDS = int(os.environ.get("EMAR_SIMULATION_ROUNDS", "20000"))
SEED = int(os.environ.get("EMAR_SIMULATION_SEED", "20261122"))
ROUNDS_OF_A_WORLD = 1000
#: Found within so many worlds of half the length: a quarter of what the suite plays.
WORLDS_FOR_A_FAULT = 10


@pytest.fixture(autouse=True)
def _cheap_pins(monkeypatch: pytest.MonkeyPatch) -> None:
    # PIN keys are slow on purpose; how slow is the rules' own test.
    monkeypatch.setattr(pins, "ITERATIONS", 10)


def played(seed: int, rounds: int = ROUNDS_OF_A_WORLD) -> World:
    world = World(seed)
    world.play(rounds)
    return world


@pytest.mark.hazard("H11", control="nothing acknowledged is lost or doubled, in any order of mishaps", shows="works")
@pytest.mark.hazard("H04", control="every dose recorded twice is flagged, in any order of mishaps", shows="works")
def test_nothing_is_lost_or_doubled_and_every_double_is_flagged(committed_db: None) -> None:
    wrong, turns, said = {}, 0, set[str]()
    worlds = -(-ROUNDS // ROUNDS_OF_A_WORLD)
    for number in range(worlds):
        world = played(SEED + number)
        if problems := problems_of(world):
            wrong[SEED + number] = problems[:5]
        turns += sum(count for name, count in world.counts.items() if not name.startswith("no "))
        said |= {each.answer for each in world.server.said}
    assert wrong == {}
    # A simulation in which little happens shows little.
    assert turns > worlds * ROUNDS_OF_A_WORLD / 2
    assert said == {"recorded", "recorded_with_findings", "conflict", "held", "refused"}


def test_every_kind_of_turn_happens(committed_db: None) -> None:
    done: set[str] = set()
    for number in range(4):
        done |= set(played(SEED + number).counts)
    assert set(TURNS) - done == set()


def test_the_same_seed_plays_the_same_history(committed_db: None) -> None:
    first, again, other = (played(seed, 400) for seed in (7, 7, 8))
    assert first.history == again.history
    assert first.digest() == again.digest() != other.digest()


@pytest.mark.parametrize("words", FAULTS)
def test_a_planted_fault_is_found(committed_db: None, monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    with monkeypatch.context() as planted:
        planted.setattr(pins, "ITERATIONS", 10)
        FAULTS[words](planted)
        for number in range(WORLDS_FOR_A_FAULT):
            if problems_of(played(SEED + number, 500)):
                return
    pytest.fail(f"not found: {words}")


def test_there_are_faults_of_both_sides() -> None:
    assert len(FAULTS) >= 10
