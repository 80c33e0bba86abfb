"""Writes an invented dm+d release of any size, in the shape of the real one.

Every element stands where the XSDs of TRUD want it (tests/operations/test_import_dmd.py holds them against
each other). Products, suppliers and codes are made up; the GTINs are in the range kept for demonstrations.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path

from stock.rules.codes import gs1_check_digit

FORMS = {"385055001": "Tablet", "385049006": "Capsule", "385023001": "Oral solution"}
UNITS = {"428673006": "tablet", "428641000": "capsule", "258773002": "ml", "258684004": "mg"}
FORM_UNITS = {"385055001": "428673006", "385049006": "428641000", "385023001": "258773002"}
ROUTE = "26643006"
SUPPLIERS = 40
BRANDS = 3
PACK_SIZES = (28, 56)


def write_release(folder: Path, *, generics: int, day: str = "010126") -> Path:
    """Write a full release of `generics` products, each with 3 brands, 2 pack sizes and a GTIN for each box.

    That is 4 products and 8 packs for each of `generics`. `day` (ddmmyy) goes into the file names.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in (
        (f"f_lookup2_3{day}.xml", _lookup()),
        (f"f_vtm2_3{day}.xml", _vtm(generics)),
        (f"f_ingredient2_3{day}.xml", _ingredients(generics)),
        (f"f_vmp2_3{day}.xml", _vmp(generics)),
        (f"f_amp2_3{day}.xml", _amp(generics)),
        (f"f_vmpp2_3{day}.xml", _vmpp(generics)),
        (f"f_ampp2_3{day}.xml", _ampp(generics)),
        (f"f_gtin2_0{day}.xml", _gtin(generics)),
    ):
        with (folder / name).open("w", encoding="utf-8") as file:
            file.write('<?xml version="1.0" encoding="utf-8" ?>\n')
            file.writelines(f"{line}\n" for line in lines)
    return folder


def zip_release(folder: Path, target: Path) -> Path:
    """Pack a release as TRUD does: the XML files in one zip, the GTINs in a zip inside."""
    inner = target.with_name("week012026-r2_3-GTIN.zip")
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in folder.glob("f_gtin*.xml"):
            archive.write(file, file.name)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.glob("*.xml")):
            if "gtin" not in file.name:
                archive.write(file, file.name)
        archive.write(inner, inner.name)
    inner.unlink()
    return target


def generic_id(number: int) -> str:
    return f"1{number:07d}1000001101"


def moiety_id(number: int) -> str:
    return f"2{number // 4:07d}1000001102"


def ingredient_id(number: int) -> str:
    return f"3{number // 4:07d}1000001103"


def brand_id(number: int, brand: int) -> str:
    return f"4{number:06d}{brand}1000001104"


def generic_pack_id(number: int, size: int) -> str:
    return f"5{number:05d}{size:02d}1000001105"


def brand_pack_id(number: int, brand: int, size: int) -> str:
    return f"6{number:05d}{brand}{size:02d}100001106"


def gtin(number: int, brand: int, size: int) -> str:
    digits = f"952{number:06d}{brand}{size:02d}"
    return digits + gs1_check_digit(digits)


def name_of(number: int) -> str:
    form = list(FORMS.values())[number % 3].lower()
    return f"Inventomycin {number // 4} {5 * (1 + number % 4)}mg {form}s & more"


def _e(tag: str, value: object) -> str:
    text = str(value).replace("&", "&amp;").replace("<", "&lt;")
    return f"<{tag}>{text}</{tag}>"


def _record(tag: str, **elements: object) -> str:
    return f"<{tag}>" + "".join(_e(name, value) for name, value in elements.items()) + f"</{tag}>"


def _group(tag: str, records: Iterator[str]) -> Iterator[str]:
    yield f"<{tag}>"
    yield from records
    yield f"</{tag}>"


def _lookup() -> Iterator[str]:
    groups = {
        "COMBINATION_PACK_IND": {"0001": "Combination pack"},
        "COMBINATION_PROD_IND": {"0001": "Combination Product"},
        "BASIS_OF_NAME": {"0001": "rINN - Recommended International Non-proprietary"},
        "NAMECHANGE_REASON": {"0004": "Other"},
        "VIRTUAL_PRODUCT_PRES_STATUS": {"0001": "Valid as a prescribable product"},
        "CONTROL_DRUG_CATEGORY": {"0000": "No Controlled Drug Status", "0002": "Schedule 2 (CD)"},
        "LICENSING_AUTHORITY": {"0001": "Medicines - MHRA/EMA"},
        "UNIT_OF_MEASURE": UNITS,
        "FORM": FORMS,
        "ONT_FORM_ROUTE": {"0001": "tablet.oral"},
        "ROUTE": {ROUTE: "Oral"},
        "DT_PAYMENT_CATEGORY": {"0001": "Part VIIIA Category A"},
        "SUPPLIER": {f"7{number:07d}1000001107": f"Supplier {number} Ltd" for number in range(SUPPLIERS)},
        "FLAVOUR": {},
        "COLOUR": {},
        "BASIS_OF_STRNTH": {"0001": "Based on Ingredient Substance"},
        "REIMBURSEMENT_STATUS": {},
        "SPEC_CONT": {},
        "DND": {},
        "VIRTUAL_PRODUCT_NON_AVAIL": {},
        "DISCONTINUED_IND": {"0000": "Unknown", "0001": "Discontinued Flag"},
        "DF_INDICATOR": {"1": "Discrete"},
        "PRICE_BASIS": {"0001": "NHS Indicative Price"},
        "LEGAL_CATEGORY": {"0003": "POM"},
        "AVAILABILITY_RESTRICTION": {"0001": "None"},
        "LICENSING_AUTHORITY_CHANGE_REASON": {},
    }
    yield "<LOOKUP>"
    for group, words in groups.items():
        yield from _group(group, (_record("INFO", CD=code, DESC=each) for code, each in words.items()))
    yield "</LOOKUP>"


def _vtm(generics: int) -> Iterator[str]:
    yield from _group(
        "VIRTUAL_THERAPEUTIC_MOIETIES",
        (_record("VTM", VTMID=moiety_id(n), NM=f"Inventomycin {n // 4}") for n in range(0, generics, 4)),
    )


def _ingredients(generics: int) -> Iterator[str]:
    yield from _group(
        "INGREDIENT_SUBSTANCES",
        (_record("ING", ISID=ingredient_id(n), NM=f"Inventomycin {n // 4}") for n in range(0, generics, 4)),
    )


def _form(number: int) -> str:
    return list(FORMS)[number % 3]


def _vmp(generics: int) -> Iterator[str]:
    every = range(generics)
    yield "<VIRTUAL_MED_PRODUCTS>"
    yield from _group(
        "VMPS",
        (
            _record(
                "VMP", VPID=generic_id(n), VTMID=moiety_id(n), NM=name_of(n), BASISCD="0001",
                PRES_STATCD="0001", DF_INDCD="1", UDFS="1", UDFS_UOMCD=FORM_UNITS[_form(n)],
                UNIT_DOSE_UOMCD=FORM_UNITS[_form(n)],
            )
            for n in every
        ),
    )  # fmt: skip
    yield from _group(
        "VIRTUAL_PRODUCT_INGREDIENT",
        (
            _record(
                "VPI", VPID=generic_id(n), ISID=ingredient_id(n), BASIS_STRNTCD="0001",
                STRNT_NMRTR_VAL=5 * (1 + n % 4), STRNT_NMRTR_UOMCD="258684004",
            )
            for n in every
        ),
    )  # fmt: skip
    yield from _group("ONT_DRUG_FORM", (_record("ONT", VPID=generic_id(n), FORMCD="0001") for n in every))
    yield from _group("DRUG_FORM", (_record("DFORM", VPID=generic_id(n), FORMCD=_form(n)) for n in every))
    yield from _group("DRUG_ROUTE", (_record("DROUTE", VPID=generic_id(n), ROUTECD=ROUTE) for n in every))
    yield from _group(
        "CONTROL_DRUG_INFO",
        (_record("CONTROL_INFO", VPID=generic_id(n), CATCD="0002" if n % 50 == 7 else "0000") for n in every),
    )
    yield "</VIRTUAL_MED_PRODUCTS>"


def _amp(generics: int) -> Iterator[str]:
    every = [(n, brand) for n in range(generics) for brand in range(BRANDS)]
    yield "<ACTUAL_MEDICINAL_PRODUCTS>"
    yield from _group(
        "AMPS",
        (
            _record(
                "AMP", APID=brand_id(n, brand), VPID=generic_id(n), NM=name_of(n),
                DESC=f"{name_of(n)} (Supplier {(n + brand) % SUPPLIERS} Ltd)",
                SUPPCD=f"7{(n + brand) % SUPPLIERS:07d}1000001107", LIC_AUTHCD="0001", AVAIL_RESTRICTCD="0001",
            )
            for n, brand in every
        ),
    )  # fmt: skip
    yield "<AP_INGREDIENT></AP_INGREDIENT>"
    yield from _group(
        "LICENSED_ROUTE", (_record("LIC_ROUTE", APID=brand_id(n, brand), ROUTECD=ROUTE) for n, brand in every)
    )
    yield "<AP_INFORMATION></AP_INFORMATION>"
    yield "</ACTUAL_MEDICINAL_PRODUCTS>"


def _vmpp(generics: int) -> Iterator[str]:
    every = [(n, size) for n in range(generics) for size in PACK_SIZES]
    yield "<VIRTUAL_MED_PRODUCT_PACK>"
    yield from _group(
        "VMPPS",
        (
            _record(
                "VMPP", VPPID=generic_pack_id(n, size), NM=f"{name_of(n)} {size} pack", VPID=generic_id(n),
                QTYVAL=size, QTY_UOMCD=FORM_UNITS[_form(n)],
            )
            for n, size in every
        ),
    )  # fmt: skip
    yield from _group(
        "DRUG_TARIFF_INFO",
        (
            _record("DTINFO", VPPID=generic_pack_id(n, size), PAY_CATCD="0001", PRICE=99 + n % 500, DT="2025-12-01")
            for n, size in every
        ),
    )
    yield "<COMB_CONTENT></COMB_CONTENT>"
    yield "</VIRTUAL_MED_PRODUCT_PACK>"


def _ampp(generics: int) -> Iterator[str]:
    every = [(n, brand, size) for n in range(generics) for brand in range(BRANDS) for size in PACK_SIZES]
    yield "<ACTUAL_MEDICINAL_PROD_PACKS>"
    yield from _group(
        "AMPPS",
        (
            _record(
                "AMPP", APPID=brand_pack_id(n, brand, size),
                NM=f"{name_of(n)} (Supplier {(n + brand) % SUPPLIERS} Ltd) {size} pack",
                VPPID=generic_pack_id(n, size), APID=brand_id(n, brand), LEGAL_CATCD="0003",
            )
            for n, brand, size in every
        ),
    )  # fmt: skip
    yield from _group(
        "APPLIANCE_PACK_INFO",
        (_record("PACK_INFO", APPID=brand_pack_id(n, b, s), REIMB_STATCD="0001") for n, b, s in every),
    )
    yield from _group(
        "DRUG_PRODUCT_PRESCRIB_INFO",
        (_record("PRESCRIB_INFO", APPID=brand_pack_id(n, b, s), NURSE_F="0001") for n, b, s in every),
    )
    yield from _group(
        "MEDICINAL_PRODUCT_PRICE",
        (
            _record(
                "PRICE_INFO", APPID=brand_pack_id(n, b, s), PRICE=120 + n % 700, PRICEDT="2025-11-01",
                PRICE_BASISCD="0001",
            )
            for n, b, s in every
        ),
    )  # fmt: skip
    yield from _group(
        "REIMBURSEMENT_INFO",
        (_record("REIMB_INFO", APPID=brand_pack_id(n, b, s), PX_CHRGS=1, DISP_FEES=1) for n, b, s in every),
    )
    yield "<COMB_CONTENT></COMB_CONTENT>"
    yield "</ACTUAL_MEDICINAL_PROD_PACKS>"


def _gtin(generics: int) -> Iterator[str]:
    yield "<GTIN_DETAILS>"
    yield "<AMPPS>"
    for n in range(generics):
        for brand in range(BRANDS):
            for size in PACK_SIZES:
                codes = _e("GTIN", gtin(n, brand, size)) + _e("STARTDT", "2020-01-01")
                yield f"<AMPP>{_e('AMPPID', brand_pack_id(n, brand, size))}<GTINDATA>{codes}</GTINDATA></AMPP>"
    yield "</AMPPS>"
    yield "</GTIN_DETAILS>"
