"""An order goes to the mail server encrypted and signed in, or not at all, and nothing is lost meanwhile."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from emar.models import Job, Task
from emar.operations.jobs import run_one
from emar.scope import scope
from ordering.models import SendAttempt
from tests.ordering.homes import HOUR, NINE, OrderingHome, make_ordering_home
from tests.ordering.post_room import PostRoom, open_post_room

pytestmark = pytest.mark.django_db
LATER = NINE + 2 * HOUR
USER, PASSWORD = "orders", "correct horse"


def sign_in(server: SMTP, session: Session, envelope: Envelope, mechanism: str, said: Any) -> AuthResult:
    """Let in whoever says the right name and password."""
    is_right = isinstance(said, LoginPassword) and (said.login, said.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_right, handled=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for this machine that nobody else has signed, with its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl program to make a certificate")
    folder = tmp_path_factory.mktemp("certificate")
    made, key = folder / "made.pem", folder / "key.pem"
    subprocess.run(
        [
            openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "7300", "-subj", "/CN=post room", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", made,
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    return made, key


@contextmanager
def encrypted(
    certificate: tuple[Path, Path], settings: Any, monkeypatch: pytest.MonkeyPatch, *, is_trusted: bool = True
) -> Iterator[PostRoom]:
    """Run a post room that takes nothing in the clear and nothing of strangers, and send e-mail to it."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    options = {"tls_context": context, "require_starttls": True, "authenticator": sign_in, "auth_required": True}
    with open_post_room(**options) as room:
        point_at(settings, room)
        yield room


def point_at(settings: Any, room: PostRoom) -> None:
    settings.SMTP_HOST, settings.SMTP_PORT, settings.SMTP_SECURITY = "127.0.0.1", room.port, "starttls"
    settings.SMTP_USER, settings.SMTP_PASSWORD = USER, PASSWORD
    settings.ORDER_SENDER = "orders@emar.example"


def approved(settings: Any) -> OrderingHome:
    """Make a home whose order waits to be sent."""
    settings.SMTP_HOST, settings.ORDER_SENDER = "127.0.0.1", "orders@emar.example"
    home = make_ordering_home()
    [order] = home.draft()
    home.review(order)
    home.approve(order)
    return home


def refusal(home: OrderingHome) -> str:
    """Return why the order was not taken, as the person who has to see to it reads it."""
    with scope(home=home.pk):
        told = Task.objects.get(kind="order_not_sent", closed_at__isnull=True)
        assert SendAttempt.objects.filter(step="taken").count() == 0
        return str(told.facts["words"])


def sent_later(home: OrderingHome, room: PostRoom) -> bool:
    """Try again when the job is due again, and return whether the order went out then, once."""
    with scope(home=home.pk):
        due_at = Job.objects.get(kind="send_order").due_at
    return run_one(home_id=home.pk, at=due_at) is True and len(room.taken) == 1


def test_an_order_goes_out_encrypted_and_signed_in(
    certificate: tuple[Path, Path], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = approved(settings)
    with encrypted(certificate, settings, monkeypatch) as room:
        assert run_one(home_id=home.pk, at=LATER) is True
    assert [to for to, _ in room.taken] == ["orders@elm.example"]


@pytest.mark.hazard("H22", control="an order that is refused is kept and tried again", shows="works")
def test_a_wrong_password_is_said_in_plain_words_and_the_order_kept(
    certificate: tuple[Path, Path], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = approved(settings)
    with encrypted(certificate, settings, monkeypatch) as room:
        settings.SMTP_PASSWORD = "battery staple"
        assert run_one(home_id=home.pk, at=LATER) is False
        assert room.taken == []
        words = refusal(home)
        assert "does not accept SMTP_USER with SMTP_PASSWORD" in words
        assert "battery staple" not in words
        settings.SMTP_PASSWORD = PASSWORD
        assert sent_later(home, room)


@pytest.mark.hazard("H12", control="an order is never sent in the clear instead", shows="works")
def test_a_server_without_encryption_gets_nothing(
    certificate: tuple[Path, Path], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = approved(settings)
    with open_post_room() as plain:
        point_at(settings, plain)
        assert run_one(home_id=home.pk, at=LATER) is False
        assert plain.taken == []
    assert "offers no encryption" in refusal(home)
    with encrypted(certificate, settings, monkeypatch) as room:
        assert sent_later(home, room)


@pytest.mark.hazard("H12", control="an order is never sent to a server that cannot show who it is", shows="works")
def test_a_server_with_a_certificate_that_nobody_trusts_gets_nothing(
    certificate: tuple[Path, Path], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = approved(settings)
    with encrypted(certificate, settings, monkeypatch, is_trusted=False) as room:
        assert run_one(home_id=home.pk, at=LATER) is False
        assert room.taken == []
        assert "certificate is not trusted" in refusal(home)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        assert sent_later(home, room)


def test_a_server_where_nobody_can_sign_in_is_said_so(settings: Any) -> None:
    home = approved(settings)
    with open_post_room() as plain:
        point_at(settings, plain)
        settings.SMTP_SECURITY = "none"
        assert run_one(home_id=home.pk, at=LATER) is False
        assert plain.taken == []
    assert "lets nobody sign in" in refusal(home)
