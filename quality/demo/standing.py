"""What would an invented home have measured besides its doses: its Wi-Fi room by room, and the time its work takes?

The slow Wi-Fi that is planted in one home shows in its rooms as it does in its records that come late.
"""

from collections.abc import Mapping

import numpy as np

from quality.demo.invented import InventedHome
from quality.rules.going_live import Measured
from quality.rules.savings import Process, Saving, Side, saving

#: Tries of each room, how many fail and how long an answer takes, in an ordinary home and in one with a slow Wi-Fi.
TRIES, FAILING, FAILING_SLOW = 60, 0.001, 0.09
LATENCY_MS, LATENCY_SLOW_MS = 130, 900
#: Staff minutes of one go before and since go-live, and how often a month it comes.
MINUTES: Mapping[Process, tuple[float, float, int]] = {
    Process.STOCK_COUNT: (95, 40, 5),
    Process.ORDERING: (80, 35, 2),
    Process.CHECKING_PRESCRIPTIONS: (55, 40, 2),
    Process.BOOKING_IN: (60, 35, 4),
    Process.CHANGE_OVER: (150, 90, 1),
    Process.AUDIT: (70, 35, 2),
}


def rooms_of_home(home: InventedHome, place: int, *, seed: int) -> list[Measured]:
    """Return what the devices of the home at this place measured in every room."""
    chance = np.random.default_rng([seed, 2, place])
    latency, failing = (LATENCY_SLOW_MS, FAILING_SLOW) if home.has_slow_wifi else (LATENCY_MS, FAILING)
    found = []
    for number in range(home.beds):
        usual = latency * float(np.exp(chance.normal(0, 0.35)))
        failed = int(chance.binomial(TRIES, failing))
        found.append(Measured(f"{number + 1}", "House", TRIES, failed, round(usual), round(usual * 3)))
    return found


def savings_of_home(place: int, *, seed: int) -> list[Saving]:
    """Return what the home at this place measured of its work: some homes timed often, some seldom, some not at all."""
    chance = np.random.default_rng([seed, 3, place])
    goes = int(chance.choice((0, 5, 14), p=(0.2, 0.3, 0.5)))
    pace = float(np.exp(chance.normal(0, 0.15)))
    found = []
    for process, (before, since, per_month) in MINUTES.items():
        sides = [
            Side(tuple((chance.normal(1, 0.2, goes).clip(0.3) * minutes * pace).tolist()), per_month) if goes else None
            for minutes in (before, since)
        ]
        found.append(saving(process, *sides))
    return found
