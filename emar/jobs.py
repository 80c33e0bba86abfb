"""What runs by itself: which kinds of work there are, how often each is due, and how long it waits after a failure.

Each app registers its own work in its AppConfig.ready, so that the arrows keep pointing down; operations.jobs runs it
home by home. Work must come out the same when it runs twice: a host that was killed after the work and before it was
ticked off does it again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from emar.rules.wall_clock import ONE_DAY, instant, local_day

#: How long one host may work on a job before another takes it for dead.
LEASE = timedelta(minutes=10)
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """One piece of work that is due: for which home, what was asked for, and for the how-manieth time it is tried."""

    home_id: int
    kind: str
    key: str
    payload: Mapping[str, Any]
    attempts: int
    at: datetime


Do = Callable[[Asked], object]


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of work. `every` and `daily_at` say when it is due by itself; neither means only when asked for."""

    kind: str
    do: Do
    every: timedelta | None = None
    daily_at: time | None = None

    @property
    def is_periodic(self) -> bool:
        """Whether every home has it without anybody asking."""
        return self.every is not None or self.daily_at is not None

    def next_due(self, after: datetime) -> datetime:
        """Return the first instant after another at which periodic work is due.

        Every ten minutes means at :00, :10 …, whenever the last run was; a time of day is the home's wall clock.
        """
        if self.every is not None:
            seconds = int(self.every.total_seconds())
            return datetime.fromtimestamp((int(after.timestamp()) // seconds + 1) * seconds, UTC)
        if self.daily_at is None:
            raise ValueError(f"{self.kind} is not periodic")
        today = instant(local_day(after), self.daily_at)
        return today if today > after else instant(local_day(after) + ONE_DAY, self.daily_at)


WORK: dict[str, Work] = {}


def register(work: Work) -> None:
    """Let a kind of work run by itself; registering it again replaces it."""
    WORK[work.kind] = work


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after so many failed attempts: half a minute, a minute, two … an hour at most."""
    return min(FIRST_WAIT * 2 ** min(attempts - 1, 10), LONGEST_WAIT)
