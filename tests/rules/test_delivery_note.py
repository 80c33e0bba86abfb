"""Is every line of a pharmacy's note read, or kept with a fault that says what to do?"""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordering.rules.delivery_note import DeliveryNote, NoteLine, note_text, read_amount, read_note
from ordering.rules.naming import Person, medicine_meant, medicine_tokens, names_same_medicine, person_meant


def only(text: str) -> NoteLine:
    [line] = read_note(text).lines
    return line


@pytest.mark.parametrize(
    "header",
    [
        "Patient,Drug,Qty",
        "Resident Name;Item Description;Quantity Supplied",
        "SERVICE USER\tMEDICATION\tQTY.",
        "Client | Product Name | Qty Dispensed",
        '"Name","Medicine","Amount"',
    ],
)
def test_columns_are_known_by_what_people_call_them(header: str) -> None:
    separator = next(each for each in ";\t|," if each in header)
    line = only(header + "\n" + separator.join(["Ada Winterbottom", "Amlodipine 5mg tablets", "28"]))
    assert (line.resident, line.medicine, line.quantity) == ("Ada Winterbottom", "Amlodipine 5mg tablets", 28)
    assert line.faults == ()


def test_titles_repeated_headers_and_totals_are_no_medicines_and_are_not_lost() -> None:
    note = read_note(
        "Quay Pharmacy,,\nDelivery note,1234,\n\nPatient,Drug,Qty\nAda W,Amlodipine 5mg tabs,28\nPage 2,,\n"
        "Patient,Drug,Qty\nBen O,Ramipril 5mg caps,28\nTotal,,56\n"
    )
    assert [(each.number, each.resident) for each in note.lines] == [(5, "Ada W"), (8, "Ben O")]
    assert [words for _, words in note.other_rows] == [
        "Quay Pharmacy", "Delivery note | 1234", "Page 2", "Patient | Drug | Qty", "Total | 56",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "quantity", "packs", "unit"),
    [
        ("28", 28, None, ""),
        ("28 tablets", 28, None, "tablet"),
        ("28tabs", 28, None, "tablet"),
        ("2 x 28", 56, 2, ""),
        ("2 × 28 caps", 56, 2, "capsule"),
        ("3 packs of 10 patches", 30, 3, "patch"),
        ("150ml", 150, None, "ml"),
        ("2.5 ml", Decimal("2.5"), None, "ml"),
        ("1,000", 1000, None, ""),
        ("1 OP", 1, 1, ""),
        ("2 boxes", 2, 2, ""),
    ],
)
def test_amounts_as_pharmacies_write_them(words: str, quantity: Decimal, packs: int | None, unit: str) -> None:
    found = read_amount(words)
    assert found is not None
    assert (found.quantity, found.packs, found.unit) == (quantity, packs, unit)


@pytest.mark.parametrize(
    "words", ["", "0", "-28", "many", "28 or 56", "1/2", "0 x 28", "NaN", "1e3", "1.5 OP", "9" * 12]
)
def test_an_amount_that_is_not_certain_is_none(words: str) -> None:
    assert read_amount(words) is None


def test_packs_and_their_size_say_how_much_comes() -> None:
    line = only("Patient,Drug,Packs,Pack size\nAda W,Amlodipine 5mg tabs,2,28 tablets")
    assert (line.quantity, line.packs, line.unit) == (56, 2, "tablet")
    line = only("Patient,Drug,Qty,Pack size\nAda W,Amlodipine 5mg tabs,84,28")
    assert (line.quantity, line.packs) == (84, 3)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (",Amlodipine 5mg tabs,28,,", "It names no resident"),
        ("Ada W,,28,,", "It names no medicine"),
        ("Ada W,Amlodipine 5mg tabs,lots,,", "Its quantity “lots” cannot be read"),
        ("Ada W,Amlodipine 5mg tabs,,,", "It says no quantity"),
        ("Ada W,Amlodipine 5mg tabs,28,5012345678901,", "Its barcode “5012345678901” is not a right one"),
        ("Ada W,Amlodipine 5mg tabs,28,5.01E+12,", "Its barcode “5.01E+12” is not a right one"),
        ("Ada W,Amlodipine 5mg tabs,28,,next year", "Its expiry “next year” cannot be read"),
    ],
)
def test_what_cannot_be_read_is_a_fault_on_its_line_and_the_line_stays(row: str, fault: str) -> None:
    line = only(f"Patient,Drug,Qty,Barcode,Expiry\n{row}")
    assert any(each.startswith(fault) for each in line.faults)
    assert line.words == " | ".join(cell for cell in row.split(",") if cell)


def test_what_a_spreadsheet_does_to_numbers_is_undone_where_it_can_be() -> None:
    line = only(
        'Patient,Drug,Qty,EAN,SNOMED,Expiry\nAda W,Amlodipine 5mg tabs,28.0,"=""5012345678900""",318135008.0,01/2028'
    )
    assert (line.gtin, line.code, line.quantity) == ("05012345678900", "318135008", 28)
    assert line.expires_on == date(2028, 1, 31)
    assert line.faults == ()


@pytest.mark.parametrize("whose", ["Stock", "HOME STOCK", "Homely remedies", "Bulk"])
def test_stock_of_the_home_is_nobodys(whose: str) -> None:
    line = only(f"Patient,Drug,Qty\n{whose},Paracetamol 500mg tabs,100")
    assert (line.is_for_home, line.resident, line.faults) == (True, "", ())


def test_forename_and_surname_in_two_columns_are_one_name() -> None:
    assert only("Surname,Forename,Drug,Qty\nWinterbottom,Ada,Amlodipine 5mg,28").resident == "Ada Winterbottom"


def test_strength_and_form_in_columns_of_their_own_belong_to_the_name() -> None:
    assert only("Patient,Drug,Strength,Form,Qty\nA B,Amlodipine,5mg,tablets,28").medicine == "Amlodipine 5mg tablets"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        (" \n \n", "empty"),
        ("%PDF-1.7", "not a CSV"),
        ("PK\x03\x04xlsx", "not a CSV"),
        ("hello\nworld\n", "names its columns"),
        ("Patient,Drug,Qty\n", "then no medicine"),
    ],
)
def test_a_file_that_is_no_note_says_what_to_do(text: str, words: str) -> None:
    note = read_note(text)
    assert note.lines == ()
    assert words in note.problem


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_files_are_read_as_they_were_saved(encoding: str) -> None:
    assert note_text("Patient,Drug\nZoë Müller,£ · µ".encode(encoding)).endswith("Zoë Müller,£ · µ")


@given(st.text(max_size=400))
def test_no_text_is_too_strange(text: str) -> None:
    assert isinstance(read_note(text), DeliveryNote)


@given(st.binary(max_size=400))
def test_no_file_is_too_strange(file: bytes) -> None:
    assert isinstance(read_note(note_text(file)), DeliveryNote)


cells = st.text(st.characters(codec="utf-8", exclude_characters='\r\n\x00"', exclude_categories=("C",)), max_size=20)


@given(st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=20))
def test_no_line_is_ever_lost(rows: list[tuple[str, str, str]]) -> None:
    table = "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows)
    note = read_note("Patient,Drug,Qty\n" + table)
    kept = [each.words for each in note.lines] + [words for _, words in note.other_rows]
    wanted = [
        " | ".join(c for c in (" ".join(cell.replace("\ufeff", "").split()) for cell in row) if c) for row in rows
    ]
    assert sorted(kept) == sorted(each for each in wanted if each)


# Whom and what


PEOPLE = [
    Person(1, "Ada Winterbottom", "Addie", "9434765919", "12"),
    Person(2, "Ben Winterbottom", "Ben", "", "4"),
    Person(3, "Ann Lee", "Ann", "", "7"),
    Person(4, "Anthony Lee", "Tony", "", "8"),
    Person(5, "Mary O'Neill", "Mary", "", "9"),
]


@pytest.mark.parametrize(
    ("words", "number", "room", "meant"),
    [
        ("Ada Winterbottom", "", "", 1),
        ("WINTERBOTTOM, Ada", "", "", 1),
        ("Winterbottom Ada", "", "", 1),
        ("Mrs Ada Winterbottom", "", "", 1),
        ("Ms A Winterbottom", "", "", 1),
        ("Addie Winterbottom", "", "", 1),
        ("Ada Winterbottom (Rm 12)", "", "", 1),
        ("Mary O’Neill", "", "", 5),
        ("Winterbottom", "", "", None),
        ("Winterbottom", "", "Room 4", 2),
        ("A Lee", "", "", None),
        ("A Lee", "", "08", 4),
        ("Ada Winterbotham", "", "", None),
        ("Zoe Lee", "", "", None),
        ("", "9434765919", "", 1),
        ("A Winterbottom", "9434765919", "", 1),
        ("Ben Winterbottom", "9434765919", "", None),
        ("", "", "12", None),
    ],
)
@pytest.mark.hazard("H01", control="a note's resident is certain or asked about", shows="works")
def test_whom_a_note_means(words: str, number: str, room: str, meant: int | None) -> None:
    assert person_meant(words, number, room, PEOPLE) == meant


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Amlodipine 5mg tabs", "Amlodipine 5mg tablets"),
        ("AMLODIPINE TABLETS 5 MG", "Amlodipine 5mg tablets"),
        ("Levothyroxine 50 mcg tablets", "Levothyroxine sodium 50microgram tablets"),
        ("Risperidone 0.5mg tabs", "Risperidone 500microgram tablets"),
        ("Paracetamol susp 250mg/5ml S/F", "Paracetamol 250mg/5ml oral suspension sugar free"),
        ("Frusemide 40mg tabs", "Furosemide 40mg tablets"),
        ("Latanoprost 50mcg/ml eye drops", "Latanoprost 50micrograms/ml eye drops"),
        ("Calcium carbonate 1.5g / Colecalciferol 400 unit chewable tabs",
         "Colecalciferol 400unit / Calcium carbonate 1.5g chewable tablets"),
        ("Metformin 1g tablets", "Metformin 1000mg tablets"),
    ],
)  # fmt: skip
def test_names_that_mean_one_medicine(words: str, name: str) -> None:
    assert names_same_medicine(words, name)


@pytest.mark.hazard("H02", control="a note's medicine is certain or asked about", shows="works")
@pytest.mark.hazard("H14", control="look-alike names on a note are not taken for one another", shows="works")
@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Amlodipine 10mg tabs", "Amlodipine 5mg tablets"),
        ("Amlodipine tabs", "Amlodipine 5mg tablets"),
        ("Amlodipine 50mg tabs", "Amlodipine 5mg tablets"),
        ("Lansoprazole 30mg caps", "Lansoprazole 30mg orodispersible tablets"),
        ("Prednisolone 5mg tabs", "Propranolol 5mg tablets"),
        ("Macrogol compound half-strength sachets", "Macrogol compound oral powder sachets NPF sugar free"),
        ("Morphine 10mg tabs", "Morphine 10mg/5ml oral solution"),
        ("Hydroxyzine 25mg tablets", "Hydralazine 25mg tablets"),
        ("Risperidone 5mg tabs", "Risperidone 500microgram tablets"),
        ("tablets 5mg", "Amlodipine 5mg tablets"),
        ("Morphine 10mg MR tabs", "Morphine 10mg tablets"),
        ("Morphine 10mg tabs", "Morphine 10mg modified-release tablets"),
        ("Aspirin 75mg tabs", "Aspirin 75mg dispersible tablets"),
    ],
)
def test_names_that_do_not(words: str, name: str) -> None:
    assert not names_same_medicine(words, name)


def test_of_two_that_could_be_meant_none_is() -> None:
    names = {"mr": "Morphine 10mg modified-release tablets", "ir": "Morphine 10mg tablets"}
    assert medicine_meant("Morphine 10mg tablets", names) == "ir"
    assert medicine_meant("Morphine 10mg MR tabs", names) == "mr"
    assert medicine_meant("Morphine 10mg", {"caps": "Morphine 10mg capsules", "tabs": "Morphine 10mg tablets"}) is None


@given(st.text(max_size=60))
def test_tokens_of_any_words_are_tokens_again(words: str) -> None:
    assert all(token and token == token.lower() for token in medicine_tokens(words))
