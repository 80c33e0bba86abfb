"""What a printed chart says, read back from the PDF with the place of each piece of text."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

from pypdf import PdfReader

from web.pdf.mar import SIDE, WIDTH
from web.pdf.mar_grid import Grid

CLOCK = re.compile(r"\d\d:\d\d$")


@dataclass(frozen=True)
class Piece:
    """One piece of text: its page (0 first), where it begins, and what it says."""

    page: int
    x: float
    y: float
    text: str


#: What one cell says of one record: medicine, day, letter, who, when.
Said = tuple[str, date, str, str, str]


def pieces(pdf: bytes) -> list[Piece]:
    """Return every piece of text of a PDF in the order in which it was drawn."""
    found: list[Piece] = []
    for number, page in enumerate(PdfReader(BytesIO(pdf)).pages):

        def keep(text: str, _cm: Any, tm: list[float], _font: Any, _size: float, number: int = number) -> None:
            if text.strip():
                found.append(Piece(number, tm[4], tm[5], text.strip()))

        page.extract_text(visitor_text=keep)
    return found


def body(pdf: bytes) -> Iterator[list[Piece]]:
    """Give, page by page, the pieces without the head and the foot, which are drawn first and end with the ledger."""
    found = pieces(pdf)
    for number in range(found[-1].page + 1 if found else 0):
        page = [piece for piece in found if piece.page == number]
        last = max(place for place, piece in enumerate(page) if piece.text.startswith("Ledger"))
        yield page[last + 1 :]


def flowing(found: Iterable[Piece]) -> str:
    """Return pieces as one text, as if no line had been broken."""
    return " ".join(" ".join(piece.text for piece in found).split())


def cells(pdf: bytes, names: Sequence[str], days: Sequence[date]) -> Counter[Said]:
    """Return what the cells of the grid say of records, under the medicine in whose block and day they stand."""
    grid = Grid(days, days[0], {}, SIDE, WIDTH - 2 * SIDE)
    found: Counter[Said] = Counter()
    for page in body(pdf):
        medicine, in_cells = "", []
        for piece in page:
            if piece.x < SIDE + 6:
                words = piece.text.removesuffix(" (continued)")
                medicine = next((name for name in names if name.startswith(words)), medicine)
            elif piece.x >= grid.first_day_x and medicine:
                place = int((piece.x - grid.first_day_x) // grid.day_width)
                in_cells.append((medicine, days[place], piece.text))
        for number, (name, day, text) in enumerate(in_cells):
            if not CLOCK.match(text) or number < 2 or "typed" in [said for _, _, said in in_cells[number - 2 : number]]:
                continue
            # Before the time stand who gave it, perhaps a note's number and an amount, and the letter.
            before = [said for each, on, said in in_cells[max(0, number - 4) : number] if (each, on) == (name, day)]
            letters = [said for said in before[:-1] if not said.isdigit() and not said.startswith("×")]
            if letters:
                found[name, day, letters[-1], before[-1], text] += 1
    return found
