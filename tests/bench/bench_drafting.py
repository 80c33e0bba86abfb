"""How long drafting a council's orders takes on one core, beside reading and writing the same rows without any rule.

Run: `python tests/bench/bench_drafting.py [homes]`. Makes 94 homes (3,000 residents, 25,000 lines) with twelve weeks of
doses in a database of its own, drafts the orders of one cycle in each as the daily job does, and prints a table; fails
nothing. CPU seconds are this process's and its database backend's together, so that a busy machine changes little. The
floor reads what the forecast reads and copies the order lines, in SQL alone.
"""

import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "emar.settings")

from tests.bench.bench_doses import database  # noqa: E402

HOMES, RESIDENTS, LINES_EACH, TARGET = 94, 32, 8.3, 60.0
NOW = datetime(2026, 11, 30, 5, tzinfo=UTC)
CHANGE_OVER = date(2026, 11, 23)
ROUNDS = (
    ("Morning",),
    ("Morning",),
    ("Night",),
    ("Morning", "Tea"),
    ("Morning", "Lunch", "Tea", "Night"),
    ("Morning",),
)

#: Twelve weeks of one dose a day of each regular line, and one in nine days of each when-required one.
HISTORY = """
INSERT INTO emar_administration (id, home_id, resident_id, prescription_id, outcome, amount, unit, due_at, given_at,
       given_by_id, entered_at, entered_by_id, received_at, scan_source, scan_text, by_hand_reason, note, site,
       findings, answer, content_hash)
SELECT gen_random_uuid(), line.home_id, line.resident_id, line.id,
       CASE WHEN random() < 0.03 THEN 'refused' ELSE 'given' END, 1, 'tablet',
       CASE WHEN line.schedule->>'kind' = 'when_required' THEN NULL ELSE at END, at, %(by)s, at, %(by)s, at,
       'wedge', '', '', '', '', '[]', 'recorded', repeat('0', 64)
  FROM emar_prescription AS line,
       generate_series(%(now)s::timestamptz - interval '84 days', %(now)s, interval '1 day')
       WITH ORDINALITY AS day (at, n)
 WHERE line.home_id = %(home)s AND (line.schedule->>'kind' <> 'when_required' OR n %% 9 = 0)
"""
FLOOR = (
    "SELECT * FROM emar_prescription WHERE home_id = %(home)s",
    "SELECT * FROM stock_stockline WHERE home_id = %(home)s",
    "SELECT * FROM stock_stockpack WHERE home_id = %(home)s",
    "SELECT prescription_id, outcome, count(*) FROM emar_administration WHERE home_id = %(home)s GROUP BY 1, 2",
)


def fill(homes: int) -> list[int]:
    """Make the homes, each with its calendar, residents, prescriptions, stock and history; return their numbers."""
    import django

    django.setup()
    from django.db import connection
    from uuid_utils.compat import uuid7

    from emar.models import Prescription, Resident
    from emar.scope import scope
    from ordering.operations.calendar import Policy, change_policy
    from stock.models import StockLine, StockPack
    from stock.operations.ledger import write_movements
    from stock.rules.balance import Movement
    from tests import factories as make

    medicines = [make.make_medicine(name=f"Medicine {n}mg tablets", atc_code=f"N0{n % 5}BE01") for n in range(40)]
    for medicine in medicines:
        make.make_pack(medicine=medicine, price_pence=112)
        make.make_pack(medicine=medicine, quantity=Decimal(56), price_pence=200)
    ids, wanted = [], round(RESIDENTS * LINES_EACH)
    for number in tqdm(range(homes), unit="home", desc="filling", disable=not sys.stderr.isatty(), leave=False):
        home = make.make_home()
        unit = make.make_unit(home=home)
        by, checker = (make.make_staff_member(home=home, role="senior") for _ in range(2))
        with scope(home=home.pk):
            change_policy(home_id=home.pk, policy=Policy(CHANGE_OVER), by=by.pk, at=NOW - timedelta(days=60))
            residents = Resident.objects.bulk_create(
                Resident(
                    home=home, unit=unit, room=str(n), full_name=f"Resident Person{n}", preferred_name="Person",
                    born_on=date(1938, 3, 4), label_code=f"EB{number:04}{n:04}", admitted_on=date(2025, 1, 6),
                )
                for n in range(RESIDENTS)
            )  # fmt: skip
            written = Prescription.objects.bulk_create(
                Prescription(
                    id=uuid7(), home=home, resident=residents[n % RESIDENTS], medicine=medicines[n // RESIDENTS],
                    authority="gp", dose_words="Take ONE", written_at=NOW - timedelta(days=200), written_by=by,
                    checked_at=NOW - timedelta(days=200), checked_by=checker,
                    schedule=make.when_required() if n % 8 == 7 else make.regular(*ROUNDS[n % len(ROUNDS)]),
                )
                for n in range(wanted)
            )  # fmt: skip
            lines = StockLine.objects.bulk_create(
                StockLine(home=home, resident=each.resident, medicine=each.medicine, unit="tablet") for each in written
            )
            packs = StockPack.objects.bulk_create(
                StockPack(
                    id=uuid7(), home=home, line=line, label_code=f"EC{number:03}{n:05}", booked_in_at=NOW,
                    booked_in_by=by, expires_on=date(2026, 12, 5) if n % 15 == 0 else date(2027, 9, 30),
                )
                for n, line in enumerate(lines)
            )  # fmt: skip
            movements = [
                Movement(
                    str(uuid7()), pack.line_id, Decimal(20 + n % 90), "supplier", "home", "booked_in", NOW, by.pk,
                    pack_id=str(pack.pk),
                )
                for n, pack in enumerate(packs)
            ]  # fmt: skip
            write_movements(home_id=home.pk, at=NOW, movements=movements)
            with connection.cursor() as cursor:
                cursor.execute(HISTORY, {"home": home.pk, "by": by.pk, "now": NOW})
        ids.append(home.pk)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return ids


def _cpu() -> float:
    """Return the CPU seconds of this process and of its database backend, which is its only one."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    ticks = int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def _timed(what: Callable[[int], object], ids: list[int], words: str) -> float:
    from emar.scope import scope

    began = _cpu()
    for home_id in tqdm(ids, unit="home", desc=words, disable=not sys.stderr.isatty(), leave=False):
        with scope(home=home_id):
            what(home_id)
    return _cpu() - began


def report(homes: int, say: Callable[[str], None] = print) -> None:
    """Measure and print."""
    with database():
        ids = fill(homes)
        from django.db import connection

        from ordering.models import OrderLine
        from ordering.operations.drafting import draft_cycle

        seconds = _timed(lambda home: draft_cycle(home_id=home, at=NOW), ids, "drafting")
        counted: list[int] = []
        _timed(lambda home: counted.append(OrderLine.objects.filter(home_id=home).count()), ids, "counting")

        def floor(home: int) -> None:
            with connection.cursor() as cursor:
                for statement in FLOOR:
                    cursor.execute(statement, {"home": home})
                    cursor.fetchall()
                cursor.execute("CREATE TEMP TABLE copied ON COMMIT DROP AS SELECT * FROM ordering_orderline")

        least = _timed(floor, ids, "floor")
        share = HOMES / homes
        say(f"| what | homes | lines | CPU s | CPU s for {HOMES} homes | target s |")
        say("|---|---:|---:|---:|---:|---:|")
        say(f"| draft a cycle | {homes} | {sum(counted):,} | {seconds:.1f} | {seconds * share:.1f} | {TARGET:.0f} |")
        say(f"| floor: the same rows, no rules | {homes} | | {least:.1f} | {least * share:.1f} | |")


if __name__ == "__main__":
    report(int(sys.argv[1]) if len(sys.argv) > 1 else HOMES)
