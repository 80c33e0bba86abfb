"""Whether scans are read as the shared vectors say, and no damage to a scan makes another medicine of it."""

import csv
import dataclasses
import gzip
import json
import random
import re
from datetime import date
from pathlib import Path

import pytest
from biip.gs1_messages import GS1Message
from hypothesis import given, settings
from hypothesis import strategies as st

from stock.rules.codes import LABEL_ALPHABET, gs1_check_digit, gtin_key, label_kind, new_label_code
from stock.rules.gs1 import REASONS, ScannedDay, ScannedText, read_scan
from stock.rules.gs1_elements import FORMS, SEPARATOR, cut_message, recover
from tests.rules.export_gs1_elements import TABLE_FILE, elements_from_biip
from tests.rules.gs1_mutations import TODAY, VECTORS, pack_elements, scan_texts, written

FRENCH_PACKS = Path(__file__).parents[3] / "shared" / "data" / "gtin" / "fr_gtin_packs.csv.gz"
# All that GS1 allows in a batch but "<": that could spell a separator, which has vectors of its own.
GS1_LETTERS = "".join(chr(code) for code in range(33, 127) if chr(code) not in "#$@[\\]^`{|}~<")

CASES = [
    pytest.param(json.loads(file.read_text())["today"], case, id=f"{file.stem}: {case['name']}")
    for file in sorted(VECTORS.glob("*.json"))
    for case in json.loads(file.read_text())["cases"]
]


@pytest.mark.parametrize(("today", "case"), CASES)
def test_a_scan_says_what_the_shared_vector_says(today, case):
    value = read_scan(
        case["text"],
        today=date.fromisoformat(today),
        symbology=case["symbology"],
        separators_kept=case["separators_kept"],
    )
    assert value.to_json() == case["value"]
    assert value.text == case["text"]


def test_every_reason_has_a_vector():
    given_reasons = {param.values[1]["value"]["reason"] for param in CASES} - {None}
    # biip disagrees with nothing that the grammar accepts, so no text can show that reason.
    assert set(REASONS) - {"two_readers_disagree"} == given_reasons


def test_the_table_of_elements_is_what_biip_has():
    assert TABLE_FILE.read_text(encoding="ascii") == elements_from_biip()


def test_no_ai_begins_another():
    assert not [(a, b) for a in FORMS for b in FORMS if a != b and b.startswith(a)]


DAYS = st.dates(date(2020, 1, 1), date(2060, 12, 31))


def element_texts():
    return st.text(GS1_LETTERS, min_size=1, max_size=20)


def gtins():
    return st.integers(1, 10**13 - 1).map(lambda n: f"{n:013}" + gs1_check_digit(f"{n:013}"))


@given(gtins(), element_texts(), DAYS, element_texts(), st.permutations(range(3)))
def test_any_pack_comes_back_as_it_was_written(gtin, batch, expiry, serial, order):
    parts = [f"10{batch}{SEPARATOR}", f"17{expiry:%y%m%d}", f"21{serial}{SEPARATOR}"]
    text = "]d201" + gtin + "".join(parts[place] for place in order)
    value = read_scan(text, today=TODAY, separators_kept=True)
    assert value == dataclasses.replace(
        value,
        kind="gtin",
        key=gtin,
        batch=ScannedText(batch, True),
        expires_on=ScannedDay(expiry, True),
        serial=ScannedText(serial, True),
        reason=None,
    )


@given(st.text(max_size=80))
def test_no_text_at_all_makes_the_reader_fail(text):
    value = read_scan(text, today=TODAY)
    assert (value.kind == "unknown") == (value.reason in REASONS) == (value.key == "")


@given(gtins(), st.integers(0, 12), st.integers(1, 9))
def test_one_changed_digit_of_a_gtin_is_always_refused(gtin, place, change):
    wrong = gtin[:place] + str((int(gtin[place]) + change) % 10) + gtin[place + 1 :]
    assert gtin_key(wrong) is None
    assert read_scan("01" + wrong + "17271231", today=TODAY).reason == "check_digit"


@given(gtins())
def test_every_length_of_a_gtin_is_one_key(gtin):
    short = gtin.lstrip("0").rjust(8, "0")
    for length in (8, 12, 13, 14):
        if len(short) <= length:
            assert gtin_key(gtin[-length:]) == gtin


def test_lost_separators_never_give_a_confirmed_wrong_value():
    draw = random.Random(4)
    lost = 0
    for _ in range(4000):
        elements = pack_elements(draw)
        true = dict(elements)
        value = read_scan(written(elements, ""), today=TODAY)
        whole = read_scan(written(elements, SEPARATOR), today=TODAY, separators_kept=True)
        assert value.key == (true["01"] if whole.kind == "gtin" else value.key)
        for ai, found in (("10", value.batch), ("21", value.serial)):
            if found and found.confirmed:
                assert found.value == true[ai]
        if value.expires_on and value.expires_on.confirmed:
            assert value.expires_on == whole.expires_on
        lost += whole.expires_on is not None and whole.expires_on != value.expires_on
    assert lost <= 4


def test_separators_that_are_not_kept_leave_batch_and_serial_unconfirmed():
    text = "01050123456789002112345678901" + "17271231" + "10AB"
    value = read_scan(text, today=TODAY)
    assert value.serial == ScannedText("12345678901", False)
    assert value.batch == ScannedText("AB", False)
    assert value.expires_on == ScannedDay(date(2027, 12, 31), True)


def test_what_biip_takes_without_complaint_is_refused():
    gtin = "0105012345678900"
    for wrong in (
        gtin + "10A" + SEPARATOR + "10B",
        gtin + "10" + "A" * 20 + "21X" + SEPARATOR + "17271231",
        "]d210A" + SEPARATOR + "17271231",
        gtin + "10A" + SEPARATOR + SEPARATOR + "21B",
        "0105012345678901" + "17271231",
    ):
        body = wrong.removeprefix("]d2")
        assert GS1Message.parse(body).element_strings
        assert read_scan(wrong, today=TODAY, separators_kept=True).kind == "unknown"


def test_whatever_is_accepted_biip_reads_the_same():
    accepted = 0
    for text, _, _ in scan_texts(6000, seed=77):
        value = read_scan(text, today=TODAY, separators_kept=True)
        assert value.reason != "two_readers_disagree"
        body = text.removeprefix("]d2").removeprefix(SEPARATOR)
        if value.kind != "gtin" or not re.match("01[0-9]{14}", body) or set(body) & set("<{^\u241d"):
            continue
        elements = GS1Message.parse(body).element_strings
        accepted += 1
        assert elements.get(ai="01").value == value.key
        assert (elements.get(ai="10") and elements.get(ai="10").value) == (value.batch and value.batch.value)
    assert accepted > 200


def test_mutations_are_repeatable_and_of_both_kinds():
    first, again = list(scan_texts(300, seed=5)), list(scan_texts(300, seed=5))
    assert first == again
    kinds = {read_scan(text, today=TODAY, symbology=symbology).kind for text, symbology, _ in first}
    assert {"gtin", "unknown", "own_label"} <= kinds


@settings(deadline=2000)
@given(st.lists(st.sampled_from(["10", "21", "17271231", "11260101", "710", "1", "0", "A"]), max_size=60))
def test_the_search_for_lost_separators_ends(parts):
    assert len(recover("0105012345678900" + "".join(parts), today=TODAY).possible) < 20_000


@given(st.sampled_from(["own_label", "resident", "badge"]), st.randoms(use_true_random=False))
def test_a_new_label_code_reads_back_as_its_kind(kind, draw):
    code = new_label_code(kind, choose=draw.choice)
    assert label_kind(code) == kind
    assert read_scan(code, today=TODAY).to_json()["key"] == code
    assert not set(code[2:]) - set(LABEL_ALPHABET)


def test_a_message_is_cut_where_the_table_says():
    elements = cut_message("0105012345678900" + "3103001750" + "10AB", today=TODAY)
    assert elements == {"01": "05012345678900", "3103": "001750", "10": "AB"}


def test_real_packs_of_another_country_are_all_read():
    if not FRENCH_PACKS.exists():
        pytest.skip(f"no real GTINs: {FRENCH_PACKS.parent.name} is not beside the project")
    with gzip.open(FRENCH_PACKS, "rt", encoding="utf-8") as lines:
        rows = list(csv.reader(lines))
    codes = {cell for row in rows for cell in row if len(cell) == 13 and cell.isdigit()}
    assert len(codes) > 15_000
    refused = [code for code in codes if read_scan(code, today=TODAY).key != "0" + code]
    assert not refused
