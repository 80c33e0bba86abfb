"""How does a photograph somebody uploads become the small portrait that the record keeps?

The file is judged by its own structure first (emar.picture_header), then opened in a process of its own that has
no secrets, may write no file and has limits of memory and time: image libraries are written in C and read what
anybody sends. What is kept is drawn anew from the pixels, so nothing that came along with them stays: no place
where the photo was taken, no second file behind it.
"""

import os
import resource
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import IO

from emar.picture_header import NotAnImage, read_header

SIDE = 480
_QUALITY = 85
_ROOT = Path(__file__).resolve().parents[1]
_SECONDS = 20.0
_CPU_SECONDS = 10
_MEMORY_BYTES = 2**30
# Nothing of ours goes along: no database address, no key.
_ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
_JPEG = b"\xff\xd8\xff"


def portrait(image_bytes: bytes) -> bytes:
    """Return the middle of a photograph as a JPEG of SIDE pixels each way, the right way up.

    Raises emar.picture_header.NotAnImage and TooLarge, each with a sentence for whoever chose the file.
    """
    read_header(image_bytes)
    try:
        drawn = subprocess.run(
            [sys.executable, "-m", "emar.portraits"],
            cwd=_ROOT,
            env=_ENVIRONMENT,
            input=image_bytes,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _unreadable() from None
    if drawn.returncode or not drawn.stdout.startswith(_JPEG):
        raise _unreadable()
    return drawn.stdout


def _unreadable() -> NotAnImage:
    return NotAnImage("This picture could not be read safely. Take the photo again.")


def _limit_this_process() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _draw(image_bytes: bytes) -> bytes:
    from PIL import Image, ImageOps

    with Image.open(BytesIO(image_bytes), formats=("JPEG", "PNG", "WEBP")) as picture:
        # A phone's photo of 12 million pixels is decoded at an eighth of its size where the format allows.
        picture.draft("RGB", (SIDE * 2, SIDE * 2))
        upright = ImageOps.exif_transpose(picture)
        face = ImageOps.fit(upright.convert("RGB"), (SIDE, SIDE), Image.Resampling.LANCZOS, centering=(0.5, 0.4))
    drawn = BytesIO()
    face.save(drawn, "JPEG", quality=_QUALITY)
    return drawn.getvalue()


def serve(picture: IO[bytes], answer: IO[bytes]) -> None:
    """Draw the one picture that comes in; the body of the limited process."""
    _limit_this_process()
    answer.write(_draw(picture.read()))


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
