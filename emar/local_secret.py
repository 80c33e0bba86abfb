"""What signs sessions when nobody has set SECRET_KEY? Only the demo and the tests may ask."""

import contextlib
import os
import secrets

from emar.local_postgres import folder_of_this_checkout


def secret_of_this_checkout() -> str:
    """Answer a secret for signing sessions, made once for each checkout; production brings its own."""
    file = folder_of_this_checkout() / "secret"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_name(f"secret-{os.getpid()}")
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as made:
            made.write(secrets.token_urlsafe(50))
        # Of several processes that make one at once, the first one's stays.
        with contextlib.suppress(FileExistsError):
            os.link(unfinished, file)
        unfinished.unlink()
    return file.read_text()
