"""What does a pack at the door mean, case by case and for any door whatever?"""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordering.rules.keeping import Kept, contents_in, place_for
from ordering.rules.receiving import (
    LEVELS,
    NEVER_BOOKED,
    Answer,
    Box,
    Chosen,
    Door,
    Expected,
    Prescribed,
    receive,
)

TODAY = date(2026, 11, 18)
UNTIL = TODAY + timedelta(days=28)
AMLODIPINE, RAMIPRIL = "amlodipine", "ramipril"
BOX = Box(
    gtin="09520000000011", products=frozenset({AMLODIPINE}), brands=frozenset({AMLODIPINE}),
    ingredients=frozenset({"a"}), contents=Decimal(28), unit="tablet", expires_on=UNTIL,
)  # fmt: skip


def expected(resident_id: int | None = 1, **fields: object) -> Expected:
    line = {"id": f"line{resident_id}", "resident_id": resident_id, "product": AMLODIPINE, "quantity": Decimal(28)}
    return Expected(**line | {"unit": "tablet"} | fields)  # type: ignore[arg-type]


def prescribed(resident_id: int = 1, **fields: object) -> Prescribed:
    line = {"id": f"p{resident_id}", "resident_id": resident_id, "product": AMLODIPINE, "medicine_id": AMLODIPINE}
    return Prescribed(**line | fields)  # type: ignore[arg-type]


def door(*lines: Expected | Prescribed, **fields: object) -> Door:
    return Door(
        today=TODAY,
        expected=[each for each in lines if isinstance(each, Expected)],
        prescribed=[each for each in lines if isinstance(each, Prescribed)],
        usable_until=UNTIL,
        **fields,  # type: ignore[arg-type]
    )


def told(answer: Answer) -> tuple[str, list[str]]:
    return answer.result, [each.code for each in answer.findings]


def test_the_only_open_line_is_the_answer() -> None:
    answer = receive(BOX, door(expected(), prescribed()))
    assert (answer.result, answer.resident_id, answer.line_id) == ("book", 1, "line1")


def test_of_several_open_lines_a_person_chooses() -> None:
    answer = receive(BOX, door(expected(1), expected(2), prescribed(1), prescribed(2)))
    assert (answer.result, answer.candidates) == ("choose", (1, 2))


def test_a_complete_line_leaves_the_other_as_the_only_one() -> None:
    here = door(expected(1, booked=Decimal(28), booked_packs=1), expected(2), prescribed(1), prescribed(2))
    assert receive(BOX, here).resident_id == 2


@pytest.mark.parametrize("open_resident_id", [None, 1])
def test_one_too_many_is_asked_about(open_resident_id: int | None) -> None:
    here = door(expected(booked=Decimal(28), booked_packs=1), prescribed(), open_resident_id=open_resident_id)
    assert told(receive(BOX, here)) == ("ask", ["over"])


def test_a_larger_pack_than_is_left_is_asked_about() -> None:
    here = door(expected(booked=Decimal(14), booked_packs=1), prescribed())
    assert told(receive(BOX, here)) == ("ask", ["more_than_expected"])


def test_what_another_delivery_brought_of_the_same_order_counts() -> None:
    here = door(expected(asked=Decimal(28), elsewhere=Decimal(28)), prescribed())
    assert told(receive(BOX, here)) == ("ask", ["over"])


@pytest.mark.hazard("H13", control="a pack out of another person's bag is stopped at booking in", shows="exists")
def test_somebody_elses_pack_in_an_open_bag_is_stopped_and_its_owner_named() -> None:
    answer = receive(BOX, door(expected(2), prescribed(2), open_resident_id=1))
    assert (answer.result, answer.candidates, told(answer)[1]) == ("stop", (2,), ["wrong_resident"])


def test_a_pack_that_is_prescribed_but_not_listed_is_asked_about() -> None:
    other = expected(1, product=RAMIPRIL)
    assert told(receive(BOX, door(other, prescribed(1)))) == ("choose", ["not_expected"])
    assert told(receive(BOX, door(other, prescribed(1), open_resident_id=1))) == ("ask", ["not_expected"])


@pytest.mark.hazard("H02", control="a pack of another strength is stopped at booking in", shows="exists")
@pytest.mark.parametrize("open_resident_id", [None, 1])
@pytest.mark.parametrize("is_listed", [True, False])
def test_another_strength_is_stopped(open_resident_id: int | None, is_listed: bool) -> None:
    ten = Box(gtin="x", products=frozenset({"ten"}), ingredients=frozenset({"a"}), expires_on=UNTIL)
    lines = [prescribed(ingredients=frozenset({"a"}))]
    here = door(
        *lines, *([expected(ingredients=frozenset({"a"}))] if is_listed else []), open_resident_id=open_resident_id
    )
    assert told(receive(ten, here)) == ("stop", ["wrong_strength"])


def test_another_strength_put_to_a_line_by_hand_is_stopped() -> None:
    ten = Box(gtin="x", products=frozenset({"ten"}), ingredients=frozenset({"a"}), expires_on=UNTIL)
    here = door(expected(ingredients=frozenset({"a"})), prescribed(ingredients=frozenset({"a"})))
    assert "wrong_strength" in told(receive(ten, here, Chosen(line_id="line1")))[1]


@pytest.mark.parametrize("open_resident_id", [None, 1])
def test_what_was_stopped_is_stopped_here_too(open_resident_id: int | None) -> None:
    stopped = prescribed(is_stopped=True, stopped_on=TODAY, stop_reason="ankles")
    for lines in ([stopped], [stopped, expected()]):
        answer = receive(BOX, door(*lines, open_resident_id=open_resident_id))
        assert told(answer) == ("stop", ["stopped_medicine"])
        assert answer.findings[0].facts["reason"] == "ankles"


def test_nobodys_medicine_is_stopped() -> None:
    assert told(receive(BOX, door())) == ("stop", ["not_prescribed"])
    assert told(receive(BOX, door(open_resident_id=1))) == ("stop", ["not_prescribed"])
    assert told(receive(BOX, door(expected(), prescribed(1, product=RAMIPRIL)))) == ("stop", ["not_prescribed"])


@pytest.mark.parametrize(
    ("days", "found"), [(-1, "out_of_date"), (0, "short_dated"), (27, "short_dated"), (28, ""), (400, "")]
)
def test_the_last_day_of_use_decides(days: int, found: str) -> None:
    box = Box(
        **{f: getattr(BOX, f) for f in ("gtin", "products", "contents", "unit")}, expires_on=TODAY + timedelta(days)
    )
    assert told(receive(box, door(expected(), prescribed())))[1] == ([found] if found else [])


def test_an_expiry_that_is_only_likely_is_asked_about_and_never_judged() -> None:
    box = Box(gtin="g", products=frozenset({AMLODIPINE}), expires_on=TODAY - timedelta(9), is_expiry_sure=False)
    assert told(receive(box, door(expected(), prescribed()))) == ("ask", ["expiry_unsure"])


def test_a_stop_comes_before_a_question_and_is_shown_first() -> None:
    here = door(expected(), prescribed(is_stopped=True), has_quarantined_batch=True, recall="Class 2")
    result, codes = told(receive(BOX, here))
    assert (result, codes) == ("stop", ["recalled", "stopped_medicine", "batch_quarantined"])


def test_notes_stand_in_nobodys_way() -> None:
    here = door(expected(), prescribed(is_checked=False, is_paused=True), away=frozenset({1}))
    assert told(receive(BOX, here)) == ("book", ["resident_away", "not_checked_yet", "paused"])


def test_medicines_for_somebody_who_has_gone_are_stopped() -> None:
    assert told(receive(BOX, door(expected(), prescribed(), gone=frozenset({1})))) == ("stop", ["resident_gone"])


def test_only_the_prescribed_brand_will_do_where_it_matters() -> None:
    here = door(expected(), prescribed(must_be_brand=True, medicine_id="tegretol"))
    assert told(receive(BOX, here)) == ("stop", ["other_brand"])


def test_an_unknown_code_is_asked_about_unless_the_list_knows_it() -> None:
    unknown = Box(gtin="g", expires_on=UNTIL)
    assert told(receive(unknown, door(expected(), prescribed()))) == ("ask", ["unknown_code"])
    assert told(receive(unknown, door(expected(gtin="g"), prescribed()))) == ("book", [])


def test_a_line_for_nobody_certain_is_chosen_for() -> None:
    answer = receive(BOX, door(expected(None), prescribed()))
    assert (answer.result, answer.line_id, answer.resident_id) == ("ask", "lineNone", None)
    answer = receive(BOX, door(expected(None), prescribed()), Chosen(line_id="lineNone", resident_id=1))
    assert (answer.result, answer.resident_id) == ("book", 1)


def test_stock_of_the_home_answers_its_own_line() -> None:
    answer = receive(BOX, door(expected(None, is_for_home=True)))
    assert (answer.result, answer.is_for_home) == ("book", True)


ids = st.integers(1, 3)
products = st.sampled_from([AMLODIPINE, RAMIPRIL, "ten"])
lines = st.builds(
    Expected, id=st.uuids().map(str), resident_id=st.none() | ids, product=products, unit=st.just("tablet"),
    quantity=st.none() | st.just(Decimal(28)), booked=st.sampled_from([Decimal(0), Decimal(14), Decimal(28)]),
    booked_packs=st.integers(0, 2),
    ingredients=st.sampled_from([frozenset(), frozenset({"a"})]),
)  # fmt: skip
taken = st.builds(
    Prescribed, id=st.uuids().map(str), resident_id=ids, product=products, medicine_id=products,
    is_stopped=st.booleans(), ingredients=st.sampled_from([frozenset(), frozenset({"a"})]),
    must_be_brand=st.booleans(),
)  # fmt: skip
doors = st.builds(
    Door, today=st.just(TODAY), expected=st.lists(lines, max_size=5), prescribed=st.lists(taken, max_size=5),
    open_resident_id=st.none() | ids, usable_until=st.just(UNTIL), bound_to=st.none() | st.just({"x": 1}),
    recall=st.sampled_from(["", "Class 1"]), gone=st.frozensets(ids), away=st.frozensets(ids),
)  # fmt: skip
boxes = st.builds(
    Box, gtin=st.sampled_from(["", "g"]), products=st.frozensets(products, max_size=1),
    brands=st.frozensets(products, max_size=1), ingredients=st.sampled_from([frozenset(), frozenset({"a"})]),
    contents=st.none() | st.just(Decimal(28)), unit=st.just("tablet"),
    expires_on=st.none() | st.sampled_from([TODAY - timedelta(1), TODAY, UNTIL]), is_expiry_sure=st.booleans(),
)  # fmt: skip


@given(boxes, doors)
def test_whatever_comes_is_booked_only_for_one_owner_and_with_nothing_in_the_way(box: Box, here: Door) -> None:
    answer = receive(box, here)
    levels = {LEVELS[each.code] for each in answer.findings}
    if answer.result == "book":
        assert levels <= {"note"}
        assert (answer.resident_id is not None) != answer.is_for_home
        assert here.open_resident_id in (None, answer.resident_id)
        active = [p for p in here.prescribed if p.resident_id == answer.resident_id and p.product in box.products]
        if answer.resident_id is not None and box.products:
            assert any(not each.is_stopped for each in active)
        assert box.expires_on is None or box.expires_on >= TODAY
    if "stop" in levels:
        assert answer.result == "stop"
    assert list(answer.findings) == sorted(answer.findings, key=lambda each: list(LEVELS).index(each.code))


@given(boxes, doors, ids)
def test_choosing_somebody_never_lets_a_stop_pass(box: Box, here: Door, chosen: int) -> None:
    first, then = receive(box, here), receive(box, here, Chosen(resident_id=chosen))
    of_the_box = {"serial_booked", "recalled", "out_of_date"}
    assert first.codes & of_the_box == then.codes & of_the_box
    if first.codes & of_the_box & NEVER_BOOKED:
        assert then.result == "stop"


@pytest.mark.parametrize(
    ("kept", "place"),
    [
        (Kept(needs_cupboard=True, last_place="fridge"), "cd_cabinet"),
        (Kept(atc_code="A10AB05"), "fridge"),
        (Kept(atc_code="S01EE01"), "fridge"),
        (Kept(last_place="fridge"), "fridge"),
        (Kept(atc_code="C08CA01", has_open_pack=True), "cupboard"),
        (Kept(atc_code="C08CA01"), "trolley"),
        (Kept(last_place="trolley", has_open_pack=True), "cupboard"),
    ],
)
def test_where_a_pack_belongs(kept: Kept, place: str) -> None:
    assert place_for(kept) == place


@pytest.mark.parametrize(
    ("unit", "contents", "its_unit", "last", "found"),
    [
        ("tablet", Decimal(28), "tablet", {}, 28),
        ("drop", Decimal("2.5"), "ml", {}, 50),
        ("drop", Decimal("2.5"), "ml", {"drop": Decimal(80)}, 80),
        ("puff", Decimal(200), "dose", {}, 200),
        ("unit", Decimal(5), "cartridge", {"unit": Decimal(1500)}, 1500),
        ("unit", Decimal(5), "cartridge", {}, None),
        ("tablet", None, "", {}, None),
    ],
)
@pytest.mark.hazard("H10", control="a pack's contents are converted only by a known rule", shows="works")
def test_how_much_is_in_it_as_the_home_counts(
    unit: str, contents: Decimal | None, its_unit: str, last: dict[str, Decimal], found: Decimal | None
) -> None:
    assert contents_in(unit, contents, its_unit, last) == found
