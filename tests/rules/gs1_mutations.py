"""Which damaged scans the TypeScript reader must answer as the Python one does, and what that answer is.

`python -m tests.rules.gs1_mutations --count 100000 --seed 1` prints one JSON line a scan: `text`,
`symbology`, `separators_kept`, `today`, `value` (as in tests/vectors/gs1); the same lines for the same seed.
"""

import argparse
import json
import random
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from stock.rules.codes import LABEL_ALPHABET, gs1_check_digit
from stock.rules.gs1 import read_scan

VECTORS = Path(__file__).parents[1] / "vectors" / "gs1"
TODAY = date(2026, 11, 22)
_BATCH_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
_ODD_CHARACTERS = "\x1d\x1d\x1d\x1d()<>{}^]_-/%+?&=. \r\t\x00~#é␝Ａ"
_AIS = ("01", "02", "10", "11", "15", "17", "21", "30", "37", "240", "3103", "710", "712", "7003", "91")
_SYMBOLOGIES = [None, None, None, "EAN13", "EAN8", "UPCA", "Code128", "Code39", "DataMatrix", "QRCode"]


def scan_texts(count: int, *, seed: int) -> Iterator[tuple[str, str | None, bool]]:
    """Yield scans to read: whole ones, and ones with up to four things done to them."""
    draw = random.Random(seed)
    vectors = [json.loads(file.read_text()) for file in sorted(VECTORS.glob("*.json"))]
    seeds = [case["text"] for vector in vectors for case in vector["cases"]]
    for _ in range(count):
        text = draw.choice(seeds) if draw.random() < 0.3 else whole_scan(draw)
        for _ in range(draw.choice([0, 1, 1, 1, 2, 2, 3, 4])):
            text = damaged(text, draw)
        yield text, draw.choice(_SYMBOLOGIES), draw.random() < 0.3


def gtin(draw: random.Random, digits: int = 14) -> str:
    """Make a GTIN with a right check digit."""
    leading = "0" if digits == 14 else ""
    body = leading + "".join(draw.choice("0123456789") for _ in range(digits - 1 - len(leading)))
    return body + gs1_check_digit(body)


def pack_elements(draw: random.Random) -> list[tuple[str, str]]:
    """Make the elements of a medicine pack, in one of the orders that manufacturers use."""
    expiry = f"17{draw.randint(25, 34)}{draw.randint(1, 12):02}{draw.choice([0, 0, 1, 15, 28, 30, 31]):02}"
    batch = "".join(draw.choice(_BATCH_LETTERS) for _ in range(draw.randint(3, 10)))
    serial = "".join(draw.choice(_BATCH_LETTERS) for _ in range(draw.randint(8, 20)))
    elements = [("17", expiry[2:]), ("10", batch), ("21", serial)]
    draw.shuffle(elements)
    return [("01", gtin(draw)), *elements[: draw.choice([1, 2, 3, 3, 3])]]


def written(elements: list[tuple[str, str]], separator: str) -> str:
    """Write elements as a barcode does, with a separator after each variable one but the last."""
    parts = [
        ai + value + (separator if ai in ("10", "21") and place < len(elements) - 1 else "")
        for place, (ai, value) in enumerate(elements)
    ]
    return "".join(parts)


def whole_scan(draw: random.Random) -> str:
    """Make a scan as it should be: a message, a bare code, a label, the printed form or a link."""
    shape = draw.random()
    elements = pack_elements(draw)
    if shape < 0.55:
        separator = draw.choice(["\x1d", "\x1d", "<GS>", "{GS}", "^]", "<F8>", "\u241d", "", ""])
        return draw.choice(["", "", "]d2", "]C1", "]Q3", "\x1d"]) + written(elements, separator)
    if shape < 0.65:
        return draw.choice(["", "]E0", "]C0"]) + gtin(draw, draw.choice([8, 12, 13, 14]))
    if shape < 0.75:
        letters = "".join(draw.choice(LABEL_ALPHABET) for _ in range(draw.randint(5, 13)))
        return draw.choice(["EP", "ER", "ES", "ep"]) + letters
    if shape < 0.88:
        return "".join(f"({ai}){value}" for ai, value in elements)
    path = "".join(f"/{ai}/{value}" for ai, value in elements if ai != "17")
    return "https://id.gs1.org" + path + draw.choice(["", "/", "?17=271231", "?x=1&17=280200", "#top"])


def damaged(text: str, draw: random.Random) -> str:
    """Do one thing to a text that a scanner, a keyboard or a bad print might do."""
    place = draw.randint(0, len(text))
    kind = draw.randrange(9)
    if kind == 0:
        return text[:place] + text[place + 1 :]
    if kind == 1:
        return text[:place] + draw.choice(_ODD_CHARACTERS) + text[place:]
    if kind == 2:
        return text[:place] + draw.choice(_BATCH_LETTERS) + text[place + 1 :]
    if kind == 3:
        return text[:place] + draw.choice(_AIS) + text[place:]
    if kind == 4:
        return text[:place] + text[place + 1 : place + 2] + text[place : place + 1] + text[place + 2 :]
    if kind == 5:
        end = min(len(text), place + draw.randint(1, 12))
        return text[:end] + text[place:end] + text[end:]
    if kind == 6:
        return text[:place]
    if kind == 7:
        return text.replace("\x1d", draw.choice(["", "\x1d\x1d", "<gs>", "{GS}"]))
    return text.swapcase()


def main() -> None:
    """Print the scans and their values as JSON lines."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--count", type=int, default=100_000)
    arguments.add_argument("--seed", type=int, default=1)
    chosen = arguments.parse_args()
    for text, symbology, kept in scan_texts(chosen.count, seed=chosen.seed):
        value = read_scan(text, today=TODAY, symbology=symbology, separators_kept=kept)
        line = {"text": text, "symbology": symbology, "separators_kept": kept, "today": TODAY.isoformat()}
        sys.stdout.write(json.dumps({**line, "value": value.to_json()}) + "\n")


if __name__ == "__main__":
    main()
