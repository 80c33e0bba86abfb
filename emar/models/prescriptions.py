"""What a resident should be given, by whose word, and how."""

import uuid_utils.compat as uuid
from django.contrib.postgres.fields import ArrayField
from django.db import models

from .medicines import Medicine
from .people import Resident, StaffMember
from .places import CareHome, Unit


class MedicineRound(models.Model):
    """A named round of a unit: Morning, Lunch, Tea, Night. Times are wall clock in the home.

    New times end the row and start another of the same name: what was due last week keeps its time.
    """

    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, db_constraint=False)
    name = models.TextField()
    starts = models.TimeField(help_text="when its doses fall due")
    ends = models.TimeField(help_text="when it should be finished; may be past midnight")

    starts_on = models.DateField(help_text="the first day with these times")
    ends_on = models.DateField(null=True, help_text="the first day without them; empty while they hold")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "name"], condition=models.Q(ends_on__isnull=True), name="round_name_in_unit"
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True) | models.Q(ends_on__gt=models.F("starts_on")),
                name="round_times_hold_a_day",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Authority(models.TextChoices):
    """Whose word a prescription rests on."""

    GP = "gp", "GP"
    HOSPITAL = "hospital", "Hospital"
    SPECIALIST = "specialist", "Specialist"
    HOMELY_REMEDY = "homely_remedy", "Homely remedy protocol"
    VERBAL_ORDER = "verbal_order", "Verbal order, confirmed in writing"


class Prescription(models.Model):
    """One medicine for one resident and how to give it: one line of the MAR.

    What was prescribed never changes on a row. A change of dose stops this one and starts another that
    `replaces` it; only checking and stopping are written here afterwards, each once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, db_constraint=False)
    medicine = models.ForeignKey(Medicine, on_delete=models.PROTECT)
    replaces = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, db_constraint=False, related_name="replaced_by"
    )
    version = models.PositiveSmallIntegerField(default=1, help_text="its place in the chain of replacements")
    authority = models.CharField(max_length=16, choices=Authority)
    schedule = models.JSONField(help_text="emar.rules.schedule.Schedule")
    indication = models.TextField(blank=True)
    route = models.TextField(blank=True)
    dose_words = models.TextField(help_text="the dose in the words of the label")
    instructions = ArrayField(models.TextField(), default=list)
    prn_protocol = models.JSONField(null=True, help_text="emar.rules.prn_protocol, of a when-required one")
    body_areas = ArrayField(models.TextField(), default=list, help_text="where on the body: emar.rules.body_map")
    accepted_allergies = ArrayField(
        models.TextField(),
        default=list,
        help_text="allergies it meets though they are recorded: it was written with a reason",
    )
    said_by = models.TextField(blank=True, help_text="the prescriber, by name and practice, as told")
    must_be_brand = models.BooleanField(default=False)
    is_time_critical = models.BooleanField(default=False)
    is_controlled = models.BooleanField(default=False, help_text="kept in the CD register and witnessed")
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField(null=True, help_text="not active until a second trained person checked it")
    checked_by = models.ForeignKey(StaffMember, null=True, on_delete=models.PROTECT, related_name="+")
    stopped_at = models.DateTimeField(null=True)
    stopped_by = models.ForeignKey(StaffMember, null=True, on_delete=models.PROTECT, related_name="+")
    stop_reason = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["home", "resident"], name="prescription_of_resident")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(checked_by__isnull=True) | ~models.Q(checked_by=models.F("written_by")),
                name="checked_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=models.Q(stopped_at__isnull=True) | ~models.Q(stop_reason=""),
                name="stopped_with_a_reason",
            ),
        ]


class Suspension(models.Model):
    """A time in which a prescription is not given though nobody stopped it: its doses are not missed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    prescription = models.ForeignKey(Prescription, on_delete=models.PROTECT, db_constraint=False)
    reason = models.TextField()
    since_at = models.DateTimeField()
    since_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    resumed_at = models.DateTimeField(null=True)
    resumed_by = models.ForeignKey(StaffMember, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["prescription"], condition=models.Q(resumed_at__isnull=True), name="one_open_suspension"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="suspended_with_a_reason"),
        ]
        indexes = [models.Index(fields=["home", "prescription"], name="suspension_of_line")]
