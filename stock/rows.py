"""How many rows of one table are written in one statement.

Creating model objects costs more than PostgreSQL's own work on a dose, so the acts that come in batches
go in as JSON, which the database turns into rows of the table's own type.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, models


def insert_rows(model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert `rows` into the table of `model`, in order, in one statement.

    Each row names the table's columns; a column left out is NULL, never a default, so every row must be whole.
    Decimals and instants keep every digit. Raises django.db.IntegrityError as the database does.
    """
    if not rows:
        return
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} SELECT * FROM json_populate_recordset(NULL::{table}, %s::json)",  # noqa: S608
            [json.dumps(rows, default=_exactly)],
        )


def _exactly(value: object) -> str:
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no exact form in a row")
