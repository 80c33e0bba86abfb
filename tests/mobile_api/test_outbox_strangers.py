"""What becomes of an outbox of another home, of a device out of use, of somebody who left?"""

from datetime import timedelta
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from emar.models import DeviceEvent
from emar.scope import scope
from tests import factories as make
from tests.bedside import EIGHT, FIVE_PAST, Bedside, make_bedside
from tests.tablet import Tablet, enrol_tablet, revoke, scan, zulu


def kept(bedside: Bedside) -> list[DeviceEvent]:
    with scope(home=bedside.home.pk):
        return list(DeviceEvent.objects.order_by("received_at", "sequence", "id"))


# Other homes


@pytest.mark.hazard("H12", control="ids of another home are held and never looked up", shows="works")
@pytest.mark.parametrize("what", ["resident", "prescription", "round", "staff", "witness"])
def test_an_event_that_names_another_home_is_held_and_leaks_nothing(
    bedside: Bedside, tablet: Tablet, what: str
) -> None:
    stranger = make_bedside()
    theirs: dict[str, Any] = {
        "resident": {"resident_id": stranger.resident.pk},
        "prescription": {"prescription_id": str(stranger.prescription.pk)},
        "round": {"round_id": make.round_of(stranger.unit).pk},
        "witness": {"witness_id": stranger.senior.pk},
        "staff": {},
    }[what]
    wrong = {"staff_id": stranger.carer.pk} if what == "staff" else {}
    nobodys = {name: 2**61 if isinstance(value, int) else str(uuid7()) for name, value in theirs.items()}
    [held] = tablet.answers(tablet.given(bedside, wrong=wrong, **theirs))
    [unknown] = tablet.answers(tablet.given(bedside, wrong=wrong and {"staff_id": 2**61}, **nobodys))
    assert held["answer"] == "held"
    # Somebody else's and nobody's are answered alike, so that an id tells nothing.
    assert (held["detail"], held["findings"]) == (unknown["detail"], unknown["findings"])
    assert bedside.administrations() == stranger.administrations() == []


@pytest.mark.parametrize("what", ["resident_id", "prescription_id"])
def test_a_scan_that_names_another_home_is_held(bedside: Bedside, tablet: Tablet, what: str) -> None:
    stranger = make_bedside()
    theirs = stranger.resident.pk if what == "resident_id" else str(stranger.prescription.pk)
    [held] = tablet.answers(tablet.event("scan", bedside.carer.pk, scan(bedside, **{what: theirs})))
    assert held["answer"] == "held"


def test_a_pack_of_another_home_is_unknown(bedside: Bedside, tablet: Tablet) -> None:
    [answer] = tablet.answers(tablet.given(bedside, pack_id=str(make_bedside().pack.pk)))
    assert [each["code"] for each in answer["findings"]] == ["unknown_pack"]


@pytest.mark.hazard("H11", control="an id that another home has used is held, and stops nothing", shows="works")
@pytest.mark.parametrize("is_broken", [False, True])
def test_an_event_already_sent_to_another_home_does_not_stop_the_outbox(
    bedside: Bedside, tablet: Tablet, is_broken: bool
) -> None:
    # A tablet that moved to another home still holds what it sent from the first one.
    stranger = make_bedside()
    event = tablet.given(bedside, **({"outcome": "?"} if is_broken else {}))
    tablet.answers(event)
    moved = enrol_tablet(stranger)
    answers = moved.answers(event, moved.given(stranger))
    assert [each["answer"] for each in answers] == ["held", "recorded"]
    assert answers[0]["id"] == event["id"]
    assert moved.answers(event) == answers[:1]
    assert len(kept(stranger)) == 2
    assert stranger.balance() == 27


# Devices that were taken out of use, people who left


@pytest.mark.hazard("H11", control="what a revoked device still holds is recorded and flagged", shows="works")
def test_a_revoked_device_is_heard_and_flagged(bedside: Bedside, tablet: Tablet) -> None:
    known = tablet.given(bedside)
    before = tablet.answers(known)
    revoke(bedside, tablet)
    late = tablet.given(bedside, due_at=zulu(EIGHT + timedelta(days=1)), given_at=zulu(FIVE_PAST))
    sent = tablet.event("scan", bedside.carer.pk, scan(bedside))
    dose, near_miss = tablet.answers(late, sent)
    assert "device_revoked" in [each["code"] for each in dose["findings"]]
    assert [each["code"] for each in near_miss["findings"]] == ["device_revoked"]
    assert tablet.answers(known) == before
    # The flag stands on the record itself, where a senior reads it.
    assert "device_revoked" in [each["code"] for each in bedside.administrations()[-1].findings]


@pytest.mark.protocol(6)
def test_somebody_who_left_is_recorded_and_flagged(bedside: Bedside, tablet: Tablet) -> None:
    from tests.bedside import end_role

    end_role(bedside, bedside.carer, EIGHT)
    [answer] = tablet.answers(tablet.given(bedside))
    assert (answer["answer"], answer["findings"][0]["code"]) == ("recorded_with_findings", "not_on_duty")
