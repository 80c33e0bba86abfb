"""How long `manage.py verify_ledger` looks at five million movements, beside a floor that only reads the same rows.

Run: `python tests/bench/bench_verify_ledger.py [movements]`. Writes the ledgers of 94 homes, each movement sealed by
the real rule and the rows of all homes mixed as days mix them, with a dose record for each movement of a dose, into a
database of its own. Then it verifies them, changes one digit of one quantity, and verifies that home again. The floor
is a COPY of the same columns, home after home, that looks at nothing.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg2
from tqdm import tqdm
from uuid_utils import uuid7

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "emar.settings")

from emar import local_postgres  # noqa: E402
from stock.rules.balance import START_OF_CHAIN, Movement, change, seal  # noqa: E402

DATABASE = "emar_bench_ledger"
TARGET_SECONDS = 60
HOMES, LINES = 94, 320
BEGINNING = datetime(2024, 1, 1, 8, tzinfo=UTC)
PACK = Decimal("56.0000")
#: The dose of each line on each day, as usual lines of a home have it.
DOSES = [Decimal(text) for text in ("1.0000", "2.0000", "0.5000", "5.0000")]
COLUMNS = (
    "id", "home_id", "line_id", "line_sequence", "quantity", "source", "destination", "reason", "record_id", "balance",
    "moved_at", "moved_by_id", "received_at", "chain_sequence", "chain_hash",
)  # fmt: skip
WASTED, GIVEN = ("home", "waste", "destroyed_or_dropped"), ("home", "resident", "given")
#: How COPY writes that there is none.
NOTHING = "\\N"
LOADED = ("stock_stockmovement", "emar_administration")


@contextmanager
def database() -> Iterator[str]:
    """Make the bench's own database and drop it afterwards; give the superuser's address of it."""
    os.environ["EMAR_ENV"] = "demo"
    urls = local_postgres.urls()
    with closing(psycopg2.connect(urls.superuser.rsplit("/", 1)[0] + "/postgres")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
            cursor.execute(f"CREATE DATABASE {DATABASE} OWNER emar_owner")
            os.environ["DATABASE_URL"] = urls.app.rsplit("/", 1)[0] + "/" + DATABASE
            os.environ["DATABASE_OWNER_URL"] = urls.owner.rsplit("/", 1)[0] + "/" + DATABASE
            subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, check=True)
            try:
                yield urls.superuser.rsplit("/", 1)[0] + "/" + DATABASE
            finally:
                cursor.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


@contextmanager
def superuser(url: str) -> Iterator[Any]:
    """Give a cursor that no policy, trigger or reference holds: what is loaded here was made whole."""
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; SET maintenance_work_mem = '256MB'")
        yield cursor


class Home:
    """The ledger of one home as it grows, a movement at a time."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.lines = [(0, Decimal("0.0000"))] * LINES
        self.sequence, self.hash = 0, START_OF_CHAIN

    def rows(self, day: int, which: int) -> Iterator[str]:
        """Give what moves on one line on one day, as COPY reads it: a dose, and a pack first when that runs short."""
        at = BEGINNING + timedelta(days=day, seconds=which)
        dose = DOSES[which % len(DOSES)]
        if self.lines[which][1] < dose:
            yield self._row(which, PACK, ("supplier", "home", "booked_in"), None, at)
        yield self._row(which, dose, WASTED if (which + day) % 97 == 0 else GIVEN, str(uuid7()), at)

    def _row(self, which: int, much: Decimal, way: tuple[str, str, str], dose: str | None, at: datetime) -> str:
        line_id, (before, balance) = self.number * LINES + which, self.lines[which]
        balance += change(way[0], way[1], much)
        self.lines[which] = before + 1, balance
        self.sequence += 1
        pk = str(uuid7())
        self.hash = seal(
            self.hash, Movement(pk, line_id, much, *way, at, self.number, record_id=dose), before + 1, balance, at
        )
        return (
            f"{pk}\t{self.number}\t{line_id}\t{before + 1}\t{much}\t{way[0]}\t{way[1]}\t{way[2]}\t{dose or NOTHING}\t"
            f"{balance}\t{at}\t{self.number}\t{at}\t{self.sequence}\t{self.hash}\n"
        )


class Flowing:
    """Rows as the file that COPY reads."""

    def __init__(self, rows: Iterable[str]) -> None:
        self.rows, self.rest = iter(rows), ""

    def read(self, size: int) -> str:
        """Give at least `size` letters until there are no more."""
        parts, length = [self.rest], len(self.rest)
        while length < size and (row := next(self.rows, "")):
            parts.append(row)
            length += len(row)
        text = "".join(parts)
        self.rest = text[size:]
        return text[:size]


def write_days(url: str, homes: list[int], days: int) -> int:
    """Write so many days of these homes, day after day; return how many movements that was."""
    written = 0

    def rows() -> Iterator[str]:
        nonlocal written
        ledgers = [Home(number) for number in homes]
        for day in tqdm(range(days), unit="day", disable=not sys.stderr.isatty() or 1 not in homes, leave=False):
            # Line by line over all homes, as their rounds run at the same time: no two rows of a home stand together.
            for ledger, which in ((ledger, which) for which in range(LINES) for ledger in ledgers):
                for row in ledger.rows(day, which):
                    written += 1
                    yield row
        heads.extend((each.number, each.sequence, each.hash) for each in ledgers)

    heads: list[tuple[int, int, str]] = []
    with superuser(url) as cursor:
        cursor.copy_expert(f"COPY stock_stockmovement ({', '.join(COLUMNS)}) FROM STDIN", Flowing(rows()), 1 << 20)
        for head in heads:
            cursor.execute(
                "INSERT INTO stock_ledgerhead (home_id, sequence, hash, version) VALUES (%s, %s, %s, 1)", head
            )
    return written


def fill(url: str, movements: int) -> int:
    """Write about so many movements and their doses; return how many."""
    with superuser(url) as cursor:
        rebuild = _without_indexes(cursor)
        cursor.execute("INSERT INTO emar_council (name) VALUES ('Bench') RETURNING id")
        [council] = cursor.fetchone()
        cursor.execute("INSERT INTO emar_provider (name) VALUES ('Bench') RETURNING id")
        [provider] = cursor.fetchone()
        cursor.execute(
            "INSERT INTO emar_carehome (id, council_id, provider_id, name, has_nursing)"
            " SELECT n, %s, %s, 'Home ' || n, false FROM generate_series(1, %s) AS n",
            [council, provider, HOMES],
        )
    jobs = os.cpu_count() or 1
    shares = [list(range(1, HOMES + 1))[place::jobs] for place in range(jobs)]
    days = max(1, round(movements / (HOMES * LINES * 1.038)))
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        written = sum(pool.map(write_days, [url] * jobs, shares, [days] * jobs))
    with superuser(url) as cursor:
        cursor.execute(
            "INSERT INTO emar_administration (id, home_id, resident_id, prescription_id, outcome, amount, unit, due_at,"
            " given_at, given_by_id, entered_at, received_at, scan_source, scan_text, by_hand_reason, note, site,"
            " findings, answer, content_hash)"
            " SELECT record_id, home_id, line_id, record_id, reason, quantity, 'tablet', moved_at, moved_at,"
            " moved_by_id, moved_at, received_at, 'wedge', 'EPABC234', '', '', '', '[]', 'recorded', chain_hash"
            " FROM stock_stockmovement WHERE record_id IS NOT NULL"
        )
        for statement in tqdm(rebuild, unit="index", disable=not sys.stderr.isatty(), leave=False):
            cursor.execute(statement)
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        connection.cursor().execute("VACUUM ANALYZE stock_stockmovement, emar_administration")
    return written


def _without_indexes(cursor: Any) -> list[str]:
    """Take indexes off the tables that are loaded, and return what makes them again."""
    again: list[str] = []
    cursor.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), contype FROM pg_constraint"
        " WHERE contype IN ('p', 'u') AND conrelid = ANY (%(tables)s::regclass[])"
        " OR contype = 'f' AND (conrelid = ANY (%(tables)s::regclass[]) OR confrelid = ANY (%(tables)s::regclass[]))"
        " ORDER BY contype = 'f'",
        {"tables": list(LOADED)},
    )
    constraints = cursor.fetchall()
    for table, name, words, kind in constraints:
        # What refers to homes, residents and staff is not made here: only the ledger is looked at.
        if kind != "f":
            again.append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {words}')
    for table, name, *_ in reversed(constraints):
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY (%s)", [list(LOADED)])
    for name, words in cursor.fetchall():
        again.append(words)
        cursor.execute(f'DROP INDEX "{name}"')
    return again


def floor(url: str) -> float:
    """Return the seconds that reading the same rows takes, as many homes at once as the verifier looks at."""
    jobs = os.cpu_count() or 1
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        list(pool.map(read, [url] * jobs, [[]] * jobs))
        begun = time.perf_counter()
        list(pool.map(read, [url] * jobs, [list(range(1, HOMES + 1))[place::jobs] for place in range(jobs)]))
        return time.perf_counter() - begun


def read(url: str, homes: list[int]) -> None:
    """Copy every movement of these homes, and what the verifier asks of their doses, to nowhere."""
    with superuser(url) as cursor, Path(os.devnull).open("w") as nowhere:
        for home in homes:
            cursor.copy_expert(f"COPY (SELECT * FROM stock_stockmovement WHERE home_id = {home}) TO STDOUT", nowhere)
            doses = f"SELECT id, outcome, amount FROM emar_administration WHERE home_id = {home}"
            cursor.copy_expert(f"COPY ({doses}) TO STDOUT", nowhere)


def server_cpu(url: str) -> float:
    """Return the seconds of CPU that the server's ended connections have used, where /proc tells them; else nothing.

    On a machine that others use as well, seconds by the clock say little.
    """
    with superuser(url) as cursor:
        cursor.execute("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)")
        [pid] = cursor.fetchone()
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def verify(*arguments: str) -> tuple[float, int, str]:
    """Run the command as people do; return its seconds, its exit code and what it said."""
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "manage.py", "verify_ledger", *arguments],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    return time.perf_counter() - begun, done.returncode, done.stdout


def main(movements: int) -> None:
    with database() as url:
        begun = time.perf_counter()
        written = fill(url, movements)
        print(f"{written:,} movements of {HOMES} homes, written and sealed in {time.perf_counter() - begun:.0f} s")
        started = server_cpu(url)
        lowest = floor(url)
        read_cpu = server_cpu(url) - started
        took, code, said = verify()
        cpu = server_cpu(url) - started - read_cpu
        rate = f"{lowest:8.1f} s {written / lowest:12,.0f} movements/s {read_cpu:8.1f} s CPU of the server"
        print(f"{'floor: COPY of the same rows':32}{rate}")
        print(f"{'verify_ledger':32}{took:8.1f} s {written / took:12,.0f} movements/s {cpu:8.1f} s CPU of the server")
        print(f"{took / lowest:.1f} times the floor by the clock; {os.cpu_count()} cores")
        if code:
            raise SystemExit(f"a whole ledger was found wanting: {said}")
        share = TARGET_SECONDS * written / 5_000_000
        alone = cpu / (os.cpu_count() or 1)
        print(f"target: {share:.0f} s for as many; {took:.0f} s by the clock, {alone:.0f} s with the cores to itself")
        with superuser(url) as cursor:
            cursor.execute(
                "UPDATE stock_stockmovement SET quantity = quantity + 0.0001 WHERE id = (SELECT id FROM"
                " stock_stockmovement WHERE home_id = 47 ORDER BY chain_sequence OFFSET 1000 LIMIT 1) RETURNING id"
            )
            [(changed,)] = cursor.fetchall()
        took, code, said = verify("--home", "47")
        if not code or str(UUID(str(changed))) not in said:
            raise SystemExit(f"a changed digit was not found: {said}")
        print(f"one changed digit in one home: found in {took:.1f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000)
