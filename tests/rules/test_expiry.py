from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stock.rules.expiry import (
    CREAM_TUB,
    CREAM_TUBE,
    DAYS,
    EAR_NOSE,
    EYE_DROPS,
    INSULIN,
    LIQUID,
    MONTHS,
    USUAL,
    Lasts,
    PackedMedicine,
    last_of_month,
    may_count_opening,
    opened_group,
    read_expiry,
    use_by,
)
from stock.rules.gs1_elements import read_date

DAY = timedelta(days=1)
days = st.dates(min_value=date(2020, 1, 1), max_value=date(2060, 12, 31))


@pytest.mark.parametrize(
    ("words", "last_day"),
    [
        ("Use by Jan 2027", date(2026, 12, 31)),
        ("use before January 2027", date(2026, 12, 31)),
        ("Expires Jan 2027", date(2027, 1, 31)),
        ("EXP 01/2027", date(2027, 1, 31)),
        ("Exp. 02/28", date(2028, 2, 29)),
        ("2027-02", date(2027, 2, 28)),
        ("EXP 2027-02-14", date(2027, 2, 14)),
        ("Use by 15 Mar 2027", date(2027, 3, 15)),
        ("Use before 15/03/2027", date(2027, 3, 14)),
        ("Use by Mar 2028", date(2028, 2, 29)),
        ("Expiry date: Sept 2027", date(2027, 9, 30)),
    ],
)
def test_the_words_on_a_pack_are_read_as_the_last_day_of_use(words: str, last_day: date) -> None:
    assert read_expiry(words) == last_day


@pytest.mark.parametrize(
    "words", ["", "Jan", "use by", "31/02/2027", "EXP 13/2027", "00/2027", "Janfoo 2027", "lot 4711", "1/2/3/4"]
)
def test_what_is_not_certain_is_not_guessed(words: str) -> None:
    assert read_expiry(words) is None


@given(days)
def test_use_by_a_month_ends_the_day_before_it_and_expiry_on_its_last_day(day: date) -> None:
    named = f"{day:%b %Y}"
    assert read_expiry(f"Use by {named}") == day.replace(day=1) - DAY
    assert read_expiry(f"Expires {named}") == last_of_month(day.year, day.month)


@given(days)
def test_day_00_of_a_gs1_code_is_what_the_printed_month_says(day: date) -> None:
    assert read_date(f"{day:%y%m}00", today=date(2030, 1, 1)) == read_expiry(f"EXP {day:%m/%Y}")


@pytest.mark.parametrize(
    ("medicine", "group"),
    [
        (PackedMedicine("Eye drops", "Latanoprost 50micrograms/ml eye drops"), EYE_DROPS),
        (PackedMedicine("Ear/eye/nose drops solution", "Betamethasone 0.1% ear/eye/nose drops"), EYE_DROPS),
        (PackedMedicine("Eye drops", "Carmellose 0.5% eye drops 0.4ml unit dose"), None),
        (PackedMedicine("Ear drops", "Olive oil ear drops"), EAR_NOSE),
        (PackedMedicine("Nasal spray suspension", "Mometasone nasal spray"), EAR_NOSE),
        (PackedMedicine("Solution for injection", "Anything 100units/ml", "A10AE04"), INSULIN),
        (PackedMedicine("Suspension for injection", "Insulin isophane human 100units/ml"), INSULIN),
        (PackedMedicine("Solution for injection", "Enoxaparin sodium 40mg/0.4ml", "B01AB05"), None),
        (PackedMedicine("Oral suspension", "Paracetamol 250mg/5ml oral suspension"), LIQUID),
        (PackedMedicine("Oral suspension", "Gaviscon sachets"), None),
        (PackedMedicine("Cream", "Hydrocortisone 1% cream", quantity=Decimal(30)), CREAM_TUBE),
        (PackedMedicine("Cream", "Zerobase 11% cream", quantity=Decimal(500)), CREAM_TUB),
        (PackedMedicine("Ointment", "Emulsifying ointment"), CREAM_TUB),
        (PackedMedicine("Tablet", "Amlodipine 5mg tablets"), None),
    ],
)
def test_opening_counts_by_the_form_of_the_medicine(medicine: PackedMedicine, group: str | None) -> None:
    assert opened_group(medicine) == group
    # The quick question, asked first, may say yes too often but never no.
    assert may_count_opening(medicine.form) or group is None


@pytest.mark.parametrize(
    ("opened_on", "lasts", "last_day"),
    [
        (date(2026, 3, 1), Lasts(28, DAYS), date(2026, 3, 28)),
        (date(2028, 2, 1), Lasts(28, DAYS), date(2028, 2, 28)),
        (date(2026, 1, 31), Lasts(3, MONTHS), date(2026, 4, 30)),
        (date(2026, 8, 31), Lasts(6, MONTHS), date(2027, 2, 28)),
        (date(2027, 8, 31), Lasts(6, MONTHS), date(2028, 2, 29)),
        (date(2026, 7, 1), Lasts(6, MONTHS), date(2026, 12, 31)),
        (date(2026, 11, 15), Lasts(3, MONTHS), date(2027, 2, 14)),
    ],
)
def test_the_last_day_of_an_open_pack(opened_on: date, lasts: Lasts, last_day: date) -> None:
    assert use_by(opened_on, lasts, None) == last_day


@given(days, st.sampled_from(sorted(USUAL)), st.none() | days)
def test_an_open_pack_lasts_no_longer_than_its_expiry_nor_than_opening_allows(
    opened_on: date, group: str, expires_on: date | None
) -> None:
    last = use_by(opened_on, USUAL[group], expires_on)
    alone = use_by(opened_on, USUAL[group], None)
    assert alone is not None
    assert alone >= opened_on
    assert last == (alone if expires_on is None else min(alone, expires_on))


def test_nothing_is_known_of_a_pack_of_which_nothing_is_known() -> None:
    assert use_by(date(2026, 1, 1), None, None) is None
