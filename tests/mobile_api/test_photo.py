"""A photo sent by a phone that cannot scan ends at the pack, or at a plain sentence."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from emar.rules.matching import Bedside as Scene
from emar.rules.matching import Match, match_scan
from emar.rules.snapshot import Snapshot
from emar.scope import scope
from stock.rules.gs1 import read_scan
from tests import factories as make
from tests.bedside import NINE, Bedside, make_bedside
from tests.tablet import API, Tablet

EAN13 = "EAN13_d0483bf34c.jpg", "03574660239843"
DATA_MATRIX = "DataMatrix_ba164e08d3.webp", "08903819987659"


def send(tablet: Tablet, content: bytes, name: str = "photo.jpg"):  # type: ignore[no-untyped-def]
    return tablet.client.post(f"{API}photo", {"file": SimpleUploadedFile(name, content)}, headers=tablet.headers)


def matched(tablet: Tablet, photo: Path, open_resident_id: int) -> Match:
    """Send a photo and match what it says as the bedside app does, on the snapshot of the same device."""
    reply = send(tablet, photo.read_bytes(), photo.name)
    assert reply.status_code == 200, reply.content
    [value] = reply.json()["values"]
    scan = read_scan(
        value["identifier"] + value["text"], today=NINE.date(), symbology=value["symbology"], separators_kept=True
    )
    known = Snapshot.from_json(tablet.get("snapshot").json())
    return match_scan(scan, Scene(known, NINE, open_resident_id))


@pytest.mark.parametrize(("name", "gtin"), [EAN13, DATA_MATRIX])
def test_a_photo_of_a_real_code_is_matched_to_the_due_dose(
    shared_data: Path, tablet: Tablet, bedside: Bedside, name: str, gtin: str
) -> None:
    make.make_pack_code(pack=make.make_pack(medicine=bedside.medicine), gtin=gtin)
    found = matched(tablet, shared_data / "barcodes" / name, bedside.resident.pk)
    assert (found.meaning, found.result) == ("gtin", "in_pot")
    assert found.prescription_id == str(bedside.prescription.pk)
    assert found.pack_id == str(bedside.pack.pk)


@pytest.mark.hazard("H02", control="a photographed code of another medicine is stopped", shows="works")
def test_a_photo_of_another_medicine_is_stopped(shared_data: Path, tablet: Tablet, bedside: Bedside) -> None:
    other = bedside.another(medicine=make.make_medicine(name="Simvastatin 40mg tablets"))
    make.make_pack_code(pack=make.make_pack(medicine=other.medicine), gtin=EAN13[1])
    found = matched(tablet, shared_data / "barcodes" / EAN13[0], bedside.resident.pk)
    assert found.result == "stopped"


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "not_an_image"), (b"%PDF-1.7 no picture", "not_an_image"), (b"\xff\xd8\xff\xe0 cut", "not_an_image")],
)
def test_what_is_no_photo_is_refused_in_plain_words(tablet: Tablet, content: bytes, code: str) -> None:
    reply = send(tablet, content)
    assert reply.status_code == 422
    told = reply.json()
    assert told["detail"].endswith(".")
    assert content == b"" or told["code"] == code


def test_a_photo_needs_an_enrolled_device(bedside: Bedside) -> None:
    assert send(Tablet(str(bedside.home.pk), "0"), b"x").status_code == 401


def test_the_pack_is_found_among_several_homes(shared_data: Path, tablet: Tablet, bedside: Bedside) -> None:
    make.make_pack_code(pack=make.make_pack(medicine=bedside.medicine), gtin=EAN13[1])
    elsewhere = make_bedside(medicine=bedside.medicine)
    found = matched(tablet, shared_data / "barcodes" / EAN13[0], bedside.resident.pk)
    with scope(home=elsewhere.home.pk):
        assert found.pack_id != str(elsewhere.pack.pk)
    assert found.result == "in_pot"
