"""Which pack is suggested to be given from next."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from stock.rules.first_out import PackInUse, first_out

TODAY = date(2026, 11, 18)


def pack(key: str, last_day: date | None, *, is_open: bool = False, order: str = "1") -> PackInUse[str]:
    return PackInUse(key, last_day, is_open, order)


def test_the_first_to_expire_goes_first() -> None:
    assert first_out([pack("later", date(2027, 5, 31)), pack("sooner", date(2027, 1, 31))], TODAY) == "sooner"


def test_an_open_pack_is_used_up_before_another_is_opened() -> None:
    packs = [pack("closed", date(2027, 1, 31)), pack("open", date(2027, 5, 31), is_open=True)]
    assert first_out(packs, TODAY) == "open"


def test_a_pack_over_its_last_day_is_never_suggested() -> None:
    assert first_out([pack("over", date(2026, 11, 17), is_open=True)], TODAY) is None
    assert first_out([pack("today", TODAY)], TODAY) == "today"
    assert first_out([], TODAY) is None


def test_a_pack_without_a_date_comes_last_and_the_older_of_two_alike_first() -> None:
    assert first_out([pack("unknown", None), pack("known", date(2028, 1, 31))], TODAY) == "known"
    alike = [pack("second", None, order="2"), pack("first", None, order="1")]
    assert first_out(alike, TODAY) == "first"


@given(st.lists(st.tuples(st.none() | st.dates(date(2026, 1, 1), date(2028, 1, 1)), st.booleans())))
def test_what_is_suggested_is_in_date_whenever_something_is(found: list[tuple[date | None, bool]]) -> None:
    packs = [PackInUse(n, day, is_open, f"{n:03}") for n, (day, is_open) in enumerate(found)]
    chosen = first_out(packs, TODAY)
    usable = [each.key for each in packs if each.last_day is None or each.last_day >= TODAY]
    assert (chosen in usable) if usable else chosen is None
