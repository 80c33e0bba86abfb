"""Whether a number somebody typed can be an NHS number."""

import re

import nhs_number


class NhsNumberWrong(ValueError):
    """The digits do not make an NHS number; its words say what to do."""


def read_nhs_number(typed: str) -> str | None:
    """Return the ten digits of an NHS number as people write it, spaces and dashes allowed; None for nothing typed.

    Raises NhsNumberWrong for anything that is not ten digits or fails the Modulus 11 check, which finds every
    single wrong digit and every two swapped neighbours (NHS Data Dictionary, NHS NUMBER). Which ranges are issued
    where is not asked: a resident may come from anywhere.
    """
    digits = re.sub(r"[\s-]", "", typed)
    if not digits:
        return None
    if not re.fullmatch(r"[0-9]{10}", digits) or not _passes_modulus_11(digits):
        raise NhsNumberWrong(
            "That is not an NHS number: one of its ten digits is wrong. Copy it again from a letter, or leave it empty."
        )
    return digits


def _passes_modulus_11(digits: str) -> bool:
    return bool(nhs_number.calculate_checksum(digits[:9]) == int(digits[9]))
