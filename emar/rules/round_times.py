"""When the rounds of one unit start, also in the past: times a home changed hold from a day on."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import pairwise

from emar.rules.wall_clock import instant, local_day


@dataclass(frozen=True, slots=True)
class RoundTimes:
    """The starting time of each round by name, and from which days they hold.

    `days` are in order; `times[n]` holds from `days[n]` until before `days[n + 1]`, and the first also before
    its day, so that a dose given before the times were written down still has its round.
    """

    days: tuple[date, ...]
    times: tuple[Mapping[str, time], ...]

    def on(self, day: date) -> Mapping[str, time]:
        """Return the times of a day."""
        if not self.times:
            return {}
        return self.times[max(bisect_right(self.days, day) - 1, 0)]

    def between(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime, Mapping[str, time]]]:
        """Yield the parts of a period (half-open) in which the times stay the same, with those times."""
        changes = [instant(day, time()) for day in self.days[1:]]
        edges = [since, *(at for at in changes if since < at < until), until]
        for start, end in pairwise(edges):
            yield start, end, self.on(local_day(start))


NO_ROUNDS = RoundTimes((), ())


def round_times_of(rows: Sequence[tuple[str, time, date, date | None]]) -> RoundTimes:
    """Return the times that rows of (name, starts, first day, first day without) say together.

    The earliest day stands for all time before it: see RoundTimes.
    """
    days = sorted({first for _, _, first, _ in rows} | {last for _, _, _, last in rows if last is not None})
    if not days:
        return NO_ROUNDS
    found = []
    for day in days:
        held = [row for row in rows if row[2] <= day and (row[3] is None or day < row[3])]
        found.append({name: starts for name, starts, _, _ in held})
    return RoundTimes(tuple(days), tuple(found))
