"""Codes to try scanning from a screen or from paper. Only where everybody is invented: with EMAR_ENV=demo."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from emar.demo import sheet as demo_sheet
from emar.demo.sheet import PackCodes, PersonCode, Sheet
from ordering.demo_delivery import DemoBox, boxes_to_scan
from web.code_pictures import svg
from web.pdf.labels import SheetCode, code_sheet


@dataclass(frozen=True, slots=True)
class Card:
    """What one thing carries to be scanned, drawn."""

    name: str
    detail: str
    note: str
    pictures: tuple[tuple[str, str, SafeString], ...]


@require_GET
def barcodes_page(request: HttpRequest) -> HttpResponse:
    """Show the codes of one demo home: badges, residents, packs that are due, and what must not pass."""
    homes, sheet = _asked(request)
    return render(
        request,
        "demo/barcodes.html",
        {
            "homes": homes,
            "sheet": sheet,
            "staff": [_person_card(each) for each in sheet.staff],
            "residents": [_person_card(each) for each in sheet.residents],
            "packs": [_pack_card(each) for each in sheet.packs],
            "somebody_elses": sheet.somebody_elses and _pack_card(sheet.somebody_elses),
            "boxes": [_box_card(each) for each in boxes_to_scan(sheet.home_id)],
            "unknown": ("EAN-13", sheet.unknown_ean, svg(sheet.unknown_ean, "EAN13", title="Unknown EAN-13", module=2)),
        },
    )


@require_GET
def barcodes_pdf(request: HttpRequest) -> HttpResponse:
    """Give the same codes as a PDF to print."""
    _, sheet = _asked(request)
    codes = list(_sheet_codes(sheet)) + [_of_box(each) for each in boxes_to_scan(sheet.home_id)]
    pdf = code_sheet(f"{sheet.home}: codes to try", codes)
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="codes-to-try.pdf"'
    return response


def _asked(request: HttpRequest) -> tuple[list[tuple[int, str]], Sheet]:
    homes = demo_sheet.homes() if demo_sheet.is_open() else []
    if not homes:
        raise Http404
    asked = request.GET.get("home", "")
    found = next((home_id for home_id, _ in homes if str(home_id) == asked), None)
    if asked and found is None:
        raise Http404
    return homes, demo_sheet.sheet(found or homes[0][0], timezone.now())


def _person_card(person: PersonCode) -> Card:
    picture = svg(person.code, "QRCode", title=f"QR code of {person.name}")
    return Card(person.name, person.detail, "", (("QR", person.code, picture),))


def _pack_card(pack: PackCodes) -> Card:
    return Card(
        pack.medicine,
        f"{pack.resident}, {pack.room}",
        pack.when,
        (
            ("Our own label", pack.own_label, svg(pack.own_label, "QRCode", title=f"Own label {pack.own_label}")),
            ("GS1 DataMatrix", pack.gs1, svg(pack.gs1, "DataMatrix", title="GS1 DataMatrix on the box")),
            ("EAN-13", pack.ean13, svg(pack.ean13, "EAN13", title=f"EAN-13 {pack.ean13}", module=2)),
        ),
    )


def _box_card(box: DemoBox) -> Card:
    return Card(
        box.medicine,
        f"{box.resident}, {box.room}",
        box.wrong,
        (
            ("GS1 DataMatrix", box.gs1, svg(box.gs1, "DataMatrix", title="GS1 DataMatrix on the delivered box")),
            ("EAN-13", box.ean13, svg(box.ean13, "EAN13", title=f"EAN-13 {box.ean13}", module=2)),
        ),
    )


def _of_box(box: DemoBox) -> SheetCode:
    words = f"To book in. {box.resident}, {box.room}. {box.wrong}".strip()
    return SheetCode(box.medicine, box.gs1, "DataMatrix", words)


def _sheet_codes(sheet: Sheet) -> list[SheetCode]:
    codes = [SheetCode(each.name, each.code, "QRCode", f"{each.detail}, PIN {sheet.pin}") for each in sheet.staff]
    codes += [SheetCode(each.name, each.code, "QRCode", each.detail) for each in sheet.residents]
    for pack in sheet.packs:
        codes += _of_pack(pack, f"{pack.resident}, {pack.room}. {pack.when}")
    if sheet.somebody_elses is not None:
        pack = sheet.somebody_elses
        codes += _of_pack(pack, f"{pack.resident}, {pack.room}. Must stop anybody else's round")
    codes.append(SheetCode("A code nobody knows", sheet.unknown_ean, "EAN13", "Must be asked about, never given"))
    return codes


def _of_pack(pack: PackCodes, detail: str) -> list[SheetCode]:
    return [
        SheetCode(pack.medicine, pack.own_label, "QRCode", f"{detail} (our own label)"),
        SheetCode(pack.medicine, pack.gs1, "DataMatrix", f"{detail} (on the box)"),
        SheetCode(pack.medicine, pack.ean13, "EAN13", f"{detail} (on the box)"),
    ]
