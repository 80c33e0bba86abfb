"""What a person says of something that cannot be undone and has to be looked at: once, in words, by whom and when.

A home's exceptions, conflicts, held events and gaps are each looked at in their own way; that a review is written once,
and that sending it again is the same act, is one rule.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import models

from stock.operations.ledger import lock_home


class AlreadyReviewed(Exception):
    """Somebody has looked at this before; their words stand."""


class WordsMissing(ValueError):
    """A review is written only with words that say what was found."""


Review = TypeVar("Review", bound=models.Model)


def written_once(
    *,
    kind: type[Review],
    review_id: UUID,
    home_id: int,
    of: Mapping[str, Any],
    words: str,
    by: int,
    at: datetime,
    more: Mapping[str, Any] | None = None,
) -> tuple[Review, bool]:
    """Write the review of a thing that has none yet, and say whether it is new: the same id again is the same act.

    `of` are the fields that say what is reviewed. Must run in a transaction; takes the home's lock. Raises WordsMissing
    and AlreadyReviewed.
    """
    if not words.strip():
        raise WordsMissing("say what you found out and what you did")
    lock_home(home_id)
    before = kind._default_manager.filter(home_id=home_id, **of).first()
    if before is not None:
        if before.pk == review_id:
            return before, False
        raise AlreadyReviewed
    fields = {**of, **(more or {}), "words": words.strip(), "reviewed_at": at, "reviewed_by_id": by}
    return kind._default_manager.create(id=review_id, home_id=home_id, **fields), True
