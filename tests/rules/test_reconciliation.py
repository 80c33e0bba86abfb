"""What each decision of a reconciliation asks for, and how somebody's competency stands."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emar.rules.competence import competence
from emar.rules.reconciliation import effect_on_before, faults_of_line, needs_prescription, prescription_id_for

DECISIONS = st.sampled_from(["continue", "start", "change", "stop", "ask"])
NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
TODAY = NOW.date()


@given(DECISIONS, st.booleans(), st.text(max_size=20))
def test_a_line_without_faults_can_always_be_acted_on(decision: str, has_before: bool, reason: str) -> None:
    if faults_of_line("Amlodipine", decision, reason, has_before=has_before):
        return
    effect = effect_on_before(decision, has_before=has_before)
    assert (effect == "nothing") == (not has_before)
    # What is known to be wrong or is in doubt is never simply given on.
    assert (effect == "goes_on") == (has_before and decision == "continue")
    if decision in ("change", "stop", "ask"):
        assert reason.strip()


@given(st.text(max_size=5), DECISIONS, st.booleans())
def test_a_line_without_words_is_never_whole(reason: str, decision: str, has_before: bool) -> None:
    assert "words" in {fault.field for fault in faults_of_line(" ", decision, reason, has_before=has_before)}


@pytest.mark.parametrize(
    ("decision", "has_before", "needed"),
    [
        ("start", False, True),
        ("continue", False, True),
        ("continue", True, False),
        ("change", True, True),
        ("stop", True, False),
        ("stop", False, False),
        ("ask", False, False),
    ],
)
def test_what_another_place_gave_is_written_here_before_it_is_given(
    decision: str, has_before: bool, needed: bool
) -> None:
    assert needs_prescription(decision, has_before=has_before) is needed


def test_a_medicine_that_is_prescribed_cannot_be_started_again() -> None:
    assert [fault.field for fault in faults_of_line("x", "start", "", has_before=True)] == ["decision"]


@given(st.uuids(), st.uuids())
def test_each_line_has_one_prescription_of_its_own(one: UUID, other: UUID) -> None:
    assert prescription_id_for(one) == prescription_id_for(one)
    assert (prescription_id_for(one) == prescription_id_for(other)) == (one == other)


@given(
    st.one_of(st.none(), st.dates(date(2025, 1, 1), date(2028, 1, 1))),
    st.one_of(st.none(), st.integers(-100, 100).map(lambda hours: NOW + timedelta(hours=hours))),
)
def test_only_an_assessment_that_ran_out_stops_a_new_round(expires_on: date | None, until: datetime | None) -> None:
    found = competence(expires_on, until, TODAY, NOW)
    ran_out = expires_on is not None and expires_on <= TODAY
    is_let = until is not None and until > NOW
    assert found.may_start == (not ran_out or is_let)


@pytest.mark.parametrize(
    ("expires_on", "until", "standing"),
    [
        (TODAY + timedelta(days=31), None, "valid"),
        (TODAY + timedelta(days=30), None, "ends_soon"),
        (TODAY + timedelta(days=1), None, "ends_soon"),
        (TODAY, None, "expired"),
        (TODAY, NOW + timedelta(hours=1), "overridden"),
        (TODAY, NOW, "expired"),
        (None, None, "not_assessed"),
    ],
)
def test_the_day_it_ends_is_the_first_without_it(expires_on: date, until: datetime, standing: str) -> None:
    assert competence(expires_on, until, TODAY, NOW).standing == standing
