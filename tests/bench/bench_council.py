"""How long a council's pages take to ask for, for 94 homes and 25 million doses, from daily figures.

Run: `python tests/bench/bench_council.py`. Writes three years of daily figures of 94 invented homes into a database of
its own (what each day is made of only for the last quarter, of which drilling down reads one month), and prints a
table; fails nothing. The target is 1 s for the overview and for a trend of 24 months. CPU is this process's; the
database's own work shows in the time by the clock. The floor is PostgreSQL reading and adding up the same rows with
nothing around it.
"""

import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "emar.settings")

from tests.bench.bench_doses import database  # noqa: E402

HOMES, MONTHS, TIMES = 94, 36, 5
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
FLOOR = """SELECT home_id, date_trunc('month', day_on), sum(due), sum(missed) FROM quality_dailyfigure
            WHERE home_id = ANY (%s) AND day_on >= %s GROUP BY 1, 2"""


def report(say: Callable[[str], None] = print) -> None:
    """Measure and print."""
    with database():
        import django

        django.setup()
        from django.db import connection, connections
        from django.test import RequestFactory
        from django.test.utils import CaptureQueriesContext

        from emar.scope import scope
        from quality.demo.writing import write_council
        from quality.queries import council, council_readings
        from quality.queries.council_standings import standings
        from quality.rules.publication import PUBLISHED
        from web.council_words import OVERVIEW, asked_for
        from web.pages.council import _row
        from web.pdf.committee import committee_pdf

        begun = time.process_time()
        made = write_council(homes=HOMES, months=MONTHS, seed=1, at=NOW, parts_since=date(2026, 8, 1))
        took = time.process_time() - begun
        say(f"{made.doses:,} doses of {HOMES} homes in {made.days:,} days, written in {took:.0f} s of CPU")
        with connections["owner"].cursor() as cursor:
            cursor.execute("ANALYZE")
        request = RequestFactory().get("/council/")

        def overview() -> object:
            asked = asked_for(request, (made.council_id, made.name), NOW)
            months = council.months(asked.pks, asked.published[-24:])
            rebased = council.rebased_days(asked.pks)
            around = {word: council_readings.compared(PUBLISHED[word], asked.homes, months) for word in OVERVIEW}
            asked_about = (
                council_readings.silent_homes(asked.homes, months),
                council_readings.unclear_homes(asked.homes, months),
            )
            standing = standings(asked.homes, asked.published[-1])
            return [_row(home, months, rebased.get(home.pk, ()), around) for home in asked.homes], asked_about, standing

        def trend() -> object:
            asked = asked_for(request, (made.council_id, made.name), NOW)
            months = council.months(asked.pks, asked.published[-24:])
            return council_readings.council_trend(PUBLISHED["missed"], asked.homes, months)

        def apart() -> object:
            asked = asked_for(request, (made.council_id, made.name), NOW)
            return council.breakdown(asked.pks, asked.published[-1], medicine_class="pain", time_of_day="morning")

        def quarter() -> object:
            asked = asked_for(request, (made.council_id, made.name), NOW)
            months = council.months(asked.pks, asked.published[-24:])
            rebased = council.rebased_days(asked.pks)
            return committee_pdf(made.name, "Quarter", asked.homes, months, rebased, OVERVIEW)

        def floor() -> object:
            with connection.cursor() as cursor:
                cursor.execute(FLOOR, [[pk for pk, _ in made.homes], date(2024, 11, 1)])
                return cursor.fetchall()

        say("| what | statements | s by the clock | s of CPU |")
        say("|---|---:|---:|---:|")
        for name, ask in (
            ("floor: PostgreSQL adds up 24 months", floor), ("overview with signs and funnels, 24 months", overview),
            ("trend of all homes, 24 months", trend), ("a month by class, time and round", apart),
            ("the quarter as a PDF", quarter),
        ):  # fmt: skip
            best = (float("inf"), 0.0, 0)
            for _ in range(TIMES):
                with scope(council=made.council_id), CaptureQueriesContext(connection) as captured:
                    clock, cpu = time.perf_counter(), time.process_time()
                    ask()
                    best = min(best, (time.perf_counter() - clock, time.process_time() - cpu, len(captured)))
            say(f"| {name} | {best[2]} | {best[0]:.2f} | {best[1]:.2f} |")


if __name__ == "__main__":
    report()
