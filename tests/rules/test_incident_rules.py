"""How an incident is weighed: what cannot both be true, which duties follow, and what belongs together."""

import itertools
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.rules.drafting import (
    TOGETHER,
    Evidence,
    OpenIncident,
    Scan,
    drafts,
    kind_of_given,
    repeated_stops,
)
from quality.rules.incidents import (
    KIND_WORDS,
    MERP,
    PHYSICAL,
    PSYCHOLOGICAL,
    Assessment,
    Kind,
    Thresholds,
    advice,
    contradictions,
    undecided,
)

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
ASSESSMENTS = st.builds(
    Assessment,
    merp=st.sampled_from(sorted(MERP)),
    physical=st.sampled_from(sorted(PHYSICAL)),
    psychological=st.sampled_from(sorted(PSYCHOLOGICAL)),
    is_lasting=st.booleans(),
    is_abuse_alleged=st.booleans(),
    are_police_told=st.booleans(),
)


def judged(merp: str = "C", physical: str = "none", psychological: str = "none", **fields: bool) -> Assessment:
    return Assessment(merp=merp, physical=physical, psychological=psychological, **fields)  # type: ignore[arg-type]


def strengths(found: Assessment, *, people: int = 1, repeats: int = 1, **thresholds: int) -> dict[str, str]:
    given_advice = advice(found, people=people, repeats=repeats, thresholds=Thresholds(**thresholds))  # type: ignore[arg-type]
    return {each.duty: each.strength for each in given_advice}


def test_an_ordinary_error_without_harm_asks_for_nothing() -> None:
    assert strengths(judged("C")) == dict.fromkeys(["cqc", "safeguarding", "duty_of_candour"], "not_indicated")


def test_death_is_told_to_everybody() -> None:
    assert set(strengths(judged("I", "fatal")).values()) == {"must"}


def test_police_and_abuse_go_to_the_cqc_and_so_to_safeguarding_without_any_harm() -> None:
    for found in (judged("B", are_police_told=True), judged("B", is_abuse_alleged=True)):
        assert strengths(found)["cqc"] == strengths(found)["safeguarding"] == "must"
        assert strengths(found)["duty_of_candour"] == "not_indicated"


def test_low_harm_is_referred_and_the_home_may_ask_for_more() -> None:
    assert strengths(judged("E", "low"))["safeguarding"] == "must"
    raised = advice(judged("E", "low"), people=1, repeats=1, thresholds=Thresholds(refer_from="moderate"))
    assert [each.strength for each in raised] == ["not_indicated"] * 3


def test_moderate_harm_asks_and_lasting_harm_obliges() -> None:
    asked = strengths(judged("E", "moderate"))
    assert (asked["cqc"], asked["duty_of_candour"]) == ("consider", "consider")
    lasting = strengths(judged("F", "moderate", is_lasting=True))
    assert (lasting["cqc"], lasting["duty_of_candour"]) == ("must", "must")


def test_several_people_are_referred_unless_it_was_stopped_before_them() -> None:
    assert strengths(judged("C"), people=2)["safeguarding"] == "must"
    assert strengths(judged("B"), people=2)["safeguarding"] == "not_indicated"


def test_repeated_errors_are_considered() -> None:
    assert strengths(judged("C"), repeats=2)["safeguarding"] == "not_indicated"
    assert strengths(judged("C"), repeats=3)["safeguarding"] == "consider"
    assert strengths(judged("C"), repeats=3, repeats_to_consider=4)["safeguarding"] == "not_indicated"


@given(ASSESSMENTS, st.integers(1, 9), st.integers(1, 9))
def test_what_goes_to_the_cqc_always_goes_to_safeguarding(found: Assessment, people: int, repeats: int) -> None:
    said = strengths(found, people=people, repeats=repeats)
    assert said["cqc"] != "must" or said["safeguarding"] == "must"


@given(ASSESSMENTS, st.integers(1, 9))
def test_more_people_and_repeats_never_ask_for_less(found: Assessment, many: int) -> None:
    order = ["not_indicated", "consider", "must"]
    few, more = strengths(found), strengths(found, people=many, repeats=many)
    assert all(order.index(few[duty]) <= order.index(more[duty]) for duty in few)


@given(ASSESSMENTS)
def test_every_advice_says_why(found: Assessment) -> None:
    given_advice = advice(found, people=1, repeats=1, thresholds=Thresholds())
    assert all(each.reasons for each in given_advice)


@pytest.mark.parametrize(
    ("merp", "physical"), [("A", "low"), ("B", "fatal"), ("C", "low"), ("D", "moderate"), ("G", "low"), ("I", "severe")]
)
def test_scales_that_contradict_each_other_are_told(merp: str, physical: str) -> None:
    assert len(contradictions(judged(merp, physical))) == 1


@pytest.mark.parametrize(
    ("merp", "physical"),
    [("A", "none"), ("C", "none"), ("E", "low"), ("F", "moderate"), ("H", "severe"), ("I", "fatal")],
)
def test_scales_that_agree_are_not(merp: str, physical: str) -> None:
    assert contradictions(judged(merp, physical)) == []


def test_lasting_harm_needs_harm() -> None:
    assert len(contradictions(judged("C", is_lasting=True))) == 1


def test_only_what_is_asked_for_must_be_decided() -> None:
    asked = advice(judged("E", "moderate"), people=1, repeats=1, thresholds=Thresholds())
    assert {each.duty for each in undecided(asked, frozenset({"cqc"}))} == {"safeguarding", "duty_of_candour"}
    assert undecided(advice(judged("C"), people=1, repeats=1, thresholds=Thresholds()), frozenset()) == []


def test_every_kind_has_words() -> None:
    assert set(KIND_WORDS) == set(Kind)


def seen(hours: float, about: str = "line 1", kind: Kind = Kind.DOUBLE_DOSE) -> Evidence:
    return Evidence(kind, f"record {uuid4()}", NOW + hours * HOUR, about, has_reached=True)


def test_two_facts_of_a_day_about_one_line_are_one_incident_and_a_day_later_another() -> None:
    found = drafts([seen(0), seen(20), seen(45)], [])
    assert [len(each.evidence) for each in found] == [2, 1]


def test_facts_about_another_line_or_of_another_kind_are_apart() -> None:
    found = drafts([seen(0), seen(0, "line 2"), seen(0, kind=Kind.PRN_OVER_LIMIT)], [])
    assert [len(each.evidence) for each in found] == [1, 1, 1]


def test_new_facts_join_the_open_incident_near_them() -> None:
    near, far = (
        OpenIncident(uuid4(), "double_dose", "line 1", NOW),
        OpenIncident(uuid4(), "double_dose", "line 1", NOW - 30 * HOUR),
    )
    (joined,) = drafts([seen(2)], [far, near])
    assert joined.incident_id == near.id
    (apart,) = drafts([seen(25)], [near])
    assert apart.incident_id is None


HOURS = st.lists(st.floats(0, 200), max_size=12)


@given(HOURS, st.randoms())
def test_the_order_in_which_facts_arrive_makes_no_difference(hours: list[float], chance: object) -> None:
    pieces = [seen(each) for each in hours]
    shuffled = list(pieces)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert drafts(pieces, []) == drafts(shuffled, [])


@given(HOURS)
def test_each_fact_is_in_exactly_one_draft_and_neighbours_are_near(hours: list[float]) -> None:
    pieces = [seen(each) for each in hours]
    found = drafts(pieces, [])
    assert sorted(each.cause for draft in found for each in draft.evidence) == sorted(each.cause for each in pieces)
    for draft in found:
        times = [each.happened_at for each in draft.evidence]
        assert all(later - earlier <= TOGETHER for earlier, later in itertools.pairwise(times))


def scans(*hours: float, findings: tuple[str, ...] = ("wrong_medicine",)) -> list[Scan]:
    return [Scan(uuid4(), NOW + each * HOUR, findings, "prescription 1", 7, UUID(int=1)) for each in hours]


WEEK = timedelta(days=7)


def test_the_third_wrong_pack_in_a_week_is_evidence_and_the_fourth_is_not() -> None:
    many = scans(0, 24, 48, 72)
    (found,) = repeated_stops(many, at_least=3, within=WEEK)
    assert found.cause == f"scan {many[2].id}"
    assert found.facts["scans"] == [str(each.id) for each in many[:3]]
    assert not found.has_reached


def test_two_wrong_packs_or_three_in_a_month_are_the_check_at_work() -> None:
    assert repeated_stops(scans(0, 1), at_least=3, within=WEEK) == []
    assert repeated_stops(scans(0, 200, 400), at_least=3, within=WEEK) == []


def test_a_stop_of_another_sort_is_no_wrong_pack() -> None:
    assert repeated_stops(scans(0, 1, 2, findings=("too_early",)), at_least=3, within=WEEK) == []


@given(st.lists(st.floats(0, 2000), max_size=30), st.integers(1, 5))
def test_no_scan_is_counted_twice(hours: list[float], at_least: int) -> None:
    found = repeated_stops(scans(*hours), at_least=at_least, within=WEEK)
    used = [scan for each in found for scan in each.facts["scans"]]
    assert len(used) == len(set(used)) == at_least * len(found)


def test_the_worst_that_stands_on_a_given_dose_names_its_kind() -> None:
    assert kind_of_given(["late", "prn_too_soon", "double_dose"]) == Kind.DOUBLE_DOSE
    assert kind_of_given(["late", "allergy", "prn_too_soon"]) == Kind.GIVEN_DESPITE_STOP
    assert kind_of_given(["prn_over_maximum"]) == Kind.PRN_OVER_LIMIT
    assert kind_of_given(["late", "unwitnessed"]) is None
