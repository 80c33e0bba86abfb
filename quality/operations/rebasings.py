"""Saying from which day a home's charts have new limits, and taking that back."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from emar.operations import audit
from emar.rules.wall_clock import local_day
from quality.models import Rebasing


class RebasedAlready(ValueError):
    """The charts have new limits from that day on already."""


class NotYetThere(ValueError):
    """A day that has not come yet has no figures to make limits from."""


def rebase(*, home_id: int, from_on: date, why: str, by: int | None, at: datetime) -> Rebasing:
    """Give a home's charts new limits from a day on, because something known changed.

    Raises NotYetThere for a day to come and RebasedAlready for a day that has them.
    """
    if from_on > local_day(at):
        raise NotYetThere("new limits begin on a day that has come")
    try:
        with transaction.atomic():
            made = Rebasing.objects.create(home_id=home_id, from_on=from_on, why=why, set_at=at, set_by_id=by)
            audit.note(
                action="charts_rebased", by=by, at=at, home_id=home_id, about=f"Rebasing {made.pk}",
                changes={"from_on": from_on.isoformat(), "why": why},
            )  # fmt: skip
    except IntegrityError as problem:
        raise RebasedAlready("the charts have new limits from that day on already") from problem
    return made


def withdraw(*, rebasing: Rebasing, by: int, at: datetime) -> None:
    """Take new limits back: the charts go on with the ones before. Doing it twice is doing it once."""
    with transaction.atomic():
        if Rebasing.objects.filter(pk=rebasing.pk, withdrawn_at__isnull=True).update(withdrawn_at=at, withdrawn_by=by):
            audit.note(
                action="rebasing_withdrawn", by=by, at=at, home_id=rebasing.home_id, about=f"Rebasing {rebasing.pk}"
            )
