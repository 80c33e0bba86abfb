"""Is what happened refused to change even for the owner of the tables?"""

import pytest
from django.db import DatabaseError, connections

from emar.scope import scope
from tests import factories as make
from tests.bedside import Bedside
from tests.populated import populate

CHANGES = ("UPDATE {0} SET id = id", "DELETE FROM {0}", "TRUNCATE {0} CASCADE")


@pytest.fixture
def committed(committed_db: None) -> Bedside:
    return populate()


def append_only() -> list[str]:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'append_only_table' ORDER BY 1")
        return [name for (name,) in cursor.fetchall()]


def is_filled(table: str) -> bool:
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {table} LIMIT 1")
        return cursor.fetchone() is not None


def change(table: str, home_id: int, statement: str) -> None:
    with scope(using="owner", home=home_id), connections["owner"].cursor() as cursor:
        cursor.execute(statement.format(table))


@pytest.mark.hazard("H28", control="what happened is refused to the owner of the tables as well", shows="works")
def test_what_happened_cannot_be_changed_by_the_owner_of_the_tables(committed: Bedside) -> None:
    filled = set()
    with make.as_owner():
        for table in append_only():
            with scope(using="owner", home=committed.home.pk):
                if is_filled(table):
                    filled.add(table)
            for statement in CHANGES if table in filled else CHANGES[2:]:
                with pytest.raises(DatabaseError, match="append-only"):
                    change(table, committed.home.pk, statement)
    # Every table of the record and the ledger had a row to change.
    assert {table for table in append_only() if table.startswith(("emar_", "stock_"))} <= filled
    assert len(filled) >= 10


def test_what_may_change_can_be_changed_by_the_owner(committed: Bedside) -> None:
    """The statements above fail because of the triggers, not because they are wrong."""
    with make.as_owner():
        change("emar_unit", committed.home.pk, CHANGES[0])
