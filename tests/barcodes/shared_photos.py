"""How well the decoder reads the labelled real photographs that lie beside the project."""

import csv
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mobile_api import barcode_image
from mobile_api.decoded import Decoded

FOLDER = Path(os.environ.get("BARCODE_PHOTOS", Path(__file__).resolve().parents[3] / "shared" / "data" / "barcodes"))
MISSING = "the labelled photographs (shared/data/barcodes) are not beside the project"
# Series that were taken out of focus on purpose; the source is given in the index.
_OUT_OF_FOCUS = ("/ean13-5/", "/upca-3/", "/upca-6/")
# A second code printed beside the one that is asked for: right too.
_ALSO_SHOWN = {"9784872348880": {"1920081045006"}}


@dataclass(frozen=True)
class LabelledPhoto:
    """One photograph and every text that is a right answer to it; none for a picture without codes."""

    path: Path
    symbology: str
    kind: str
    texts: frozenset[str]
    is_in_focus: bool

    def is_right(self, text: str) -> bool:
        """Tell whether a read text is one of the right answers.

        UPC-A counts with its leading zero or without. The FNC1 that begins a GS1-128 counts as a separator or
        not at all: here the symbology identifier says it.
        """
        return _comparable(text) in {_comparable(right) for right in self.texts}


@dataclass(frozen=True)
class Reading:
    """A photograph and what the decoder made of it."""

    photo: LabelledPhoto
    decoded: Decoded

    @property
    def is_right(self) -> bool:
        """Tell whether a right text was read with the right symbology."""
        return any(
            self.photo.is_right(value.text) and value.symbology == self.photo.symbology for value in self.decoded.values
        )

    @property
    def wrong_texts(self) -> list[str]:
        """Give the texts that the photograph does not show."""
        return [value.text for value in self.decoded.values if not self.photo.is_right(value.text)]


def labelled_photos() -> Iterator[LabelledPhoto]:
    """Yield the photographs of the index."""
    with (FOLDER / "index.tsv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            texts = {_unescaped(row["expected(unicode_escape)"])}
            texts |= {_unescaped(text) for text in row["also_ok"].split("|") if text}
            texts |= set().union(*(_ALSO_SHOWN.get(text, set()) for text in texts))
            yield LabelledPhoto(
                FOLDER / row["file"],
                row["symbology"],
                row["kind"],
                frozenset(texts) if row["symbology"] != "NONE" else frozenset(),
                not any(series in row["source"] for series in _OUT_OF_FOCUS),
            )


def read_all(photos: Iterable[LabelledPhoto]) -> list[Reading]:
    """Read every photograph."""
    return [Reading(photo, barcode_image.look_for_codes(photo.path.read_bytes())) for photo in photos]


def _unescaped(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode("unicode_escape")


def _comparable(text: str) -> str:
    return text.lstrip("0") if text.isdigit() else text.removeprefix("\x1d")
