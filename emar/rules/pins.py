"""What a staff member's PIN stands for, the same on the server and on a device without a network."""

import hashlib
import hmac
import itertools
import re
import secrets

ALGORITHM = "pbkdf2-sha256"
#: About 50 ms on a server and half a second on an old phone; a short PIN is also guarded by the lock-out.
ITERATIONS = 150_000
WRONG_PINS_ALLOWED = 5


class PinTooWeak(ValueError):
    """A PIN that a colleague would guess first."""


def check_strength(pin: str) -> None:
    """Raise PinTooWeak unless the PIN has 4 to 8 digits that are neither all the same nor a run."""
    if not re.fullmatch(r"[0-9]{4,8}", pin):
        raise PinTooWeak("a PIN has 4 to 8 digits")
    steps = {(int(b) - int(a)) % 10 for a, b in itertools.pairwise(pin)}
    if steps <= {0} or steps <= {1} or steps <= {9}:
        raise PinTooWeak("choose a PIN that is not one digit repeated and not a run like 1234")


def new_salt() -> str:
    """Return 16 random bytes in hex."""
    return secrets.token_hex(16)


def key_from_pin(pin: str, salt: str) -> str:
    """Return the 32 bytes the PIN stands for, in hex (PBKDF2-HMAC-SHA256, RFC 8018)."""
    return hashlib.pbkdf2_hmac("sha256", pin.encode(), bytes.fromhex(salt), ITERATIONS).hex()


def is_right(pin: str, salt: str, key: str) -> bool:
    """Return whether this is the PIN. Takes the same time either way; never right where no PIN is set."""
    return bool(key) and hmac.compare_digest(key_from_pin(pin, salt or "00"), key)


def proof(key: str, message: str) -> str:
    """Return what shows that this PIN was typed for this very message (HMAC-SHA256, hex)."""
    return hmac.new(bytes.fromhex(key), message.encode(), "sha256").hexdigest()


def verifier(salt: str, key: str) -> dict[str, object] | None:
    """Return what a device needs to check this PIN without a network; None where no PIN is set."""
    if not key:
        return None
    return {"algorithm": ALGORITHM, "salt": salt, "iterations": ITERATIONS, "key": key}


def badge_hash(badge_code: str) -> str:
    """Return how a device knows a badge without holding its code (SHA-256, hex)."""
    return hashlib.sha256(badge_code.encode()).hexdigest()
