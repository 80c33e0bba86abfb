"""How long does a tablet that was three days without a network take to hand over ten thousand events?

Run: `python tests/bench/bench_drain.py [events]`. The app's own outbox and sync code, run by Node, against the real
server with every write safe on disk; every second event is a dose, the others are scans. The floor is pgbench, one
client, inserting the rows of as many doses in transactions of fifty. Target: design bedside.md, Figures. Fails when
an event is lost, doubled or out of order.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from deploy import bootstrap
from tests.bench.bench_doses import BATCH, PORT, database, fill, floor, prepare_floor, server

APP = Path(__file__).resolve().parents[2] / "web" / "bedside"
EVENTS, TARGET_SECONDS = 10_000, 60
FLOOR_SECONDS = 3


def main(count: int) -> None:
    node = str(bootstrap.node_program())
    subprocess.run([node, "test.mjs", "--build"], cwd=APP, check=True)
    with database():
        home, *_ = homes = fill()
        prepare_floor(homes)
        with server():
            told = drained(node, home, count)
        kept_in_order(home, count)
        lowest = count / floor(1, BATCH, FLOOR_SECONDS)
    # The floor is as if all of them were doses, and a scan writes half of a dose's rows.
    sys.stdout.write(
        "| events | seconds | asked | events/s | floor seconds | times the floor |\n|---:|---:|---:|---:|---:|---:|\n"
        f"| {count:,} | {told:.1f} | {TARGET_SECONDS * count / EVENTS:.0f} | {count / told:,.0f} | {lowest:.1f} "
        f"| {told / lowest:.1f} |\n"
    )


def drained(node: str, home: dict[str, object], count: int) -> float:
    """Enrol a tablet, let it send its outbox, and return how many seconds that took."""
    from django.utils import timezone

    from emar.operations import devices
    from emar.scope import scope

    care_home, staff = home["home"].pk, home["staff"].pk  # type: ignore[attr-defined]
    with scope(home=care_home):
        code = devices.invite(home_id=care_home, by=staff, at=timezone.now())
    prescriptions: Sequence[object] = home["prescriptions"]  # type: ignore[assignment]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        rows = [{"id": str(each.pk), "resident_id": each.resident_id} for each in prescriptions]  # type: ignore[attr-defined]
        file.write(json.dumps(rows))
        file.flush()
        done = subprocess.run(
            [node, ".out/drain.mjs", f"http://127.0.0.1:{PORT}", code, str(staff), str(count), file.name],
            cwd=APP, capture_output=True, text=True, check=False,
        )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    told = json.loads(done.stdout)
    if told["unsent"] or not set(told["answers"]) <= {"recorded", "recorded_with_findings"}:
        raise SystemExit(f"not all was recorded: {told}")
    return float(told["seconds"])


def kept_in_order(home: dict[str, object], count: int) -> None:
    """Stop the bench when the server does not have exactly what was sent."""
    from emar.models import Administration, DeviceEvent, ScanEvent
    from emar.scope import scope

    with scope(home=home["home"].pk):  # type: ignore[attr-defined]
        sequences = list(DeviceEvent.objects.order_by("sequence").values_list("sequence", flat=True))
        found = ScanEvent.objects.count(), Administration.objects.count()
    if sequences != list(range(1, count + 1)) or found != (count - count // 2, count // 2):
        raise SystemExit(f"{len(sequences)} events of {count}, {found[0]} scans, {found[1]} doses")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS)
