"""What photographs of barcodes look like when they go wrong: drawn codes, turned, blurred, dimmed and noisy.

Everything follows from a seed, so a picture that was read wrongly can be made again.
"""

import random
from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp
from cv2.typing import MatLike

from stock.rules.codes import LABEL_ALPHABET, gs1_check_digit

SYMBOLOGIES = ("EAN13", "EAN8", "UPCA", "Code128", "Code39", "DataMatrix", "QRCode")


@dataclass(frozen=True)
class DrawnCode:
    """A code as it should be read, and its clean picture."""

    text: str
    symbology: str
    picture: MatLike


def draw_code(symbology: str, draw: random.Random, *, scale: int = 4) -> DrawnCode:
    """Draw a code with a text that its symbology usually carries."""
    text = code_text(symbology, draw)
    options = {"gs1": True} if symbology == "DataMatrix" else {}
    written = "".join(f"({ai}){value}" for ai, value in _elements(text)) if symbology == "DataMatrix" else text
    barcode = zxingcpp.create_barcode(written, getattr(zxingcpp.BarcodeFormat, symbology), **options)
    picture = np.array(zxingcpp.write_barcode_to_image(barcode, scale=scale, add_quiet_zones=True))
    return DrawnCode(text, symbology, picture)


def code_text(symbology: str, draw: random.Random) -> str:
    """Make the raw text of a code."""

    def digits(count: int) -> str:
        return "".join(draw.choice("0123456789") for _ in range(count))

    if symbology in ("EAN13", "EAN8", "UPCA"):
        body = {"EAN13": "50" + digits(10), "EAN8": digits(7), "UPCA": "3" + digits(10)}[symbology]
        return body + gs1_check_digit(body)
    if symbology == "DataMatrix":
        gtin = "0" + "50" + digits(10)
        serial = "".join(draw.choice(LABEL_ALPHABET) for _ in range(12))
        expiry = f"{draw.randint(27, 31)}0{draw.randint(1, 9)}00"
        return f"01{gtin}{gs1_check_digit(gtin)}21{serial}\x1d17{expiry}10LK{digits(4)}"
    return "EP" + "".join(draw.choice(LABEL_ALPHABET) for _ in range(6))


def _elements(text: str) -> list[tuple[str, str]]:
    first, second = text.split("\x1d")
    return [("01", first[2:16]), ("21", first[18:]), ("17", second[2:8]), ("10", second[10:])]


def photographed(picture: MatLike, draw: random.Random, *, hardness: float) -> MatLike:
    """Make a photograph of a clean picture: 0 is a scan, 1 is a shaking hand in a dark corridor."""
    canvas = _on_a_table(picture, draw)
    canvas = _seen_from_a_side(canvas, draw, hardness)
    strength = draw.uniform(0, hardness)
    canvas = cv2.GaussianBlur(canvas, (0, 0), 0.3 + 1.8 * strength)
    dark, light = 20 + 90 * draw.uniform(0, hardness), 235 - 90 * draw.uniform(0, hardness)
    canvas = dark + canvas.astype(np.float32) / 255 * (light - dark)
    slope = np.linspace(1, 1 - 0.4 * draw.uniform(0, hardness), canvas.shape[1], dtype=np.float32)
    noise = np.random.default_rng(draw.randrange(2**32)).normal(0, 1 + 14 * draw.uniform(0, hardness), canvas.shape)
    seen = np.clip(canvas * slope + noise, 0, 255).astype(np.uint8)
    quality = int(95 - 60 * draw.uniform(0, hardness))
    return cv2.imdecode(cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_GRAYSCALE)


def as_file(picture: MatLike, form: str = ".jpg") -> bytes:
    """Write a picture as the bytes of a file."""
    return bytes(cv2.imencode(form, picture)[1])


def scene_without_codes(draw: random.Random, *, width: int = 640, height: int = 480) -> MatLike:
    """Make a picture that looks like codes and holds none: stripes, grids, text, noise."""
    noise = np.random.default_rng(draw.randrange(2**32))
    kind = draw.randrange(5)
    if kind == 0:
        widths = noise.integers(1, 9, width)
        row = np.repeat(np.arange(width) % 2 * 255, widths)[:width]
        scene = np.repeat(row[None], height, 0).astype(np.uint8)
    elif kind == 1:
        cells = noise.integers(0, 2, (height // 8, width // 8)) * 255
        scene = np.kron(cells, np.ones((8, 8))).astype(np.uint8)
    elif kind == 2:
        scene = np.full((height, width), 230, np.uint8)
        for line in range(20, height, 18):
            words = "".join(draw.choice("ABCDEFHIKLMNT|il1 0123456789") for _ in range(60))
            cv2.putText(scene, words, (5, line), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (20,), draw.randint(1, 2))
    elif kind == 3:
        scene = cv2.GaussianBlur(noise.integers(0, 255, (height, width)).astype(np.uint8), (0, 0), draw.uniform(0.5, 4))
        scene = cv2.normalize(scene, scene, 0, 255, cv2.NORM_MINMAX)
    else:
        torn = draw_code(draw.choice(SYMBOLOGIES[:5]), draw).picture
        half = torn[:, : torn.shape[1] // 2]
        scene = cv2.resize(half, (width, height), interpolation=cv2.INTER_NEAREST)
    return photographed(scene, draw, hardness=0.5)


def _on_a_table(picture: MatLike, draw: random.Random) -> MatLike:
    side = draw.choice([640, 720, 800])
    height, width = picture.shape
    scale = min(side * draw.uniform(0.55, 0.85) / max(width, height), 1.6)
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    canvas = np.full((side, side), draw.randint(150, 230), np.uint8)
    top, left = (side - small.shape[0]) // 2, (side - small.shape[1]) // 2
    canvas[top : top + small.shape[0], left : left + small.shape[1]] = small
    return canvas


def _seen_from_a_side(canvas: MatLike, draw: random.Random, hardness: float) -> MatLike:
    side = canvas.shape[0]
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), draw.uniform(-180, 180) * min(hardness * 2, 1), 1)
    turned = cv2.warpAffine(canvas, turn, (side, side), borderMode=cv2.BORDER_REPLICATE)
    reach = 0.06 * side * hardness
    corners = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32)
    moved = corners + np.array([[draw.uniform(-reach, reach) for _ in range(2)] for _ in range(4)], np.float32)
    return cv2.warpPerspective(
        turned, cv2.getPerspectiveTransform(corners, moved), (side, side), borderMode=cv2.BORDER_REPLICATE
    )
