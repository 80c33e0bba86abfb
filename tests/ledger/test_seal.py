"""Do Python, which seals a movement, and PostgreSQL, which checks the seal, mean the same bytes?"""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from stock.models import Place
from stock.queries.ledger_faults import SEAL
from stock.rules.balance import START_OF_CHAIN, Movement, seal

pytestmark = pytest.mark.django_db
IDS = st.uuids(allow_nil=False).map(str)
PEOPLE = st.none() | st.integers(1, 2**62)
AMOUNTS = st.decimals("0.0001", "99999999.9999", places=4)
#: PostgreSQL keeps no NUL, and people write in every language.
WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
ZONES = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
INSTANTS = st.datetimes(datetime(1900, 1, 2), datetime(2200, 1, 1), timezones=ZONES)  # noqa: DTZ001  a zone is drawn
MOVEMENTS = st.builds(
    Movement, IDS, st.integers(1, 2**40), AMOUNTS, st.sampled_from(Place.values), st.sampled_from(Place.values), WORDS,
    INSTANTS, PEOPLE, PEOPLE, st.none() | IDS, st.none() | IDS,
)  # fmt: skip
ROUND = Movement(
    str(UUID(int=1)), 1, Decimal(1), "supplier", "home", "booked_in", datetime(1970, 1, 1, tzinfo=UTC), None
)


@given(
    before=st.sampled_from([START_OF_CHAIN, "f" * 64]),
    movement=MOVEMENTS,
    sequence=st.integers(1, 2**31 - 1),
    balance=st.decimals("-9999999999.9999", "9999999999.9999", places=4),
    received=INSTANTS,
)
@example(START_OF_CHAIN, ROUND, 1, Decimal("-0.0000"), datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC))
@example(START_OF_CHAIN, ROUND, 1, Decimal("1E+3"), datetime(2026, 3, 29, 1, 30, 0, 120000, tzinfo=UTC))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_python_and_postgresql_seal_the_same_bytes(
    before: str, movement: Movement, sequence: int, balance: Decimal, received: datetime
) -> None:
    types = {
        "seal_before": "text", "id": "uuid", "line_id": "bigint", "line_sequence": "integer", "pack_id": "uuid",
        "quantity": "numeric(12,4)", "source": "varchar", "destination": "varchar", "reason": "text",
        "record_id": "uuid", "balance": "numeric(14,4)", "moved_at": "timestamptz", "received_at": "timestamptz",
        "moved_by_id": "bigint", "witness_id": "bigint",
    }  # fmt: skip
    values = (
        before, movement.id, movement.line_id, sequence, movement.pack_id, movement.quantity, movement.source,
        movement.destination, movement.reason, movement.record_id, balance, movement.moved_at, received,
        movement.moved_by_id, movement.witness_id,
    )  # fmt: skip
    columns = ", ".join(f"%s::{kind} AS {name}" for name, kind in types.items())
    with connection.cursor() as cursor:
        # Whatever zone and style a server writes dates in, the seal is the same.
        cursor.execute("SET LOCAL TIME ZONE 'Asia/Kathmandu'; SET LOCAL datestyle TO 'SQL, DMY'")
        cursor.execute(f"SELECT {SEAL} FROM (SELECT {columns}) AS movement", values)
        assert cursor.fetchone() == (seal(before, movement, sequence, balance, received),)
