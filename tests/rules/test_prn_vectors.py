"""The when-required vectors."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from emar.rules.prn import GivenDose, Limit, given_24h, next_allowed_at, prn_findings
from emar.rules.snapshot import moment

VECTORS = Path(__file__).parent.parent / "vectors" / "prn"
CASES = [case for path in sorted(VECTORS.glob("*.json")) for case in json.loads(path.read_text())["cases"]]


def limit(value: dict[str, Any]) -> Limit:
    gap, most = value["min_gap_minutes"], value["max_24h"]
    return Limit(
        None if gap is None else timedelta(minutes=gap),
        None if most is None else Decimal(most),
        value["ingredient_id"],
        value["max_doses_24h"],
    )


def ingredients(value: dict[str, str]) -> dict[str, Decimal]:
    return {name: Decimal(much) for name, much in value.items()}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_limits_are_as_the_vector_says(case: dict[str, Any]) -> None:
    past = [
        GivenDose(
            moment(each["given_at"]),
            Decimal(each["amount"]),
            each["prescription_id"],
            ingredients(each["ingredients"]),
        )
        for each in case["past"]
    ]
    at, limits = moment(case["at"]), [limit(each) for each in case["limits"]]
    dose = (case["prescription_id"], Decimal(case["amount"]), ingredients(case["ingredients"]))
    expected = None if case["next_allowed_at"] is None else moment(case["next_allowed_at"])
    assert [each.code for each in prn_findings(*dose, at, limits, past)] == case["findings"]
    assert next_allowed_at(*dose, at, limits, past) == expected
    assert given_24h(past, at, prescription_id=case["prescription_id"]) == Decimal(case["given_24h"])
