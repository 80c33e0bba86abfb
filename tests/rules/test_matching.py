"""Promises that hold for every scan, whoever is open, whenever it is."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emar.rules.findings import LEVELS
from emar.rules.matching import Bedside, InPot, Match, match_scan
from emar.rules.outcomes import is_given
from emar.rules.snapshot import Snapshot, moment
from stock.rules.gs1 import ScanValue

FILES = sorted((Path(__file__).parent.parent / "vectors" / "matching").glob("*.json"))
SNAPSHOTS = [Snapshot.from_json(json.loads(path.read_text())["snapshot"]) for path in FILES]
MIDNIGHT = moment("2026-11-03T00:00:00Z")


@st.composite
def scans(draw: st.DrawFn) -> tuple[ScanValue, Bedside]:
    """Return any code of any snapshot, scanned at any minute of the day beside any person, with any pot."""
    snapshot = draw(st.sampled_from(SNAPSHOTS))
    now = MIDNIGHT + timedelta(minutes=draw(st.integers(0, 1439)))
    pack = draw(st.sampled_from(snapshot.packs))
    codes = [("own_label", pack.label_code), ("resident", "ERB2LL22"), ("badge", "ESANN222"), ("unknown", "")]
    codes += [("gtin", pack.gtin)] * 2 if pack.gtin else []
    kind, key = draw(st.sampled_from(codes))
    slots = draw(st.lists(st.sampled_from(snapshot.due), max_size=2)) if snapshot.due else []
    pot = [InPot(slot.prescription_id, slot.due_at, now) for slot in slots]
    opened = draw(st.none() | st.sampled_from(sorted(snapshot.residents, key=str)))
    return ScanValue(kind, key, key), Bedside(snapshot, now, opened, pot)


def check(scan: ScanValue, bedside: Bedside) -> Match:
    match = match_scan(scan, bedside)
    assert match == match_scan(scan, bedside)
    return match


@settings(max_examples=200)
@given(scans())
def test_only_a_dose_that_may_be_given_now_to_this_person_goes_in_the_pot(asked: tuple[ScanValue, Bedside]) -> None:
    scan, bedside = asked
    match = check(scan, bedside)
    if match.result != "in_pot":
        return
    snapshot = bedside.snapshot
    assert match.prescription_id is not None
    line = snapshot.prescription(match.prescription_id)
    assert line is not None
    assert line.is_active
    assert line.resident_id == bedside.open_resident_id == match.resident_id
    pack = next(pack for pack in snapshot.packs if pack.id == match.pack_id)
    assert pack.resident_id in (None, bedside.open_resident_id)
    assert pack.status != "quarantined"
    assert pack.expires_on is None or pack.expires_on >= bedside.today
    slot = next(slot for slot in snapshot.due_of[line.id] if slot.due_at == match.due_at)
    assert slot.opens_at <= bedside.now
    assert slot.outcome is None or not is_given(slot.outcome)
    assert not any(each.prescription_id == line.id and each.due_at == slot.due_at for each in bedside.pot)


@settings(max_examples=200)
@given(scans())
def test_the_result_follows_from_the_findings(asked: tuple[ScanValue, Bedside]) -> None:
    match = check(*asked)
    levels = [each.level for each in match.findings]
    assert all(LEVELS[each.code] == each.level for each in match.findings)
    assert levels == sorted(levels, key=["stop", "ask", "note"].index)
    assert (match.result == "stopped") == ("stop" in levels)
    assert (match.result == "asked") == ("ask" in levels and "stop" not in levels)


@pytest.mark.hazard("H01", control="another resident's pack is stopped", shows="works")
@settings(max_examples=150)
@given(scans())
def test_another_residents_label_is_always_stopped(asked: tuple[ScanValue, Bedside]) -> None:
    scan, bedside = asked
    pack = bedside.snapshot.pack_of_label.get(scan.key)
    if scan.kind != "own_label" or pack is None or bedside.open_resident_id is None or pack.resident_id is None:
        return
    match = check(scan, bedside)
    if pack.resident_id != bedside.open_resident_id:
        assert [each.code for each in match.findings] == ["wrong_resident"]
    else:
        assert "wrong_resident" not in [each.code for each in match.findings]


@pytest.mark.hazard("H03", control="a second scan of a pack is no second dose", shows="works")
@settings(max_examples=150)
@given(scans())
def test_the_same_pack_again_is_never_a_second_dose(asked: tuple[ScanValue, Bedside]) -> None:
    scan, bedside = asked
    first = check(scan, bedside)
    if first.result != "in_pot" or first.prescription_id is None:
        return
    pot: list[Any] = [*bedside.pot, InPot(first.prescription_id, first.due_at, bedside.now)]
    second = check(scan, Bedside(bedside.snapshot, bedside.now, bedside.open_resident_id, pot))
    assert second.result == "stopped" or second.due_at != first.due_at
    if second.result == "in_pot":
        # Only another prescription of the same product, due at the same time, may follow.
        assert second.prescription_id != first.prescription_id
