"""What stands on an order: the sheet that its PDF, CSV and proxy-ordering page are made from, and the CSV itself.

One sheet, so that paper, file and screen cannot say different things.
"""

import csv
import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from emar.rules.amounts import plain
from ordering.rules.packs import PackCount

#: What a spreadsheet would take for a formula and run when the file is opened.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
HEADINGS = (
    "Order number", "Item", "Patient", "Date of birth", "NHS number", "Medicine", "Directions", "Quantity", "Unit",
    "Packs", "Brand needed", "Controlled drug", "Covers from", "Covers until", "Note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One medicine on the sheet, in the words it was ordered with."""

    resident: str
    born_on: date
    nhs_number: str
    medicine: str
    directions: str
    quantity: Decimal
    unit: str
    packs: str
    is_brand: bool = False
    is_controlled: bool = False
    note: str = ""

    @property
    def screen_words(self) -> str:
        """What is typed into the search box of a proxy-ordering screen: medicine and quantity."""
        return f"{self.medicine}, {plain(self.quantity)} {self.unit}"


@dataclass(frozen=True, slots=True)
class OrderPaper:
    """One order as it is sent. `covers_until` is the last day it covers."""

    number: int
    home: str
    recipient: str
    is_interim: bool
    reason: str
    arrives_on: date
    covers_from: date
    covers_until: date
    approved_by: str
    approved_at: datetime
    telephone: str
    reply_to: str
    lines: Sequence[PaperLine]

    @property
    def residents(self) -> int:
        """For how many people it is."""
        return len({(each.resident, each.born_on, each.nhs_number) for each in self.lines})


def kept_packs(packs: Iterable[PackCount]) -> list[dict[str, Any]]:
    """Return packs as they are kept on a line of an order, quantities as exact text; packs_words writes them."""
    return [
        {"pack_id": each.size.pack_id, "holds": str(each.size.holds), "count": each.count}
        | ({} if each.size.part_of is None else {"part_of": str(each.size.part_of)})
        for each in packs
    ]


def packs_words(packs: Iterable[Mapping[str, Any]]) -> str:
    """Write packs as they are kept on a line: 2 × 28, 18 out of a pack of 28. No size of its own stands for a part."""
    return ", ".join(_pack_words(each) for each in packs)


def _pack_words(each: Mapping[str, Any]) -> str:
    holds = plain(Decimal(each["holds"]))
    if part_of := each.get("part_of"):
        return f"{holds} out of a pack of {plain(Decimal(part_of))}"
    return f"{each['count']} × {holds}"


def without_formula(text: str) -> str:
    """Return a cell that no spreadsheet runs: a leading apostrophe makes it text. (OWASP, CSV injection)"""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def order_csv(paper: OrderPaper, *, only: Collection[int] | None = None) -> str:
    """Return the order as CSV for a pharmacy's or surgery's system: a line for each medicine, with headings.

    `only` are the items wanted, by their number on the order, from 1.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(HEADINGS)
    for place, each in enumerate(paper.lines, start=1):
        if only is not None and place not in only:
            continue
        row = (
            str(paper.number), str(place), each.resident, each.born_on.isoformat(), each.nhs_number, each.medicine,
            each.directions, plain(each.quantity), each.unit, each.packs, "yes" if each.is_brand else "",
            "yes" if each.is_controlled else "", paper.covers_from.isoformat(), paper.covers_until.isoformat(),
            each.note,
        )  # fmt: skip
        writer.writerow([without_formula(cell) for cell in row])
    return file.getvalue()
