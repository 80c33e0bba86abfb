"""What a device is told of packs: which codes mean what, which packs are there, and what the book holds."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from django.db.models import Q

from emar.models import PackCode, TaughtCode
from emar.queries.medicines import IN_USE, contents_of, meant_on
from emar.rules.amounts import plain
from stock.models import PackStatus, StockPack
from stock.queries.balances import LineBalance


def codes(home_id: int, product_of: Mapping[str, str], today: date) -> list[dict[str, Any]]:
    """Return every GTIN of the medicines that are prescribed or stocked in the home, with what it is today."""
    stocked = StockPack.objects.filter(home_id=home_id).exclude(gtin="").values_list("gtin", flat=True)
    rows = (
        PackCode.objects.filter(
            Q(pack__medicine__in=product_of)
            | Q(pack__medicine__generic__in=product_of)
            | Q(gtin__in=stocked.distinct())
        )
        .select_related("pack__medicine")
        .order_by("gtin", "id")
    )
    found = [
        (code.gtin, code.pack.medicine, code.pack.name)
        for _, same in groupby(rows, key=lambda code: code.gtin)
        for code in meant_on(list(same), today)
    ]
    taught = TaughtCode.objects.filter(home_id=home_id, **IN_USE).select_related("medicine")
    found += [(code.gtin, code.medicine, code.pack_name or code.medicine.name) for code in taught]
    generic_of = {medicine.pk: medicine.generic_id or medicine.pk for _, medicine, _ in found}
    ingredients = contents_of(set(generic_of.values()))
    return [
        {
            "gtin": gtin,
            "medicine_id": product_of.get(generic_of[medicine.pk], generic_of[medicine.pk]),
            "brand_id": medicine.pk if medicine.generic_id else None,
            "pack_name": name,
            "ingredient_ids": [each.ingredient_id for each in ingredients[generic_of[medicine.pk]]],
        }
        for gtin, medicine, name in found
    ]


def packs_in_use(home_id: int) -> list[StockPack]:
    """Return the packs of a home that are not finished, those that expire first before the others."""
    packs = StockPack.objects.filter(home_id=home_id).exclude(status=PackStatus.FINISHED)
    return list(packs.select_related("line").order_by("expires_on", "booked_in_at"))


def packs(found: Sequence[StockPack], product_of: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what a device is told of these packs."""
    return [
        {
            "id": str(pack.pk),
            "label_code": pack.label_code,
            "gtin": pack.gtin or None,
            "serial": pack.serial or None,
            "batch": pack.batch or None,
            "expires_on": _day(pack.expires_on),
            "opened_on": _day(pack.opened_on),
            "use_by": _day(pack.use_by),
            "status": pack.status,
            "line_id": pack.line_id,
            "resident_id": pack.line.resident_id,
            "medicine_id": product_of[pack.line.medicine_id],
            "location": pack.location,
        }
        for pack in found
    ]


def stock(balances: Sequence[LineBalance], product_of: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what a device is told of what the book says is there."""
    return [
        {
            "line_id": line.line_id,
            "resident_id": line.resident_id,
            "medicine_id": product_of[line.medicine_id],
            "balance": plain(line.balance),
            "unit": line.unit,
        }
        for line in balances
    ]


def _day(day: Any) -> str | None:
    return day.isoformat() if day else None
