"""How long does a supplier take, how much of an order does it bring, and how late is it allowed to be counted on?

What it says feeds the forecast: a pharmacy that has been late gets more safety stock (ForecastSettings.late_days).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

#: Fewer deliveries than this say nothing about the next one: the usual allowance is kept.
FEWEST = 8
USUAL_LATE_DAYS = 2
#: Longer than this is no lateness that stock could bridge, but an item that has to be chased.
MOST_LATE_DAYS = 14


@dataclass(frozen=True, slots=True)
class Supplied:
    """One ordered item as far as its supplier is concerned: when it was sent, had to be here, and was here in full."""

    sent_on: date
    wanted_on: date
    ordered: Decimal
    received_by_then: Decimal
    complete_on: date | None


@dataclass(frozen=True, slots=True)
class Scorecard:
    """What a supplier's last orders say of it. Shares are whole percents; None where nothing can be said yet.

    `late_days` is how many days late an item is with the certainty asked for; `is_measured` is False while there are
    too few to say, and the usual allowance stands there.
    """

    items: int
    complete: int
    on_time_percent: int | None
    quantity_percent: int | None
    lead_days: int | None
    slow_lead_days: int | None
    late_days: int
    is_measured: bool


def scorecard(supplied: Sequence[Supplied], today: date, *, service_percent: int = 95) -> Scorecard:
    """Return a supplier's scorecard from its items that were due by today, whether they came or not."""
    due = [each for each in supplied if each.wanted_on <= today]
    done = [each for each in due if each.complete_on is not None]
    leads = sorted((each.complete_on - each.sent_on).days for each in done if each.complete_on is not None)
    # What has not come is late by today at least; leaving it out would praise whoever never delivers.
    late = sorted(max(0, ((each.complete_on or today) - each.wanted_on).days) for each in due)
    is_measured = len(due) >= FEWEST
    return Scorecard(
        items=len(due),
        complete=len(done),
        on_time_percent=_percent(sum(not days for days in late), len(due)),
        quantity_percent=_percent(
            sum((min(each.received_by_then, each.ordered) for each in due), Decimal(0)),
            sum((each.ordered for each in due), Decimal(0)),
        ),
        lead_days=_rank(leads, 50),
        slow_lead_days=_rank(leads, 90),
        late_days=min(_rank(late, service_percent) or 0, MOST_LATE_DAYS) if is_measured else USUAL_LATE_DAYS,
        is_measured=is_measured,
    )


def _percent(part: Decimal | int, whole: Decimal | int) -> int | None:
    return int(100 * part / whole) if whole else None


def _rank(ordered: Sequence[int], percent: int) -> int | None:
    """Return the smallest value that so many percent do not exceed (nearest rank); None of nothing."""
    return ordered[max(math.ceil(len(ordered) * percent / 100), 1) - 1] if ordered else None
