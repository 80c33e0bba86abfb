"""Which medicines does the demo know, and how do they get in?

medicines.tsv holds facts typed in: product name, dm+d code, substance, form, strength, unit of dose, ingredient
codes, controlled-drug category, ATC code, a usual pack and an English price per pack of 2017 (dm+d and NHSBSA
prescribing, Open Government Licence v3.0; a price is blank where none was found). Invented are the two suppliers,
Ashdown and Fernhill, their products' and packs' ids, and every GTIN: these start with 952, the numbers that GS1
keeps for demonstrations, so none of them is on any real box. Real packs and GTINs come with a dm+d release
(manage.py import_dmd), which leaves these rows beside its own.
"""

import csv
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.db import transaction

from emar.models import Ingredient, Medicine, MedicineIngredient, Pack, PackCode

FILE = Path(__file__).with_name("medicines.tsv")
SUPPLIERS = {"ashdown": "Ashdown Generics", "fernhill": "Fernhill Pharma"}


@dataclass(frozen=True)
class DemoMedicine:
    """One product of the demo and its two packs, one of each supplier, by GTIN-13."""

    code: str
    name: str
    moiety_code: str
    moiety: str
    form: str
    strength: str
    route: str
    unit: str
    # Each as code, name and strength in words, the last empty where the product states none.
    ingredients: tuple[tuple[str, str, str], ...]
    cd_category: str
    atc: str
    pack_quantity: Decimal
    pack_unit: str
    price_pence: int | None
    gtins: dict[str, str]

    def brand_id(self, supplier: str) -> str:
        """Name the invented product of one supplier; letters keep it apart from every dm+d code."""
        return f"demo-{self.gtins[supplier][5:8]}-{supplier}"

    def pack_id(self, supplier: str = "any") -> str:
        return f"pack-{self.gtins['ashdown'][5:8]}-{supplier}"


def demo_medicines() -> tuple[DemoMedicine, ...]:
    """Read the demo's medicines, in the order of the file."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(_read(row) for row in csv.DictReader(file, delimiter="\t"))


def _read(row: dict[str, str]) -> DemoMedicine:
    ingredients = []
    for part in row["ingredients"].split("; "):
        code, name, *strength = part.split("=")
        ingredients.append((code, name, strength[0] if strength else ""))
    return DemoMedicine(
        **{
            name: row[name]
            for name in (
                "code",
                "name",
                "moiety_code",
                "moiety",
                "form",
                "strength",
                "route",
                "unit",
                "cd_category",
                "atc",
                "pack_unit",
            )
        },
        ingredients=tuple(ingredients),
        pack_quantity=Decimal(row["pack_quantity"]),
        price_pence=int(row["price_pence"]) if row["price_pence"] else None,
        gtins={supplier: row[f"gtin_{supplier}"] for supplier in SUPPLIERS},
    )


def add_demo_medicines(*, using: str = "owner") -> int:
    """Write the demo's medicines, packs and codes as the owner of the tables and return how many there are.

    Rows that are there already, from an earlier demo or from dm+d, stay as they are.
    """
    medicines = demo_medicines()
    with transaction.atomic(using=using):
        for model, rows in (
            (Ingredient, [row for each in medicines for row in _ingredients(each)]),
            (Medicine, [_generic(each) for each in medicines]),
            (Medicine, [_brand(each, supplier) for each in medicines for supplier in SUPPLIERS]),
            (Pack, [_pack(each, None) for each in medicines]),
            (Pack, [_pack(each, supplier) for each in medicines for supplier in SUPPLIERS]),
            (
                PackCode,
                [
                    PackCode(gtin=each.gtins[supplier].rjust(14, "0"), pack_id=each.pack_id(supplier))
                    for each in medicines
                    for supplier in SUPPLIERS
                ],
            ),
        ):
            model.objects.using(using).bulk_create(rows, ignore_conflicts=True)
        has_contents = set(MedicineIngredient.objects.using(using).values_list("medicine_id", flat=True).distinct())
        MedicineIngredient.objects.using(using).bulk_create(
            [row for each in medicines if each.code not in has_contents for row in _contents(each)]
        )
    return len(medicines)


def _ingredients(medicine: DemoMedicine) -> list[Ingredient]:
    return [Ingredient(id=code, name=name) for code, name, _ in medicine.ingredients]


def _contents(medicine: DemoMedicine) -> list[MedicineIngredient]:
    rows = []
    for position, (code, _, strength) in enumerate(medicine.ingredients, start=1):
        amount, _, per = strength.partition("/")
        number, _, unit = amount.partition(" ")
        per_number, _, per_unit = per.rpartition(" ")
        rows.append(
            MedicineIngredient(
                medicine_id=medicine.code,
                position=position,
                ingredient_id=code,
                amount=Decimal(number) if number else None,
                amount_unit=unit,
                per_amount=Decimal(per_number or 1) if per else None,
                per_unit=per_unit,
            )
        )
    return rows


def _generic(medicine: DemoMedicine) -> Medicine:
    return Medicine(
        id=medicine.code,
        kind=Medicine.Kind.GENERIC,
        name=medicine.name,
        moiety_id=medicine.moiety_code,
        moiety_name=medicine.moiety,
        form=medicine.form,
        strength=medicine.strength,
        routes=[medicine.route],
        dose_unit=medicine.unit,
        controlled_drug_category=medicine.cd_category,
        atc_code=medicine.atc,
    )


def _brand(medicine: DemoMedicine, supplier: str) -> Medicine:
    brand = _generic(medicine)
    brand.id = medicine.brand_id(supplier)
    brand.kind = Medicine.Kind.BRAND
    brand.name = f"{medicine.name} ({SUPPLIERS[supplier]})"
    brand.generic_id = medicine.code
    brand.supplier = SUPPLIERS[supplier]
    return brand


def _pack(medicine: DemoMedicine, supplier: str | None) -> Pack:
    size = f"{medicine.pack_quantity.normalize():f} {medicine.pack_unit}"
    if supplier is None:
        return Pack(
            id=medicine.pack_id(),
            kind=Medicine.Kind.GENERIC,
            name=f"{medicine.name} {size}",
            medicine_id=medicine.code,
            quantity=medicine.pack_quantity,
            unit=medicine.pack_unit,
        )
    return Pack(
        id=medicine.pack_id(supplier),
        kind=Medicine.Kind.BRAND,
        name=f"{medicine.name} ({SUPPLIERS[supplier]}) {size}",
        medicine_id=medicine.brand_id(supplier),
        generic_id=medicine.pack_id(),
        quantity=medicine.pack_quantity,
        unit=medicine.pack_unit,
        supplier=SUPPLIERS[supplier],
        price_pence=medicine.price_pence,
        price_source=Pack.PriceSource.NHS_INDICATIVE if medicine.price_pence is not None else "",
    )
