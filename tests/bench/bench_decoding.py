"""How many of the labelled photographs are read, how many wrongly, and what a photo costs in CPU time.

Run: `python tests/bench/bench_decoding.py [--generated N]`. Prints a table next to the figures that the design
asks for, and the cost as a ratio to opening each photo and reading it once with zxing-cpp, measured in the same
run: a shared machine slows both alike. Fails nothing; says skipped where the photographs are missing.
"""

import argparse
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import cv2
import numpy as np
import zxingcpp

from mobile_api import barcode_image
from tests.barcodes.pictures import SYMBOLOGIES, as_file, draw_code, photographed, scene_without_codes
from tests.barcodes.shared_photos import FOLDER, MISSING, LabelledPhoto, Reading, labelled_photos, read_all

ASKED = {"DataMatrix": 100.0, "QRCode": 100.0, "Code128": 97.0, "Code39": 97.0}
ASKED_RETAIL_IN_FOCUS = 96.5


def main() -> None:
    """Print the tables."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--generated", type=int, default=420, help="how many generated pictures to try as well")
    chosen = arguments.parse_args()
    print("Reading barcodes in photographs")
    if FOLDER.exists():
        photographs(list(labelled_photos()))
    else:
        print(f"  skipped: {MISSING}")
    large_photo()
    generated(chosen.generated)


def photographs(photos: Sequence[LabelledPhoto]) -> None:
    """Print the rate of each symbology, wrong reads, and CPU time for the labelled photographs."""
    readings = read_all(photos)
    print(f"  {'':24}{'read':>10}{'%':>8}{'asked':>8}{'in focus %':>12}{'wrong':>7}{'p50 ms':>9}{'p95 ms':>9}")
    for symbology in (*SYMBOLOGIES, "NONE"):
        row(symbology, [reading for reading in readings if reading.photo.symbology == symbology], ASKED.get(symbology))
    retail = [reading for reading in readings if reading.photo.symbology in ("EAN13", "EAN8", "UPCA")]
    in_focus = [reading for reading in retail if reading.photo.is_in_focus]
    row("EAN and UPC in focus", in_focus, ASKED_RETAIL_IN_FOCUS)
    shown = [reading for reading in readings if reading.photo.symbology != "NONE"]
    row("all in focus", [reading for reading in shown if reading.photo.is_in_focus], 98.5)
    row("all", shown, 91.5)
    row("photos, with negatives", [reading for reading in readings if reading.photo.kind != "synthetic"], None)
    floor = [read_once_ms(photo.path.read_bytes()) for photo in photos]
    ours = [reading.decoded.cpu_ms for reading in readings]
    (floor_50, floor_95), (ours_50, ours_95) = (np.percentile(times, [50, 95]) for times in (floor, ours))
    print(f"  opened and read once by zxing-cpp: p50 {floor_50:.1f}, p95 {floor_95:.1f} ms;", end=" ")
    print(f"ours is {ours_50 / floor_50:.1f} and {ours_95 / floor_95:.1f} times that")
    print("  asked: p50 8, p95 60 ms, on a machine where the floor is 3 and 12 ms")


def row(name: str, readings: Sequence[Reading], asked: float | None) -> None:
    """Print one line of the table."""
    times = [reading.decoded.cpu_ms for reading in readings]
    shown = [reading for reading in readings if reading.photo.symbology != "NONE"]
    sharp = [reading for reading in shown if reading.photo.is_in_focus]
    right = sum(reading.is_right for reading in shown)
    wrong = sum(bool(reading.wrong_texts) for reading in readings)
    share = f"{100 * right / len(shown):.1f}" if shown else ""
    focus = f"{100 * sum(reading.is_right for reading in sharp) / len(sharp):.1f}" if sharp else ""
    print(
        f"  {name:24}{f'{right}/{len(shown)}':>10}{share:>8}{asked or '':>8}{focus:>12}{wrong:>7}"
        f"{np.percentile(times, 50):>9.1f}{np.percentile(times, 95):>9.1f}"
    )


def read_once_ms(image_bytes: bytes) -> float:
    """Measure the floor: open a photo and read it once as it is."""
    begun = time.thread_time()
    picture = cv2.imdecode(np.frombuffer(image_bytes, np.uint8), cv2.IMREAD_GRAYSCALE)
    zxingcpp.read_barcodes(picture, formats=barcode_image._ALL)
    return (time.thread_time() - begun) * 1000


def large_photo() -> None:
    """Print what a twelve-megapixel photo costs, opening included, with a code in it and without."""
    draw = random.Random(1)
    page = np.random.default_rng(1).normal(170, 12, (3000, 4000)).clip(0, 255).astype(np.uint8)
    empty = barcode_image.look_for_codes(as_file(page)).cpu_ms
    code = draw_code("EAN13", draw, scale=8).picture
    page[1200 : 1200 + code.shape[0], 1500 : 1500 + code.shape[1]] = code
    print(f"  12 MP: read in {barcode_image.look_for_codes(as_file(page)).cpu_ms:.0f} ms (asked: 250);", end=" ")
    print(f"nothing found after {empty:.0f} ms")


def generated(count: int) -> None:
    """Print how many generated pictures are read, by how hard they are, and every wrong read."""
    right = dict.fromkeys(((symbology, level) for symbology in SYMBOLOGIES for level in range(6)), 0)
    tried, wrong = dict.fromkeys(right, 0), 0
    for seed in range(count):
        symbology, level = SYMBOLOGIES[seed % 7], seed // 7 % 6
        draw = random.Random(seed)
        code = draw_code(symbology, draw)
        values = barcode_image.look_for_codes(as_file(photographed(code.picture, draw, hardness=level / 5))).values
        tried[symbology, level] += 1
        right[symbology, level] += any(value.text == code.text for value in values)
        wrong += any(value.text != code.text for value in values)
    scenes = (as_file(scene_without_codes(random.Random(-seed))) for seed in range(1, count // 5))
    wrong += sum(bool(barcode_image.look_for_codes(scene).values) for scene in scenes)
    print(
        f"  {count} generated pictures and {count // 5} scenes without codes: {wrong} wrong reads (asked: 0 of 10,000)"
    )
    print(f"  {'% read, easy to hard':24}" + "".join(f"{level / 5:>8}" for level in range(6)))
    for symbology in SYMBOLOGIES:
        shares = [100 * right[symbology, level] / max(1, tried[symbology, level]) for level in range(6)]
        print(f"  {symbology:24}" + "".join(f"{share:>8.0f}" for share in shares))


if __name__ == "__main__":
    main()
