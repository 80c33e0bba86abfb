"""Which barcodes the pictures in a folder show.

`manage.py decode_images FOLDER --json` writes one JSON line for each file, in the order of their names:
`{"file": "…", "values": [{"text": "…", "symbology": "…"}], "cpu_ms": 4.2}`. `text` is the raw payload, with the
group separator as U+001D. A file that cannot be used also has `refused` (one word) and `detail` (a sentence);
one with two different GTINs has both its values and `refused`. Without --json it prints a line for people.
"""

import json
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from mobile_api import barcode_image
from mobile_api.decoded import Decoded, ImageRefused


class Command(BaseCommand):
    """Read the barcodes in every picture of a folder."""

    help = "Read the barcodes in every picture of a folder."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the folder, and --json for output that programs read."""
        parser.add_argument("folder", type=Path)
        parser.add_argument("--json", action="store_true", help="one JSON object a file instead of words")

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer each file; a refused one does not stop those after it."""
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        for path in tqdm(files, unit="picture", disable=None, leave=False):
            answer = read_file(path, name=path.relative_to(folder).as_posix())
            self.stdout.write(json.dumps(answer) if options["json"] else in_words(answer))


def read_file(path: Path, *, name: str) -> dict[str, Any]:
    """Say what one file shows, or why it is refused."""
    begun = time.thread_time()
    try:
        decoded = barcode_image.look_for_codes(path.read_bytes())
    except (ImageRefused, OSError) as problem:
        cpu_ms = round((time.thread_time() - begun) * 1000, 3)
        code = problem.code if isinstance(problem, ImageRefused) else "not_an_image"
        return {"file": name, "values": [], "cpu_ms": cpu_ms, "refused": code, "detail": str(problem)}
    return {"file": name, "values": _values(decoded), "cpu_ms": decoded.cpu_ms, **_refusal(decoded)}


def _values(decoded: Decoded) -> list[dict[str, str]]:
    return [{"text": value.text, "symbology": value.symbology} for value in decoded.values]


def _refusal(decoded: Decoded) -> dict[str, str]:
    try:
        barcode_image.only_one_pack(decoded)
    except ImageRefused as problem:
        return {"refused": problem.code, "detail": str(problem)}
    return {}


def in_words(answer: dict[str, Any]) -> str:
    """Write an answer on one line for people."""
    shown = ", ".join(f"{value['symbology']} {value['text']!r}" for value in answer["values"])
    return f"{answer['file']}: {shown or answer.get('detail')} ({answer['cpu_ms']:.0f} ms)"
