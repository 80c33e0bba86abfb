"""A real worker process is killed (SIGKILL) at every step of sending an order: it is neither lost nor doubled.

Each step is held open from outside, by the mail server that has not answered or by a lock that the worker waits for,
so that the kill does not depend on speed.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest
from django.conf import settings as configured
from django.db import connections

from emar import jobs
from emar.models import Job
from emar.operations.jobs import run_one
from emar.scope import scope
from ordering.models import OrderEvent
from ordering.operations import sending
from tests.ordering.homes import HOUR, NINE, OrderingHome, make_ordering_home
from tests.ordering.post_room import PostRoom

pytestmark = pytest.mark.usefixtures("committed_db")
LATER = NINE + 2 * HOUR
WORKER = """
import sys
from datetime import datetime
import django
django.setup()
from emar.operations.jobs import run_one
run_one(home_id=int(sys.argv[1]), at=datetime.fromisoformat(sys.argv[2]))
"""
ROOT = Path(__file__).resolve().parents[2]


class Holder:
    """A connection of its own that holds rows which the worker needs next."""

    def __init__(self, home_id: int) -> None:
        self.home_id = home_id
        self.connection = psycopg2.connect(own_database(configured.APP_URL))
        with self.connection.cursor() as cursor:
            cursor.execute("SET ROLE emar_app")
            cursor.execute("SELECT set_config('emar.home_id', %s, false)", [str(home_id)])

    def hold_home(self) -> None:
        """Hold what every writer of the home takes first."""
        self._execute("SELECT FROM stock_ledgerhead WHERE home_id = %s FOR UPDATE")

    def hold_job(self) -> None:
        """Hold the row of the job, which is ticked off last."""
        self._execute("SELECT FROM emar_job WHERE home_id = %s AND finished_at IS NULL FOR UPDATE")

    def _execute(self, statement: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, [self.home_id])
            assert cursor.rowcount > 0

    def wait_until_somebody_waits(self, worker: "subprocess.Popen[bytes]") -> None:
        """Return once the worker stands before what is held here."""
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (mine,) = cursor.fetchone()
            while True:
                cursor.execute(
                    "SELECT FROM pg_locks AS asked WHERE NOT asked.granted AND %s = ANY (pg_blocking_pids(asked.pid))",
                    [mine],
                )
                if cursor.rowcount:
                    return
                # Also the pause between two looks: a worker that ended by itself will never wait.
                try:
                    worker.wait(timeout=0.02)
                except subprocess.TimeoutExpired:
                    continue
                raise AssertionError("the worker ended before it was killed")

    def close(self) -> None:
        """Let go."""
        self.connection.close()


def own_database(url: str) -> str:
    """Return the address of this test's own copy of the database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{connections['default'].settings_dict['NAME']}"))


@pytest.fixture
def home(post_room: PostRoom) -> OrderingHome:
    home = make_ordering_home()
    [order] = home.draft()
    home.review(order)
    home.approve(order)
    return home


@pytest.fixture
def holder(home: OrderingHome) -> Iterator[Holder]:
    found = Holder(home.pk)
    yield found
    found.close()


def start_worker(home: OrderingHome, post_room: PostRoom, at: datetime) -> "subprocess.Popen[bytes]":
    """Start a host that does what is due in the home."""
    surroundings = os.environ | {
        "DJANGO_SETTINGS_MODULE": "emar.settings", "PYTHONPATH": str(ROOT),
        "DATABASE_URL": own_database(configured.APP_URL), "DATABASE_OWNER_URL": own_database(configured.OWNER_URL),
        "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(post_room.port), "SMTP_SECURITY": "none", "SMTP_USER": "",
        "ORDER_SENDER": "orders@emar.example",
    }  # fmt: skip
    return subprocess.Popen([sys.executable, "-c", WORKER, str(home.pk), at.isoformat()], env=surroundings)


def kill(worker: "subprocess.Popen[bytes]") -> None:
    """Kill a worker at once; nothing that it would do afterwards happens."""
    worker.send_signal(signal.SIGKILL)
    assert worker.wait() == -signal.SIGKILL


#: Where the worker is killed, and how often the mail server has the message in the end. Only between the server's yes
#: and the note of it nobody can know.
STEPS = {
    "before the attempt is written down": 1,
    "before the mail server has said yes": 1,
    "after the mail server's yes, before the worker hears it": 2,
    "after the worker heard it, before it is written down": 2,
    "after it is written down, before the job is ticked off": 1,
}


@pytest.mark.hazard("H22", control="killed at any step an order is neither lost nor doubled", shows="works")
@pytest.mark.parametrize(("where", "copies"), STEPS.items(), ids=list(STEPS))
def test_an_order_survives_a_killed_worker(
    home: OrderingHome, holder: Holder, post_room: PostRoom, where: str, copies: int
) -> None:
    killed: list[bool] = []

    def kill_now() -> None:
        kill(worker)
        killed.append(True)

    match list(STEPS).index(where):
        case 0:
            holder.hold_home()
        case 1:
            post_room.before, post_room.answer = kill_now, "451 nobody is there any more"
        case 2:
            post_room.afterwards = kill_now
        case 3:
            post_room.afterwards = holder.hold_home
        case _:
            post_room.afterwards = holder.hold_job
    worker = start_worker(home, post_room, LATER)
    if where.startswith(("before the mail", "after the mail")):
        assert worker.wait(timeout=120) == -signal.SIGKILL
    else:
        holder.wait_until_somebody_waits(worker)
        kill_now()
    assert killed == [True]
    holder.close()
    post_room.before = post_room.afterwards = lambda: None
    post_room.answer = ""
    # Nobody else takes the job before the dead host's lease has run out; then another host does it.
    assert run_one(home_id=home.pk, at=LATER) is None
    assert run_one(home_id=home.pk, at=LATER + jobs.LEASE) is True
    assert run_one(home_id=home.pk, at=LATER + 2 * jobs.LEASE) is None
    assert len(post_room.taken) == copies
    assert len(set(post_room.taken)) == 1, "whoever is asked twice is asked for the same thing, byte for byte"
    with scope(home=home.pk):
        assert OrderEvent.objects.filter(kind="sent").count() == 1
        assert Job.objects.get(kind=sending.SEND).finished_at is not None
