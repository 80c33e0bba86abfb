"""The demo's delivery: a note to book in, and boxes to scan of which the wrong ones are caught."""

import re

import pytest
from django.test import Client
from uuid_utils.compat import uuid7

from emar.demo.council import team_of
from emar.models import CareHome, Resident
from emar.scope import scope
from ordering.demo_delivery import SENDER, boxes_to_scan, deliver_in_demo
from ordering.models import Delivery, DeliveryLine
from ordering.operations.booking_in import Scanned, Told, book_in
from stock.rules.gs1 import read_scan
from tests.demo.conftest import NOW, Demo

pytestmark = pytest.mark.usefixtures("demo")


def delivery_of(demo: Demo) -> Delivery:
    with scope(home=demo.home_id):
        return Delivery.objects.get(sender=SENDER)


def scan(demo: Demo, text: str, bag: str) -> Told:
    with scope(home=demo.home_id):
        carer = team_of(CareHome.objects.get(pk=demo.home_id)).carers[0]
        scanned = Scanned(id=uuid7(), text=text, is_camera=True, bag=Resident.objects.get(full_name=bag).pk)
        return book_in(home_id=demo.home_id, delivery_id=delivery_of(demo).pk, scanned=scanned, by=carer.pk, at=NOW)


def test_a_delivery_waits_whose_every_line_is_certain(demo: Demo) -> None:
    delivery = delivery_of(demo)
    with scope(home=demo.home_id):
        lines = list(DeliveryLine.objects.filter(delivery=delivery))
    assert len(lines) >= 6
    assert [each.faults for each in lines if each.faults] == []
    assert {each.packs for each in lines} == {1}


def test_filling_again_adds_no_second_delivery(demo: Demo) -> None:
    deliver_in_demo(demo.filled.homes[0], NOW)
    assert delivery_of(demo)


def test_every_right_box_is_booked_in_with_one_scan_and_every_wrong_one_stopped(demo: Demo) -> None:
    boxes = boxes_to_scan(demo.home_id)
    told = {each: scan(demo, each.gs1, each.resident).answer for each in boxes if each.wrong}
    assert {each.result for each in told.values()} == {"stop"}
    assert {"out_of_date"} in [each.codes for each in told.values()]
    right = [each for each in boxes if not each.wrong]
    assert {scan(demo, each.gs1, each.resident).booked is not None for each in right} == {True}
    again = scan(demo, right[0].gs1, right[0].resident).answer
    assert (again.result, again.findings[0].code) == ("stop", "serial_booked")


def test_the_boxes_stand_on_the_page_of_codes(demo: Demo, settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.EMAR_ENV = "demo"  # type: ignore[attr-defined]
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    page = Client().get("/demo/barcodes/").content.decode()
    boxes = boxes_to_scan(demo.home_id)
    assert "A delivery to book in" in page
    assert all(each.gs1 in page for each in boxes)
    assert all(read_scan(each.gs1, today=NOW.date()).serial for each in boxes)
    assert re.search("must be stopped", page)
