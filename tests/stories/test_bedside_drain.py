"""Do three days of a tablet's records arrive whole, in order and soon, by the app's own sync code?"""

import json
import os
import subprocess
import sys

import pytest

from deploy import bootstrap
from emar.models import DeviceEvent, ScanEvent
from emar.scope import scope
from tests.stories.bedside_screens import APP
from tests.stories.test_main_job import MorningRound

#: How many events; the figure of the design is 10,000 in under 60 seconds.
EVENTS = int(os.environ.get("EMAR_DRAIN", "1000"))
SCANS = int(os.environ.get("EMAR_MUTATIONS", "5000"))


@pytest.fixture(scope="module")
def node() -> str:
    """Build the app's programs for tests; give the path of Node."""
    if not (APP / "node_modules").is_dir():
        pytest.skip("its npm packages are not installed: make test does that")
    program = str(bootstrap.node_program())
    subprocess.run([program, "test.mjs", "--build"], cwd=APP, check=True)
    return program


@pytest.mark.hazard("H11", control="three days without a network arrive whole and in order", shows="works")
@pytest.mark.protocol(4)
def test_three_days_of_events_arrive_whole_and_in_order(server: str, node: str) -> None:
    home = MorningRound()
    done = subprocess.run(
        [node, ".out/drain.mjs", server, home.code, str(home.carer.pk), str(EVENTS)],
        cwd=APP,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["events"], told["unsent"], sum(told["answers"].values())) == (EVENTS, 0, EVENTS)
    # Two of the three days are older than a device's lease: kept like the rest, and flagged.
    assert set(told["answers"]) == {"recorded", "recorded_with_findings"}
    assert abs(told["answers"]["recorded_with_findings"] / EVENTS - 2 / 3) < 0.02
    with scope(home=home.home.pk):
        sequences = list(DeviceEvent.objects.order_by("sequence").values_list("sequence", flat=True))
        assert sequences == list(range(1, EVENTS + 1))
        assert ScanEvent.objects.count() == EVENTS
    assert told["seconds"] < 60 * max(1, EVENTS / 10_000)


@pytest.mark.hazard("H02", control="device and server read a damaged code alike", shows="works")
def test_device_and_server_read_damaged_codes_alike(node: str) -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "tests.rules.gs1_mutations", "--count", str(SCANS), "--seed", "20261122"],
        cwd=APP.parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    done = subprocess.run(
        [node, ".out/mutations.mjs"], cwd=APP, input=printed.stdout, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert f"{SCANS} scans, 0 read differently" in done.stdout
