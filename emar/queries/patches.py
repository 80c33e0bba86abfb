"""Which patch somebody wears, where, and whether it is still there."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from emar.models import Administration, PatchCheck
from emar.rules.outcomes import GIVEN_WORDS


@dataclass(frozen=True, slots=True)
class PatchChange:
    """One patch that was put on, or taken off: when, and where on the body as far as it was said."""

    given_at: datetime
    site: str
    is_on: bool


def fallen_off(home_id: int, prescription_ids: Collection[str]) -> set[str]:
    """Return which of these patches were last seen to have fallen off, and none was put on since."""
    if not prescription_ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT looked.prescription_id::text
              FROM (SELECT DISTINCT ON (prescription_id) prescription_id, found, checked_at
                      FROM emar_patchcheck WHERE home_id = %s AND prescription_id = ANY (%s::uuid[])
                     ORDER BY prescription_id, checked_at DESC, id DESC) AS looked
             WHERE looked.found = 'fallen_off'
               AND NOT EXISTS (SELECT FROM emar_administration AS record
                                WHERE record.home_id = %s AND record.prescription_id = looked.prescription_id
                                  AND record.given_at > looked.checked_at AND record.outcome = ANY (%s)
                                  AND NOT EXISTS (SELECT FROM emar_correction WHERE administration_id = record.id))
            """,
            [home_id, list(prescription_ids), home_id, list(GIVEN_WORDS)],
        )
        return {pk for (pk,) in cursor.fetchall()}


def last_checks(home_id: int, prescription_ids: Collection[UUID]) -> dict[UUID, PatchCheck]:
    """Return what was last seen of each of these patches. One statement."""
    if not prescription_ids:
        return {}
    found = PatchCheck.objects.filter(home_id=home_id, prescription_id__in=list(prescription_ids))
    found = found.select_related("checked_by").order_by("prescription_id", "-checked_at", "-id")
    return {each.prescription_id: each for each in found.distinct("prescription_id")}


def patch_changes(home_id: int, prescription_ids: Collection[UUID], since: datetime) -> dict[UUID, list[PatchChange]]:
    """Return when and where patches of these prescriptions were put on and taken off since an instant, first to last.

    Taking one off is given with an amount of nothing. One statement.
    """
    found: dict[UUID, list[PatchChange]] = defaultdict(list)
    if not prescription_ids:
        return found
    given = Administration.objects.filter(
        home_id=home_id,
        prescription_id__in=list(prescription_ids),
        outcome__in=GIVEN_WORDS,
        amount__isnull=False,
        given_at__gte=since,
        correction__isnull=True,
    )
    rows = given.order_by("given_at", "id").values_list("prescription_id", "given_at", "site", "amount")
    for pk, given_at, site, amount in rows:
        found[pk].append(PatchChange(given_at, site, amount > 0))
    return found
