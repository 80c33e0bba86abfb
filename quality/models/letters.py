"""Who gets the morning's e-mail of a home, and each one that was written."""

import uuid_utils.compat as uuid
from django.db import models

HOME = "emar.CareHome"
STAFF = "emar.StaffMember"


class LetterReader(models.Model):
    """An address that a manager put on the list for the home's daily e-mail."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(HOME, on_delete=models.PROTECT)
    email = models.EmailField()
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(STAFF, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(STAFF, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["home", "email"], condition=models.Q(ended_at__isnull=True), name="reader_once"
            )
        ]


class DailyLetter(models.Model):
    """One morning's e-mail to one reader, exactly as it goes out: written once a day, sent until it is taken."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid7)
    home = models.ForeignKey(HOME, on_delete=models.PROTECT)
    reader = models.ForeignKey(LetterReader, on_delete=models.PROTECT, db_constraint=False)
    day_on = models.DateField()
    message_id = models.TextField()
    mime = models.BinaryField()
    created_at = models.DateTimeField()
    answer = models.TextField(blank=True, help_text="what the mail server said when it took it")
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reader", "day_on"], name="letter_once_a_day")]
