"""How long it takes to expand schedules: a council's month on one core, and one home's next 72 hours.

Run: `python tests/bench/bench_schedule.py`. Prints a table; fails nothing. JSON is read once per prescription in
both rows, as a query does.
"""

import sys
import time as clock
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from emar.rules.schedule import Schedule, due_doses

ROUNDS = {"Morning": time(8), "Lunch": time(12, 30), "Tea": time(17), "Night": time(21, 30)}
ONE = {"low": "1", "high": "1"}
SINCE = datetime(2026, 10, 12, tzinfo=UTC)


def regular(*names: str, pattern: dict[str, Any] | None = None, **terms: Any) -> dict[str, Any]:
    """Return the JSON of a regular schedule at these rounds."""
    slots = [{"round": name, "amount": ONE} for name in names]
    phases = [{"days": None, "slots": slots, "pattern": pattern or {"kind": "daily"}}]
    return {"kind": "regular", "starts_on": "2026-01-05", "unit": "tablet", "phases": phases, **terms}


def prescriptions() -> list[dict[str, Any]]:
    """Return eight prescriptions such as one resident has: 6.5 doses a day on average over the home."""
    return [
        regular("Morning"),
        regular("Morning"),
        regular("Night"),
        regular("Morning", "Tea"),
        regular("Morning", "Lunch", "Tea", "Night"),
        regular("Morning", pattern={"kind": "weekdays", "days": ["mon"]}),
        {
            "kind": "interval",
            "starts_on": "2026-01-05",
            "unit": "patch",
            "first_at": "2026-01-05T09:00:00Z",
            "every_minutes": 4320,
            "worn_minutes": 4320,
            "amount": ONE,
        },
        {
            "kind": "when_required",
            "starts_on": "2026-01-05",
            "unit": "tablet",
            "amount": ONE,
            "min_gap_minutes": 240,
            "max_amount_24h": "8",
        },
    ]


def expand(residents: int, until: datetime) -> tuple[int, float]:
    """Return how many doses the residents' prescriptions have until then, and the seconds it took."""
    written = prescriptions()
    began = clock.process_time()
    doses = 0
    for _ in range(residents):
        for each in written:
            doses += len(due_doses(Schedule.from_json(each), SINCE, until, ROUNDS))
    return doses, clock.process_time() - began


def main() -> None:
    """Print the table."""
    print(f"{'what':<44}{'doses':>10}{'CPU s':>10}{'target s':>10}{'share':>8}")
    for what, residents, days, target in (
        ("3,000 residents x 8 prescriptions x 28 days", 3000, 28, 10.0),
        ("one home: 40 residents x 8 x 72 hours", 40, 3, 0.150),
    ):
        doses, seconds = expand(residents, SINCE + timedelta(days=days))
        print(f"{what:<44}{doses:>10,}{seconds:>10.3f}{target:>10.3f}{seconds / target:>8.0%}")


if __name__ == "__main__":
    main()
