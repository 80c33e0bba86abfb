"""How long a MAR chart takes to print, and a unit's pack of twenty, with how many questions to the database.

Run: `python tests/bench/bench_mar.py`. Makes a unit of 20 residents with 8 medicines each and 28 days of doses in
a database of its own, asks for their charts as the page does, and prints a table; fails nothing. The targets (one
chart 0.5 s, a pack of twenty 8 s) are for one core of the machine that the pages run on.
"""

import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "emar.settings")

from tests.bench.bench_doses import database  # noqa: E402

RESIDENTS, TIMES = 20, 5
FIRST, NOW = date(2026, 10, 26), datetime(2026, 11, 22, 20, tzinfo=UTC)
LINES = (
    ("Amlodipine 5mg tablets", ("Morning",)),
    ("Metformin 500mg tablets", ("Morning", "Tea")),
    ("Co-careldopa 25mg/100mg tablets", ("Morning", "Lunch", "Tea", "Night")),
    ("Atorvastatin 20mg tablets", ("Night",)),
    ("Macrogol compound oral powder sachets", ("Morning",)),
    ("Fluticasone 92micrograms / Umeclidinium 55micrograms / Vilanterol 22micrograms inhaler", ("Morning",)),
    ("Zerobase 11% cream", ("Morning", "Night")),
    ("Paracetamol 500mg tablets", ()),
)
HOURS = {"Morning": 8, "Lunch": 12, "Tea": 16.5, "Night": 21}


def fill() -> tuple[object, list[int]]:
    """Make the unit and four weeks of doses; return its home and its residents."""
    import django

    django.setup()
    from uuid_utils.compat import uuid7

    from emar.models import Administration
    from emar.scope import scope
    from tests import factories as make
    from tests.pdf.busy_chart import portrait

    home = make.make_home()
    unit = make.make_unit(home=home, name="Oak")
    staff = [make.make_staff_member(home=home, role="senior") for _ in range(6)]
    medicines = [make.make_medicine(name=name) for name, _ in LINES]
    ids = []
    for number in range(RESIDENTS):
        resident = make.make_resident(unit=unit, corridor_order=number)
        make.make_allergy(resident=resident, by=staff[0])
        make.make_resident_photo(resident=resident, by=staff[0], jpeg=portrait())
        rows = []
        for (name, rounds), medicine in zip(LINES, medicines, strict=True):
            line = make.make_prescription(
                resident=resident, by=staff[0], medicine=medicine, checked_by=staff[1],
                schedule=make.regular(*rounds) if rounds else make.when_required(),
                body_areas=["left shin", "right shin"] if "cream" in name else [],
            )  # fmt: skip
            for day in range(28):
                for slot, clock in enumerate(rounds or ("",)):
                    due_at = datetime(2026, 10, 26, tzinfo=UTC) + timedelta(days=day, hours=HOURS.get(clock, 15))
                    by = staff[(day + slot) % 6]
                    rows.append(
                        Administration(
                            id=uuid7(), home_id=home.pk, resident=resident, prescription=line, unit="tablet",
                            outcome="refused" if (day + slot) % 11 == 0 else "given", amount=Decimal(1),
                            due_at=due_at if rounds else None, given_at=due_at + timedelta(minutes=7), given_by=by,
                            entered_at=due_at + timedelta(minutes=7), entered_by=by, scan_source="wedge",
                            note="Did not want it" if (day + slot) % 11 == 0 else "", answer="recorded",
                            content_hash="0" * 64,
                        )
                    )  # fmt: skip
        with scope(home=home.pk):
            Administration.objects.bulk_create(rows)
        ids.append(resident.pk)
    return home, ids


def report(say: Callable[[str], None] = print) -> None:
    """Measure and print."""
    with database():
        home, ids = fill()
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        from emar.queries.mar import mar_charts
        from emar.scope import scope
        from web.pdf.mar import Printed, mar_pdf

        say("| what | records | statements | asking ms | drawing ms | together s | KB |")
        say("|---|---:|---:|---:|---:|---:|---:|")
        for name, asked in (("one chart", ids[:1]), ("a unit's pack of 20", ids)):
            best = None
            for _ in range(TIMES):
                with scope(home=home.pk), CaptureQueriesContext(connection) as captured:  # type: ignore[attr-defined]
                    begun = time.perf_counter()
                    charts = mar_charts(home.pk, asked, FIRST, NOW, with_photos=True)  # type: ignore[attr-defined]
                    asked_for = time.perf_counter()
                    pdf = mar_pdf(charts, Printed("Larkfield House", "Mo Nader", NOW))
                    done = time.perf_counter()
                took = (done - begun, asked_for - begun, done - asked_for, len(captured), len(pdf))
                best = min(best or took, took)
            records = sum(len(block.entries) for chart in charts for block in chart.blocks)
            together, asking, drawing, statements, size = best
            say(
                f"| {name} | {records:,} | {statements} | {1000 * asking:.0f} | {1000 * drawing:.0f} "
                f"| {together:.2f} | {size / 1000:.0f} |"
            )


if __name__ == "__main__":
    report()
