"""May the closing job run on several hosts at once, and beside a carer who records the very dose?

Each test has its negative control: with the lock taken away the same acts at the same moment must go wrong.
"""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from emar.models import Task
from emar.operations import closing
from emar.operations.closing import Closed, close_home
from emar.queries import closing as found
from emar.scope import scope
from tests.bedside import EIGHT, HOUR, NINE, Bedside, make_bedside
from tests.concurrency.at_once import Meeting, at_once, take_the_lock_away
from tests.concurrency.test_writers import rows, with_and_without

pytestmark = pytest.mark.usefixtures("committed_db")
AFTERWARDS = NINE + 4 * HOUR + timedelta(minutes=1)


@pytest.fixture
def bedside(committed_db: None) -> Bedside:
    return make_bedside(checked_at=EIGHT - HOUR)


def close(bedside: Bedside) -> Closed:
    with scope(home=bedside.home.pk):
        return close_home(home_id=bedside.home.pk, at=AFTERWARDS)


@with_and_without
def test_two_hosts_close_a_home_at_once(bedside: Bedside, monkeypatch: pytest.MonkeyPatch, has_lock: bool) -> None:
    Meeting(monkeypatch, closing, "_waiting")
    if not has_lock:
        take_the_lock_away(monkeypatch)
    told = at_once(lambda: close(bedside), lambda: close(bedside))
    assert [each.outcome for each in bedside.administrations()] == ["not_recorded"]
    assert len(rows(bedside, Task)) == 1
    if has_lock:
        assert sorted(each.not_recorded for each in told) == [0, 1]
    else:
        # The id of what is written, made from the dose, is what is left to stop the second one: it fails.
        assert [type(each) for each in told if isinstance(each, Exception)] == [IntegrityError]


@pytest.mark.hazard("H05", control="a dose recorded while the job runs is not written down as missed", shows="works")
@with_and_without
def test_a_carer_records_the_dose_while_it_is_closed(
    bedside: Bedside, monkeypatch: pytest.MonkeyPatch, has_lock: bool
) -> None:
    """The job has read that nobody answered; before it writes, the carer's record comes in."""
    if not has_lock:
        take_the_lock_away(monkeypatch)
    read = found.unanswered
    looks = []

    def and_let_the_carer_in(*asked: object, **named: object) -> object:
        blank = read(*asked, **named)
        looks.append(blank)
        # Before the lock is taken in the first place; without a lock also between reading and writing.
        if len(looks) == (1 if has_lock else 2):
            at_once(lambda: bedside.record(bedside.dose(), at=AFTERWARDS))
        return blank

    monkeypatch.setattr(found, "unanswered", and_let_the_carer_in)
    close(bedside)
    outcomes = sorted(each.outcome for each in bedside.administrations())
    assert outcomes == (["given"] if has_lock else ["given", "not_recorded"])
    assert len(rows(bedside, Task)) == (0 if has_lock else 1)
