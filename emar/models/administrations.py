"""What happened to each dose. Append-only: a mistake is corrected by a new record that points at the old.

These tables grow by thousands of rows a day, so they have the indexes that questions ask for and none for
each reference; and where another reference names the home as well, the home is not checked twice.
"""

import uuid_utils.compat as uuid
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from .people import Device, Resident, StaffMember
from .places import CareHome
from .prescriptions import MedicineRound, Prescription


class Answer(models.TextChoices):
    """What the server said of an act it was told, for ever the same for the same id and content."""

    RECORDED = "recorded"
    RECORDED_WITH_FINDINGS = "recorded_with_findings"
    CONFLICT = "conflict"


class ScanSource(models.TextChoices):
    """How a code reached the record."""

    WEDGE = "wedge", "Scanner"
    CAMERA = "camera", "Camera"
    PHOTO = "photo", "Photo"
    TYPED = "typed", "Typed digits"
    BY_HAND = "by_hand", "By hand"


class Administration(models.Model):
    """What happened to one dose, given or not. On screen: dose record. Append-only.

    Four clocks, never mixed: `due_at` (the prescription's), `given_at` (what the carer says), `entered_at`
    (the device's clock) and `received_at` (the server's). The id is made on the device before sending, so
    a resend is the same record.
    """

    id = models.UUIDField(primary_key=True)
    home = models.ForeignKey(CareHome, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    prescription = models.ForeignKey(Prescription, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    round = models.ForeignKey(MedicineRound, null=True, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    outcome = models.CharField(max_length=32, help_text="a word of emar.rules.outcomes")
    amount = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    unit = models.TextField(blank=True)
    due_at = models.DateTimeField(null=True, help_text="empty for when-required doses")
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(StaffMember, null=True, on_delete=models.PROTECT, db_index=False, related_name="+")
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(StaffMember, null=True, on_delete=models.PROTECT, db_index=False, related_name="+")
    received_at = models.DateTimeField(db_default=Now())
    device = models.ForeignKey(Device, null=True, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    witness = models.ForeignKey(StaffMember, null=True, on_delete=models.PROTECT, db_index=False, related_name="+")
    counted_balance = models.DecimalField(
        max_digits=14, decimal_places=4, null=True, help_text="what the witness counted, not shown the book's"
    )
    pack = models.ForeignKey(
        "stock.StockPack", null=True, on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    scan_source = models.CharField(max_length=8, choices=ScanSource)
    scan_text = models.TextField(blank=True)
    by_hand_reason = models.TextField(blank=True)
    note = models.TextField(blank=True)
    reading = models.JSONField(null=True, help_text="pulse, glucose or INR taken before the dose")
    site = models.TextField(blank=True)
    findings = models.JSONField(default=list, help_text="emar.rules: what was judged of it when it came in")
    answer = models.CharField(max_length=24, choices=Answer)
    content_hash = models.CharField(max_length=64, help_text="SHA-256 of the content as it was sent")

    class Meta:
        indexes = [
            models.Index(fields=["home", "resident", "given_at"], name="dose_of_resident"),
            models.Index(fields=["home", "prescription", "due_at"], name="dose_of_slot"),
            models.Index(fields=["home", "given_at"], name="dose_of_home"),
            models.Index(fields=["home", "given_at"], condition=models.Q(answer="conflict"), name="dose_in_conflict"),
        ]


class Correction(models.Model):
    """A new word about a record entered in error: which record, what replaces it, and why. Append-only."""

    id = models.UUIDField(primary_key=True)
    home = models.ForeignKey(CareHome, on_delete=models.PROTECT, db_index=False)
    administration = models.OneToOneField(Administration, on_delete=models.PROTECT, db_constraint=False)
    replacement = models.OneToOneField(
        Administration, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="corrects"
    )
    reason = models.TextField()
    corrected_at = models.DateTimeField()
    corrected_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, db_index=False, related_name="+")


class RoundEvent(models.Model):
    """A round was started, taken over or finished, by whom, on which device. Append-only."""

    id = models.UUIDField(primary_key=True)
    home = models.ForeignKey(CareHome, on_delete=models.PROTECT, db_index=False)
    round = models.ForeignKey(MedicineRound, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    round_on = models.DateField(help_text="the day it started, also past midnight")
    happened = models.CharField(max_length=16, choices=[(w, w) for w in ("started", "taken_over", "finished")])
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, db_index=False, related_name="+")
    received_at = models.DateTimeField(db_default=Now())
    device = models.ForeignKey(Device, null=True, on_delete=models.PROTECT, db_index=False, db_constraint=False)


class DeviceEvent(models.Model):
    """One act exactly as a device sent it, and the answer it got: the evidence behind the record.

    `content` is the canonical JSON whose SHA-256 is `hash`; `previous_hash` and `sequence` show whether
    anything is missing between two of them. Append-only.
    """

    id = models.UUIDField(primary_key=True)
    home = models.ForeignKey(CareHome, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    sequence = models.BigIntegerField()
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    kind = models.TextField()
    content = models.TextField()
    answer = models.CharField(max_length=24)
    findings = models.JSONField(default=list)
    detail = models.TextField(blank=True, help_text="why an event was held")
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["home", "device", "sequence"], name="event_of_device"),
            models.Index(fields=["home", "received_at"], condition=models.Q(answer="held"), name="event_held"),
        ]


class ScanEvent(models.Model):
    """One scan that did not simply put a dose in the pot: a stop, an override, an unknown code, a hand entry.

    Near-miss data: quality reports count these and never add them to errors that reached a person. Append-only.
    """

    id = models.UUIDField(primary_key=True)
    home = models.ForeignKey(CareHome, on_delete=models.PROTECT, db_index=False)
    device = models.ForeignKey(Device, null=True, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    resident = models.ForeignKey(Resident, null=True, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    prescription = models.ForeignKey(
        Prescription, null=True, on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    due_at = models.DateTimeField(null=True)
    scan_source = models.CharField(max_length=8, choices=ScanSource)
    text = models.TextField(blank=True)
    symbology = models.TextField(blank=True)
    meaning = models.TextField()
    result = models.TextField()
    findings = ArrayField(models.TextField(), default=list, help_text="finding codes, worst first")
    is_overridden = models.BooleanField(default=False)
    reason = models.TextField(blank=True)
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, db_index=False, related_name="+")
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["home", "entered_at"], name="scan_of_home")]


class EffectCheck(models.Model):
    """Did a when-required dose work? Somebody looked, when the protocol said to. Append-only."""

    class Effect(models.TextChoices):
        WORKED = "worked", "It worked"
        PARTLY = "partly", "Partly"
        NOT = "not", "It did not work"
        WORSE = "worse", "Worse, or a side effect"
        ASLEEP = "asleep", "Asleep, could not say"

    id = models.UUIDField(primary_key=True)
    home = models.ForeignKey(CareHome, on_delete=models.PROTECT, db_index=False)
    administration = models.ForeignKey(Administration, on_delete=models.PROTECT, db_constraint=False)
    effect = models.CharField(max_length=8, choices=Effect)
    words = models.TextField(blank=True)
    checked_at = models.DateTimeField()
    checked_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, db_index=False, related_name="+")
    entered_at = models.DateTimeField()
    received_at = models.DateTimeField(db_default=Now())
    device = models.ForeignKey(Device, null=True, on_delete=models.PROTECT, db_index=False, db_constraint=False)


class PatchCheck(models.Model):
    """Somebody looked whether a patch is in place. Append-only."""

    class Found(models.TextChoices):
        IN_PLACE = "in_place", "In place"
        LIFTING = "lifting", "Coming off at the edge"
        FALLEN_OFF = "fallen_off", "Fallen off"

    id = models.UUIDField(primary_key=True)
    home = models.ForeignKey(CareHome, on_delete=models.PROTECT, db_index=False)
    prescription = models.ForeignKey(Prescription, on_delete=models.PROTECT, db_constraint=False)
    found = models.CharField(max_length=10, choices=Found)
    site = models.TextField(blank=True)
    words = models.TextField(blank=True)
    checked_at = models.DateTimeField()
    checked_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, db_index=False, related_name="+")
    entered_at = models.DateTimeField()
    received_at = models.DateTimeField(db_default=Now())
    device = models.ForeignKey(Device, null=True, on_delete=models.PROTECT, db_index=False, db_constraint=False)

    class Meta:
        indexes = [models.Index(fields=["home", "prescription", "-checked_at"], name="patch_check_latest")]


class WitnessReview(models.Model):
    """A manager looked at a controlled drug given without a witness, and says what they found. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(CareHome, on_delete=models.PROTECT, db_index=False)
    administration = models.OneToOneField(Administration, on_delete=models.PROTECT, db_constraint=False)
    words = models.TextField()
    reviewed_at = models.DateTimeField()
    reviewed_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, db_index=False, related_name="+")
