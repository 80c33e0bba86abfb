"""Which XML element of dm+d fills which column of which staging table.

Everything dm+d calls by its own names is in this file. The layout follows the XSDs that TRUD delivers with a
release (vtm, vmp, amp, vmpp, ampp, ingredient and lookup v2_3, gtin v2_0; history, bnf and vtm_ing v1_0 of
the bonus release). Elements that are not listed here are passed over, so that a later release may add some;
what is listed is checked.
"""

from dataclasses import dataclass

CODE = "code"
DATE = "date"
NUMBER = "number"
PENCE = "pence"
FLAG = "flag"
WORDS = "words"
GTIN = "gtin"


@dataclass(frozen=True)
class Column:
    """One column of a staging table and the element that fills it."""

    name: str
    element: str
    content: str
    required: bool = False


@dataclass(frozen=True)
class Record:
    """The repeated element of one group and the staging table its rows go to."""

    group: str
    element: str
    stage: str
    columns: tuple[Column, ...]
    # A constant first column tells rows of several groups in one staging table apart.
    sort: str | None = None
    # Rows one level further down, each prefixed with the columns of the element around it.
    inner: str | None = None
    inner_columns: tuple[Column, ...] = ()

    @property
    def outer(self) -> tuple[str, ...]:
        """What every row begins with before its own columns."""
        return (self.sort,) if self.sort else ()

    @property
    def stage_columns(self) -> tuple[Column, ...]:
        columns = self.columns + self.inner_columns
        return (Column("sort", "", WORDS, required=True), *columns) if self.sort else columns


@dataclass(frozen=True)
class FileKind:
    """One file of a release, told by its root element."""

    root: str
    records: tuple[Record, ...]
    # The group without which the file cannot be what its root says.
    main_group: str
    is_product: bool = True


def _history(group: str, element: str, sort: str) -> Record:
    return Record(
        group,
        element,
        "changed_id",
        (
            Column("old_id", "IDPREVIOUS", CODE, required=True),
            Column("current_id", "IDCURRENT", CODE, required=True),
            Column("starts_on", "STARTDT", DATE),
            Column("last_day", "ENDDT", DATE),
        ),
        sort=sort,
    )


def _term(group: str, sort: str) -> Record:
    return Record(
        group,
        "INFO",
        "term",
        (
            Column("code", "CD", CODE, required=True),
            Column("words", "DESC", WORDS, required=True),
            Column("previous", "CDPREV", CODE),
            Column("changed_on", "CDDT", DATE),
            Column("is_invalid", "INVALID", FLAG),
        ),
        sort=sort,
    )


VTM = FileKind(
    "VIRTUAL_THERAPEUTIC_MOIETIES",
    (
        Record(
            "VIRTUAL_THERAPEUTIC_MOIETIES",
            "VTM",
            "term",
            (
                Column("code", "VTMID", CODE, required=True),
                Column("words", "NM", WORDS, required=True),
                Column("previous", "VTMIDPREV", CODE),
                Column("changed_on", "VTMIDDT", DATE),
                Column("is_invalid", "INVALID", FLAG),
            ),
            sort="moiety",
        ),
    ),
    "VIRTUAL_THERAPEUTIC_MOIETIES",
)
LOOKUP = FileKind(
    "LOOKUP",
    (
        _term("UNIT_OF_MEASURE", "unit"),
        _term("FORM", "form"),
        _term("ROUTE", "route"),
        _term("SUPPLIER", "supplier"),
        _term("VIRTUAL_PRODUCT_PRES_STATUS", "prescribing_status"),
    ),
    "UNIT_OF_MEASURE",
)
INGREDIENT = FileKind(
    "INGREDIENT_SUBSTANCES",
    (
        Record(
            "INGREDIENT_SUBSTANCES",
            "ING",
            "ingredient",
            (
                Column("id", "ISID", CODE, required=True),
                Column("name", "NM", WORDS, required=True),
                Column("previous", "ISIDPREV", CODE),
                Column("changed_on", "ISIDDT", DATE),
                Column("is_invalid", "INVALID", FLAG),
            ),
        ),
    ),
    "INGREDIENT_SUBSTANCES",
)
VMP = FileKind(
    "VIRTUAL_MED_PRODUCTS",
    (
        Record(
            "VMPS",
            "VMP",
            "generic",
            (
                Column("id", "VPID", CODE, required=True),
                Column("name", "NM", WORDS, required=True),
                Column("moiety_id", "VTMID", CODE),
                Column("dose_unit_code", "UNIT_DOSE_UOMCD", CODE),
                Column("dose_size", "UDFS", NUMBER),
                Column("dose_size_unit_code", "UDFS_UOMCD", CODE),
                Column("prescribing_status_code", "PRES_STATCD", CODE),
                Column("previous", "VPIDPREV", CODE),
                Column("changed_on", "VPIDDT", DATE),
                Column("is_invalid", "INVALID", FLAG),
            ),
        ),
        Record(
            "VIRTUAL_PRODUCT_INGREDIENT",
            "VPI",
            "content",
            (
                Column("medicine_id", "VPID", CODE, required=True),
                Column("ingredient_id", "ISID", CODE, required=True),
                Column("strength_as_id", "BS_SUBID", CODE),
                Column("amount", "STRNT_NMRTR_VAL", NUMBER),
                Column("amount_unit_code", "STRNT_NMRTR_UOMCD", CODE),
                Column("per_amount", "STRNT_DNMTR_VAL", NUMBER),
                Column("per_unit_code", "STRNT_DNMTR_UOMCD", CODE),
            ),
        ),
        Record(
            "DRUG_FORM",
            "DFORM",
            "form",
            (
                Column("medicine_id", "VPID", CODE, required=True),
                Column("form_code", "FORMCD", CODE, required=True),
            ),
        ),
        Record(
            "DRUG_ROUTE",
            "DROUTE",
            "route",
            (
                Column("medicine_id", "VPID", CODE, required=True),
                Column("route_code", "ROUTECD", CODE, required=True),
            ),
        ),
        Record(
            "CONTROL_DRUG_INFO",
            "CONTROL_INFO",
            "control",
            (
                Column("medicine_id", "VPID", CODE, required=True),
                Column("category", "CATCD", CODE, required=True),
            ),
        ),
    ),
    "VMPS",
)
AMP = FileKind(
    "ACTUAL_MEDICINAL_PRODUCTS",
    (
        Record(
            "AMPS",
            "AMP",
            "brand",
            (
                Column("id", "APID", CODE, required=True),
                Column("generic_id", "VPID", CODE, required=True),
                Column("name", "NM", WORDS, required=True),
                # The name with the supplier in brackets: two suppliers' paracetamol are told apart by it.
                Column("full_name", "DESC", WORDS),
                Column("supplier_code", "SUPPCD", CODE),
                Column("is_invalid", "INVALID", FLAG),
            ),
        ),
        Record(
            "LICENSED_ROUTE",
            "LIC_ROUTE",
            "route",
            (
                Column("medicine_id", "APID", CODE, required=True),
                Column("route_code", "ROUTECD", CODE, required=True),
            ),
        ),
    ),
    "AMPS",
)
VMPP = FileKind(
    "VIRTUAL_MED_PRODUCT_PACK",
    (
        Record(
            "VMPPS",
            "VMPP",
            "generic_pack",
            (
                Column("id", "VPPID", CODE, required=True),
                Column("name", "NM", WORDS, required=True),
                Column("medicine_id", "VPID", CODE, required=True),
                Column("quantity", "QTYVAL", NUMBER, required=True),
                Column("unit_code", "QTY_UOMCD", CODE),
                Column("is_invalid", "INVALID", FLAG),
            ),
        ),
        Record(
            "DRUG_TARIFF_INFO",
            "DTINFO",
            "price",
            (
                Column("pack_id", "VPPID", CODE, required=True),
                Column("pence", "PRICE", PENCE),
                Column("priced_on", "DT", DATE),
            ),
            sort="drug_tariff",
        ),
    ),
    "VMPPS",
)
AMPP = FileKind(
    "ACTUAL_MEDICINAL_PROD_PACKS",
    (
        Record(
            "AMPPS",
            "AMPP",
            "brand_pack",
            (
                Column("id", "APPID", CODE, required=True),
                Column("name", "NM", WORDS, required=True),
                Column("generic_id", "VPPID", CODE, required=True),
                Column("medicine_id", "APID", CODE, required=True),
                Column("divided_as", "SUBP", WORDS),
                Column("is_discontinued", "DISCCD", FLAG),
                Column("discontinued_on", "DISCDT", DATE),
                Column("is_invalid", "INVALID", FLAG),
            ),
        ),
        Record(
            "MEDICINAL_PRODUCT_PRICE",
            "PRICE_INFO",
            "price",
            (
                Column("pack_id", "APPID", CODE, required=True),
                Column("pence", "PRICE", PENCE),
                Column("priced_on", "PRICEDT", DATE),
            ),
            sort="nhs_indicative",
        ),
    ),
    "AMPPS",
)
GTINS = FileKind(
    "GTIN_DETAILS",
    (
        Record(
            "AMPPS",
            "AMPP",
            "pack_code",
            (Column("pack_id", "AMPPID", CODE, required=True),),
            inner="GTINDATA",
            inner_columns=(
                Column("gtin", "GTIN", GTIN),
                Column("starts_on", "STARTDT", DATE),
                Column("last_day", "ENDDT", DATE),
            ),
        ),
    ),
    "AMPPS",
)
HISTORY = FileKind(
    "HISTORY",
    (
        _history("VTMS", "VTM", "moiety"),
        _history("VMPS", "VMP", "medicine"),
        _history("INGS", "ING", "ingredient"),
        _history("SUPPS", "SUPP", "supplier"),
        _history("FORMS", "FORM", "form"),
        _history("ROUTES", "ROUTE", "route"),
        _history("UOMS", "UOM", "unit"),
    ),
    "VMPS",
    is_product=False,
)
CLASSES = FileKind(
    "BNF_DETAILS",
    (
        Record(
            "VMPS",
            "VMP",
            "classification",
            (
                Column("medicine_id", "VPID", CODE, required=True),
                Column("bnf_code", "BNF", WORDS),
                Column("atc_code", "ATC", WORDS),
                Column("daily_dose", "DDD", NUMBER),
                Column("daily_dose_unit_code", "DDD_UOMCD", CODE),
            ),
        ),
        Record(
            "AMPS",
            "AMP",
            "classification",
            (
                Column("medicine_id", "APID", CODE, required=True),
                Column("bnf_code", "BNF", WORDS),
                Column("atc_code", "ATC", WORDS),
                Column("daily_dose", "DDD", NUMBER),
                Column("daily_dose_unit_code", "DDD_UOMCD", CODE),
            ),
        ),
    ),
    "VMPS",
    is_product=False,
)
MOIETY_CONTENT = FileKind(
    "VTM_INGREDIENTS",
    (
        Record(
            "VTM_INGREDIENTS",
            "VTM_ING",
            "moiety_content",
            (
                Column("moiety_id", "VTMID", CODE, required=True),
                Column("ingredient_id", "ISID", CODE, required=True),
            ),
        ),
    ),
    "VTM_INGREDIENTS",
    is_product=False,
)

#: Known files by root element, in the order in which they are read.
FILE_KINDS = {
    kind.root: kind for kind in (LOOKUP, VTM, INGREDIENT, VMP, AMP, VMPP, AMPP, GTINS, HISTORY, CLASSES, MOIETY_CONTENT)
}

#: The staging tables and their columns.
STAGES: dict[str, tuple[Column, ...]] = {}
for _kind in FILE_KINDS.values():
    for _record in _kind.records:
        STAGES.setdefault(_record.stage, _record.stage_columns)
