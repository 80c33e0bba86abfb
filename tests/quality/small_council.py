"""Councils so small that nearly every count of theirs could point at somebody."""

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

from emar.models import CareHome, Council
from emar.scope import scope
from quality.models import DailyFigure, DailyFigurePart, DailyKind
from quality.rules.counting import COUNTS
from tests import factories as make

MONTH = date(2026, 9, 1)
#: September and August are published by then; October is not yet.
NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
CLASSES = ("pain", "heart", "controlled")
PLACES = {"morning": ("Morning", "Mrs Ashworth's round"), "evening": ("Night",)}
NEAR_MISSES = ("too_early", "wrong_resident", "expired")
WRONG = ("wrong_amount", "double_dose")
JUDGED = ("wrong_time", "missed")
ALERTS = ("early", "unknown_barcode")
NOT_SCANNED = ("will_not_scan", "no_barcode")


def make_small_council(seed: int, *, homes: int = 3, months: int = 2) -> tuple[Council, list[CareHome]]:
    """Write figures of a few homes on a few days: counts of nothing, a few, and now and then many."""
    chance = random.Random(seed)
    council = make.make_council()
    rows = [make.make_home(council=council) for _ in range(homes)]
    for home in rows:
        with scope(home=home.pk):
            for n in range(months):
                month = (MONTH - timedelta(days=n)).replace(day=1)
                _write_day(home, month + timedelta(days=9), chance)
    return council, rows


def _few(chance: random.Random) -> int:
    return chance.choice((0, 0, 0, 0, 0, 1, 1, 2, 3, 11))


def _write_day(home: CareHome, day: date, chance: random.Random) -> None:
    total: dict[str, int] = defaultdict(int)
    for medicine_class in CLASSES:
        for time_of_day, rounds in PLACES.items():
            for round_name in rounds:
                part = {
                    "home": home, "day_on": day, "medicine_class": medicine_class, "time_of_day": time_of_day,
                    "round_name": round_name,
                }  # fmt: skip
                kinds = _kinds(part, chance)
                numbers = _numbers(chance, kinds)
                DailyFigurePart.objects.create(**part, **numbers)
                DailyKind.objects.bulk_create(kinds)
                for name, value in numbers.items():
                    total[name] += value
    DailyFigure.objects.create(
        home=home, day_on=day, residents=chance.randint(2, 8), devices=2, closed_at=NOW, counted_at=NOW, **total
    )


def _kinds(part: dict[str, object], chance: random.Random) -> list[DailyKind]:
    found = []
    themes = {
        "near_miss": NEAR_MISSES,
        "given_wrongly": WRONG,
        "reached": JUDGED,
        "alert": ALERTS,
        "not_scanned": NOT_SCANNED,
    }
    for theme, codes in themes.items():
        for code in codes:
            if number := _few(chance) // 2:
                overridden = chance.randint(0, number) if theme == "alert" else 0
                found.append(DailyKind(**part, theme=theme, code=code, count=number, overridden=overridden))
    return found


def _numbers(chance: random.Random, kinds: list[DailyKind]) -> dict[str, int]:
    of = defaultdict(int)
    for each in kinds:
        of[each.theme] += each.count
    numbers = dict.fromkeys(COUNTS, 0) | {
        name: _few(chance) for name in ("on_time", "late", "missed", "refused", "supply_failure", "unscheduled")
    }
    numbers["due"] = sum(numbers[name] for name in ("on_time", "late", "missed", "refused", "supply_failure"))
    numbers["given"] = numbers["on_time"] + numbers["late"] + numbers["unscheduled"]
    numbers["given_wrongly"], numbers["near_misses"] = of["given_wrongly"], of["near_miss"]
    numbers["reached"] = of["reached"]
    numbers["scanned"] = _few(chance)
    numbers["by_staff"] = numbers["scanned"] + of["not_scanned"]
    numbers["critical_due"] = _few(chance)
    numbers["critical_on_time"] = chance.randint(0, numbers["critical_due"])
    numbers["records"] = numbers["given"]
    numbers["late_entries"] = chance.randint(0, numbers["given"])
    numbers["alerts"], numbers["overridden"] = of["alert"], sum(each.overridden for each in kinds)
    return numbers
