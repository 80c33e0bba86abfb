"""How the statements on a dose's path are asked without being planned again each time.

A dose needs a dozen statements, and PostgreSQL would spend more time planning them, and the network carrying
them one by one, than running them. Each is prepared once on each connection and then only executed; questions
that need no answer of each other travel together, and so do writes. Everything off that path uses the ORM.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections, models

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement with its name, the types of its parameters, and its text with `$1`, `$2` …

    `columns` is how many columns its rows have; only a statement that is asked together with others says it.
    A command is what PostgreSQL cannot prepare.
    """

    name: str
    types: tuple[str, ...]
    text: str
    columns: int = 0
    is_command: bool = False
    _call: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Write down the call once: every dose makes it."""
        places = ", ".join(f"%s::{kind}" for kind in self.types)
        call = f"EXECUTE {self.name} ({places})" if places else f"EXECUTE {self.name}"
        object.__setattr__(self, "_call", self.text if self.is_command else call)

    def ask(self, *values: object) -> Rows:
        """Run the statement and return its rows; a statement without rows returns none.

        Raises django.db.DatabaseError as the database does. Runs on the usual connection, inside whatever
        transaction is under way.
        """
        return run_in_order([(self, values)])


Call = tuple[Statement, Sequence[object]]


def run_in_order(calls: Sequence[Call]) -> Rows:
    """Run statements one after another in one trip to the database, and return the rows of the last.

    Each sees what the ones before it did. Raises django.db.DatabaseError as the database does: those behind
    the one that failed are not run.
    """
    with connection.cursor() as cursor:
        prepared = _prepared()
        for statement, _ in calls:
            if statement.name not in prepared and not statement.is_command:
                cursor.execute(f"PREPARE {statement.name} ({', '.join(statement.types)}) AS {statement.text}", None)
                prepared.add(statement.name)
        text = "; ".join(statement._call for statement, _ in calls)
        cursor.execute(text, [value for _, values in calls for value in values] or None)
        return cursor.fetchall() if cursor.description else []


class Together:
    """Several questions asked in one trip, when none needs the answer of another."""

    def __init__(self, name: str, *questions: Statement) -> None:
        self.questions = questions
        types: list[str] = []
        parts = []
        for place, question in enumerate(questions):
            parts.append(f"{_as_arrays(question, shifted_by=len(types))} AS question_{place}")
            types += question.types
        text = "SELECT * FROM " + " CROSS JOIN ".join(parts)  # noqa: S608  statements of our own
        self._statement = Statement(name, tuple(types), text)

    def ask(self, *values: Sequence[object]) -> list[Rows]:
        """Return the rows of each question, given the values of each in the same order.

        Raises django.db.DatabaseError as the database does.
        """
        ((*arrays,),) = self._statement.ask(*(value for each in values for value in each))
        found = []
        for question in self.questions:
            mine, arrays = arrays[: question.columns], arrays[question.columns :]
            found.append([] if mine[0] is None else list(zip(*mine, strict=True)))
        return found


def _as_arrays(question: Statement, *, shifted_by: int) -> str:
    """Return a question that gives one row of arrays, which keep the types of its columns."""
    text = re.sub(r"\$(\d+)", lambda found: f"${int(found[1]) + shifted_by}", question.text)
    columns = [f"c{number}" for number in range(question.columns)]
    gathered = ", ".join(f"array_agg({column})" for column in columns)
    return f"(SELECT {gathered} FROM ({text}) AS row ({', '.join(columns)}))"  # noqa: S608  statements of our own


def _prepared() -> set[str]:
    """Return the names prepared on the connection as it is now; a new connection knows none."""
    # django.db.connection stands for a different connection in each thread, and its own attributes are shared.
    own = connections[DEFAULT_DB_ALIAS]
    own.ensure_connection()
    known: tuple[object, set[str]] | None = getattr(own, "prepared_statements", None)
    if known is None or known[0] is not own.connection:
        known = own.prepared_statements = own.connection, set()
    return known[1]


_inserts: dict[str, Statement] = {}


class Writing:
    """Writes that wait for each other, to travel together. What was not run was never written."""

    def __init__(self) -> None:
        self._calls: list[Call] = []

    def add(self, statement: Statement, *values: object) -> None:
        """Put a statement behind those that wait."""
        self._calls.append((statement, values))

    def insert_rows(self, model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert `rows` into the table of `model`, in order, in one statement.

        They travel as JSON, which the database turns into rows of the table's own type: making model objects
        would cost more than PostgreSQL's own work on a dose. Each row names the table's columns; a column left
        out is NULL, never a default, so every row must be whole. Decimals and instants keep every digit.
        """
        if rows:
            self.add(_insert(model._meta.db_table), json.dumps(rows, default=_exactly))

    def run(self) -> None:
        """Run what waits, in order. Raises django.db.IntegrityError and the like as the database does."""
        calls, self._calls = self._calls, []
        if calls:
            run_in_order(calls)


def _insert(table: str) -> Statement:
    if table not in _inserts:
        text = f"INSERT INTO {table} SELECT * FROM json_populate_recordset(NULL::{table}, $1)"  # noqa: S608
        _inserts[table] = Statement(f"insert_{table}", ("json",), text)
    return _inserts[table]


def _exactly(value: object) -> str:
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no exact form in a row")
