"""Counting a part of the stock together: what is to be counted, pack by pack, and how a difference was looked into."""

import uuid_utils.compat as uuid
from django.db import models

from .ledger import Discrepancy, Location, StockLine, StockPack


class StockCountSession(models.Model):
    """A count that several people can work at and take up again: of what, begun when, and when it was finished."""

    class Kind(models.TextChoices):
        RESIDENT = "resident", "One resident"
        LOCATION = "location", "One place"
        CYCLE = "cycle", "What matters most"
        FULL = "full", "Everything"
        REGISTER = "register", "CD balance check"

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    kind = models.CharField(max_length=8, choices=Kind)
    resident = models.ForeignKey("emar.Resident", null=True, on_delete=models.PROTECT, db_constraint=False)
    location = models.CharField(max_length=16, choices=Location, blank=True)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey("emar.StaffMember", on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True)
    finished_by = models.ForeignKey("emar.StaffMember", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(resident__isnull=False) | ~models.Q(kind="resident"), name="count_of_a_resident"
            ),
            models.CheckConstraint(
                condition=~models.Q(location="") | ~models.Q(kind="location"), name="count_of_place"
            ),
        ]
        indexes = [models.Index(fields=["home", "started_at"], name="counts_of_home")]


class LineToCount(models.Model):
    """A stock line that a count is to cover, and why it was chosen. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    session = models.ForeignKey(StockCountSession, on_delete=models.PROTECT, db_constraint=False)
    line = models.ForeignKey(StockLine, on_delete=models.PROTECT, db_constraint=False)
    place = models.PositiveIntegerField(help_text="where it stands in the order in which people walk")
    why = models.CharField(max_length=12, blank=True, help_text="a key of stock.rules.counting.WHY_WORDS")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "line"], name="line_once_in_a_count")]


class CountedPack(models.Model):
    """What somebody found in one pack, or beside the packs, during a count; said again, the later stands. Append-only.

    A quantity of nothing for a pack says that it was looked for and is not there.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    session = models.ForeignKey(StockCountSession, on_delete=models.PROTECT, db_constraint=False)
    line = models.ForeignKey(StockLine, on_delete=models.PROTECT, db_constraint=False)
    pack = models.ForeignKey(StockPack, null=True, on_delete=models.PROTECT, db_constraint=False)
    quantity = models.DecimalField(max_digits=14, decimal_places=4)
    is_scanned = models.BooleanField(default=False)
    after_sequence = models.PositiveIntegerField(help_text="the line's last movement when it was counted")
    counted_at = models.DateTimeField()
    counted_by = models.ForeignKey("emar.StaffMember", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(quantity__gte=0), name="counted_pack_not_below_zero")]
        indexes = [models.Index(fields=["session", "line"], name="packs_counted_of_line")]


class DiscrepancyNote(models.Model):
    """What somebody did to find out about a discrepancy, or whom they told. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    discrepancy = models.ForeignKey(Discrepancy, on_delete=models.PROTECT, db_constraint=False)
    told = models.TextField(blank=True, help_text="who was told, with their role; empty for a plain note")
    words = models.TextField(help_text="what was found or said, and any reference")
    written_at = models.DateTimeField()
    written_by = models.ForeignKey("emar.StaffMember", on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["discrepancy"], name="notes_of_discrepancy")]
