"""Filling the database with the demo, or bringing a filled one up to now."""

import os
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.queues import SimpleQueue
from time import sleep

from django.db import connections

from emar.demo import AFTERWARDS, people
from emar.demo.answers import settle_tasks
from emar.demo.chance import id_at
from emar.demo.clinical import complete
from emar.demo.council import DEMO, HomePlan, Plan, day_of, find_or_make_homes, make_team, make_units
from emar.demo.history import History
from emar.demo.medicines import add_demo_medicines
from emar.demo.prescribed import medicines_by_name, prescribe
from emar.models import CareHome, Device, Resident
from emar.operations.closing import close_home
from emar.scope import scope

#: Hears of each day filled: how many are done and how many there are.
Progress = Callable[[int, int], object]
GROWING = (
    "emar_prescription",
    "emar_administration",
    "stock_stockline",
    "stock_stockpack",
    "stock_stockmovement",
    "stock_stockcount",
)
#: Days of a filling after which the tables have grown so much that their sizes matter.
LOOKED_AT_AFTER = frozenset({0, 3, 10, 28})
#: Where a process that writes one home's history tells of each day it has done.
_days_done: "SimpleQueue[None]"


@dataclass(frozen=True, slots=True)
class Filled:
    """What one filling wrote."""

    homes: list[CareHome]
    residents: int
    doses: int


def fill(*, at: datetime, plan: Plan = DEMO, progress: Progress = lambda done, total: None) -> Filled:
    """Make the demo's council, homes, people and history up to `at`, or add what has happened since.

    Repeating it adds nothing but time gone by. Each home is settled in one transaction and its history goes on
    day by day, so a filling that was interrupted is taken up again by the next one. The same seed and moment
    give the same people, prescriptions and doses. Raises LookupError when a medicine is missing.
    """
    add_demo_medicines()
    homes = [_as_application(home.pk) for home in find_or_make_homes(plan, at=at)]
    taken: set[str] = set()
    residents = 0
    for home, home_plan in zip(homes, plan.homes, strict=True):
        residents += _settle(home, home_plan, plan, at, taken)
    doses = sum(_write_histories(homes, plan, at, progress))
    for home in homes:
        for add in AFTERWARDS:
            add(home, at)
    return Filled(homes, residents, doses)


def _write_histories(homes: Sequence[CareHome], plan: Plan, at: datetime, progress: Progress) -> list[int]:
    """Write each home's history and return how many doses each had; side by side where there are processors.

    Homes never wait for each other: their ledgers are locked one by one.
    """
    workers = min(len(homes), os.cpu_count() or 1)
    total = len(homes) * (plan.weeks * 7 + 1)
    if workers == 1 or "fork" not in get_all_start_methods():
        done = count(1)
        return [_write_history(home.pk, plan, at, lambda: progress(next(done), total)) for home in homes]
    # A forked process must not speak on its parent's connections.
    connections.close_all()
    context = get_context("fork")
    days = context.SimpleQueue()
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_days_go_to, initargs=(days,)) as pool:
        running = [pool.submit(_write_history_apart, home.pk, plan, at) for home in homes]
        done = 0
        while not all(each.done() for each in running):
            sleep(0.1)
            while not days.empty():
                days.get()
                done += 1
            progress(done, total)
        return [each.result() for each in running]


def _write_history(home_id: int, plan: Plan, at: datetime, day_done: Callable[[], object]) -> int:
    doses = 0
    with scope(home=home_id):
        history = History(CareHome.objects.get(pk=home_id), seed=plan.seed, weeks=plan.weeks, now=at)
    for day, written in enumerate(history.fill()):
        doses += written
        if history.is_first and day in LOOKED_AT_AFTER:
            _look_at_sizes()
        day_done()
    with scope(home=home_id):
        # What the clock itself finds: doses left blank, results that ran out, plans to review.
        close_home(home_id=home_id, at=at)
        settle_tasks(CareHome.objects.get(pk=home_id), seed=plan.seed, at=at)
    return doses


def _look_at_sizes() -> None:
    # Statements are planned once on a connection. Planned on empty tables they would read the whole of them
    # for every dose; knowing how the tables have grown makes PostgreSQL plan them again.
    with connections["owner"].cursor() as cursor:
        # A small sample tells sizes well enough.
        cursor.execute("SET default_statistics_target = 10")
        cursor.execute(f"ANALYZE {', '.join(GROWING)}")


def _days_go_to(days: "SimpleQueue[None]") -> None:
    global _days_done
    _days_done = days


def _write_history_apart(home_id: int, plan: Plan, at: datetime) -> int:
    """Write one home's history in a process of its own, telling of each day."""
    try:
        return _write_history(home_id, plan, at, lambda: _days_done.put(None))
    finally:
        connections.close_all()


def _as_application(home_id: int) -> CareHome:
    with scope(home=home_id):
        return CareHome.objects.get(pk=home_id)


def _settle(home: CareHome, home_plan: HomePlan, plan: Plan, at: datetime, taken: set[str]) -> int:
    """Make a home's units, staff, residents and prescriptions, unless it has them; return how many moved in."""
    with scope(home=home.pk):
        if Resident.objects.filter(home=home).exists():
            taken |= set(Resident.objects.filter(home=home).values_list("full_name", flat=True))
            return 0
        since = at - timedelta(weeks=plan.weeks, days=1)
        units = make_units(home, home_plan)
        team = make_team(home, home_plan, seed=plan.seed, at=at, since=since, taken=taken)
        moved_in = people.move_in(home, units, team, seed=plan.seed, at=at, taken=taken)
        plan_of_unit = {unit.pk: unit_plan for unit_plan, unit in units}
        days = [
            (person, day_of(plan_of_unit[person.resident.unit_id], person.resident.corridor_order - 1))
            for person in moved_in
        ]
        prescribe(home, days, medicines_by_name(), team, seed=plan.seed, at=at, weeks=plan.weeks)
        complete(home, moved_in, team, seed=plan.seed, at=at)
        people.send_away(home, [person.resident for person in moved_in], team, at=at)
        Device.objects.create(
            id=id_at(since, plan.seed, home.name, "device"),
            home=home,
            name=f"{units[0][0].name} trolley",
            # Nobody knows this key: the past was recorded on a device that cannot speak again.
            key_hash=secrets.token_hex(32),
            storage_key=secrets.token_hex(32),
            enrolled_at=since,
            enrolled_by=team.manager,
            lease_expires_at=since + timedelta(days=30),
        )
        return len(moved_in)
