"""Whether a dose given at some instant is on time, early, too early or late.

Windows come from rules.schedule. Every comparison is between instants: aware datetimes that share a
timezone compare by wall clock, which is wrong around a clock change.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from emar.rules.due import DueDose
from emar.rules.schedule import Schedule, early_from, window

Timing = Literal["too_early", "early", "on_time", "late"]


@dataclass(frozen=True, slots=True)
class Window:
    """The three instants that decide: early from, on time from, late from."""

    early_from: datetime
    opens_at: datetime
    closes_at: datetime


def window_of(due: DueDose, schedule: Schedule) -> Window:
    """Return the window of one due dose (time-critical: 30 minutes either side, NICE QS164; others 60)."""
    opens_at, closes_at = window(due, schedule)
    return Window(early_from(due, schedule), opens_at, closes_at)


def timing(at: datetime, window: Window) -> Timing:
    """Return how a dose given at this instant stands to its window.

    Its start and its end are both still on time. `too_early` is stopped at the bedside, `early` is asked
    about, and `late` is never blocked: a late dose that is refused by a screen is a missed dose.
    """
    moment = at.astimezone(UTC)
    if moment > window.closes_at.astimezone(UTC):
        return "late"
    if moment >= window.opens_at.astimezone(UTC):
        return "on_time"
    return "early" if moment >= window.early_from.astimezone(UTC) else "too_early"


def is_overdue(now: datetime, window: Window, *, after: timedelta = timedelta(minutes=30)) -> bool:
    """Return whether an unanswered dose's window closed so long ago that someone must be told."""
    return now.astimezone(UTC) > window.closes_at.astimezone(UTC) + after
