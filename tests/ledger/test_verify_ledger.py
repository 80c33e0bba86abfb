"""Does `manage.py verify_ledger` say nothing of a whole ledger, and find every byte that was changed?

The changes are made by the superuser with the triggers off, as somebody with the database's files could.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from io import StringIO
from typing import Any

import psycopg2
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections
from uuid_utils.compat import uuid7

from emar import local_postgres
from emar.operations.administrations import correct
from emar.queries.record_faults import record_faults
from emar.scope import scope
from stock.models import StockMovement
from stock.operations import counts, ledger
from stock.queries.ledger_faults import ledger_faults
from tests import factories as make
from tests.bedside import MINUTE, NINE, Bedside, make_bedside


@pytest.fixture
def bedside(committed_db: None) -> Bedside:
    """A home with a bit of everything in its ledger."""
    bedside = make_bedside()
    bedside.record(bedside.dose(), bedside.dose(outcome="refused", amount=None, prepared=Decimal(1)))
    bedside.record(bedside.dose(outcome="part_given", amount=Decimal("0.5"), prepared=Decimal(1)))
    bedside.record(bedside.dose(outcome="destroyed_or_dropped", amount=Decimal(1)))
    bedside.record(bedside.dose(outcome="asleep", amount=None), bedside.dose(amount=Decimal(40)))
    with scope(home=bedside.home.pk):
        wrong = bedside.administrations()[0]
        right = bedside.dose(amount=Decimal("0.25"))
        correct(
            correction_id=uuid7(), administration=wrong, replacement=right, reason="Half", by=bedside.senior.pk,
            at=NINE + MINUTE,
        )  # fmt: skip
        found = ledger.count(count_id=uuid7(), line=bedside.line, counted=Decimal(3), by=bedside.senior.pk, at=NINE)
        assert found is not None
        behind = counts.Signature("other", "Behind the drawer")
        counts.sign(discrepancy=found, signature=behind, by=bedside.senior.pk, at=NINE)
    other = bedside.another()
    other.record(other.dose())
    return bedside


@contextmanager
def superuser() -> Iterator[Any]:
    """Give a cursor that no policy and no trigger holds."""
    url = os.environ.get("DATABASE_SUPERUSER_URL") or local_postgres.urls().superuser
    connection = psycopg2.connect(url.rsplit("/", 1)[0] + "/" + settings.DATABASES["default"]["NAME"])
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            yield cursor
    finally:
        connection.close()


def kinds(bedside: Bedside) -> set[str]:
    with scope(home=bedside.home.pk):
        return {fault.kind for faults in (ledger_faults, record_faults) for fault in faults(bedside.home.pk)}


def test_a_whole_ledger_has_no_fault(bedside: Bedside) -> None:
    make_bedside()
    out = StringIO()
    call_command("verify_ledger", stdout=out)
    [line] = out.getvalue().splitlines()
    assert "movements of" in line
    assert line.endswith("agree.")
    connections.close_all()


def test_a_fault_is_one_line_and_a_failure(bedside: Bedside) -> None:
    with superuser() as cursor:
        cursor.execute("UPDATE stock_stockmovement SET reason = 'x' WHERE chain_sequence = 3")
    out = StringIO()
    with pytest.raises(CommandError, match=r"^1 faults in \d+ movements of"):
        call_command("verify_ledger", home=[bedside.home.pk], stdout=out)
    [line] = out.getvalue().splitlines()
    assert line.startswith(f"home {bedside.home.pk}: seal ")


def test_a_home_that_is_not_there_is_said(bedside: Bedside) -> None:
    with pytest.raises(CommandError, match="There is no home 0"):
        call_command("verify_ledger", home=[0])


CHANGES = {
    "id": "gen_random_uuid()",
    "home_id": "home_id + 1",
    "line_id": "line_id + 1000",
    "line_sequence": "line_sequence + 100",
    "pack_id": "CASE WHEN pack_id IS NULL THEN gen_random_uuid() END",
    "quantity": "quantity + 0.0001",
    "source": "CASE source WHEN 'away' THEN 'returned' ELSE 'away' END",
    "destination": "CASE destination WHEN 'away' THEN 'returned' ELSE 'away' END",
    "reason": "reason || ' '",
    "record_id": "CASE WHEN record_id IS NULL THEN gen_random_uuid() END",
    "balance": "balance + 0.0001",
    "moved_at": "moved_at + interval '1 microsecond'",
    "moved_by_id": "CASE WHEN moved_by_id IS NULL THEN 1 END",
    "witness_id": "1",
    "received_at": "received_at + interval '1 microsecond'",
    "chain_sequence": "chain_sequence + 1000",
    "chain_hash": "translate(chain_hash, '0123456789abcdef', '123456789abcdef0')",
}


def test_every_column_of_a_movement_is_changed_below() -> None:
    assert CHANGES.keys() == {field.column for field in StockMovement._meta.local_fields}


@pytest.mark.hazard("H28", control="one changed byte of a movement is found", shows="works")
def test_any_changed_column_of_any_movement_is_found(bedside: Bedside) -> None:
    connections.close_all()
    with superuser() as cursor:
        cursor.execute("SELECT id FROM stock_stockmovement ORDER BY chain_sequence")
        movements = [pk for (pk,) in cursor.fetchall()]
    unnoticed = []
    for column, value in CHANGES.items():
        for pk in (movements[0], movements[len(movements) // 2], movements[-1]):
            undo = changed(column, value, pk)
            if not kinds(bedside):
                unnoticed.append((column, pk))
            undo()
    assert unnoticed == []
    assert kinds(bedside) == set()


def changed(column: str, value: str, pk: str) -> Callable[[], None]:
    with superuser() as cursor:
        cursor.execute("SELECT to_jsonb(own)::text FROM stock_stockmovement AS own WHERE id = %s", [pk])
        [before] = cursor.fetchone()
        cursor.execute(f"UPDATE stock_stockmovement SET {column} = {value} WHERE id = %s RETURNING id", [pk])
        [now] = cursor.fetchone()

    def undo() -> None:
        with superuser() as cursor:
            cursor.execute("DELETE FROM stock_stockmovement WHERE id = %s", [now])
            cursor.execute(
                "INSERT INTO stock_stockmovement SELECT * FROM jsonb_populate_record(NULL::stock_stockmovement, %s)",
                [before],
            )

    return undo


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("DELETE FROM stock_stockmovement WHERE chain_sequence = (SELECT max(chain_sequence) FROM stock_stockmovement)",
         "head"),
        ("DELETE FROM stock_stockmovement WHERE chain_sequence = 4", "chain"),
        ("DELETE FROM stock_stockmovement WHERE line_sequence = 2", "sequence"),
        ("DELETE FROM stock_discrepancy WHERE kind = 'below_zero'", "shortage"),
        ("DELETE FROM stock_discrepancy WHERE kind = 'count_differs'", "count"),
        ("UPDATE stock_stockcount SET book = book + 1", "count"),
        ("UPDATE stock_ledgerhead SET hash = repeat('f', 64)", "head"),
        ("UPDATE stock_ledgerhead SET sequence = sequence - 1", "head"),
        ("DELETE FROM stock_ledgerhead", "head"),
        ("DELETE FROM emar_administration WHERE outcome = 'part_given'", "record"),
        ("UPDATE emar_administration SET amount = amount + 1 WHERE outcome = 'part_given'", "record"),
        ("UPDATE emar_administration SET outcome = 'given' WHERE outcome = 'destroyed_or_dropped'", "record"),
        ("UPDATE emar_administration SET outcome = 'refused' WHERE outcome = 'part_given'", "record"),
        ("UPDATE emar_administration SET outcome = 'given', amount = 1 WHERE outcome = 'asleep'", "record"),
        ("UPDATE stock_stockmovement SET record_id = NULL WHERE reason = 'part_given'", "record"),
        ("DELETE FROM stock_stockmovement WHERE reason = 'corrected'", "correction"),
        ("UPDATE stock_stockmovement SET source = 'nowhere' WHERE reason = 'booked_in'", "place"),
    ],
)  # fmt: skip
@pytest.mark.hazard("H27", control="what a migration, a restore or a hand broke is found", shows="works")
def test_what_was_broken_is_found(bedside: Bedside, statement: str, kind: str) -> None:
    assert kinds(bedside) == set()
    connections.close_all()
    with superuser() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount > 0
    assert kind in kinds(bedside)


def test_another_homes_faults_are_not_this_homes(bedside: Bedside) -> None:
    stranger = make_bedside()
    with superuser() as cursor:
        cursor.execute("UPDATE stock_stockmovement SET reason = 'x' WHERE home_id = %s", [bedside.home.pk])
    assert kinds(stranger) == set()


def test_a_dose_written_without_the_ledger_is_found(bedside: Bedside) -> None:
    make.make_administration(prescription=bedside.prescription, by=bedside.carer)
    assert kinds(bedside) == {"record"}
