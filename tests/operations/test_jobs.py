"""What runs by itself runs once at a time, again after a failure, and is lost by nobody's death."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import transaction

from emar import jobs
from emar.jobs import Asked, Work
from emar.models import Job
from emar.operations.jobs import ask, run_one, start_periodic
from emar.scope import scope
from tests import factories as make
from tests.factories import NOW

MINUTE = timedelta(minutes=1)


class Done(list[Asked]):
    """What was done, and what fails."""

    fails = False

    def __call__(self, asked: Asked) -> None:
        self.append(asked)
        if self.fails:
            raise OSError("no network")


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> Iterator[Done]:
    found = Done()
    monkeypatch.setattr(jobs, "WORK", {})
    monkeypatch.setattr("emar.operations.jobs.WORK", jobs.WORK)
    jobs.register(Work("letter", found))
    return found


@pytest.fixture
def home_id(db: None) -> int:
    return make.make_home().pk


def ask_for(home_id: int, key: str = "a", at: datetime = NOW) -> None:
    with scope(home=home_id):
        ask(home_id=home_id, kind="letter", key=key, payload={"words": "please"}, by=None, at=at)


def job(home_id: int) -> Job:
    with scope(home=home_id):
        return Job.objects.get()


def test_what_was_asked_for_is_done_once(done: Done, home_id: int) -> None:
    ask_for(home_id)
    ask_for(home_id)
    assert run_one(home_id=home_id, at=NOW) is True
    assert run_one(home_id=home_id, at=NOW) is None
    assert [(each.key, each.payload, each.attempts) for each in done] == [("a", {"words": "please"}, 1)]


def test_what_was_done_is_done_again_when_asked_again(done: Done, home_id: int) -> None:
    ask_for(home_id)
    assert run_one(home_id=home_id, at=NOW)
    ask_for(home_id, at=NOW + MINUTE)
    assert run_one(home_id=home_id, at=NOW + MINUTE)
    assert len(done) == 2


def test_an_act_that_is_undone_takes_its_job_with_it(done: Done, home_id: int) -> None:
    with transaction.atomic():
        ask_for(home_id)
        transaction.set_rollback(True)
    assert run_one(home_id=home_id, at=NOW) is None
    assert done == []


def test_what_fails_is_tried_again_later_and_later(done: Done, home_id: int) -> None:
    ask_for(home_id)
    done.fails = True
    at, waits = NOW, []
    for _ in range(9):
        assert run_one(home_id=home_id, at=at) is False
        found = job(home_id)
        assert (found.problem, found.lease_expires_at) == ("OSError", None)
        waits.append(found.due_at - at)
        assert run_one(home_id=home_id, at=found.due_at - timedelta(seconds=1)) is None
        at = found.due_at
    assert waits[:3] == [timedelta(seconds=30), MINUTE, 2 * MINUTE]
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=1)
    done.fails = False
    assert run_one(home_id=home_id, at=at) is True
    assert (job(home_id).problem, job(home_id).finished_at) == ("", at)


def test_a_host_that_died_is_replaced_when_its_lease_has_run_out(done: Done, home_id: int) -> None:
    ask_for(home_id)

    def die(asked: Asked) -> None:
        raise SystemExit  # as a kill would: nothing after the work happens

    jobs.register(Work("letter", die))
    with pytest.raises(SystemExit):
        run_one(home_id=home_id, at=NOW)
    jobs.register(Work("letter", done))
    assert run_one(home_id=home_id, at=NOW + MINUTE) is None
    assert run_one(home_id=home_id, at=NOW + jobs.LEASE) is True
    assert [each.attempts for each in done] == [2]


def test_what_is_asked_for_while_it_runs_is_not_taken_for_done(done: Done, home_id: int) -> None:
    ask_for(home_id)
    jobs.register(Work("letter", lambda asked: ask_for(home_id, at=NOW + MINUTE)))
    assert run_one(home_id=home_id, at=NOW) is True
    jobs.register(Work("letter", done))
    assert run_one(home_id=home_id, at=NOW + MINUTE) is True
    assert len(done) == 1


def test_one_failing_job_does_not_keep_the_others_waiting(done: Done, home_id: int) -> None:
    ask_for(home_id, "first")
    ask_for(home_id, "second", NOW + timedelta(seconds=1))

    def fail_first(asked: Asked) -> None:
        if asked.key == "first":
            raise ValueError
        done(asked)

    jobs.register(Work("letter", fail_first))
    assert [run_one(home_id=home_id, at=NOW + MINUTE) for _ in range(3)] == [False, True, None]
    assert [each.key for each in done] == ["second"]


def test_periodic_work_is_due_in_every_home_and_then_at_its_time(done: Done, home_id: int) -> None:
    jobs.register(Work("figures", done, daily_at=time(6)))
    for _ in range(2):
        with scope(home=home_id):
            start_periodic(home_id=home_id, at=NOW)
    assert [run_one(home_id=home_id, at=NOW) for _ in range(2)] == [True, None]
    assert job(home_id).due_at == datetime(2026, 11, 19, 6, tzinfo=UTC)
    assert run_one(home_id=home_id, at=datetime(2026, 11, 19, 5, 59, tzinfo=UTC)) is None
    assert run_one(home_id=home_id, at=datetime(2026, 11, 25, 7, tzinfo=UTC)) is True
    assert job(home_id).due_at == datetime(2026, 11, 26, 6, tzinfo=UTC)


def test_daily_work_is_due_by_the_homes_clocks_on_both_sides_of_a_clock_change() -> None:
    work = Work("figures", Done(), daily_at=time(6))
    assert work.next_due(datetime(2026, 3, 28, 12, tzinfo=UTC)) == datetime(2026, 3, 29, 5, tzinfo=UTC)
    assert work.next_due(datetime(2026, 10, 24, 12, tzinfo=UTC)) == datetime(2026, 10, 25, 6, tzinfo=UTC)


def test_work_of_every_ten_minutes_keeps_to_the_clock() -> None:
    work = Work("close", Done(), every=timedelta(minutes=10))
    assert work.next_due(datetime(2026, 3, 28, 12, 3, 7, tzinfo=UTC)) == datetime(2026, 3, 28, 12, 10, tzinfo=UTC)
    assert work.next_due(datetime(2026, 3, 28, 12, 10, tzinfo=UTC)) == datetime(2026, 3, 28, 12, 20, tzinfo=UTC)


def test_no_job_of_another_home_is_taken(done: Done, home_id: int) -> None:
    ask_for(home_id)
    assert run_one(home_id=make.make_home().pk, at=NOW) is None


def test_a_kind_that_this_version_does_not_know_waits(done: Done, home_id: int) -> None:
    ask_for(home_id)
    jobs.WORK.clear()
    assert run_one(home_id=home_id, at=NOW) is None
    assert job(home_id).finished_at is None
