"""A real SMTP server for tests: keeps what it is given, refuses when it is told to."""

import email
import email.policy
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class PostRoom:
    """What the server has taken: each time for whom, and the bytes. `answer` refuses everything with these words.

    `before` is called before a message is taken and `afterwards` once it is, both before the sender hears of it.
    """

    def __init__(self) -> None:
        self.taken: list[tuple[str, bytes]] = []
        self.answer = ""
        self.port = 0
        self.before: Callable[[], object] = lambda: None
        self.afterwards: Callable[[], object] = lambda: None

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a message, or refuse it; aiosmtpd calls this."""
        self.before()
        if self.answer:
            return self.answer
        self.taken.append((envelope.rcpt_tos[0], bytes(envelope.content or b"")))
        self.afterwards()
        return "250 taken as 4711"

    @property
    def letters(self) -> list[EmailMessage]:
        """What was taken, as a mail program reads it."""
        return [email.message_from_bytes(each, policy=email.policy.default) for _, each in self.taken]  # type: ignore[misc]


@pytest.fixture
def post_room(settings: Any) -> Iterator[PostRoom]:
    """A post room that this installation sends its e-mail to."""
    with open_post_room() as room:
        settings.SMTP_HOST, settings.SMTP_PORT = "127.0.0.1", room.port
        settings.SMTP_SECURITY, settings.ORDER_SENDER, settings.SMTP_USER = "none", "orders@emar.example", ""
        yield room


@contextmanager
def open_post_room(**options: Any) -> Iterator[PostRoom]:
    """Run a post room in a thread of its own for the length of the block; `options` are aiosmtpd's."""
    room = PostRoom()
    # aiosmtpd cannot tell which port it was given when asked for any.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        room.port = probe.getsockname()[1]
    controller = Controller(room, hostname="127.0.0.1", port=room.port, **options)
    controller.start()
    try:
        yield room
    finally:
        controller.stop()
