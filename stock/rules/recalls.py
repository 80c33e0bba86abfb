"""Is a pack one of those that are called back?

An alert names a product by its GTIN, its batches, or both. What a box says and what somebody typed of it differ in
capitals, spaces and dashes; and of some packs the batch or the code was never written down. Those are put aside until
somebody has looked at the box: a pack too many in quarantine does nobody harm.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

Match = Literal["affected", "look"]
_NOT_PART_OF_A_BATCH = re.compile(r"[^0-9A-Z]")


@dataclass(frozen=True, slots=True)
class Called:
    """What an alert calls back: a 14-digit GTIN or "" for any, and batches as printed, none for all of them."""

    gtin: str
    batches: tuple[str, ...] = ()

    @property
    def keys(self) -> frozenset[str]:
        """The batches as they are compared."""
        return frozenset(filter(None, map(batch_key, self.batches)))


def batch_key(text: str) -> str:
    """Return what of a batch number is compared: its letters as capitals, and its digits."""
    return _NOT_PART_OF_A_BATCH.sub("", text.upper())


def affects(called: Called, *, gtins: Collection[str], batch: str) -> Match | None:
    """Say whether an alert is about a pack whose GTIN is one of `gtins` (none: not known) and whose batch is `batch`.

    "look" when the box must be looked at first, because its batch or its code was not written down. None when it is
    another product or another batch, and when nothing that the alert names is known of the pack.
    """
    keys, key = called.keys, batch_key(batch)
    if called.gtin and gtins and called.gtin not in gtins:
        return None
    if keys and key and key not in keys:
        return None
    is_gtin_known, is_batch_known = bool(called.gtin and gtins), bool(keys and key)
    if not is_gtin_known and not is_batch_known:
        return None
    is_sure = (is_gtin_known or not called.gtin) and (is_batch_known or not keys)
    return "affected" if is_sure else "look"
