"""What has become of each due dose, as a reader at the desk sees it.

Which doses are due and which records are about them is queries.due's job; this file adds the clock and the
resident's absences. How a chart or a day arranges them is queries.mar's and queries.today's.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from emar.models import Administration, Presence, ResidentPresence
from emar.queries.due import DueSlot
from emar.rules.timing import Window, is_overdue, timing

#: Answered; away (suspended while the resident is not in the home); coming; due (its window is open); late
#: (its window has closed); blank (late for so long, without an answer, that somebody must be told).
State = Literal["answered", "away", "coming", "due", "late", "blank"]


@dataclass(frozen=True, slots=True)
class Absence:
    """A time in which a resident is not in the home; `until` is None while it lasts."""

    presence: str
    since: datetime
    until: datetime | None

    def covers(self, moment: datetime) -> bool:
        """Return whether the resident was away at this instant."""
        return self.since <= moment and (self.until is None or moment < self.until)


def absences(home_id: int, resident_ids: Iterable[int] | None = None) -> dict[int, list[Absence]]:
    """Return the times in which each resident was away, first to last."""
    changes = ResidentPresence.objects.filter(home_id=home_id).order_by("resident_id", "since_at", "id")
    if resident_ids is not None:
        changes = changes.filter(resident_id__in=list(resident_ids))
    found: dict[int, list[Absence]] = defaultdict(list)
    for resident_id, presence, since_at in changes.values_list("resident_id", "presence", "since_at"):
        mine = found[resident_id]
        if mine and mine[-1].until is None:
            mine[-1] = Absence(mine[-1].presence, mine[-1].since, since_at)
        if presence != Presence.PRESENT:
            mine.append(Absence(presence, since_at, None))
    return found


def absence_at(away: Sequence[Absence], moment: datetime) -> Absence | None:
    """Return the absence that an instant lies in, or None."""
    return next((absence for absence in away if absence.covers(moment)), None)


def state_of(slot: DueSlot, now: datetime, away: Sequence[Absence] = ()) -> State:
    """Return what a due dose looks like now. An answer counts whether or not the resident was away."""
    if slot.answer is not None:
        return "answered"
    if absence_at(away, slot.due.due_at):
        return "away"
    if is_overdue(now, slot.window):
        return "blank"
    match timing(now, slot.window):
        case "late":
            return "late"
        case "on_time":
            return "due"
        case _:
            return "coming"


def states(
    slots: Iterable[DueSlot], now: datetime, away: Mapping[int, Sequence[Absence]]
) -> list[tuple[DueSlot, State]]:
    """Return each due dose with what it looks like now."""
    return [(slot, state_of(slot, now, away.get(slot.prescription.resident_id, ()))) for slot in slots]


def how_timely(record: Administration, window: Window | None) -> str:
    """Return "early", "late" or "" for a dose given within its window, or one that has none."""
    if window is None:
        return ""
    found = timing(record.given_at, window)
    return "early" if found == "too_early" else "" if found == "on_time" else found
