"""The matching vectors, which the bedside app's TypeScript must pass too."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from emar.rules.matching import Bedside, InPot, match_scan
from emar.rules.snapshot import Snapshot, moment
from stock.rules.gs1 import ScannedDay, ScannedText, ScanValue

VECTORS = Path(__file__).parent.parent / "vectors" / "matching"


def cases() -> list[Any]:
    """Return every case of every file, with the snapshot of its file."""
    return [
        pytest.param(vectors["snapshot"], case, id=f"{path.stem}: {case['name']}")
        for path in sorted(VECTORS.glob("*.json"))
        for vectors in [json.loads(path.read_text())]
        for case in vectors["cases"]
    ]


def scan_of(case: dict[str, Any]) -> ScanValue:
    scan = case["scan"]
    batch, serial, expires_on = scan["batch"], scan["serial"], scan["expires_on"]
    return ScanValue(
        kind=scan["kind"],
        text=scan["key"],
        key=scan["key"],
        batch=batch and ScannedText(batch["value"], batch["confirmed"]),
        expires_on=expires_on and ScannedDay(date.fromisoformat(expires_on["value"]), expires_on["confirmed"]),
        serial=serial and ScannedText(serial["value"], serial["confirmed"]),
    )


@pytest.mark.parametrize(("snapshot", "case"), cases())
def test_a_scan_means_what_the_vector_says(snapshot: dict[str, Any], case: dict[str, Any]) -> None:
    bedside = Bedside(
        snapshot=Snapshot.from_json(snapshot),
        now=moment(case["now"]),
        open_resident_id=case["open_resident_id"],
        pot=[
            InPot(each["prescription_id"], each["due_at"] and moment(each["due_at"]), moment(each["at"]))
            for each in case["pot"]
        ],
        readings={
            line: {name: Decimal(value) for name, value in readings.items()}
            for line, readings in case["readings"].items()
        },
    )
    assert match_scan(scan_of(case), bedside).to_json() == case["expected"]
