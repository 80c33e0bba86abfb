"""Whether what is printed can be read: labels and sheets go through a printer's resolution and the decoder."""

import random
import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp
from pypdf import PdfReader

from mobile_api import barcode_image
from stock.rules.codes import gs1_check_digit, new_label_code
from tests.barcodes.pictures import as_file
from web.pdf import labels
from web.pdf.barcodes import QUIET_MODULES, NotPrintable, module_rows
from web.pdf.text import printable

PACKS = [
    labels.PackLabel(
        code=code,
        resident="Ada Winterbottom",
        room="Room 12",
        medicine="Paracetamol",
        strength_and_form="500 mg tablets",
        expires="31 Jan 2028",
        booked_in="Booked in 22 Nov 2026",
    )
    for code in ("EP7K3MXQ", "EPQ2W3E4", "EP9Z8Y7X", "EPHJKMN2")
]
LONGEST = labels.PackLabel(
    code="EP7K3MXQ9Z",
    resident="Wilhelmina Featherstonehaugh-Cholmondeley",
    room="Room 112, Sycamore unit",
    medicine="Macrogol compound half-strength oral powder sachets NPF sugar free",
    strength_and_form="6.9 g sachets for oral solution, raspberry and lemon flavour",
    expires="31 Jan 2028",
)


@pytest.fixture
def rng() -> random.Random:
    """Draw the same codes each time."""
    return random.Random(11)


def as_stream(pdf: bytes) -> BytesIO:
    """Open a printed PDF for reading."""
    return BytesIO(pdf)


def seen_on_paper(pdf: bytes, tmp_path: Path, *, dots_an_inch: int, page: int = 1) -> list[tuple[str, str]]:
    """Render a page as a printer would and read it with the decoder, in the order of texts."""
    if shutil.which("pdftoppm") is None:
        pytest.skip("pdftoppm (poppler-utils) is not installed, so nothing can be printed here")
    (tmp_path / "page.pdf").write_bytes(pdf)
    command = ["pdftoppm", "-r", str(dots_an_inch), "-f", str(page), "-l", str(page), "-png", "-singlefile"]
    subprocess.run([*command, "page.pdf", "page"], cwd=tmp_path, check=True)
    decoded = barcode_image.look_for_codes((tmp_path / "page.png").read_bytes())
    return sorted((value.text, value.symbology) for value in decoded.values)


@pytest.mark.parametrize("dots_an_inch", [150, 203, 300])
@pytest.mark.parametrize("layout", [labels.A4_24, labels.A4_65, labels.ROLL_62_29, labels.ROLL_57_32])
def test_every_pack_label_on_a_page_reads_back(tmp_path, layout, dots_an_inch):
    printed = PACKS[: layout.each_page]
    found = seen_on_paper(labels.pack_labels(printed, layout=layout), tmp_path, dots_an_inch=dots_an_inch)
    assert found == sorted((label.code, "QRCode") for label in printed)


def test_a_full_sheet_of_the_smallest_labels_reads_back_one_by_one(tmp_path, rng):
    packs = [labels.PackLabel(new_label_code("own_label", choose=rng.choice), "A", "", "M", "1 mg") for _ in range(65)]
    pdf = labels.pack_labels(packs, layout=labels.A4_65)
    assert len(PdfReader(as_stream(pdf)).pages) == 1
    found = seen_on_paper(pdf, tmp_path, dots_an_inch=200)
    assert [text for text, _ in found] == sorted(pack.code for pack in packs)


def test_residents_and_badges_read_back(tmp_path):
    residents = [labels.ResidentLabel("ER7K3MXQ", "Ada Winterbottom", "Room 12", "3 March 1938")]
    assert seen_on_paper(labels.resident_labels(residents), tmp_path, dots_an_inch=200) == [("ER7K3MXQ", "QRCode")]
    badges = [labels.StaffBadge("ESQ2W3E4R5T6Y7", "Bola Adeyemi-Hart", "Senior carer", "Willow House")]
    assert seen_on_paper(labels.staff_badges(badges), tmp_path, dots_an_inch=200) == [("ESQ2W3E4R5T6Y7", "QRCode")]


@pytest.mark.parametrize("dots_an_inch", [150, 200, 300])
@pytest.mark.parametrize(
    ("symbology", "text", "read"),
    [
        ("EAN13", "5012345678900", "5012345678900"),
        ("Code128", "EP7K3MXQ", "EP7K3MXQ"),
        ("QRCode", "EP7K3MXQ", "EP7K3MXQ"),
        (
            "DataMatrix",
            "(01)05012345678900(21)A1B2C3(17)280131(10)LK329",
            "010501234567890021A1B2C3\x1d1728013110LK329",
        ),
    ],
)
def test_every_symbology_of_a_sheet_reads_back(tmp_path, symbology, text, read, dots_an_inch):
    sheet = labels.code_sheet("Codes to try", [labels.SheetCode("Paracetamol 500 mg", text, symbology)])
    assert seen_on_paper(sheet, tmp_path, dots_an_inch=dots_an_inch) == [(read, symbology)]


def seen_on_screen(text: str, symbology: str) -> list[tuple[str, str]]:
    """Draw bars as `module_rows` gives them, three dots to a module, and read them with the decoder."""
    (row,) = module_rows(text, symbology)
    quiet = "0" * QUIET_MODULES[symbology]
    dots = np.array([255 * (module == "0") for module in quiet + row + quiet], dtype=np.uint8).repeat(3)
    decoded = barcode_image.decode(as_file(np.pad(np.tile(dots, (90, 1)), 30, constant_values=255)))
    return [(value.text, value.symbology) for value in decoded.values]


def test_any_thirteen_digits_with_a_right_check_digit_read_back_as_they_were_typed(rng):
    for first in range(1, 10):  # the first digit is not drawn: it chooses the patterns of the next six
        digits = str(first) + "".join(rng.choice("0123456789") for _ in range(11))
        code = digits + gs1_check_digit(digits)
        assert seen_on_screen(code, "EAN13") == [(code, "EAN13")]
        with pytest.raises(NotPrintable):
            list(module_rows(digits + str((int(code[-1]) + 1) % 10), "EAN13"))


def test_a_leading_nought_draws_the_bars_of_the_twelve_digits_after_it():
    assert seen_on_screen("0787789328791", "EAN13") == [("787789328791", "UPCA")]


def test_any_letters_and_digits_read_back_as_code_128(rng):
    for length in range(1, 25):
        mixed = "".join(rng.choice("0123456789" * 3 + "ABCxyz -/.") for _ in range(length)).strip() or "0"
        assert seen_on_screen(mixed, "Code128") == [(mixed, "Code128")]
        digits = "".join(rng.choice("0123456789") for _ in range(length))
        assert seen_on_screen(digits, "Code128") == [(digits, "Code128")]


def test_the_bars_are_those_of_the_other_encoder():
    for text, symbology in (("5012345678900", "EAN13"), ("EP7K3MXQ", "Code128")):
        drawn = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, symbology))
        dots = np.array(drawn.to_image(scale=1, add_quiet_zones=False))[0]
        assert next(module_rows(text, symbology)) == "".join("1" if dot == 0 else "0" for dot in dots)


def test_skipped_places_leave_a_part_used_sheet_as_it_is():
    pages = PdfReader(as_stream(labels.pack_labels(PACKS, skip=22))).pages
    assert [page.extract_text().count("Paracetamol") for page in pages] == [2, 2]


def test_long_words_are_made_smaller_and_never_cut_off():
    for layout in labels.LAYOUTS:
        words = PdfReader(as_stream(labels.pack_labels([LONGEST], layout=layout))).pages[0].extract_text().split()
        for part in (LONGEST.resident, LONGEST.medicine, LONGEST.strength_and_form, LONGEST.code):
            assert [word for word in part.split() if word not in words] == []


def test_words_without_end_are_refused_rather_than_cut_off():
    with pytest.raises(NotPrintable, match="do not fit"):
        labels.pack_labels([labels.PackLabel("EP7K3MXQ", "A" * 400, "", "B", "C")], layout=labels.A4_65)


@pytest.mark.parametrize(
    ("text", "symbology"),
    [
        ("5012345678901", "EAN13"),
        ("501234567890", "EAN13"),
        ("(01)05012345678901", "DataMatrix"),
        ("0105012345678900", "DataMatrix"),
        ("(10)AB", "DataMatrix"),
        ("Łódź", "Code128"),
        ("", "Code128"),
        ("EP7K\x1d3MXQ", "Code128"),
    ],
)
def test_a_code_that_would_be_wrong_is_not_printed(text, symbology):
    with pytest.raises(NotPrintable):
        labels.code_sheet("Codes", [labels.SheetCode("wrong", text, symbology)])


def test_a_label_carries_only_a_code_of_its_kind():
    with pytest.raises(NotPrintable):
        labels.pack_labels([labels.PackLabel("ER7K3MXQ", "A", "1", "B", "C")])
    with pytest.raises(NotPrintable):
        labels.resident_labels([labels.ResidentLabel("EP7K3MXQ", "A", "1", "1938")])
    with pytest.raises(NotPrintable):
        labels.staff_badges([labels.StaffBadge("5012345678900", "A", "B", "C")])


def test_a_badge_does_not_show_its_code_in_letters():
    badge = labels.StaffBadge("ESQ2W3E4R5T6Y7", "Bola Adeyemi-Hart", "Senior carer", "Willow House")
    assert badge.code not in PdfReader(as_stream(labels.staff_badges([badge]))).pages[0].extract_text()


def test_letters_that_paper_lacks_lose_their_marks_and_not_their_place():
    assert printable("Łukasz Nowaków · Şahin · naïve · Ωmega") == "Lukasz Nowaków · Sahin · naïve · ?mega"


def test_a_printed_label_survives_a_poor_photograph(tmp_path, rng):
    if shutil.which("pdftoppm") is None:
        pytest.skip("pdftoppm (poppler-utils) is not installed, so nothing can be printed here")
    (tmp_path / "page.pdf").write_bytes(labels.pack_labels(PACKS[:1], layout=labels.ROLL_57_32))
    subprocess.run(["pdftoppm", "-r", "300", "-png", "-singlefile", "page.pdf", "page"], cwd=tmp_path, check=True)
    page = cv2.imread(str(tmp_path / "page.png"), cv2.IMREAD_GRAYSCALE)
    blurred = cv2.GaussianBlur(cv2.resize(page, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA), (0, 0), 1.5)
    decoded = barcode_image.decode(as_file(cv2.convertScaleAbs(blurred, alpha=0.5, beta=60)))
    assert [value.text for value in decoded.values] == [PACKS[0].code]
