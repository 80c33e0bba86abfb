"""How long the stock page of a home with 400 lines takes on the server, beside a floor, and with how many questions.

Run: `python tests/bench/bench_stock.py`. Makes a home of 50 residents with 8 medicines each, two packs a line and four
weeks of doses in a database of its own, asks for its pages as a browser does, and prints a table; fails nothing. The
target is 150 ms of the server for the stock page. The floor asks PostgreSQL for the same lines, balances and packs in
one statement and makes nothing of them.
"""

import gc
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

RESIDENTS, MEDICINES, DAYS, TIMES, TARGET_MS = 50, 8, 28, 9, 150
FLOOR = """
    SELECT line.id, line.unit, medicine.name, resident.full_name, last.balance, pack.label_code, pack.batch,
           pack.expires_on, pack.opened_on, pack.location, pack.status
      FROM stock_stockline AS line
      JOIN emar_medicine AS medicine ON medicine.id = line.medicine_id
      JOIN emar_resident AS resident ON resident.id = line.resident_id
      LEFT JOIN LATERAL (
           SELECT balance FROM stock_stockmovement
            WHERE line_id = line.id ORDER BY line_sequence DESC LIMIT 1) AS last ON true
      LEFT JOIN stock_stockpack AS pack ON pack.line_id = line.id AND pack.status <> 'finished'
     WHERE line.home_id = %s
     ORDER BY resident.corridor_order, medicine.name, pack.use_by
"""


def fill() -> tuple[object, object]:
    """Make the home; return it and somebody who may read its stock."""
    import django

    django.setup()
    from uuid_utils.compat import uuid7

    from emar.scope import scope
    from stock.operations.ledger import write_movements
    from stock.rules.balance import Movement
    from tests import factories as make

    home = make.make_home()
    unit = make.make_unit(home=home, name="Oak")
    senior, second = (make.make_staff_member(home=home, role="senior") for _ in range(2))
    medicines = [make.make_medicine(name=f"Medicine {n} {5 * n + 5}mg tablets") for n in range(MEDICINES)]
    schedules = [make.regular("Morning"), make.regular("Morning", "Night"), make.when_required(), make.regular("Tea")]
    now = datetime.now(UTC)
    for number in range(RESIDENTS):
        resident = make.make_resident(unit=unit, corridor_order=number)
        for place, medicine in enumerate(medicines):
            prescription = make.make_prescription(
                resident=resident, by=senior, medicine=medicine, checked_by=second, schedule=schedules[place % 4]
            )
            line = make.make_stock_line(prescription=prescription)
            for pack in range(2):
                make.make_stock_pack(
                    line=line, by=senior, quantity=Decimal(28), batch=f"LK{number}{place}{pack}",
                    expires_on=date(2027, 1, 31) + timedelta(days=31 * pack),
                )  # fmt: skip
            moves = [
                Movement(str(uuid7()), line.pk, Decimal(1), "home", "resident", "given",
                         now - timedelta(days=DAYS - day), senior.pk)
                for day in range(DAYS + place)
            ]  # fmt: skip
            with scope(home=home.pk):
                write_movements(home_id=home.pk, movements=moves, at=now)
    with_owner_statistics()
    return home, senior


def with_owner_statistics() -> None:
    """Let PostgreSQL look at the sizes of its tables, as its own housekeeping does on any day."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")


def report(say: Callable[[str], None] = print) -> None:
    """Measure and print."""
    with database():
        home, senior = fill()
        from django.conf import settings
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        from emar.scope import scope
        from tests.pages.conftest import signed_in

        settings.ALLOWED_HOSTS = ["*"]
        client = signed_in(senior, home=home)  # type: ignore[arg-type]
        # As deploy/gunicorn.conf.py does in each worker.
        client.get("/stock/")
        gc.collect()
        gc.freeze()
        say("| what | lines | statements | server ms, best | server CPU ms, best | KB |")
        say("|---|---:|---:|---:|---:|---:|")
        floor = []
        for _ in range(TIMES):
            with scope(home=home.pk), connection.cursor() as cursor:  # type: ignore[attr-defined]
                begun = time.perf_counter(), time.process_time()
                cursor.execute(FLOOR, [home.pk])  # type: ignore[attr-defined]
                rows = cursor.fetchall()
                floor.append((time.perf_counter() - begun[0], time.process_time() - begun[1]))
        best = min(floor)
        say(f"| floor: one statement | {len(rows)} packs | 1 | {1000 * best[0]:.1f} | {1000 * best[1]:.1f} | |")
        for address in ("/stock/", "/stock/?view=low", "/stock/?view=location", "/stock/file.csv", "/counts/"):
            with CaptureQueriesContext(connection) as captured:
                answer = client.get(address)
                statements = len(captured)
            assert answer.status_code == 200, address
            took = []
            # Timed without the capture, which spells out every statement.
            for _ in range(TIMES):
                begun = time.perf_counter(), time.process_time()
                answer = client.get(address)
                took.append((time.perf_counter() - begun[0], time.process_time() - begun[1]))
            wall, cpu = min(took)
            say(
                f"| {address} | {RESIDENTS * MEDICINES} | {statements} | {1000 * wall:.0f} | {1000 * cpu:.0f} "
                f"| {len(answer.content) / 1000:.0f} |"
            )
        say(f"The target for the stock page is {TARGET_MS} ms of the server.")


if __name__ == "__main__":
    report()
