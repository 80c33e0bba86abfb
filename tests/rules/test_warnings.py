"""Warnings for whoever writes: nothing that holds is left out, nothing that does not hold is said."""

from datetime import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emar.rules.controlled import control_of
from emar.rules.schedule import Schedule
from emar.rules.warnings import (
    ActiveLine,
    DailyDose,
    KnownAllergy,
    Product,
    Substance,
    daily_amount,
    warnings,
)
from tests.rules.schedules import ROUNDS, regular, schedules

CODES = ("p", "c", "a", "w")
NAMES = {"p": "Paracetamol", "c": "Codeine", "a": "Amoxicillin", "w": "Warfarin"}


def product(*codes: str, name: str = "", moiety: str = "", **fields: Any) -> Product:
    held = tuple(Substance(code, NAMES[code], Decimal(500), "mg", Decimal(1), "tablet") for code in codes)
    fields = {"id": f"of {codes} {name}", "name": name or " and ".join(NAMES[code] for code in codes)} | fields
    return Product(moiety_id=moiety, substances=held, **fields)


def codes(found: list[Any]) -> list[str]:
    return [each.code for each in found]


def daily(amount: str = "1", rounds: int = 1) -> Schedule:
    names = list(ROUNDS)[:rounds]
    return Schedule.from_json(regular([{"round": name, "amount": {"low": amount}} for name in names]))


code_sets = st.sets(st.sampled_from(CODES), min_size=1)


@given(code_sets, st.lists(code_sets, max_size=4))
def test_each_other_prescription_with_a_shared_ingredient_is_named_once(mine: set[str], others: list[set[str]]) -> None:
    new = product(*sorted(mine), id="new", name="The new one")
    active = [
        ActiveLine(product(*sorted(each), id=f"other {place}", name=f"Other {place}"), "words")
        for place, each in enumerate(others)
    ]
    found = warnings(new, None, active=active)
    for place, each in enumerate(others):
        named = [warning for warning in found if f"Other {place} " in warning.words]
        assert len(named) == (1 if mine & each else 0)
        assert all(NAMES[code] in warning.words for warning in named for code in mine & each)


@given(code_sets, st.lists(st.sampled_from(CODES), max_size=3, unique=True))
def test_an_allergy_warns_exactly_where_the_product_holds_it(mine: set[str], allergic: list[str]) -> None:
    known = [KnownAllergy(NAMES[code], "rash", ingredient_id=code) for code in allergic]
    found = warnings(product(*sorted(mine)), None, allergies=known)
    assert sorted(each.words.split(" (")[0] for each in found) == sorted(
        f"Allergy recorded: {NAMES[code]}" for code in mine & set(allergic)
    )


@pytest.mark.hazard("H07", control="an allergy in words or by moiety is matched at writing", shows="works")
@pytest.mark.parametrize(
    ("allergy", "expected"),
    [
        (KnownAllergy("amoxicillin ", "rash"), ["allergy"]),
        (KnownAllergy("Augmentin", "rash"), ["allergy"]),
        (KnownAllergy("Penicillin", "rash"), ["allergy"]),
        (KnownAllergy("something", "rash", class_codes=("penicillins",)), ["allergy"]),
        (KnownAllergy("cephalosporins", "rash"), ["allergy_related"]),
        (KnownAllergy("Plasters", "rash"), []),
        (KnownAllergy("a salt", "rash", ingredient_id="salt", moiety_ids=frozenset({"moiety"})), ["allergy"]),
        (KnownAllergy("another", "rash", ingredient_id="x", moiety_ids=frozenset({"other"})), []),
        (KnownAllergy(" ", "rash"), []),
    ],
)
def test_an_allergy_is_matched_by_name_and_by_moiety(allergy: KnownAllergy, expected: list[str]) -> None:
    new = product("a", name="Amoxicillin 500mg capsules", moiety="moiety")
    assert codes(warnings(new, None, allergies=[allergy])) == expected


def test_a_product_without_a_moiety_matches_no_allergy_without_one() -> None:
    assert warnings(product("w"), None, allergies=[KnownAllergy("Nuts", "swelling")]) == []


def test_the_same_product_is_a_change_and_not_another_prescription() -> None:
    line = ActiveLine(product("p", id="same", name="Paracetamol 500mg tablets"), "TWO four times a day")
    (found,) = warnings(product("p", id="same"), None, active=[line])
    assert (found.code, "change that one" in found.words) == ("same_product", True)


def test_paracetamol_beside_co_codamol_is_named_with_its_shared_maximum() -> None:
    line = ActiveLine(product("c", "p", name="Co-codamol 8mg/500mg tablets"), "TWO four times a day")
    (found,) = warnings(product("p"), None, active=[line])
    assert (found.code, "Co-codamol" in found.words, "same maximum" in found.words) == ("same_ingredient", True, True)


@given(st.integers(1, 40), st.lists(st.integers(1, 40), max_size=5))
def test_a_dose_is_unusual_above_twice_the_most_or_below_half_the_least(mine: int, others: list[int]) -> None:
    elsewhere = [DailyDose(Decimal(each), "tablet") for each in others]
    found = warnings(product("w"), daily(), elsewhere=elsewhere, daily=Decimal(mine))
    is_unusual = bool(others) and (mine > 2 * max(others) or 2 * mine < min(others))
    assert codes(found) == (["unusual_dose"] if is_unusual else [])
    assert all(("the only other" in each.words) == (len(others) == 1) for each in found)


def test_amounts_in_another_unit_are_not_compared() -> None:
    assert warnings(product("w"), daily(), elsewhere=[DailyDose(Decimal(1), "mg")], daily=Decimal(9)) == []


@pytest.mark.hazard("H10", control="ten times the usual dose is warned of", shows="works")
@pytest.mark.parametrize(("tablets", "expected"), [(6, []), (7, ["unusual_dose"]), (60, ["unusual_dose"])])
def test_more_than_twice_the_defined_daily_dose_is_unusual(tablets: int, expected: list[str]) -> None:
    new = product("p", usual_daily=Decimal("1.5"), usual_daily_unit="g")
    assert codes(warnings(new, daily(), daily=Decimal(tablets))) == expected


def test_the_defined_daily_dose_says_nothing_of_a_product_with_two_ingredients() -> None:
    new = product("p", "c", usual_daily=Decimal(1), usual_daily_unit="mg")
    assert warnings(new, daily(), daily=Decimal(99)) == []


@given(schedules())
def test_every_schedule_has_a_daily_amount_or_none(schedule: Schedule) -> None:
    found = daily_amount(schedule, ROUNDS)
    assert found is None or found >= 0


def test_the_daily_amount_is_of_the_fullest_day_and_of_the_larger_figure() -> None:
    slots = [{"round": "Morning", "amount": {"low": "1", "high": "2"}}, {"at": "21:30", "amount": {"low": "3"}}]
    assert daily_amount(Schedule.from_json(regular(slots)), ROUNDS) == 5
    weekly = Schedule.from_json(regular(slots[1:], {"kind": "every_n_weeks", "n": 1}))
    assert daily_amount(weekly, {"Morning": time(8)}) == 3


@pytest.mark.parametrize(
    ("category", "register", "cupboard"),
    [
        ("0000", False, False),
        ("0002", True, True),
        ("0003", True, False),
        ("0004", False, True),
        ("0005", False, False),
        ("0006", False, False),
        ("0007", False, True),
        ("0009", False, False),
        ("0010", False, False),
    ],
)
def test_what_the_law_asks_follows_the_category(category: str, register: bool, cupboard: bool) -> None:
    control = control_of(category)
    assert (control.needs_register, control.needs_cupboard, control.is_by_policy) == (register, cupboard, False)
    assert bool(control.words) == (category != "0000")


@pytest.mark.parametrize("category", ["0000", "0005", "0010"])
def test_a_homes_policy_adds_and_never_takes_away(category: str) -> None:
    control = control_of(category, is_in_policy=True)
    assert (control.needs_register, control.needs_cupboard, control.is_by_policy) == (True, True, True)
    assert control_of("0002", is_in_policy=True) == control_of("0002")
