"""What does a pharmacy's delivery note say, line by line?

Every pharmacy system writes its own CSV, so columns are known by what people call them, and whatever cannot be read is
kept in its own words with a fault that says what to do: no line is ever lost. Whose and which medicine a line means in
this home is rules.naming's question.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from stock.rules.codes import gtin_key
from stock.rules.expiry import read_expiry

#: What a note's columns are called, by what they hold. Compared in small letters without anything but letters.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "resident": (
        "resident", "residentname", "patient", "patientname", "serviceuser", "serviceusername", "client", "clientname",
        "name", "fullname", "person", "pt", "ptname", "patientfullname",
    ),
    "surname": ("surname", "lastname", "familyname", "patientsurname", "residentsurname"),
    "forename": ("forename", "forenames", "firstname", "givenname", "patientforename", "residentforename"),
    "nhs_number": ("nhsnumber", "nhsno", "nhs", "patientnhsnumber", "patientnhsno"),
    "room": ("room", "roomno", "roomnumber", "bed", "location"),
    "medicine": (
        "medicine", "medication", "drug", "drugname", "item", "itemname", "itemdescription", "product", "productname",
        "description", "medicinename", "medicationname", "drugdescription", "dispenseditem", "drugdispensed",
        "productdescription", "preparation",
    ),
    "strength": ("strength", "dose"),
    "form": ("form", "formulation", "doseform"),
    "quantity": (
        "quantity", "qty", "quantitysupplied", "qtysupplied", "quantitydispensed", "qtydispensed", "qtydisp",
        "supplied", "amount", "total", "totalquantity", "totalqty", "dispensedqty", "quantityissued", "qtyissued",
    ),
    "packs": ("packs", "noofpacks", "numberofpacks", "boxes", "noofboxes", "packcount", "numberofboxes", "cartons"),
    "pack_size": ("packsize", "size", "unitsperpack", "packqty", "packquantity"),
    "unit": ("unit", "units", "uom", "unitofmeasure"),
    "code": (
        "dmd", "dmdcode", "snomed", "snomedcode", "vmp", "amp", "vmpp", "ampp", "dmdid", "snomedct",
        "productcode",
    ),
    "gtin": ("gtin", "ean", "barcode", "eancode", "gtincode", "packbarcode"),
    "batch": ("batch", "batchno", "batchnumber", "lot", "lotno", "lotnumber"),
    "expires_on": ("expiry", "expirydate", "exp", "expdate", "expires", "useby", "usebydate"),
    "owing": ("owing", "owed", "qtyowing", "quantityowing", "owingqty", "toorder", "shortage"),
    "note": ("note", "notes", "comment", "comments", "remarks", "status", "message"),
}  # fmt: skip
_FIELD_OF = {name: field for field, names in COLUMNS.items() for name in names}
#: Whose stock a line is when no resident is meant.
OF_THE_HOME = frozenset(
    {"home", "thehome", "stock", "homestock", "bulk", "homelyremedies", "homelyremedy", "wardstock", "generalstock"}
)
#: A table begins with the row that names a medicine and, beside it, an amount or a person.
_HEADER_WITHIN = 15
_MOST_LINES = 5_000
_DELIMITERS = ",;\t|"
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_TIMES = re.compile(rf"(?P<packs>\d+)\s*(?:x|×|\*|packs?\s+of)\s*(?P<each>{_NUMBER})\s*(?P<unit>[A-Za-z]*)\.?")
_AMOUNT = re.compile(rf"(?P<amount>{_NUMBER})\s*(?P<unit>[A-Za-z]*)\.?(?:\s*\(s\))?")
_PACK_WORDS = frozenset({"op", "pack", "packs", "box", "boxes", "bottle", "bottles", "tube", "tubes", "pk", "pks"})
_UNITS = {
    "tab": "tablet", "tabs": "tablet", "tablets": "tablet", "cap": "capsule", "caps": "capsule", "capsules": "capsule",
    "mls": "ml", "millilitre": "ml", "millilitres": "ml", "g": "gram", "grams": "gram", "gm": "gram",
    "sachets": "sachet",
    "patches": "patch", "doses": "dose", "drops": "drop", "puffs": "dose", "suppositories": "suppository", "s": "",
    "ampoules": "ampoule", "amp": "ampoule", "amps": "ampoule", "vials": "vial", "pens": "pen", "lozenges": "lozenge",
    "nebules": "unit dose", "pieces": "", "units": "", "unit": "", "each": "", "ea": "",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class NoteLine:
    """One line of a delivery note as far as it could be read; `words` is the line as it stands.

    `quantity` is all that comes of it, in `unit` ("" where the note names none); `packs` how many packs that is,
    None where the note does not say. `faults` say what could not be read, and what to do.
    """

    number: int
    words: str
    resident: str = ""
    nhs_number: str = ""
    room: str = ""
    medicine: str = ""
    code: str = ""
    gtin: str = ""
    quantity: Decimal | None = None
    packs: int | None = None
    unit: str = ""
    batch: str = ""
    expires_on: date | None = None
    note: str = ""
    is_for_home: bool = False
    is_owing: bool = False
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeliveryNote:
    """A note as read: its lines, what each column was taken for, and the rows that are no lines, in their words.

    `problem` says what to do where nothing could be read; then there are no lines.
    """

    lines: tuple[NoteLine, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    unused_columns: tuple[str, ...] = ()
    other_rows: tuple[tuple[int, str], ...] = ()
    problem: str = ""


def note_text(file: bytes) -> str:
    """Return the text of a file as Excel, a pharmacy system or a person saved it; never raises.

    UTF-16 and UTF-8 are known by their marks and their rules; anything else is read as Windows writes it in the UK.
    """
    if file.startswith((b"\xff\xfe", b"\xfe\xff")):
        return file.decode("utf-16", "replace")
    try:
        return file.decode("utf-8-sig")
    except UnicodeDecodeError:
        return file.decode("cp1252", "replace")


def read_note(text: str) -> DeliveryNote:
    """Read a delivery note; never raises. A line that cannot be read is a line with faults."""
    if text.startswith(("%PDF", "PK\x03\x04", "PK")) or "\x00" in text:
        return DeliveryNote(
            problem="This is not a CSV file. Open it in the program it came from and save it as CSV, "
            "or ask the pharmacy for the delivery note as CSV."
        )
    rows = _rows(text)
    if not rows:
        return DeliveryNote(problem="The file is empty. Ask the pharmacy for the delivery note as CSV.")
    if len(rows) > _MOST_LINES:
        return DeliveryNote(problem=f"The file has more than {_MOST_LINES:,} lines: is it the right one?")
    place = _header_place(rows)
    if place is None:
        return DeliveryNote(
            other_rows=tuple((number, _words(cells)) for number, cells in rows),
            problem="No row names its columns. The first row needs at least “Resident”, “Medicine” and “Quantity”.",
        )
    header = rows[place][1]
    fields, columns, unused = _fields(header)
    lines, others = [], [(number, _words(cells)) for number, cells in rows[:place]]
    for number, cells in rows[place + 1 :]:
        values = _values(fields, cells)
        if _is_no_line(cells, values):
            others.append((number, _words(cells)))
        else:
            lines.append(_line(number, _words(cells), values))
    if not lines:
        return DeliveryNote((), columns, unused, tuple(others), "The note names its columns and then no medicine.")
    return DeliveryNote(tuple(lines), columns, unused, tuple(others))


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Return the rows that hold anything, each with the number of the line of the file on which it ends."""
    sample = "\n".join(text.splitlines()[:20])
    delimiter = max(_DELIMITERS, key=sample.count)
    reader = csv.reader(io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n")), delimiter=delimiter, strict=False)
    rows = []
    try:
        for cells in reader:
            stripped = [" ".join(cell.replace("\ufeff", "").split()) for cell in cells]
            if any(stripped):
                rows.append((reader.line_num, stripped))
    except csv.Error:
        # A quote that is never closed: the rest is taken line by line as it stands.
        for number, line in enumerate(text.splitlines()[reader.line_num :], start=reader.line_num + 1):
            if line.strip():
                rows.append((number, [cell.strip(' "') for cell in line.split(delimiter)]))
    return rows


def _words(cells: Iterable[str]) -> str:
    return " | ".join(cell for cell in cells if cell)


def _column(cell: str) -> str | None:
    name = re.sub(r"[^a-z]", "", cell.lower().replace("&", ""))
    return _FIELD_OF.get(name) or _FIELD_OF.get(name.removesuffix("s"))


def _is_header(cells: Sequence[str]) -> bool:
    known = {_column(cell) for cell in cells}
    has_medicine = bool(known & {"medicine", "code", "gtin"})
    return has_medicine and bool(known & {"quantity", "packs", "resident", "surname", "nhs_number"})


def _header_place(rows: Sequence[tuple[int, list[str]]]) -> int | None:
    return next((place for place, (_, cells) in enumerate(rows[:_HEADER_WITHIN]) if _is_header(cells)), None)


def _is_no_line(cells: Sequence[str], values: Mapping[str, str]) -> bool:
    """Tell a repeated header, the heading of a page and the totals at the end from a medicine that came."""
    if _is_header(cells) or re.match(r"(grand )?totals?\b", (values.get("medicine") or cells[0] or "").lower()):
        return True
    if values.get("medicine") or values.get("code") or values.get("gtin"):
        return False
    # An amount for somebody is a medicine whose name is missing; a name alone is a heading.
    whose = values.keys() & {"resident", "surname", "nhs_number"}
    return not (whose and values.keys() & {"quantity", "packs"})


def _fields(header: Sequence[str]) -> tuple[dict[int, str], dict[str, str], tuple[str, ...]]:
    """Say which field each column holds; of two columns for one field the first counts, the other is kept as unused."""
    fields: dict[int, str] = {}
    columns: dict[str, str] = {}
    unused = []
    for place, cell in enumerate(header):
        found = _column(cell)
        if found is None or found in fields.values():
            unused.append(cell)
        else:
            fields[place], columns[cell] = found, found
    return fields, columns, tuple(each for each in unused if each)


def _values(fields: Mapping[int, str], cells: Sequence[str]) -> dict[str, str]:
    return {name: cells[place] for place, name in fields.items() if place < len(cells) and cells[place]}


def _line(number: int, words: str, values: Mapping[str, str]) -> NoteLine:
    faults: list[str] = []
    resident = values.get("resident", "") or " ".join(
        part for part in (values.get("forename", ""), values.get("surname", "")) if part
    )
    is_for_home = re.sub(r"[^a-z]", "", resident.lower()) in OF_THE_HOME
    nhs_number = re.sub(r"\D", "", values.get("nhs_number", ""))
    if not resident and not nhs_number:
        faults.append("It names no resident: choose whose it is when the pack is here.")
    medicine = _medicine_words(values)
    if not medicine and not values.get("code"):
        faults.append("It names no medicine: scan the pack, then choose whose it is.")
    gtin = ""
    if typed := values.get("gtin", ""):
        gtin = gtin_key(re.sub(r"\D", "", _spreadsheet_number(typed))) or ""
        if not gtin:
            faults.append(f"Its barcode “{typed}” is not a right one: the pack is known by its own.")
    quantity, packs, unit = _amounts(values, faults)
    expires_on = None
    if typed := values.get("expires_on", ""):
        expires_on = read_expiry(typed)
        if expires_on is None:
            faults.append(f"Its expiry “{typed}” cannot be read: look at the pack.")
    owing = values.get("owing", "")
    is_owing = bool(owing) and owing.lower() not in ("0", "no", "n", "false", "none", "-", "0.0")
    return NoteLine(
        number, words, "" if is_for_home else resident, nhs_number, values.get("room", ""), medicine,
        re.sub(r"\D", "", _spreadsheet_number(values.get("code", "")))[:18], gtin, quantity, packs, unit,
        values.get("batch", "")[:20], expires_on, values.get("note", ""), is_for_home, is_owing, tuple(faults),
    )  # fmt: skip


def _medicine_words(values: Mapping[str, str]) -> str:
    """Return the name with strength and form, where the note gives them columns of their own."""
    words = values.get("medicine", "")
    for part in (values.get("strength", ""), values.get("form", "")):
        if part and part.lower().replace(" ", "") not in words.lower().replace(" ", ""):
            words = f"{words} {part}"
    return words.strip()


def _spreadsheet_number(words: str) -> str:
    """Undo what a spreadsheet makes of a long number: 5.01E+12 lost its digits, ="501…" and 501….0 did not."""
    if re.search(r"\de\+?\d", words.lower()):
        return ""
    return re.sub(r"\.0+$", "", words.strip().lstrip("=").strip("\"' "))


def _amounts(values: Mapping[str, str], faults: list[str]) -> tuple[Decimal | None, int | None, str]:
    """Return how much comes in all, in how many packs, and in which unit."""
    packs = _whole(values.get("packs", ""))
    if values.get("packs") and packs is None:
        faults.append(f"Its number of packs “{values['packs']}” is no whole number: count the packs.")
    unit = known_unit(values.get("unit", ""))
    typed = values.get("quantity", "")
    quantity = None
    if typed:
        found = read_amount(typed)
        if found is None:
            faults.append(f"Its quantity “{typed}” cannot be read: count what came.")
        elif found.is_in_packs:
            packs = packs or int(found.quantity)
        else:
            quantity, packs, unit = found.quantity, packs or found.packs, found.unit or unit
    size = read_amount(values.get("pack_size", "")) if values.get("pack_size") else None
    if size is not None and not size.is_in_packs:
        unit = unit or size.unit
        if quantity is None and packs:
            quantity = size.quantity * packs
        elif quantity is not None and packs is None and quantity % size.quantity == 0:
            packs = int(quantity / size.quantity)
    if quantity is None and not packs and not typed:
        faults.append("It says no quantity: count what came.")
    return quantity, packs, unit


def _whole(words: str) -> int | None:
    match = re.fullmatch(r"(\d{1,4})(?:\.0+)?", words.strip())
    return int(match[1]) or None if match else None


@dataclass(frozen=True, slots=True)
class ReadAmount:
    """An amount as written: so much in all, in so many packs (None: not said), of this unit ("": not said)."""

    quantity: Decimal
    packs: int | None
    unit: str
    is_in_packs: bool = False


def read_amount(words: str) -> ReadAmount | None:
    """Read "28", "28 tablets", "2 x 28", "150ml", "1 OP"; None for nothing, less, and what is not certain."""
    written = " ".join(words.split())
    if match := _TIMES.fullmatch(written):
        packs, each = int(match["packs"]), _decimal(match["each"])
        if packs and each:
            return ReadAmount(each * packs, packs, known_unit(match["unit"]))
        return None
    if (match := _AMOUNT.fullmatch(written)) is None:
        return None
    amount = _decimal(match["amount"])
    if not amount:
        return None
    if match["unit"].lower() in _PACK_WORDS:
        return ReadAmount(amount, int(amount), "", True) if amount == int(amount) else None
    return ReadAmount(amount, None, known_unit(match["unit"]))


def known_unit(words: str) -> str:
    """Return a unit as dm+d names it: tablet for tabs. What is not known stays as it is written."""
    lower = words.strip().lower().rstrip(".")
    return _UNITS.get(lower, lower)


def _decimal(words: str) -> Decimal | None:
    try:
        found = Decimal(words.replace(",", ""))
    except InvalidOperation:
        return None
    return found if found < 10**8 else None
