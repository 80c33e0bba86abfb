"""How the statements on a dose's path are asked without being planned again each time.

A dose needs a dozen statements, and PostgreSQL would spend more time planning them than running them. Each
is prepared once on each connection and then only executed. Everything off that path uses the ORM.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections, models


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement with its name, the types of its parameters, and its text with `$1`, `$2` …"""

    name: str
    types: tuple[str, ...]
    text: str

    def ask(self, *values: object) -> list[tuple[Any, ...]]:
        """Run the statement and return its rows; a statement without rows returns none.

        Raises django.db.DatabaseError as the database does. Runs on the usual connection, inside whatever
        transaction is under way.
        """
        with connection.cursor() as cursor:
            prepared = _prepared()
            if self.name not in prepared:
                cursor.execute(f"PREPARE {self.name} ({', '.join(self.types)}) AS {self.text}", None)
                prepared.add(self.name)
            if values:
                places = ", ".join(f"%s::{kind}" for kind in self.types)
                cursor.execute(f"EXECUTE {self.name} ({places})", values)
            else:
                cursor.execute(f"EXECUTE {self.name}", None)
            return cursor.fetchall() if cursor.description else []


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


def insert_rows(model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert `rows` into the table of `model`, in order, in one statement.

    They travel as JSON, which the database turns into rows of the table's own type: making model objects
    would cost more than PostgreSQL's own work on a dose. Each row names the table's columns; a column left
    out is NULL, never a default, so every row must be whole. Decimals and instants keep every digit. Raises
    django.db.IntegrityError as the database does.
    """
    if not rows:
        return
    table = model._meta.db_table
    if table not in _inserts:
        text = f"INSERT INTO {table} SELECT * FROM json_populate_recordset(NULL::{table}, $1)"  # noqa: S608
        _inserts[table] = Statement(f"insert_{table}", ("json",), text)
    _inserts[table].ask(json.dumps(rows, default=_exactly))


def _exactly(value: object) -> str:
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no exact form in a row")
