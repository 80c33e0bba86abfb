"""What the text of a scan says: our own pack label, a GTIN with batch and expiry, a person's label.

`read_scan` takes the text as a keyboard scanner, a camera, a photo or a person typed it. It does not know
which packs exist: what the scan means at the bedside is emar.rules.matching's job. The bedside app reads
the same texts in TypeScript; tests/vectors/gs1 hold both to the same answers.
"""

import dataclasses
import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from stock.rules.codes import LabelKind, gtin_key, has_valid_check_digit, label_kind
from stock.rules.gs1_elements import (
    FORMS,
    SEPARATOR,
    Elements,
    NotReadable,
    Recovery,
    cut_bracketed,
    cut_digital_link,
    cut_message,
    may_hide_an_element,
    read_date,
    recover,
)

Kind = LabelKind | Literal["gtin", "unknown"]

# Why a scan could not be read. `not_gs1` is simply some other code; the others looked like GS1 and failed.
REASONS = (
    "empty",
    "too_long",
    "foreign_characters",
    "wrong_case",
    "unknown_symbology",
    "not_gs1",
    "check_digit",
    "unknown_element",
    "bad_element",
    "duplicate_element",
    "empty_element",
    "no_gtin",
    "wrong_pair",
    "bad_date",
    "ambiguous",
    "two_readers_disagree",
)

_LONGEST = 2000
# How scanners spell the separator: as itself, as words, as Ctrl+], as the F8 key, as the printed symbol.
_SEPARATOR_SPELLINGS = re.compile(r"<GS>|\{GS\}|\^\]|<F8>|\{F8\}|\u241d")
_SPELLED_IN_WRONG_CASE = re.compile(r"<gs>|\{gs\}|<f8>|\{f8\}", re.IGNORECASE)
_KEYBOARD_ENDS = re.compile(r"\A[ \r\n\t]+|[ \r\n\t]+\Z")
_FOREIGN = re.compile(r"[^\x1d\x20-\x7e]")
_SYMBOLOGY_IDENTIFIER = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_GS1_IDENTIFIERS = ("]d2", "]C1", "]Q3", "]e0", "]J1")
_PLAIN_IDENTIFIERS = {
    "]E0": "EAN13",
    "]E4": "EAN8",
    "]C0": "Code128",
    "]A0": "Code39",
    "]I0": "ITF",
    "]I1": "ITF",
    "]d1": "DataMatrix",
    "]Q0": "QRCode",
    "]Q1": "QRCode",
    "]X0": None,
}
_RETAIL_LENGTHS = {"EAN13": (12, 13), "UPCA": (12, 13), "EAN8": (8,)}
# Shelf and pharmacy labels in these are full of short numbers, one in ten with a valid check digit.
_BARE_LENGTHS = {"Code128": (13, 14), "Code39": (13, 14), "ITF": (14,)}
_DIGITS = re.compile(r"[0-9]+")


@dataclass(frozen=True)
class ScannedText:
    """A batch or serial, and whether it is certain or only the likeliest reading."""

    value: str
    confirmed: bool


@dataclass(frozen=True)
class ScannedDay:
    """An expiry: the last day of use, and whether it is certain or only the likeliest reading."""

    value: date
    confirmed: bool


@dataclass(frozen=True)
class ScanValue:
    """What a scan says. `key` is the 14-digit GTIN or the label's code in capitals, "" when unknown.

    `reason` is set only for an unknown scan: one of REASONS.
    """

    kind: Kind
    text: str
    key: str = ""
    batch: ScannedText | None = None
    expires_on: ScannedDay | None = None
    serial: ScannedText | None = None
    reason: str | None = None

    def to_json(self) -> dict[str, object]:
        """Give the value as the vectors and the bedside app write it, without the raw text."""
        expires_on = self.expires_on and {
            "value": self.expires_on.value.isoformat(),
            "confirmed": self.expires_on.confirmed,
        }
        return {
            "kind": self.kind,
            "key": self.key,
            "batch": self.batch and {"value": self.batch.value, "confirmed": self.batch.confirmed},
            "expires_on": expires_on,
            "serial": self.serial and {"value": self.serial.value, "confirmed": self.serial.confirmed},
            "reason": self.reason,
        }


def read_scan(text: str, *, today: date, symbology: str | None = None, separators_kept: bool = False) -> ScanValue:
    """Say what one scan holds; never raises, and never turns a damaged code into another one.

    `symbology` is the decoder's word for it ("EAN13", "Code128" …) when known. `separators_kept` says that
    the source is known to pass GS1 separators on (our own camera and photo decoding, a scanner that passed
    the set-up page); otherwise a message without any may have lost them, and batch and serial come back
    unconfirmed wherever another reading is possible. `today` places two-digit years in a century.
    Sources: GS1 General Specifications 3, 5.4.3, 7.8, 7.9, 7.12; ISO/IEC 15424 symbology identifiers.
    """
    try:
        return _read(text, today, symbology, separators_kept)
    except NotReadable as problem:
        return ScanValue("unknown", text, reason=problem.reason)


def _read(text: str, today: date, symbology: str | None, separators_kept: bool) -> ScanValue:
    body = _unwrapped(text)
    identifier = _SYMBOLOGY_IDENTIFIER.match(body)
    if identifier:
        body = body[3:]
        if identifier[0] in _GS1_IDENTIFIERS:
            return _read_message(text, body, today, separators_kept)
        if identifier[0] not in _PLAIN_IDENTIFIERS:
            raise NotReadable("unknown_symbology")
        symbology = _PLAIN_IDENTIFIERS[identifier[0]] or symbology
    if symbology in _RETAIL_LENGTHS:
        return _bare_gtin(text, body, _RETAIL_LENGTHS[symbology])
    kind = label_kind(body)
    if kind is not None:
        return ScanValue(kind, text, body.upper())
    if body.startswith("(01)"):
        return _from_elements(text, cut_bracketed(body, today=today), today)
    if re.match("[Hh][Tt][Tt][Pp][Ss]?://", body):
        return _from_elements(text, cut_digital_link(body, today=today), today)
    if body.startswith(SEPARATOR) or re.match("01[0-9]{14}", body):
        return _read_message(text, body, today, separators_kept)
    return _bare_gtin(text, body, _BARE_LENGTHS.get(symbology or "", (8, 12, 13, 14)))


def _unwrapped(text: str) -> str:
    """Take off what a keyboard scanner adds, spell separators one way, and refuse what is not plain text."""
    if len(text) > _LONGEST:
        raise NotReadable("too_long")
    body = _SEPARATOR_SPELLINGS.sub(SEPARATOR, _KEYBOARD_ENDS.sub("", text))
    if body == "":
        raise NotReadable("empty")
    if _FOREIGN.search(body):
        raise NotReadable("foreign_characters")
    # Caps Lock turns the spelling, and every letter of the batch with it.
    if _SPELLED_IN_WRONG_CASE.search(body):
        raise NotReadable("wrong_case")
    return body


def _bare_gtin(text: str, body: str, lengths: tuple[int, ...]) -> ScanValue:
    if not _DIGITS.fullmatch(body) or len(body) not in lengths:
        raise NotReadable("not_gs1")
    key = gtin_key(body)
    if key is None:
        raise NotReadable("check_digit")
    return ScanValue("gtin", text, key)


def _read_message(text: str, body: str, today: date, separators_kept: bool) -> ScanValue:
    # A number of our own may begin with 01 too: without a right check digit it is not taken for a message.
    if body.startswith("01") and _DIGITS.fullmatch(body[2:16]) and not has_valid_check_digit(body[2:16]):
        raise NotReadable("check_digit")
    if separators_kept or SEPARATOR in body[1:-1]:
        return _from_elements(text, cut_message(body, today=today), today)
    recovery = recover(body.replace(SEPARATOR, ""), today=today)
    if not recovery.likely:
        return _from_elements(text, cut_message(body, today=today), today)
    return _from_recovery(text, recovery, today)


def _from_elements(text: str, elements: Elements, today: date) -> ScanValue:
    if not _biip_agrees(elements):
        raise NotReadable("two_readers_disagree")
    day = read_date(elements["17"], today=today) if "17" in elements else None
    return ScanValue(
        "gtin",
        text,
        elements["01"],
        batch=ScannedText(elements["10"], True) if "10" in elements else None,
        expires_on=ScannedDay(day, True) if day else None,
        serial=ScannedText(elements["21"], True) if "21" in elements else None,
    )


def _from_recovery(text: str, recovery: Recovery, today: date) -> ScanValue:
    """Take the fullest likely reading, and mark as confirmed only what no possible reading contradicts.

    Fullest: with an expiry; then with most of batch, expiry, serial; then with most else; then first found.
    An expiry is confirmed when every reading that has one has the same; a batch or serial only when the
    message needs no separator, reads in one way, and its end could not be some other element.
    """
    if len({reading["01"] for reading in recovery.possible}) > 1:
        raise NotReadable("ambiguous")
    best = max(recovery.likely, key=_fullness)
    value = _from_elements(text, best, today)
    one_day = len({reading["17"] for reading in recovery.possible if "17" in reading}) == 1
    one_way = recovery.possible == [recovery.whole]

    def confirmed_if_certain(part: ScannedText | None) -> ScannedText | None:
        return part and ScannedText(part.value, one_way and not may_hide_an_element(part.value))

    return dataclasses.replace(
        value,
        batch=confirmed_if_certain(value.batch),
        expires_on=value.expires_on and ScannedDay(value.expires_on.value, one_day),
        serial=confirmed_if_certain(value.serial),
    )


def _fullness(reading: Elements) -> tuple[bool, int, int]:
    return "17" in reading, sum(ai in reading for ai in ("10", "17", "21")), len(reading)


def _biip_agrees(elements: Elements) -> bool:
    """Let biip read the same elements: a medicine's code is believed only when two readers agree on it."""
    # biip takes 0.3 s to import, which commands without a scan need not wait for.
    from biip import ParseConfig, ParseError
    from biip.gs1_messages import GS1Message

    written = "".join(ai + value + (SEPARATOR if FORMS[ai].length is None else "") for ai, value in elements.items())
    try:
        message = GS1Message.parse(written, config=ParseConfig(gs1_element_strings_verify_date=False))
    except ParseError:
        return False
    return [(element.ai.ai, element.value) for element in message.element_strings] == list(elements.items())
