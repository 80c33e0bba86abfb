"""Where the demo's chance comes from: the same seed and the same words give the same draw, in any order.

A draw belongs to what it decides (this dose, this delivery) and not to how many draws came before it, so a
history that is filled in later goes on as it began.
"""

import hashlib
import random
from datetime import UTC, datetime
from uuid import UUID


def draw(*words: object) -> random.Random:
    """Return a source of chance for the thing these words name."""
    return random.Random(_digest(words))  # noqa: S311 (invented people, not secrets)


def portion(*words: object) -> float:
    """Return one number from 0 up to 1 for the thing these words name; cheaper than a whole source."""
    return int.from_bytes(_digest(words)[:7], "big") / 2**56


def portions(*words: object) -> tuple[float, ...]:
    """Return four numbers from 0 up to 1 for the thing these words name, at the price of one."""
    digest = _digest(words)
    return tuple(int.from_bytes(digest[at : at + 7], "big") / 2**56 for at in (0, 7, 14, 21))


def id_at(moment: datetime, *words: object) -> UUID:
    """Return the UUIDv7 that a device would have made at `moment` for the thing these words name."""
    milliseconds = int(moment.astimezone(UTC).timestamp() * 1000)
    value = (milliseconds & (2**48 - 1)) << 80 | int.from_bytes(_digest(words)[:10], "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def _digest(words: tuple[object, ...]) -> bytes:
    return hashlib.sha256("\x1f".join(map(str, words)).encode()).digest()
