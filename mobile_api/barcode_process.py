"""Where a stranger's picture is decoded: in a process of its own that can harm and learn nothing.

Image libraries are written in C and read what anybody sends. The process that runs them has no secrets, may
not write files, and has a limit of memory; one that dies or takes too long is replaced, and the carer is told
to take the photo again. What is decoded, and how, is barcode_image's job.
"""

import atexit
import json
import os
import resource
import struct
import subprocess
import sys
import threading
from pathlib import Path
from queue import Empty, LifoQueue
from typing import IO

from emar.picture_header import read_header
from mobile_api.decoded import REFUSALS, Decoded, DecodedValue, ImageRefused, NotAnImage

_ROOT = Path(__file__).resolve().parents[1]
_SECONDS = 10.0
_MEMORY_BYTES = 3 * 2**30
_PICTURES_EACH = 1000
_AT_ONCE = 2
# Nothing of ours goes along: no database address, no key.
_ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}


class _Reader:
    """One decoding process, and how many pictures it has read."""

    def __init__(self) -> None:
        self.pictures = 0
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mobile_api.barcode_process"],
            cwd=_ROOT,
            env=_ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def ask(self, image_bytes: bytes) -> dict[str, object] | None:
        """Send one picture and wait for the answer; None when the process died or took too long."""
        self.pictures += 1
        pictures, answers = self.process.stdin, self.process.stdout
        if pictures is None or answers is None:
            return None
        overdue = threading.Timer(_SECONDS, self.process.kill)
        overdue.start()
        try:
            pictures.write(struct.pack(">I", len(image_bytes)) + image_bytes)
            pictures.flush()
            answer = answers.readline()
        except BrokenPipeError:
            answer = b""
        finally:
            overdue.cancel()
        return json.loads(answer) if answer.endswith(b"\n") else None

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()


_idle: LifoQueue[_Reader] = LifoQueue()
_places = threading.BoundedSemaphore(_AT_ONCE)


@atexit.register
def stop_idle_readers() -> None:
    """End the processes that wait for pictures, so that none outlives the one that started it."""
    while not _idle.empty():
        _idle.get_nowait().stop()


def decode(image_bytes: bytes) -> Decoded:
    """Read the barcodes in a picture, as barcode_image.decode does, in a limited process.

    What the file's structure already refuses never reaches that process. Raises NotAnImage also when the
    process died over the picture or took longer than ten seconds.
    """
    read_header(image_bytes)
    with _places:
        try:
            reader = _idle.get_nowait()
        except Empty:
            reader = _Reader()
        answer = reader.ask(image_bytes)
        if answer is None or reader.pictures >= _PICTURES_EACH:
            reader.stop()
        else:
            _idle.put(reader)
    if answer is None:
        raise NotAnImage("This picture could not be read safely. Take the photo again.")
    return _decoded(answer)


def _decoded(answer: dict[str, object]) -> Decoded:
    match answer:
        case {"refused": str(code), "detail": str(detail)}:
            raise REFUSALS[code](detail)
        case {"values": list(values), "cpu_ms": float(cpu_ms), "looks": int(looks)}:
            return Decoded(tuple(DecodedValue(*value) for value in values), cpu_ms, looks)
        case _:
            raise NotAnImage("This picture could not be read safely. Take the photo again.")


def _limit_this_process() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(image_bytes: bytes) -> dict[str, object]:
    from mobile_api import barcode_image

    try:
        decoded = barcode_image.decode(image_bytes)
    except ImageRefused as refusal:
        return {"refused": refusal.code, "detail": str(refusal)}
    values = [[value.text, value.symbology, value.identifier] for value in decoded.values]
    return {"values": values, "cpu_ms": float(decoded.cpu_ms), "looks": decoded.looks}


def serve(pictures: IO[bytes], answers: IO[bytes]) -> None:
    """Answer each picture with one JSON line until there are no more; the body of the limited process."""
    _limit_this_process()
    while len(length := pictures.read(4)) == 4:
        answer = _answer(pictures.read(struct.unpack(">I", length)[0]))
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
