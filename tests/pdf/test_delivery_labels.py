"""Can the labels of packs that were really booked in be scanned from paper, and do they prove whose pack it is?"""

from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client

from emar.queries.snapshot import snapshot
from emar.scope import scope
from tests import factories as make
from tests.barcodes.test_labels import seen_on_paper
from tests.delivery import Waiting, make_waiting, sell
from tests.pages.conftest import signed_in

pytestmark = pytest.mark.django_db
LONG = "Colecalciferol 400unit / Calcium carbonate 1.5g chewable tablets"


@pytest.fixture
def waiting() -> Waiting:
    waiting = make_waiting()
    long, short = sell(LONG), sell("Senna 7.5mg tablets")
    for name in ("Wilhelmina Featherstonehaugh-Cholmondeley", "Ann Lee"):
        person = waiting.live(name)
        for sold in (long, short):
            waiting.prescribe(person, sold)
    delivery = waiting.load(
        [f"{each.full_name},{m},28" for each in waiting.residents for m in (LONG, "Senna 7.5mg tabs")]
    )
    for person in waiting.residents:
        for number, sold in enumerate((long, short)):
            waiting.scan(delivery, sold.scan(serial=f"{person.pk}{number}"), bag=person.pk)
    assert len(waiting.booked()) == 4
    return waiting


@pytest.mark.parametrize("dots_an_inch", [203, 300])
@pytest.mark.parametrize("layout", ["a4_24", "a4_65"])
def test_a_sheet_of_booked_packs_reads_back(waiting: Waiting, tmp_path: Path, layout: str, dots_an_inch: int) -> None:
    client = signed_in(waiting.senior, home=waiting.home)
    [delivery_id] = {each.delivery_id for each in waiting.booked()}
    sent = {"id": str(uuid4()), "which": "all", "layout": layout, "first": "2"}
    client.post(f"/deliveries/{delivery_id}/labels/", sent)
    paper = client.get(f"/deliveries/labels/{sent['id']}.pdf").content
    found = seen_on_paper(paper, tmp_path, dots_an_inch=dots_an_inch)
    assert found == sorted((each.pack.label_code, "QRCode") for each in waiting.booked())


@pytest.mark.parametrize("layout", ["roll_57_32", "roll_62_29"])
def test_one_label_off_a_label_printer_reads_back(waiting: Waiting, tmp_path: Path, layout: str) -> None:
    client: Client = signed_in(waiting.senior, home=waiting.home)
    for each in waiting.booked():
        paper = client.get(f"/deliveries/packs/{each.pk}/label.pdf?layout={layout}").content
        # 203 dots an inch is what most label printers have.
        assert seen_on_paper(paper, tmp_path, dots_an_inch=203) == [(each.pack.label_code, "QRCode")]


@pytest.mark.hazard("H01", control="our own label proves whose a pack is", shows="exists")
def test_the_bedside_knows_whose_pack_a_label_and_a_serial_are(waiting: Waiting) -> None:
    with scope(home=waiting.home.pk):
        shown = snapshot(waiting.home.pk, make.NOW)
    known = {each["label_code"]: each for each in shown["packs"]}
    for each in waiting.booked():
        pack = known[each.pack.label_code]
        assert (pack["resident_id"], pack["serial"]) == (each.pack.line.resident_id, each.pack.serial)
