"""Which letters a printed page can show: those of western Europe; others lose their marks, never their place."""

import unicodedata
from functools import lru_cache

from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth

# Letters that Unicode does not take apart into a plain letter and a mark.
_PLAIN_LETTERS = str.maketrans({"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "ħ": "h", "Ħ": "H", "ŧ": "t"})


def printable(text: str) -> str:
    """Write a text with the letters that the built-in fonts of a PDF have.

    "Nowakówna" stays, "Łukasz" becomes "Lukasz", and a letter of another alphabet becomes "?", which a person
    sees; a box or nothing at all might be overlooked.
    """
    # Nearly every text is plain, and a unit's charts have a hundred thousand letters.
    if text.isascii():
        return text
    return "".join(_printable_letter(letter) for letter in unicodedata.normalize("NFC", text))


def _printable_letter(letter: str) -> str:
    for candidate in (letter, letter.translate(_PLAIN_LETTERS), _without_marks(letter)):
        if candidate.encode("cp1252", errors="ignore"):
            return candidate
    return "?"


def _without_marks(letter: str) -> str:
    taken_apart = unicodedata.normalize("NFKD", letter)
    return "".join(part for part in taken_apart if not unicodedata.combining(part))


def wrapped(text: str, font: str, size: float, width: float) -> list[str]:
    """Return a text as printable lines that fit a width, broken between words, or inside one that is too long.

    Nothing is ever cut off: look-alike names differ at their ends. (hazard H14)
    """
    return list(_wrapped(text, font, size, width))


# The same names and key stand on every page of a unit's charts.
@lru_cache(maxsize=4096)
def _wrapped(text: str, font: str, size: float, width: float) -> tuple[str, ...]:
    lines = []
    for line in simpleSplit(printable(text), font, size, width):
        while stringWidth(line, font, size) > width and len(line) > 1:
            fits = next(n for n in range(len(line) - 1, 0, -1) if n == 1 or stringWidth(line[:n], font, size) <= width)
            lines.append(line[:fits])
            line = line[fits:]
        lines.append(line)
    return tuple(lines)
