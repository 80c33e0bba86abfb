"""What proves at the desk that somebody is who they say, beyond their password.

The key of the app on a person's phone is django-otp's TOTPDevice; here are the codes for the day the phone is lost.
"""

from django.db import models

from .people import StaffMember


class RecoveryCode(models.Model):
    """One of ten codes that each let a staff member sign in once without their phone."""

    staff_member = models.ForeignKey(StaffMember, on_delete=models.PROTECT)
    code_hash = models.CharField(max_length=64, help_text="SHA-256 of the code's letters")
    made_at = models.DateTimeField()
    spent_at = models.DateTimeField(null=True, help_text="used, or replaced by newer codes")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff_member", "code_hash"], name="recovery_code_once")]
