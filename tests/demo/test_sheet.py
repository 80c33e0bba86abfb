"""The page of codes to try: shown only in the demo, and every code on it reads back as what it says."""

import re
import shutil
import subprocess
from io import BytesIO

import pytest
from django.test import Client
from PIL import Image, ImageDraw
from pypdf import PdfReader

from emar.demo import sheet as demo_sheet
from mobile_api import barcode_image
from stock.rules.codes import label_kind
from tests.demo.conftest import NOW

pytestmark = pytest.mark.usefixtures("demo")
SVG = re.compile(
    r'<svg [^>]*viewBox="0 0 (\d+) (\d+)".*?<path d="([^"]+)".*?</svg><figcaption>([^<]+)<code>([^<]+)', re.S
)
RUN = re.compile(r"M(\d+) (\d+)h(\d+)v(\d+)h-\d+z")


@pytest.fixture(autouse=True)
def small_demo(settings, monkeypatch):
    """Open the page, at the moment up to which the small demo is filled."""
    settings.EMAR_ENV = "demo"
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


def as_png(width: int, height: int, path: str, module: int = 4) -> bytes:
    """Paint an SVG's runs of modules as a screen does."""
    image = Image.new("L", (width * module, height * module), 255)
    pen = ImageDraw.Draw(image)
    for x, y, across, down in (map(int, run) for run in RUN.findall(path)):
        pen.rectangle((x * module, y * module, (x + across) * module - 1, (y + down) * module - 1), fill=0)
    written = BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def test_every_code_on_the_page_reads_back(demo):
    page = Client().get("/demo/barcodes/").content.decode()
    found = SVG.findall(page)
    assert len(found) > 20
    for width, height, path, kind, text in found:
        [value] = barcode_image.decode(as_png(int(width), int(height), path)).values
        symbology = {"EAN-13": "EAN13", "GS1 DataMatrix": "DataMatrix"}.get(kind.strip(), "QRCode")
        assert value.symbology == symbology
        plain = re.sub(r"\((01|17|10|21)\)", r"\1", text)
        assert value.text.replace("\x1d", "") == plain


def test_the_page_has_due_packs_one_that_must_stop_and_one_unknown(demo):
    sheet = demo_sheet.sheet(demo.home_id, NOW)
    assert 4 <= len(sheet.packs) <= 12
    assert any("due now" in pack.when for pack in sheet.packs)
    assert {label_kind(pack.own_label) for pack in sheet.packs} == {"own_label"}
    assert {label_kind(person.code) for person in sheet.residents} == {"resident"}
    assert [label_kind(person.code) for person in sheet.staff] == ["badge"] * 3
    assert sheet.somebody_elses.resident != sheet.packs[0].resident
    assert sheet.unknown_ean not in {pack.ean13 for pack in sheet.packs}


def test_the_sheet_prints_and_a_printed_page_reads_back(demo, tmp_path):
    response = Client().get("/demo/barcodes/sheet.pdf")
    assert response["Content-Type"] == "application/pdf"
    assert len(PdfReader(BytesIO(response.content)).pages) >= 2
    if shutil.which("pdftoppm") is None:
        pytest.skip("pdftoppm (poppler-utils) is not installed, so nothing can be printed here")
    (tmp_path / "sheet.pdf").write_bytes(response.content)
    subprocess.run(["pdftoppm", "-r", "200", "-png", "-singlefile", "sheet.pdf", "page"], cwd=tmp_path, check=True)
    seen = {value.text for value in barcode_image.look_for_codes((tmp_path / "page.png").read_bytes()).values}
    sheet = demo_sheet.sheet(demo.home_id, NOW)
    assert {person.code for person in (*sheet.staff, *sheet.residents)} <= seen


@pytest.mark.parametrize("environment", ["production", "test"])
def test_outside_the_demo_there_is_no_such_page(settings, environment):
    settings.EMAR_ENV = environment
    assert Client().get("/demo/barcodes/").status_code == 404
    assert Client().get("/demo/barcodes/sheet.pdf").status_code == 404


@pytest.mark.parametrize("home", ["0", "99999999", "x", "-1", "9" * 40])
def test_a_home_that_is_not_in_the_demo_is_not_found(home):
    assert Client().get("/demo/barcodes/", {"home": home}).status_code == 404
