"""What reading a picture came to: the codes it shows, or the reason why it is refused.

Needs no image library, so that the door to the devices can speak of pictures without loading one.
"""

from dataclasses import dataclass

from emar.picture_header import ImageRefused, NotAnImage, TooLarge

__all__ = ["REFUSALS", "Decoded", "DecodedValue", "ImageRefused", "NotAnImage", "NothingFound", "TooLarge", "TwoCodes"]


class NothingFound(ImageRefused):
    """The picture is fine, but no barcode in it could be read for certain."""

    code = "nothing_found"


class TwoCodes(ImageRefused):
    """The picture shows two different GTINs, so it cannot say which pack is meant."""

    code = "two_codes"


REFUSALS: dict[str, type[ImageRefused]] = {
    refusal.code: refusal for refusal in (NotAnImage, TooLarge, NothingFound, TwoCodes)
}


@dataclass(frozen=True)
class DecodedValue:
    """One barcode: its raw text (group separator as U+001D), its symbology and the ISO/IEC 15424 identifier."""

    text: str
    symbology: str
    identifier: str = ""

    @property
    def scan_text(self) -> str:
        """Give the text as a scanner with symbology identifiers would send it, for stock.rules.gs1.read_scan."""
        return self.identifier + self.text


@dataclass(frozen=True)
class Decoded:
    """What one picture shows, and what reading it cost: CPU milliseconds of its thread, and looks taken."""

    values: tuple[DecodedValue, ...]
    cpu_ms: float
    looks: int
