"""What a code is, once its text is known: GTIN keys, check digits, our own labels.

How a scanner's text is taken apart is rules.gs1's job; drawing a code on paper is web.pdf's.
"""

import re
from collections.abc import Callable, Sequence
from typing import Literal

LabelKind = Literal["own_label", "resident", "badge"]

# No 0/O, 1/I/L or U: nothing on a label may be mistaken for another letter or read as a word.
LABEL_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

_LABEL_LENGTHS = {"EP": (6, 8), "ER": (6, 12), "ES": (6, 16)}
_LABEL_KINDS: dict[str, LabelKind] = {"EP": "own_label", "ER": "resident", "ES": "badge"}
_DIGITS = re.compile(r"[0-9]+")


def has_valid_check_digit(digits: str) -> bool:
    """Tell whether the last digit is the GS1 check digit of the digits before it.

    Serves GTIN-8/12/13/14, SSCC, GLN and GSRN alike. GS1 General Specifications 7.9.
    """
    if len(digits) < 2 or not _DIGITS.fullmatch(digits):
        return False
    return gs1_check_digit(digits[:-1]) == digits[-1]


def gs1_check_digit(digits: str) -> str:
    """Work out the check digit that belongs after these digits (weights 3, 1, 3 … from the right)."""
    weighted = 3 * sum(map(int, digits[-1::-2])) + sum(map(int, digits[-2::-2]))
    return str(-weighted % 10)


def gtin_key(text: str) -> str | None:
    """Give the one 14-digit key of a GTIN written with 8, 12, 13 or 14 digits.

    None for any other length, for anything but the digits 0–9, for all zeros, and for a wrong check digit:
    a code that cannot be right is never turned into one that looks right.
    """
    if len(text) not in (8, 12, 13, 14) or not has_valid_check_digit(text):
        return None
    key = text.rjust(14, "0")
    return None if key == "0" * 14 else key


def label_kind(text: str) -> LabelKind | None:
    """Say which of our own labels this is: "own_label" (a pack), "resident" or "badge"; None if none.

    Small letters count as capitals: a scanner behind a Caps Lock key inverts them, and no label has any.
    """
    prefix, code = text[:2].upper(), text[2:].upper()
    if prefix not in _LABEL_LENGTHS or not text.isascii():
        return None
    shortest, longest = _LABEL_LENGTHS[prefix]
    if not shortest <= len(code) <= longest or any(letter not in LABEL_ALPHABET for letter in code):
        return None
    return _LABEL_KINDS[prefix]


def new_label_code(kind: LabelKind, *, choose: Callable[[Sequence[str]], str], length: int = 6) -> str:
    """Make a new code for one of our own labels, drawing each character with `choose`.

    Pass `secrets.choice`; the caller's unique constraint decides whether the code is free. Six characters
    give 729 million codes and an 8-character Code 128, which was read in every print test.
    """
    prefix = next(prefix for prefix, name in _LABEL_KINDS.items() if name == kind)
    shortest, longest = _LABEL_LENGTHS[prefix]
    if not shortest <= length <= longest:
        raise ValueError(f"a {kind} code has {shortest} to {longest} characters after {prefix}")
    return prefix + "".join(choose(LABEL_ALPHABET) for _ in range(length))
