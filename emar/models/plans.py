"""Plans that change how a resident's doses are given, and who is competent to give which.

Each has an author, a date and a review date. A plan that ends stays: what was agreed on the day of a dose
must be readable ever after.
"""

import uuid_utils.compat as uuid
from django.db import models

from .medicines import Medicine
from .people import Resident, StaffMember
from .places import CareHome
from .prescriptions import Prescription


class CovertPlan(models.Model):
    """A best-interests decision to give medicines hidden in food or drink. (Mental Capacity Act 2005; NICE SC1 1.15)"""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, db_constraint=False)
    capacity_assessed_on = models.DateField()
    capacity_assessed_by = models.TextField()
    decided_on = models.DateField()
    decided_with = models.TextField(help_text="who made the best-interests decision together")
    decision = models.TextField()
    review_on = models.DateField()
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(StaffMember, null=True, on_delete=models.PROTECT, related_name="+")
    end_reason = models.TextField(blank=True)


class PharmacistAdvice(models.Model):
    """A pharmacist's word on one prescription: may it be crushed, opened, or hidden in food, and how. Append-only."""

    class About(models.TextChoices):
        CRUSHING = "crushing", "Crushing or opening"
        COVERT = "covert", "Giving covertly"

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, db_constraint=False)
    prescription = models.ForeignKey(Prescription, on_delete=models.PROTECT, db_constraint=False)
    about = models.CharField(max_length=8, choices=About)
    is_allowed = models.BooleanField()
    method = models.TextField(help_text="how, in the pharmacist's words; or why not")
    pharmacist = models.TextField()
    advised_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")


class SelfAdministration(models.Model):
    """A resident looks after some or all of their own medicines, after a risk assessment. (NICE SC1 1.13)"""

    class Support(models.TextChoices):
        ALONE = "alone", "Takes and keeps them alone"
        PROMPTED = "prompted", "Keeps them; staff prompt"
        MADE_AVAILABLE = "made_available", "Staff keep them and make them available"

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, db_constraint=False)
    prescription = models.ForeignKey(
        Prescription, null=True, on_delete=models.PROTECT, db_constraint=False, help_text="empty: all of them"
    )
    support = models.CharField(max_length=16, choices=Support)
    assessment = models.TextField(help_text="the risks found and what is done about them")
    storage = models.TextField(help_text="where the medicines are kept")
    assessed_on = models.DateField()
    review_on = models.DateField()
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(StaffMember, null=True, on_delete=models.PROTECT, related_name="+")
    end_reason = models.TextField(blank=True)


class HomelyRemedy(models.Model):
    """A medicine the home may give for a minor ailment without a prescriber, by an agreed protocol."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    medicine = models.ForeignKey(Medicine, on_delete=models.PROTECT)
    indication = models.TextField()
    not_for = models.TextField(help_text="who must not have it")
    schedule = models.JSONField(help_text="emar.rules.schedule.Schedule of kind when_required")
    dose_words = models.TextField()
    hours_before_gp = models.PositiveSmallIntegerField(default=48)
    agreed_with = models.TextField(help_text="the GP or pharmacist who agreed the protocol")
    review_on = models.DateField()
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(StaffMember, null=True, on_delete=models.PROTECT, related_name="+")


class HomelyRemedyGiver(models.Model):
    """A staff member who may give a homely remedy without asking."""

    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    remedy = models.ForeignKey(HomelyRemedy, on_delete=models.PROTECT, db_constraint=False)
    staff_member = models.ForeignKey(StaffMember, on_delete=models.PROTECT)
    authorised_at = models.DateTimeField()
    authorised_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(StaffMember, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["remedy", "staff_member"],
                condition=models.Q(ended_at__isnull=True),
                name="remedy_giver_once",
            )
        ]


class Subject(models.TextChoices):
    """What somebody has been assessed for."""

    MEDICINES = "medicines", "Giving medicines"
    CONTROLLED_DRUGS = "controlled_drugs", "Controlled drugs"
    INSULIN = "insulin", "Insulin"
    COVERT = "covert", "Covert medicines"


class Competency(models.Model):
    """Somebody was seen to be competent, by whom and until when; assessed yearly. Append-only. (NICE SC1 1.17)"""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    staff_member = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=16, choices=Subject)
    assessed_on = models.DateField()
    expires_on = models.DateField(help_text="the first day on which it no longer holds")
    assessed_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    words = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["home", "staff_member", "subject"], name="competency_of_staff")]


class CompetencyOverride(models.Model):
    """A manager lets somebody whose competency has run out start rounds for a while, and says why. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    staff_member = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=16, choices=Subject)
    until_at = models.DateTimeField()
    reason = models.TextField()
    allowed_at = models.DateTimeField()
    allowed_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")


class Measurement(models.Model):
    """Something measured of a resident outside a dose: weight, for one. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, db_constraint=False)
    kind = models.CharField(max_length=16, choices=[("weight", "Weight")])
    value = models.DecimalField(max_digits=8, decimal_places=2)
    unit = models.TextField()
    measured_on = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
