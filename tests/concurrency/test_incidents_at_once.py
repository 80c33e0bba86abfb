"""May two hosts draft incidents at once, and two people report at once?

Each test has its negative control: with the lock taken away the same acts at the same moment must go wrong.
"""

import pytest
from django.db import IntegrityError
from uuid_utils.compat import uuid7

from emar.scope import scope
from quality.models import Incident, IncidentEvidence
from quality.operations import incidents
from quality.operations.incidents import Report, draft, report
from tests.bedside import EIGHT, MINUTE, NINE, Bedside, make_bedside
from tests.concurrency.at_once import Meeting, at_once, take_the_lock_away
from tests.concurrency.test_writers import rows, with_and_without

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def bedside(committed_db: None) -> Bedside:
    return make_bedside()


@with_and_without
def test_two_hosts_draft_the_same_double_dose(
    bedside: Bedside, monkeypatch: pytest.MonkeyPatch, has_lock: bool
) -> None:
    bedside.record(bedside.dose())
    bedside.record(bedside.dose(given_at=EIGHT + 20 * MINUTE, entered_at=EIGHT + 20 * MINUTE))

    def look() -> int:
        with scope(home=bedside.home.pk):
            return draft(home_id=bedside.home.pk, at=NINE)

    Meeting(monkeypatch, incidents, "seen")
    if not has_lock:
        take_the_lock_away(monkeypatch)
    told = at_once(look, look)
    assert len(rows(bedside, Incident)) == len(rows(bedside, IncidentEvidence)) == 1
    if has_lock:
        assert sorted(told) == [0, 1]
    else:
        # What the database knows of causes and numbers is what is left: the second run fails.
        assert [type(each) for each in told if isinstance(each, Exception)] == [IntegrityError]


@with_and_without
def test_two_people_report_at_once(bedside: Bedside, monkeypatch: pytest.MonkeyPatch, has_lock: bool) -> None:
    def tell() -> int:
        said = Report(uuid7(), "other", "two boxes alike", NINE, has_reached=False)
        with scope(home=bedside.home.pk):
            return report(home_id=bedside.home.pk, said=said, by=bedside.carer.pk, at=NINE).number

    Meeting(monkeypatch, incidents, "_next_number")
    if not has_lock:
        take_the_lock_away(monkeypatch)
    told = at_once(tell, tell)
    if has_lock:
        assert sorted(told) == [1, 2]
    else:
        assert [type(each) for each in told if isinstance(each, Exception)] == [IntegrityError]
