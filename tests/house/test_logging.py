"""Can a name, an NHS number, a query or a body come into the log? Everything below tries."""

import ast
import io
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from emar.logging import OUR_LOGGERS, SafeFormatter, configuration

ROOT = Path(__file__).resolve().parents[2]
# Invented, as everyone in these tests is; the number's check digit is wrong on purpose.
PRIVATE = ("Joan", "Invented", "9990001111", "warfarin", "JBSWY3DP")


def fail_with_words(request: HttpRequest, resident: int) -> HttpResponse:
    raise ValueError("Joan Invented, NHS number 9990001111, takes warfarin")


def fail_in_the_database(request: HttpRequest, resident: int) -> HttpResponse:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE person (name text CONSTRAINT one_of_each UNIQUE) ON COMMIT DROP")
        cursor.execute("INSERT INTO person VALUES (%s), (%s)", ["Joan Invented", "Joan Invented"])
    raise AssertionError("the second row should have been refused")


def answer(request: HttpRequest, resident: int) -> HttpResponse:
    # What a library might do, in each of the ways there are.
    logging.getLogger("some.library").warning("signed in %s", "Joan Invented")
    logging.getLogger("some.library").warning("signed in " + "Joan Invented")  # noqa: G003
    logging.getLogger("some.library").error("no %(who)s", {"who": "9990001111"}, extra={"name_of": "Joan"})
    structlog.get_logger("emar.tried").warning("kept", count=3, full_name="Joan Invented", kind=["warfarin"])
    return HttpResponse("Joan takes warfarin")


urlpatterns = [
    path("residents/<int:resident>/words/", fail_with_words),
    path("residents/<int:resident>/database/", fail_in_the_database),
    path("residents/<int:resident>/", answer),
]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """The root logger as production has it, writing where the test can read."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(SafeFormatter())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    names = ("emar.request", "django.request", "django")
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(before)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def assert_nothing_private(log: io.StringIO) -> None:
    for word in PRIVATE:
        assert word.lower() not in log.getvalue().lower()


@pytest.mark.django_db
@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/residents/7/", 200),
        ("/residents/7/words/", 500),
        ("/residents/7/database/", 500),
        ("/residents/Joan-Invented/", 404),
    ],
)
def test_a_request_leaves_its_route_and_nothing_about_a_person(address: str, status: int, log: io.StringIO) -> None:
    client = Client(raise_request_exception=False, headers={"User-Agent": "Joan", "X-Sign-In": "JBSWY3DP"})
    client.cookies["who"] = "Invented"
    response = client.post(
        f"{address}?name=Joan&nhs=9990001111", {"words": "warfarin for Joan"}, headers={"Referer": "/?q=Joan"}
    )
    assert response.status_code == status
    assert_nothing_private(log)
    (line,) = [line for line in lines(log) if line["logger"] == "emar.request"]
    assert line["status"] == status
    assert line["method"] == "POST"
    assert line["request"] == response["X-Request-Id"]
    assert line["route"] == ("no such page" if status == 404 else address.lstrip("/").replace("7", "<int:resident>"))


@pytest.mark.django_db
@override_settings(ROOT_URLCONF=__name__)
def test_an_error_keeps_what_helps_to_find_it(log: io.StringIO) -> None:
    response = Client(raise_request_exception=False).get("/residents/7/database/")
    (line,) = [line for line in lines(log) if "exception" in line]
    assert line["request"] == response["X-Request-Id"]
    assert line["exception"]["type"] == "django.db.utils.IntegrityError"
    assert line["exception"]["constraint"] == "one_of_each"
    assert any(step.endswith("fail_in_the_database") for step in line["exception"]["through"])


@override_settings(ROOT_URLCONF=__name__)
def test_our_own_words_and_listed_facts_are_kept(log: io.StringIO) -> None:
    Client().get("/residents/7/")
    (line,) = [line for line in lines(log) if line["logger"] == "emar.tried"]
    assert line["event"] == "kept"
    assert line["count"] == 3
    assert "full_name" not in line
    assert "kind" not in line


def test_every_handler_of_the_configuration_writes_through_the_safe_formatter() -> None:
    made = configuration("INFO")
    assert made["formatters"] == {"safe": {"()": "emar.logging.SafeFormatter"}}
    assert {handler["formatter"] for handler in made["handlers"].values()} == {"safe"}
    assert all(logger["handlers"] == [] for logger in made["loggers"].values())


def test_what_our_code_logs_is_a_constant_with_named_facts() -> None:
    # The formatter keeps our own words as they are, so they must never be put together from anything.
    put_together = [
        f"{file.relative_to(ROOT)}:{call.lineno}"
        for app in OUR_LOGGERS
        for file in python_files(ROOT / app)
        for call in ast.walk(ast.parse(file.read_text()))
        if is_log_call(call) and not (call.args and isinstance(call.args[0], ast.Constant))
    ]
    assert put_together == []


def python_files(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != "node_modules"]
        yield from (Path(place, name) for name in files if name.endswith(".py"))


def is_log_call(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name) | ast.Attribute(attr=name), attr=level)):
            levels = {"debug", "info", "warning", "error", "exception", "critical"}
            return name in {"log", "logger", "logging", "LOG", "LOGGER"} and level in levels
    return False


def test_the_reader_of_log_calls_sees_a_sentence_that_is_put_together() -> None:
    (call,) = (node for node in ast.walk(ast.parse('self.log.info(f"signed in {name}")')) if is_log_call(node))
    assert isinstance(call, ast.Call)
    assert not isinstance(call.args[0], ast.Constant)
