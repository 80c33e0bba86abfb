"""When refused doses are a matter for the GP.

Several days of refusals in a row of any medicine, and the first refused dose of a critical one. Which
medicines are critical and how many days are too many is the home's own policy. Telling somebody is
operations.tasks' job.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal, TypeVar

from emar.rules.outcomes import OUTCOMES, Family
from emar.rules.wall_clock import local_day

REFUSED = "refused"
Key = TypeVar("Key", date, datetime)


@dataclass(frozen=True, slots=True)
class Offered:
    """One standing record of a due dose: when it was due, and its outcome word."""

    due_at: datetime
    outcome: str


@dataclass(frozen=True, slots=True)
class Refusals:
    """Refusals in a row that the GP should hear of: the days of a run, or the due times of a critical medicine."""

    reason: Literal["refused_in_a_row", "critical_not_given"]
    run: tuple[date, ...] | tuple[datetime, ...]

    @property
    def since(self) -> str:
        """The first of the run, the same words however long the run becomes."""
        return self.run[0].isoformat()


def is_critical(atc_code: str, critical: Iterable[str]) -> bool:
    """Return whether a medicine belongs to one of these ATC groups, each written as the beginning of its codes."""
    return bool(atc_code) and any(atc_code.startswith(group) for group in critical if group)


def days_in_a_row(offered: Iterable[Offered], day: date) -> tuple[date, ...]:
    """Return the days of refusals in a row that a day belongs to, first to last; empty when it is none.

    A day counts when a dose due on it was refused and none was given. Days on which nothing was due, and
    days with neither (asleep, out of stock), neither count nor break the row; a dose given breaks it, and so
    does an absence, when others had the person in their care.
    """
    return _run(_words_by(offered, lambda each: local_day(each.due_at)), day)


def doses_in_a_row(offered: Iterable[Offered], due_at: datetime) -> tuple[datetime, ...]:
    """Return the due times of refused doses in a row that this one belongs to; empty when it was not refused."""
    return _run(_words_by(offered, lambda each: each.due_at.astimezone(UTC)), due_at.astimezone(UTC))


def refusals_to_tell(
    offered: Collection[Offered],
    due_at: datetime,
    *,
    days: int,
    is_critical: bool,
    told: Collection[str] = (),
) -> list[Refusals]:
    """Return what the GP should hear of because the dose due at this instant was refused.

    `days` is how many days in a row are too many. `told` are the beginnings of runs that were told before,
    as `Refusals.since` writes them: a run is told once, also when a record that came late makes it longer at
    either end. (domain.md, Outcomes)
    """
    found = []
    row = days_in_a_row(offered, local_day(due_at))
    if row and len(row) >= days and not _was_told(row, told):
        found.append(Refusals("refused_in_a_row", row))
    if is_critical:
        doses = doses_in_a_row(offered, due_at)
        if doses and not _was_told(doses, told):
            found.append(Refusals("critical_not_given", doses))
    return found


def _was_told(run: Iterable[date], told: Collection[str]) -> bool:
    return any(each.isoformat() in told for each in run)


def _words_by(offered: Iterable[Offered], key: Callable[[Offered], Key]) -> Mapping[Key, set[str]]:
    found: dict[Key, set[str]] = defaultdict(set)
    for each in offered:
        found[key(each)].add(each.outcome)
    return found


def _run(words_at: Mapping[Key, set[str]], here: Key) -> tuple[Key, ...]:
    if here not in words_at or not _is_refused(words_at[here]):
        return ()
    before = sorted((each for each in words_at if each < here), reverse=True)
    after = sorted(each for each in words_at if each > here)
    found = [here]
    for side in (before, after):
        for each in side:
            if _breaks(words_at[each]):
                break
            if _is_refused(words_at[each]):
                found.append(each)
    return tuple(sorted(found))


def _is_refused(words: set[str]) -> bool:
    return REFUSED in words and not _breaks(words)


def _breaks(words: set[str]) -> bool:
    return any(OUTCOMES[word].family in (Family.GIVEN, Family.ABSENCE) for word in words)
