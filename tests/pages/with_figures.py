"""A day of figures for pages of figures and trends to show."""

from datetime import timedelta
from uuid import UUID

from emar.models import StaffMember, Unit
from emar.scope import scope
from quality.models import DailyFigure, DailyFigurePart, DailyKind, Rebasing
from tests.factories import NOW


def with_figures(unit: Unit, manager: StaffMember, days: int = 3) -> dict[str, int | UUID | str]:
    """Write figures of the last days of a home, and new limits from the first of them; return what addresses name."""
    home_id = unit.home_id
    numbers = {
        "due": 100, "on_time": 80, "late": 10, "missed": 6, "supply_failure": 4, "given": 95, "unscheduled": 5,
        "by_staff": 95, "scanned": 90, "records": 100, "near_misses": 2, "alerts": 4, "overridden": 1,
        "reached": 1, "harmed": 1, "cd_discrepancies": 1,
    }  # fmt: skip
    with scope(home=home_id):
        for back in range(1, days + 1):
            on = {"home_id": home_id, "day_on": (NOW - timedelta(days=back)).date()}
            part = {**on, "unit": unit, "medicine_class": "pain", "time_of_day": "morning", "round_name": "Morning"}
            DailyFigure.objects.create(**on, **numbers, residents=20, devices=2, closed_at=NOW, counted_at=NOW)
            DailyFigurePart.objects.create(**part, **numbers)
            DailyKind.objects.create(**part, theme="near_miss", code="too_early", count=2)
            DailyKind.objects.create(**part, theme="reached", code="wrong_time", count=1)
            DailyKind.objects.create(**part, theme="alert", code="early", count=4, overridden=1)
        limits = Rebasing.objects.create(
            home_id=home_id, from_on=(NOW - timedelta(days=days)).date(), why="go_live", set_at=NOW, set_by=manager
        )
    return {"rebasing_id": limits.pk, "measure": "missed"}
