"""Do /healthz and /readyz say what a load balancer and an operator need, and nothing else?"""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db.utils import ConnectionHandler
from django.test import Client, override_settings

from emar import health


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A connection to a port where nobody listens, in place of the real one."""
    away = ConnectionHandler({"default": settings.DATABASES["default"] | {"HOST": "127.0.0.1", "PORT": "1"}})
    monkeypatch.setattr(health, "connection", away["default"])
    yield
    away.close_all()


def test_healthz_answers_without_the_database(no_database: None) -> None:
    assert Client().get("/healthz").status_code == 200


@pytest.mark.django_db
def test_readyz_is_ready_when_everything_required_is_there() -> None:
    answer = Client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["ready"] is True
    assert answer.json()["checks"]["database"] == "ok"
    assert answer.json()["checks"]["migrations"] == "ok"


@pytest.mark.django_db
def test_readyz_is_not_ready_without_the_database_and_names_no_host(no_database: None) -> None:
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["ready"] is False
    assert answer.json()["checks"]["database"] == "the database does not answer (OperationalError)"
    assert "127.0.0.1" not in answer.text


@pytest.mark.django_db
def test_readyz_is_not_ready_while_a_migration_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_KNOWN", health._known_migrations() | {("emar", "9999_invented")})
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"] == "1 to run: manage.py migrate"


@pytest.mark.django_db
@pytest.mark.parametrize(("is_required", "status"), [(True, 503), (False, 200)])
def test_a_missing_part_is_named_and_only_a_required_one_makes_it_not_ready(
    is_required: bool, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = health.Check("second reader", lambda: "libzbar0 is not installed", is_required)
    monkeypatch.setitem(health.CHECKS, "second reader", missing)
    answer = Client().get("/readyz")
    assert answer.status_code == status
    assert answer.json()["checks"]["second reader"] == "libzbar0 is not installed"


@override_settings(ALLOWED_HOSTS=["emar.example.org"], SECURE_SSL_REDIRECT=True)
def test_a_load_balancer_may_ask_by_address_and_over_plain_http() -> None:
    assert Client().get("/healthz", headers={"host": "10.1.2.3:8000"}).status_code == 200
    assert Client().get("/", headers={"host": "10.1.2.3:8000"}).status_code in (301, 400)


@pytest.mark.django_db
def test_readyz_says_when_the_second_photo_reader_is_missing_and_is_ready_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mobile_api.barcode_image.pyzbar", None)
    answer = Client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["checks"]["photo reading"] == "ok"
    assert "libzbar0" in answer.json()["checks"]["second photo reader"]
