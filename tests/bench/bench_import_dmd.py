"""How long a dm+d release of 100,000 products takes to come in, beside floors that do only part of it.

Run: `python tests/bench/bench_import_dmd.py [products]`. Writes an invented release in TRUD's shape to a temporary
folder (each product brings two packs and a half as many GTINs again), imports it twice into a database of its own
with every write safe on disk, and prints seconds. The floors: parsing the XML and looking at nothing, and copying
the finished rows into empty tables with the same indexes.
"""

import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "emar.settings")
DATABASE = "emar_bench_dmd"
PRODUCTS_A_GENERIC = 4
TABLES = (
    "emar_dmdterm",
    "emar_ingredient",
    "emar_medicine",
    "emar_medicineingredient",
    "emar_pack",
    "emar_packcode",
)


@contextmanager
def database() -> Iterator[None]:
    """Make the bench's own database on the durable server, and drop it afterwards."""
    import psycopg2

    from emar import local_postgres

    os.environ["EMAR_ENV"] = "demo"
    urls = local_postgres.urls()
    connection = psycopg2.connect(urls.superuser.rsplit("/", 1)[0] + "/postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {DATABASE} OWNER emar_owner")
        os.environ["DATABASE_URL"] = urls.app.rsplit("/", 1)[0] + "/" + DATABASE
        os.environ["DATABASE_OWNER_URL"] = urls.owner.rsplit("/", 1)[0] + "/" + DATABASE
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, check=True)
        try:
            yield
        finally:
            from django.db import connections

            connections.close_all()
            drop(cursor)
    connection.close()


def drop(cursor: Any) -> None:
    """Drop the bench's database; a clean-up process of the server may be in it, which only time removes."""
    import psycopg2

    for _ in range(60):
        try:
            cursor.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
        except (psycopg2.errors.InsufficientPrivilege, psycopg2.errors.ObjectInUse):
            time.sleep(1)
        else:
            return


def seconds(act: Callable[[], object]) -> tuple[float, float]:
    """Run something and return its seconds by the clock and of this process's CPU."""
    clock, cpu = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - clock, time.process_time() - cpu


def parse(folder: Path) -> None:
    """Parse every file of the release, dropping what is read; the floor for any reader in Python."""
    for file in folder.glob("*.xml"):
        builder = ElementTree.TreeBuilder()
        parser = ElementTree.XMLParser(target=builder)
        with file.open("rb") as opened:
            while chunk := opened.read(256 * 1024):
                parser.feed(chunk)
                for group in builder.close() or ():
                    del group[:-1]


def copied_again(cursor: Any) -> Callable[[], None]:
    """Take the finished rows out and return what copies them into empty tables with the same indexes."""
    kept = {}
    for table in TABLES:
        kept[table] = io.StringIO()
        cursor.copy_expert(f"COPY (SELECT * FROM {table} ORDER BY 1) TO STDOUT", kept[table])
        cursor.execute(f"CREATE TABLE floor_{table} (LIKE {table} INCLUDING ALL)")

    def copy() -> None:
        cursor.execute("BEGIN")
        for table in TABLES:
            kept[table].seek(0)
            cursor.copy_expert(f"COPY floor_{table} FROM STDIN", kept[table])
        cursor.execute("COMMIT")

    return copy


def main(products: int) -> None:
    from tests.dmd_release import write_release, zip_release

    with tempfile.TemporaryDirectory() as scratch, database():
        folder = write_release(Path(scratch) / "release", generics=products // PRODUCTS_A_GENERIC)
        release = zip_release(folder, Path(scratch) / "nhsbsa_dmd_1.0.0_20260101000001.zip")
        size = sum(file.stat().st_size for file in folder.glob("*.xml"))

        import django

        django.setup()
        from django.db import connections

        from emar.models import Medicine, Pack, PackCode
        from emar.operations.medicines import import_release

        at = datetime.now(UTC)
        print(f"{products:,} products in {size / 1e6:.0f} MB of XML; seconds by the clock (CPU of this process)")
        rows: list[tuple[str, float, float]] = []
        rows.append(("floor: parse the XML", *seconds(lambda: parse(folder))))
        rows.append(("import", *seconds(lambda: import_release(path=release, by="bench", at=at))))
        counts = [model.objects.count() for model in (Medicine, Pack, PackCode)]
        again = seconds(lambda: import_release(path=release, by="bench", at=at))
        rows.append(("import again: nothing changed", *again))
        with connections["owner"].cursor() as cursor:
            rows.append(("floor: COPY the finished rows", *seconds(copied_again(cursor))))
        for name, clock, cpu in rows:
            print(f"{name:32}{clock:8.1f} ({cpu:.1f})")
        floor = rows[0][1] + rows[3][1]
        print(f"{counts[0]:,} medicines, {counts[1]:,} packs, {counts[2]:,} codes")
        each_second = counts[0] / rows[1][1]
        print(f"{each_second:,.0f} products/s; the import takes {rows[1][1] / floor:.1f} times both floors together")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
