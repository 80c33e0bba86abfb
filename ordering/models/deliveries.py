"""What is expected from outside, what came of it, and what did not: deliveries and the packs booked in from them.

A pack that was booked in is a row of the ledger (StockPack, StockMovement). What stands here is which line of which
delivery it answered, how it was read, who looked a second time, and what was put right afterwards.
"""

import uuid_utils.compat as uuid
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class Delivery(models.Model):
    """Medicines that come to the home together: from a pharmacy, a hospital, or brought along by somebody.

    Open while it is being booked in; closed with words about what did not come.
    """

    class Origin(models.TextChoices):
        PHARMACY = "pharmacy", "From the pharmacy"
        HOSPITAL = "hospital", "From hospital"
        OWN = "own", "Own medicines, brought in"
        OTHER = "other", "From somewhere else"

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.PHARMACY)
    sender = models.TextField(blank=True, help_text="which pharmacy, ward or person")
    reference = models.TextField(blank=True, help_text="the number on the delivery note")
    resident = models.ForeignKey(
        "emar.Resident", null=True, on_delete=models.PROTECT, db_constraint=False,
        help_text="whose medicines they are, where all of them are one person's",
    )  # fmt: skip
    expected_on = models.DateField(null=True)
    covers_until_on = models.DateField(null=True, help_text="the last day that these medicines are to last")
    note = models.TextField(blank=True, help_text="the delivery note exactly as it came, every line of it")
    note_name = models.TextField(blank=True, help_text="the name of the file")
    note_hash = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the file: loaded twice is one note")
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey("emar.StaffMember", on_delete=models.PROTECT, related_name="+")
    closing_words = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("emar.StaffMember", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["home", "note_hash"], condition=~models.Q(note_hash=""), name="delivery_note_loaded_once"
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=True, closed_by__isnull=True)
                | models.Q(closed_at__isnull=False, closed_by__isnull=False),
                name="delivery_closed_by_someone",
            ),
        ]
        indexes = [models.Index(fields=["home", "opened_at"], name="deliveries_of_home")]


class DeliveryLine(models.Model):
    """One medicine that is expected with a delivery: for whom, what, and how much. What came of it is counted."""

    class Outcome(models.TextChoices):
        OWING = "owing", "Owed: the pharmacy will send it"
        NOT_SUPPLIED = "not_supplied", "Will not come: order it again or ask the GP"
        NOT_NEEDED = "not_needed", "Not needed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, db_constraint=False)
    position = models.PositiveIntegerField(help_text="its line in the note")
    words = models.TextField(help_text="the line as it was written")
    resident_words = models.TextField(blank=True)
    medicine_words = models.TextField(blank=True)
    resident = models.ForeignKey("emar.Resident", null=True, on_delete=models.PROTECT, db_constraint=False)
    is_for_home = models.BooleanField(default=False, help_text="homely remedies and bulk: nobody's in particular")
    medicine = models.ForeignKey("emar.Medicine", null=True, on_delete=models.PROTECT)
    gtin = models.CharField(max_length=14, blank=True)
    quantity = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    unit = models.TextField(blank=True, help_text="what the quantity counts: tablet, ml, pack …")
    packs = models.PositiveIntegerField(default=1, help_text="how many packs that is, as far as is known")
    faults = ArrayField(models.TextField(), default=list, help_text="what could not be read, and what to do")
    # Two deliveries may answer one order. Lines with the same one share what was asked for, so that what the first
    # has brought is not expected of the second.
    asked_by = models.UUIDField(null=True, help_text="the order line that it answers")
    asked = models.DecimalField(max_digits=12, decimal_places=4, null=True, help_text="how much was asked for in all")
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True, help_text="of what did not come")
    outcome_words = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["delivery", "position"], name="delivery_line_once"),
            models.CheckConstraint(
                condition=models.Q(quantity__isnull=True) | models.Q(quantity__gt=0), name="delivery_line_of_something"
            ),
            models.CheckConstraint(
                condition=models.Q(is_for_home=False) | models.Q(resident__isnull=True),
                name="delivery_line_of_one_owner",
            ),
        ]
        indexes = [models.Index(fields=["home", "asked_by"], name="delivery_line_of_order")]


class BookedPack(models.Model):
    """One pack booked in: which expected line it answered, how it was read, and what was found. Append-only.

    A pack that needs a second look (`must_be_checked`) is quarantined until there is a PackCheck. A controlled drug
    booked in by one person alone stands in no register until then: its movement is written with both names.
    """

    class How(models.TextChoices):
        SCANNED = "scanned", "Scanned"
        BY_HAND = "by_hand", "Entered by hand"

    id = models.UUIDField(primary_key=True)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, db_constraint=False)
    line = models.ForeignKey(DeliveryLine, null=True, on_delete=models.PROTECT, db_constraint=False)
    pack = models.OneToOneField("stock.StockPack", on_delete=models.PROTECT, db_constraint=False)
    quantity = models.DecimalField(max_digits=12, decimal_places=4, help_text="what is in it, in the unit of the stock")
    unit = models.TextField()
    answers = models.DecimalField(max_digits=12, decimal_places=4, help_text="how much of the expected line it is")
    answers_unit = models.TextField(blank=True)
    how = models.CharField(max_length=8, choices=How)
    text = models.TextField(blank=True, help_text="the scan, exactly as it was read")
    findings = models.JSONField(default=list, help_text="what somebody was asked about, and let pass")
    reason = models.TextField(blank=True, help_text="why, where something was changed or let pass")
    is_controlled = models.BooleanField(default=False)
    must_be_checked = models.BooleanField(default=False)
    is_quarantined = models.BooleanField(default=False, help_text="kept, but not to be given from")
    witness = models.ForeignKey("emar.StaffMember", null=True, on_delete=models.PROTECT, related_name="+")
    booked_at = models.DateTimeField()
    booked_by = models.ForeignKey("emar.StaffMember", on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="booked_pack_of_something"),
            models.CheckConstraint(
                condition=models.Q(witness__isnull=True) | ~models.Q(witness=models.F("booked_by")),
                name="booked_pack_witness_is_another",
            ),
        ]
        indexes = [models.Index(fields=["home", "delivery"], name="booked_packs_of_delivery")]


class PackCheck(models.Model):
    """A second person looked at a booked pack and agreed with what was entered. Append-only."""

    id = models.UUIDField(primary_key=True)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    booked = models.OneToOneField(BookedPack, on_delete=models.PROTECT, db_constraint=False)
    counted = models.DecimalField(max_digits=12, decimal_places=4, null=True, help_text="what they counted, of a CD")
    unit = models.TextField()
    witness = models.ForeignKey("emar.StaffMember", null=True, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField()
    checked_by = models.ForeignKey("emar.StaffMember", on_delete=models.PROTECT, related_name="+")


class UndoneBooking(models.Model):
    """A pack was booked in wrongly, and its contents went back off the line: by whom, and why. Append-only."""

    id = models.UUIDField(primary_key=True)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    booked = models.OneToOneField(BookedPack, on_delete=models.PROTECT, db_constraint=False)
    reason = models.TextField()
    witness = models.ForeignKey("emar.StaffMember", null=True, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField()
    undone_by = models.ForeignKey("emar.StaffMember", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="undone_with_a_reason"),
        ]


class StoppedPack(models.Model):
    """A pack that was caught at the door and not booked in: what was wrong, and what became of it. Append-only."""

    class Became(models.TextChoices):
        GOES_BACK = "goes_back", "Put aside to go back"
        SAME_BOX = "same_box", "The same box again: it is booked in"

    id = models.UUIDField(primary_key=True)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, db_constraint=False)
    line = models.ForeignKey(DeliveryLine, null=True, on_delete=models.PROTECT, db_constraint=False)
    resident = models.ForeignKey("emar.Resident", null=True, on_delete=models.PROTECT, db_constraint=False)
    medicine = models.ForeignKey("emar.Medicine", null=True, on_delete=models.PROTECT)
    became = models.CharField(max_length=10, choices=Became)
    text = models.TextField(blank=True, help_text="the scan, exactly as it was read")
    batch = models.CharField(max_length=20, blank=True)
    expires_on = models.DateField(null=True)
    findings = models.JSONField(default=list)
    words = models.TextField(blank=True)
    stopped_at = models.DateTimeField()
    stopped_by = models.ForeignKey("emar.StaffMember", on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["home", "delivery"], name="stopped_packs_of_delivery")]


class LabelSheet(models.Model):
    """Labels that were printed together: which packs, on which paper, from which place on. Append-only."""

    id = models.UUIDField(primary_key=True)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, db_constraint=False)
    booked = ArrayField(models.UUIDField(), help_text="the booked packs, in the order of the labels")
    layout = models.CharField(max_length=16)
    skipped = models.PositiveSmallIntegerField(default=0, help_text="places of a part-used sheet left free")
    printed_at = models.DateTimeField()
    printed_by = models.ForeignKey("emar.StaffMember", on_delete=models.PROTECT, related_name="+")
