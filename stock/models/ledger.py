"""The ledger: what came in, went out and was counted, and why the two differ.

The ledger never asks why a dose was given. Rows point at residents and medicines by name, because the
record stands above it and calls down.
"""

import uuid_utils.compat as uuid
from django.db import models
from django.db.models.functions import Now


class StockLine(models.Model):
    """One resident's stock of one medicine in one unit of count; homely remedies and bulk have no resident."""

    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    resident = models.ForeignKey("emar.Resident", null=True, on_delete=models.PROTECT, db_constraint=False)
    medicine = models.ForeignKey("emar.Medicine", on_delete=models.PROTECT)
    unit = models.TextField(help_text="what is counted: tablet, ml, patch …")
    is_controlled = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["home", "resident", "medicine", "unit"],
                nulls_distinct=False,
                name="one_line_of_medicine",
            )
        ]


class PackStatus(models.TextChoices):
    """Whether a pack may be given from."""

    IN_USE = "in_use", "In use"
    QUARANTINED = "quarantined", "Quarantined"
    FINISHED = "finished", "Finished"


class Location(models.TextChoices):
    """Where in the home a pack is kept."""

    TROLLEY = "trolley", "Trolley"
    CUPBOARD = "cupboard", "Cupboard"
    CD_CABINET = "cd_cabinet", "CD cabinet"
    FRIDGE = "fridge", "Fridge"


class StockPack(models.Model):
    """One box, bottle or tube in the home. Its own label proves whose it is."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    line = models.ForeignKey(StockLine, on_delete=models.PROTECT, db_constraint=False)
    product = models.ForeignKey("emar.Pack", null=True, on_delete=models.PROTECT)
    label_code = models.CharField(max_length=16, unique=True)
    gtin = models.CharField(max_length=14, blank=True)
    serial = models.CharField(max_length=20, blank=True)
    batch = models.CharField(max_length=20, blank=True)
    expires_on = models.DateField(null=True)
    opened_on = models.DateField(null=True)
    use_by = models.DateField(null=True, help_text="the earlier of expiry and what opening allows")
    location = models.CharField(max_length=16, choices=Location, default=Location.TROLLEY)
    status = models.CharField(max_length=16, choices=PackStatus, default=PackStatus.IN_USE)
    booked_in_at = models.DateTimeField()
    booked_in_by = models.ForeignKey("emar.StaffMember", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["home", "gtin", "serial"],
                condition=~models.Q(serial=""),
                name="serial_once_in_home",
            )
        ]
        indexes = [models.Index(fields=["home", "line"], name="pack_of_line")]


class Place(models.TextChoices):
    """Where stock is, as far as the ledger can say. Every movement goes from one to another."""

    SUPPLIER = "supplier", "Supplier"
    HOME = "home", "In the home"
    RESIDENT = "resident", "Given"
    WASTE = "waste", "Wasted"
    RETURNED = "returned", "Returned"
    AWAY = "away", "Away with the resident"
    UNEXPLAINED = "unexplained", "Unexplained"


class StockMovement(models.Model):
    """A quantity that moved from one place to another. Append-only; a correction is a movement back.

    `balance` is what the home held of the line afterwards. `chain_hash` seals the movement and, through it,
    every movement of the home before it.
    """

    id = models.UUIDField(primary_key=True)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT, db_index=False, db_constraint=False)
    line = models.ForeignKey(StockLine, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    line_sequence = models.PositiveIntegerField()
    pack = models.ForeignKey(StockPack, null=True, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    quantity = models.DecimalField(max_digits=12, decimal_places=4)
    source = models.CharField(max_length=12, choices=Place)
    destination = models.CharField(max_length=12, choices=Place)
    reason = models.TextField()
    record_id = models.UUIDField(null=True, unique=True, help_text="the administration that used it")
    balance = models.DecimalField(max_digits=14, decimal_places=4)
    moved_at = models.DateTimeField()
    moved_by = models.ForeignKey(
        "emar.StaffMember", null=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    witness = models.ForeignKey(
        "emar.StaffMember", null=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    received_at = models.DateTimeField(db_default=Now())
    chain_sequence = models.BigIntegerField()
    chain_hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "line_sequence"], name="line_has_no_gap_or_double"),
            models.UniqueConstraint(fields=["home", "chain_sequence"], name="chain_has_no_gap_or_double"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="quantity_is_positive"),
            models.CheckConstraint(
                condition=~models.Q(source=models.F("destination")), name="a_movement_goes_somewhere"
            ),
            models.CheckConstraint(
                condition=models.Q(witness__isnull=True) | ~models.Q(witness=models.F("moved_by")),
                name="witness_is_a_second_person",
            ),
        ]
        indexes = [
            models.Index(fields=["home", "moved_at"], condition=models.Q(destination="waste"), name="wasted_in_home")
        ]


class StockCount(models.Model):
    """Somebody counted a line. The count is an assertion about the book, not a change of it. Append-only."""

    id = models.UUIDField(primary_key=True)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    line = models.ForeignKey(StockLine, on_delete=models.PROTECT, db_constraint=False)
    counted = models.DecimalField(max_digits=14, decimal_places=4)
    book = models.DecimalField(max_digits=14, decimal_places=4)
    after_sequence = models.PositiveIntegerField(help_text="the line's last movement when it was counted")
    counted_at = models.DateTimeField()
    counted_by = models.ForeignKey("emar.StaffMember", on_delete=models.PROTECT, related_name="+")
    witness = models.ForeignKey("emar.StaffMember", null=True, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField(db_default=Now())
    session = models.ForeignKey("StockCountSession", null=True, on_delete=models.PROTECT, db_constraint=False)
    recount_of = models.ForeignKey(
        "Discrepancy", null=True, on_delete=models.PROTECT, related_name="recounts", db_constraint=False,
        help_text="the open difference that this count looks at again",
    )  # fmt: skip


class Discrepancy(models.Model):
    """The book and the cupboard disagree. Open until somebody signs a reason; never opened silently."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    line = models.ForeignKey(StockLine, on_delete=models.PROTECT, db_constraint=False)
    kind = models.CharField(max_length=16, choices=[(w, w) for w in ("below_zero", "count_differs")])
    movement = models.ForeignKey(StockMovement, null=True, on_delete=models.PROTECT, db_constraint=False)
    count = models.ForeignKey(StockCount, null=True, on_delete=models.PROTECT, db_constraint=False)
    expected = models.DecimalField(max_digits=14, decimal_places=4)
    found = models.DecimalField(max_digits=14, decimal_places=4)
    opened_at = models.DateTimeField(db_default=Now())
    opened_by = models.ForeignKey("emar.StaffMember", null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True)
    reason_code = models.CharField(max_length=20, blank=True, help_text="a reason of stock.rules.differences")
    outcome = models.CharField(max_length=10, blank=True, help_text="what came of a controlled drug's, by its manager")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("emar.StaffMember", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["line"],
                condition=models.Q(kind="below_zero", closed_at__isnull=True),
                name="one_open_below_zero",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=True) | ~models.Q(reason=""),
                name="closed_with_a_reason",
            ),
        ]


class LedgerHead(models.Model):
    """The end of one home's chain of movements, and the lock that puts a home's writers in a queue."""

    home = models.OneToOneField("emar.CareHome", primary_key=True, on_delete=models.PROTECT)
    sequence = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)
    version = models.BigIntegerField(default=0, help_text="how often this home was written to")
