"""Where a home's chain of movements ends now."""

from stock.models import LedgerHead


def chain_head(home_id: int) -> tuple[int, str] | None:
    """Return the number and seal of a home's latest movement, None before its first.

    Printed on paper and kept on devices, it shows later that nothing before it was changed (trust.md,
    Ledger invariants, 9).
    """
    found = LedgerHead.objects.filter(home_id=home_id, sequence__gt=0).values_list("sequence", "hash").first()
    return found and (found[0], found[1].strip())
