"""How a home orders: its cycle, its working days, who may approve, and which pharmacies look at what they supply."""

import uuid_utils.compat as uuid
from django.contrib.postgres.fields import ArrayField
from django.db import models


def monday_to_friday() -> list[int]:
    """Return the usual working weekdays, each home its own list."""
    return list(range(5))


class OrderingPolicy(models.Model):
    """How one home has agreed to order with its surgeries and pharmacy: rules.cycle.CyclePlan, and to whom it sends.

    Changes are in the audit trail. A home without one orders nothing by itself.
    """

    class SendTo(models.TextChoices):
        SURGERY = "surgery", "Each resident’s surgery"
        PHARMACY = "pharmacy", "Each resident’s pharmacy"

    home = models.OneToOneField("emar.CareHome", on_delete=models.PROTECT)
    change_over_on = models.DateField(help_text="any one change-over day; the others follow from it")
    cycle_days = models.PositiveSmallIntegerField(default=28)
    order_day = models.PositiveSmallIntegerField(default=8, help_text="the day of the cycle by which it is ordered")
    check_first_day = models.PositiveSmallIntegerField(default=14)
    check_last_day = models.PositiveSmallIntegerField(default=16)
    review_working_days = models.PositiveSmallIntegerField(default=2)
    issue_working_days = models.PositiveSmallIntegerField(default=2)
    dispense_working_days = models.PositiveSmallIntegerField(default=4)
    delivery_working_days = models.PositiveSmallIntegerField(default=3)
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=monday_to_friday, help_text="Monday is 0")
    nation = models.CharField(max_length=3, default="ENG", help_text="whose bank holidays: rules.cycle.NATIONS")
    closed_days = ArrayField(models.DateField(), default=list, help_text="closed beside weekends and bank holidays")
    send_to = models.CharField(max_length=8, choices=SendTo, default=SendTo.SURGERY)
    service_percent = models.PositiveSmallIntegerField(default=95, help_text="how sure stock is to last, of 100")
    reply_to = models.TextField(blank=True, help_text="the home's own e-mail address, for answers")
    telephone = models.TextField(blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey("emar.StaffMember", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(service_percent__gte=50, service_percent__lte=99), name="service_level_is_possible"
            ),
            models.CheckConstraint(condition=models.Q(cycle_days__gte=7), name="cycle_of_a_week_at_least"),
        ]  # fmt: skip


class OrderApprover(models.Model):
    """Somebody beside the managers who may approve orders, so that nobody's holiday stops one."""

    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    staff_member = models.ForeignKey("emar.StaffMember", on_delete=models.PROTECT)
    allowed_at = models.DateTimeField()
    allowed_by = models.ForeignKey("emar.StaffMember", on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("emar.StaffMember", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["home", "staff_member"], condition=models.Q(ended_at__isnull=True), name="order_approver_once"
            )
        ]


class OrderCycle(models.Model):
    """One cycle of a home, from one change-over to the next: what is ordered in it is used from `change_over_on` on.

    Its deadlines are computed (rules.cycle), so that a bank holiday announced late moves them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    starts_on = models.DateField()
    change_over_on = models.DateField()
    cover_until_on = models.DateField(help_text="the first day that its order need not cover")
    drafted_at = models.DateTimeField(null=True, help_text="when its orders were drafted")
    changed_over_at = models.DateTimeField(null=True)
    changed_over_by = models.ForeignKey("emar.StaffMember", null=True, on_delete=models.PROTECT, related_name="+")
    change_over_words = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["home", "change_over_on"], name="order_cycle_once"),
            models.CheckConstraint(
                condition=models.Q(starts_on__lt=models.F("change_over_on"))
                & models.Q(change_over_on__lt=models.F("cover_until_on")),
                name="order_cycle_days_in_order",
            ),
        ]


class PharmacyPartner(models.Model):
    """Somebody of a pharmacy who may see what a home ordered of it, and say what it dispensed; from when until when."""

    home = models.ForeignKey("emar.CareHome", on_delete=models.PROTECT)
    pharmacy = models.ForeignKey("emar.Pharmacy", on_delete=models.PROTECT, db_constraint=False)
    staff_member = models.ForeignKey("emar.StaffMember", on_delete=models.PROTECT)
    granted_at = models.DateTimeField()
    granted_by = models.ForeignKey("emar.StaffMember", on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("emar.StaffMember", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pharmacy", "staff_member"],
                condition=models.Q(ended_at__isnull=True),
                name="pharmacy_partner_once",
            )
        ]
