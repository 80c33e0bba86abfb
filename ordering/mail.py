"""How an order's e-mail is put together, and handed to a mail server over SMTP.

The subject names the order and the home, never a person: subjects are shown on locked phones and kept in logs. Which
message is sent when, and what was sent before, is operations.sending's business.
"""

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from django.conf import settings

from emar.rules.wall_clock import local
from ordering.rules.order_paper import OrderPaper

#: Seconds for one step with the mail server. Much less than a job's lease, so that no two hosts send at once.
PATIENCE = 60


class MailRefused(Exception):
    """The mail server did not take the message. `words` are its answer; `is_lasting` when trying again is no use."""

    def __init__(self, words: str, *, is_lasting: bool = False) -> None:
        super().__init__("the mail server did not take the message")
        self.words, self.is_lasting = words, is_lasting


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail, ready to go out: its bytes never change, however often it is sent."""

    message_id: str
    sender: str
    recipient: str
    subject: str
    mime: bytes


def is_set_up() -> bool:
    """Return whether this installation can send e-mail at all."""
    return bool(settings.SMTP_HOST and settings.ORDER_SENDER)


def letter(*, key: str, paper: OrderPaper, recipient: str, pdf: bytes, csv: str, at: datetime) -> Letter:
    """Put together the e-mail of an order, with its PDF and CSV. The same key gives the same Message-ID for ever."""
    kind = "Interim medicines order" if paper.is_interim else "Medicines order"
    message = _addressed(f"order-{key}", paper, recipient, f"{kind} {paper.number} from {paper.home}", at)
    message.set_content(_body(paper))
    name = f"order-{paper.number}"
    message.add_attachment(pdf, maintype="application", subtype="pdf", filename=f"{name}.pdf")
    message.add_attachment(csv.encode("utf-8-sig"), maintype="text", subtype="csv", filename=f"{name}.csv")
    return _letter(message, recipient)


def cancellation(
    *, key: str, paper: OrderPaper, places: Sequence[int], to: str, recipient: str, csv: str, at: datetime
) -> Letter:
    """Put together the e-mail that takes back some items of an order, by their `places` on it, with a CSV of them.

    It names items by their number on the order and no person: whose they are stands in the CSV and on the order.
    """
    count = f"{len(places)} item{'s' if len(places) != 1 else ''}"
    subject = f"Please do not dispense {count} of order {paper.number} from {paper.home}"
    message = _addressed(f"cancel-{key}", paper, recipient, subject, at)
    it = "it" if len(places) == 1 else "them"
    lines = [
        f"To {to}",
        "",
        f"{count} of our order {paper.number} {'is' if len(places) == 1 else 'are'} not needed any more. "
        f"Please do not dispense {it}, or take {it} back where that was done already and nothing has left you:",
        "",
        *(
            f"Item {place} of {len(paper.lines)}: {line.screen_words}"
            for place, line in enumerate(paper.lines, start=1)
            if place in places
        ),
        "",
        "Whose they are stands in the attached CSV file and on the order itself. Everything else on the order stays as "
        "it was.",
        "If this reaches you twice it is the same message. Please tell us where it is too late.",
    ]
    if paper.telephone:
        lines.append(f"Telephone: {paper.telephone}")
    message.set_content("\n".join([*lines, "", f"Sent by the medicines record of {paper.home}, {_moment(at)}"]))
    name = f"order-{paper.number}-not-needed.csv"
    message.add_attachment(csv.encode("utf-8-sig"), maintype="text", subtype="csv", filename=name)
    return _letter(message, recipient)


def _addressed(key: str, paper: OrderPaper, recipient: str, subject: str, at: datetime) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["Message-ID"] = f"<{key}@{settings.ORDER_SENDER.rpartition('@')[2]}>"
    message["Date"] = format_datetime(local(at))
    message["From"] = formataddr((paper.home, settings.ORDER_SENDER))
    message["To"] = recipient
    if paper.reply_to:
        message["Reply-To"] = paper.reply_to
    message["Subject"] = subject
    return message


def _letter(message: EmailMessage, recipient: str) -> Letter:
    words = str(message["Message-ID"]), settings.ORDER_SENDER, recipient, str(message["Subject"])
    return Letter(*words, message.as_bytes())


def _moment(at: datetime) -> str:
    return f"{local(at):%H:%M on %-d %B %Y}"


def _body(paper: OrderPaper) -> str:
    items = f"{len(paper.lines)} item{'s' if len(paper.lines) != 1 else ''}"
    people = f"{paper.residents} resident{'s' if paper.residents != 1 else ''}"
    lines = [
        f"To {paper.recipient}",
        "",
        f"{paper.home} orders {items} for {people}. The order is attached as a PDF to read and as a CSV file.",
        f"It covers {paper.covers_from:%A %-d %B %Y} to {paper.covers_until:%A %-d %B %Y} and is needed here by "
        f"{paper.arrives_on:%A %-d %B %Y}.",
    ]
    if paper.is_interim:
        lines += ["", f"Why it cannot wait for the monthly order: {paper.reason}"]
    lines += [
        "",
        f"This is order {paper.number}. If it reaches you twice it is the same order: please issue it once.",
        "Please tell us of anything that cannot be issued or supplied.",
    ]
    if paper.telephone:
        lines.append(f"Telephone: {paper.telephone}")
    return "\n".join([*lines, "", f"Approved by {paper.approved_by}, {_moment(paper.approved_at)}"])


def hand_over(letter: Letter) -> str:
    """Give a letter to the mail server and return its answer. Raises MailRefused, also when it cannot be reached."""
    try:
        with _connected() as server:
            refused = server.send_message_bytes(letter)
    except smtplib.SMTPAuthenticationError as problem:
        answer = _answer(problem.smtp_code, problem.smtp_error)
        words = f"The mail server does not accept SMTP_USER with SMTP_PASSWORD: {answer}"
        raise MailRefused(words, is_lasting=problem.smtp_code >= 500) from None
    except smtplib.SMTPResponseException as problem:
        raise MailRefused(_answer(problem.smtp_code, problem.smtp_error), is_lasting=problem.smtp_code >= 500) from None
    except smtplib.SMTPRecipientsRefused as problem:
        code, words = next(iter(problem.recipients.values()))
        raise MailRefused(_answer(code, words), is_lasting=code >= 500) from None
    except ssl.SSLCertVerificationError as problem:
        words = f"The mail server’s certificate is not trusted: {problem.verify_message}. Nothing was sent to it."
        raise MailRefused(words, is_lasting=True) from None
    except (OSError, smtplib.SMTPException) as problem:
        raise MailRefused(f"The mail server cannot be reached ({type(problem).__name__}).") from None
    return refused


class _Server(smtplib.SMTP):
    """A connection that hands over bytes as they are and keeps the answer to them."""

    def send_message_bytes(self, letter: Letter) -> str:
        self.ehlo_or_helo_if_needed()
        code, answer = self.mail(letter.sender)
        if code != 250:
            raise smtplib.SMTPSenderRefused(code, answer, letter.sender)
        code, answer = self.rcpt(letter.recipient)
        if code not in (250, 251):
            raise smtplib.SMTPRecipientsRefused({letter.recipient: (code, answer)})
        code, answer = self.data(letter.mime)
        if code != 250:
            raise smtplib.SMTPDataError(code, answer)
        return _answer(code, answer)


class _TlsServer(smtplib.SMTP_SSL, _Server):
    """The same, encrypted from the first byte."""


def _connected() -> _Server:
    context = ssl.create_default_context()
    host, port = settings.SMTP_HOST, settings.SMTP_PORT
    if settings.SMTP_SECURITY == "tls":
        server: _Server = _TlsServer(host, port, timeout=PATIENCE, context=context)
    else:
        server = _Server(host, port, timeout=PATIENCE)
    try:
        _prepare(server, context)
    except BaseException:
        server.close()
        raise
    return server


def _prepare(server: _Server, context: ssl.SSLContext) -> None:
    """Encrypt the connection and sign in as the settings say, or refuse: an order is never sent in the clear instead.

    Raises MailRefused where the server offers less than the settings ask for.
    """
    server.ehlo_or_helo_if_needed()
    if settings.SMTP_SECURITY == "starttls":
        if not server.has_extn("starttls"):
            words = "The mail server offers no encryption (STARTTLS), so nothing was sent to it."
            raise MailRefused(f"{words} Ask whoever runs it, or set SMTP_SECURITY.", is_lasting=True)
        server.starttls(context=context)
        server.ehlo_or_helo_if_needed()
    if settings.SMTP_USER:
        if not server.has_extn("auth"):
            words = "SMTP_USER is set, and the mail server lets nobody sign in. Nothing was sent to it."
            raise MailRefused(words, is_lasting=True)
        server.login(settings.SMTP_USER, settings.SMTP_PASSWORD)


def _answer(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {text}"[:300]
