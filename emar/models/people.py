"""Who lives and works in a home, and the devices they carry."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from .places import CareHome, Council, GpPractice, Pharmacy, Unit


class Role(models.TextChoices):
    """What a staff member may do in one home (trust.md, Who sees what)."""

    CARER = "carer", "Carer"
    SENIOR = "senior", "Senior carer"
    NURSE = "nurse", "Nurse"
    MANAGER = "manager", "Manager"
    INSPECTOR = "inspector", "Inspector"


#: Who gives medicines, and so may sign in on a device; an inspector reads at a desk.
AT_THE_BEDSIDE = (Role.CARER, Role.SENIOR, Role.NURSE, Role.MANAGER)


class StaffMember(AbstractBaseUser):
    """One person who signs in. What they may do is a HomeRole or a CouncilRole, never a flag here."""

    username = models.TextField(unique=True)
    full_name = models.TextField()
    display_name = models.TextField()
    initials = models.CharField(max_length=4)
    # What a PIN stands for (emar.rules.pins). A device checks it without a network, so it cannot be argon2,
    # which no browser has.
    pin_salt = models.CharField(max_length=32, blank=True)
    pin_key = models.CharField(max_length=64, blank=True, help_text="empty until a PIN is set")
    badge_code = models.CharField(max_length=16, unique=True, null=True)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["full_name", "display_name", "initials"]
    objects: BaseUserManager["StaffMember"] = BaseUserManager()

    def __str__(self) -> str:
        return self.display_name


class HomeRole(models.Model):
    """A staff member's role in one home, for a time; an agency carer's has an end."""

    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    staff_member = models.ForeignKey(StaffMember, on_delete=models.PROTECT)
    role = models.CharField(max_length=16, choices=Role)
    starts_at = models.DateTimeField(db_default=Now())
    ends_at = models.DateTimeField(null=True)
    granted_by = models.ForeignKey(StaffMember, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["home", "staff_member"],
                condition=models.Q(ends_at__isnull=True),
                name="one_open_role_in_home",
            )
        ]


class CouncilRole(models.Model):
    """A council officer's place in the quality team of one council."""

    council = models.ForeignKey(Council, on_delete=models.PROTECT)
    staff_member = models.OneToOneField(StaffMember, on_delete=models.PROTECT)
    starts_at = models.DateTimeField(db_default=Now())
    ends_at = models.DateTimeField(null=True)


class Resident(models.Model):
    """A person who lives in the home. Nothing about them is ever hard-deleted."""

    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, db_constraint=False)
    room = models.TextField()
    corridor_order = models.PositiveSmallIntegerField(default=0)
    full_name = models.TextField()
    preferred_name = models.TextField()
    born_on = models.DateField()
    nhs_number = models.CharField(max_length=10, null=True, help_text="ten digits, Modulus 11; may be unknown")
    how_i_take = models.TextField(blank=True, help_text="How I take my medicines")
    gp_practice = models.ForeignKey(GpPractice, null=True, on_delete=models.PROTECT, db_constraint=False)
    pharmacy = models.ForeignKey(Pharmacy, null=True, on_delete=models.PROTECT, db_constraint=False)
    conditions = ArrayField(models.TextField(), default=list)
    drink_level = models.PositiveSmallIntegerField(null=True, help_text="IDDSI 0–4; empty: not assessed")
    food_level = models.PositiveSmallIntegerField(null=True, help_text="IDDSI 3–7; empty: not assessed")
    swallowing_words = models.TextField(blank=True)
    label_code = models.CharField(max_length=16, unique=True)
    admitted_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["home", "nhs_number"], name="nhs_number_once_in_home"),
            models.CheckConstraint(
                condition=models.Q(nhs_number__isnull=True) | models.Q(nhs_number__regex=r"^\d{10}$"),
                name="nhs_number_has_ten_digits",
            ),
            models.CheckConstraint(
                condition=models.Q(drink_level__isnull=True) | models.Q(drink_level__lte=4), name="iddsi_drink_level"
            ),
            models.CheckConstraint(
                condition=models.Q(food_level__isnull=True) | models.Q(food_level__range=(3, 7)),
                name="iddsi_food_level",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name


class ResidentPhoto(models.Model):
    """The resident's photograph, small and re-encoded, kept in the database so that its policies hold."""

    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    resident = models.OneToOneField(Resident, on_delete=models.PROTECT, db_constraint=False)
    jpeg = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")


class Presence(models.TextChoices):
    """Where a resident is; an absence suspends doses without counting them missed."""

    PRESENT = "present", "Present"
    IN_HOSPITAL = "in_hospital", "In hospital"
    ON_LEAVE = "on_leave", "On leave"
    LEFT = "left", "Left"
    DIED = "died", "Died"


class ResidentPresence(models.Model):
    """One change of where a resident is. The latest row says where they are now. Append-only."""

    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, db_constraint=False)
    presence = models.CharField(max_length=16, choices=Presence)
    since_at = models.DateTimeField()
    since_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    where = models.TextField(blank=True, help_text="which hospital, with whom on leave")
    expected_back_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["home", "resident", "-since_at"], name="presence_latest")]


class Allergy(models.Model):
    """An allergy or sensitivity with its reaction; one entered wrongly is withdrawn, not deleted."""

    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, db_constraint=False)
    substance = models.TextField()
    ingredient = models.ForeignKey("emar.Ingredient", null=True, on_delete=models.PROTECT)
    class_codes = ArrayField(
        models.CharField(max_length=40),
        default=list,
        db_default=[],
        help_text="classes of medicines: rules.allergy_classes",
    )
    reaction = models.TextField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(StaffMember, null=True, on_delete=models.PROTECT, related_name="+")


class NoKnownAllergies(models.Model):
    """A staff member's word, on a date, that a resident has no known allergies. Append-only.

    It holds until an allergy is recorded. A resident with neither is "not recorded", which is never
    shown as safe. (hazard H07)
    """

    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, db_constraint=False)
    stated_at = models.DateTimeField()
    stated_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")


class Device(models.Model):
    """A phone or tablet enrolled to one home. Enrolling again makes a new device with a new key."""

    id = models.UUIDField(primary_key=True)
    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    name = models.TextField()
    key_hash = models.CharField(max_length=64, help_text="SHA-256 of the random 256-bit key")
    storage_key = models.CharField(max_length=64, help_text="what the device encrypts its copy with")
    enrolled_at = models.DateTimeField()
    enrolled_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    lease_expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(StaffMember, null=True, on_delete=models.PROTECT, related_name="+")
    lost_at = models.DateTimeField(null=True, help_text="reported lost or stolen; empty again once it is found")
    lost_by = models.ForeignKey(StaffMember, null=True, on_delete=models.PROTECT, related_name="+")
    lost_words = models.TextField(blank=True, help_text="where it was last seen, who was told")

    def __str__(self) -> str:
        return self.name


class DeviceEnrolment(models.Model):
    """A manager's invitation for one device, used once and soon."""

    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    code_hash = models.CharField(max_length=64, unique=True)
    invited_at = models.DateTimeField()
    invited_by = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    device = models.OneToOneField(Device, null=True, on_delete=models.PROTECT, db_constraint=False)


class DeviceSignIn(models.Model):
    """One sign-in of a staff member on a device; its token opens the snapshot until it expires."""

    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, db_constraint=False)
    staff_member = models.ForeignKey(StaffMember, on_delete=models.PROTECT)
    token_hash = models.CharField(max_length=64, unique=True)
    signed_in_at = models.DateTimeField()
    expires_at = models.DateTimeField()


class PinLock(models.Model):
    """Wrong PINs in a row of one staff member on one device; at five it is locked until a senior unlocks it."""

    home = models.ForeignKey(CareHome, on_delete=models.PROTECT)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, db_constraint=False)
    staff_member = models.ForeignKey(StaffMember, on_delete=models.PROTECT)
    wrong_pins = models.PositiveSmallIntegerField(default=0)
    locked_at = models.DateTimeField(null=True)
    unlocked_at = models.DateTimeField(null=True)
    unlocked_by = models.ForeignKey(StaffMember, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "staff_member"], name="one_pin_lock")]
