"""Writing the morning's e-mail to a home's managers, and sending it until the mail server takes it.

The letter and the job that sends it are written in one transaction. A host that is killed between the server's yes and
the note of it sends the same bytes again under the same Message-ID.
"""

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from uuid import UUID

from django.conf import settings
from django.db import transaction

from emar.models import CareHome
from emar.operations import audit, jobs
from emar.rules.wall_clock import local, local_day
from emar.scope import scope
from ordering import mail
from quality.models import DailyLetter, LetterReader
from quality.queries.waiting import readers, waiting
from quality.rules.daily_letter import Waiting, body, subject
from stock.operations.ledger import lock_home

SEND = "send_daily_letter"


class ReaderKnown(ValueError):
    """This address is on the list already."""


def add_reader(*, reader_id: UUID, home_id: int, email: str, by: int, at: datetime) -> LetterReader:
    """Put an address on the list for the home's daily e-mail; the same id twice is once. Raises ReaderKnown."""
    with transaction.atomic():
        lock_home(home_id)
        if known := LetterReader.objects.filter(home_id=home_id, pk=reader_id).first():
            return known
        if any(each.email.lower() == email.strip().lower() for each in readers(home_id)):
            raise ReaderKnown("this address is on the list already")
        reader = LetterReader.objects.create(
            id=reader_id, home_id=home_id, email=email.strip(), added_at=at, added_by_id=by
        )
        audit.note(action="letter_reader_added", by=by, at=at, home_id=home_id, about=reader)
    return reader


def end_reader(*, reader: LetterReader, by: int, at: datetime) -> None:
    """Take an address off the list. Twice is once."""
    with transaction.atomic():
        lock_home(reader.home_id)
        reader.refresh_from_db()
        if reader.ended_at is not None:
            return
        reader.ended_at, reader.ended_by_id = at, by
        reader.save(update_fields=["ended_at", "ended_by"])
        audit.note(action="letter_reader_ended", by=by, at=at, home_id=reader.home_id, about=reader)


def write(*, home_id: int, at: datetime) -> int:
    """Write this morning's e-mail to each reader and ask for it to be sent; return how many are new.

    None where nothing needs a person, or no mail server is set up. Safe to run twice: one a day for each reader. The
    home must be in scope.
    """
    if not mail.is_set_up() or not _without_letter(home_id, at) or not (found := waiting(home_id, at)):
        return 0
    with transaction.atomic():
        lock_home(home_id)
        new = _without_letter(home_id, at)
        for reader in new:
            letter = _letter(reader, found, at)
            row = DailyLetter.objects.create(
                home_id=home_id, reader=reader, day_on=local_day(at), message_id=letter.message_id, mime=letter.mime,
                created_at=at,
            )  # fmt: skip
            jobs.ask(home_id=home_id, kind=SEND, key=str(row.pk), by=None, at=at)
    return len(new)


def send(*, home_id: int, letter_id: UUID, at: datetime) -> bool:
    """Hand a letter to the mail server unless that was done; return whether it went out now.

    Must not be called inside a transaction that may be undone. Raises mail.MailRefused, so that the job tries again.
    """
    with scope(home=home_id):
        row = DailyLetter.objects.select_related("reader").get(pk=letter_id, home_id=home_id)
    if row.sent_at is not None:
        return False
    answer = mail.hand_over(mail.Letter(row.message_id, settings.ORDER_SENDER, row.reader.email, "", bytes(row.mime)))
    with scope(home=home_id):
        DailyLetter.objects.filter(pk=letter_id, sent_at__isnull=True).update(sent_at=at, answer=answer)
    return True


def _without_letter(home_id: int, at: datetime) -> list[LetterReader]:
    """Return the readers for whom today's letter is not written yet."""
    today = DailyLetter.objects.filter(home_id=home_id, day_on=local_day(at))
    written = set(today.values_list("reader_id", flat=True))
    return [each for each in readers(home_id) if each.pk not in written]


def _letter(reader: LetterReader, found: list[Waiting], at: datetime) -> mail.Letter:
    home_name = CareHome.objects.get(pk=reader.home_id).name
    day, domain = local_day(at), settings.ORDER_SENDER.rpartition("@")[2]
    message = EmailMessage(policy=SMTP)
    message["Message-ID"] = f"<daily-{reader.pk}-{day:%Y%m%d}@{domain}>"
    message["Date"] = format_datetime(local(at))
    message["From"] = formataddr((home_name, settings.ORDER_SENDER))
    message["To"] = reader.email
    message["Subject"] = subject(home_name, found)
    message.set_content(body(home_name, day, found))
    return mail.Letter(
        str(message["Message-ID"]), settings.ORDER_SENDER, reader.email, str(message["Subject"]), message.as_bytes()
    )
