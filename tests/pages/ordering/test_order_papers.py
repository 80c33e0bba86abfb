"""An approved order as a sheet for the proxy screen, as paper and as a file."""

import csv
import io
import re
from datetime import date
from io import BytesIO

import pypdf
import pytest
from django.test import Client
from uuid_utils.compat import uuid7

from emar.scope import scope
from ordering.operations import drafting
from tests import factories as make
from tests.ordering.homes import HOUR, NINE, OrderingHome
from tests.pages.ordering.reading import page

pytestmark = pytest.mark.django_db


def test_the_sheet_stands_in_the_order_of_the_screen_with_buttons_to_copy(home: OrderingHome, senior: Client) -> None:
    order = home.sent()
    shown = page(senior, f"/orders/{order.pk}/sheet/")
    assert shown.index("William Pryce") < shown.index("Joan Whitfield")
    assert 'data-copies="Amlodipine 5mg tablets"' in shown


def test_the_paper_of_an_order_can_be_read(home: OrderingHome, senior: Client) -> None:
    order = home.sent()
    pdf = pypdf.PdfReader(BytesIO(senior.get(f"/orders/{order.pk}/order.pdf").content))
    text = re.sub(r"\s+", " ", " ".join(each.extract_text() for each in pdf.pages))
    for words in (
        "Medicines order 1", "Elm Surgery", "William Pryce, born 4 March 1938", "Ramipril 5mg capsules",
        "Take ONE each morning", "28 tablets", "1 x 28", "30 November 2026 to 27 December 2026", "01632 960999",
    ):  # fmt: skip
        assert words in text, words
    response = senior.get(f"/orders/{order.pk}/order.csv")
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert rows[0][:3] == ["Order number", "Item", "Patient"]
    assert [row[2] for row in rows[1:]] == ["William Pryce", "Joan Whitfield"]


def test_a_part_of_a_pack_is_asked_for_as_one_on_page_paper_and_file(
    home: OrderingHome, senior: Client, manager: Client
) -> None:
    home.sent()
    new = home.prescribe(home.residents[0], "Bisoprolol 5mg tablets", held=0)
    interim = drafting.Interim(
        uuid7(), (drafting.LineKey(new.resident_id, new.medicine_id, "tablet"),), "new", date(2026, 11, 12)
    )
    with scope(home=home.pk):
        [order] = drafting.draft_interim(home_id=home.pk, interim=interim, by=home.senior.pk, at=NINE + 2 * HOUR)
    words = "1 × 28, 18 out of a pack of 28"
    assert words in page(senior, f"/orders/{order.pk}/")
    senior.post(f"/orders/{order.pk}/as-suggested/")
    assert senior.post(f"/orders/{order.pk}/reviewed/").status_code == 302
    assert manager.post(f"/orders/{order.pk}/approve/").status_code == 302
    assert words in page(senior, f"/orders/{order.pk}/")
    assert words in page(senior, f"/orders/{order.pk}/sheet/")
    pdf = pypdf.PdfReader(BytesIO(senior.get(f"/orders/{order.pk}/order.pdf").content))
    text = re.sub(r"\s+", " ", " ".join(each.extract_text() for each in pdf.pages))
    assert "46 tablets" in text
    assert words.replace("×", "x") in text
    rows = list(csv.DictReader(io.StringIO(senior.get(f"/orders/{order.pk}/order.csv").content.decode("utf-8-sig"))))
    assert [(row["Quantity"], row["Packs"]) for row in rows] == [("46", words)]


@pytest.mark.hazard("H28", control="CSV exports neutralise formulas", shows="works")
def test_no_cell_of_the_file_is_a_formula(home: OrderingHome, senior: Client) -> None:
    person = make.make_resident(
        unit=home.residents[0].unit, full_name="=HYPERLINK(1)", gp_practice=home.surgery, pharmacy=home.pharmacy
    )
    home.prescribe(person, "Bisoprolol 5mg tablets", held=0, dose_words="+1 each morning")
    order = home.sent()
    text = senior.get(f"/orders/{order.pk}/order.csv").content.decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert "'=HYPERLINK(1)" in cells
    assert "'+1 each morning" in cells
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
