"""Letting a pharmacy's people see what a home orders of them, ending that, and taking their word for their supply."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from emar.models import Pharmacy, StaffMember
from emar.operations import audit
from emar.operations.staff import UsernameTaken
from emar.scope import scope
from ordering.models import OrderEvent, PharmacyPartner
from ordering.operations import following
from ordering.queries import supplied
from stock.operations.ledger import lock_home


class NotAPartner(Exception):
    """This person looks at no orders of that home's pharmacy."""


class NobodyFound(ValueError):
    """No pharmacy's person signs in with this name."""


@dataclass(frozen=True, slots=True)
class NewPartner:
    """Somebody of a pharmacy who has never signed in: with a first password that they change."""

    username: str
    full_name: str
    password: str


def invite(*, home_id: int, pharmacy_id: int, partner: NewPartner, by: int, at: datetime) -> PharmacyPartner:
    """Let somebody of a pharmacy sign in, and see what this home orders of it. Raises UsernameTaken."""
    with transaction.atomic(), scope(home=home_id, sign_in_name=partner.username):
        lock_home(home_id)
        try:
            with transaction.atomic():
                person = StaffMember.objects.create(
                    username=partner.username,
                    full_name=partner.full_name,
                    display_name=partner.full_name,
                    initials="".join(each[0] for each in partner.full_name.split())[:4].upper(),
                    password=make_password(partner.password),
                )
        except IntegrityError:
            raise UsernameTaken(f"{partner.username} is taken: let them in by their name instead") from None
        return _grant(home_id, pharmacy_id, person, by, at)


def let_in(*, home_id: int, pharmacy_id: int, username: str, by: int, at: datetime) -> PharmacyPartner:
    """Let somebody who is a partner of another home's orders see this home's as well. Raises NobodyFound.

    Nobody learns from it who works elsewhere: only a pharmacy's people are found, and a wrong name says the same as
    none.
    """
    with transaction.atomic():
        with scope(sign_in_name=username, home=None):
            person = StaffMember.objects.filter(username=username, is_active=True).first()
        if person is not None:
            with scope(staff_member=person.pk, home=None):
                is_partner = PharmacyPartner.objects.filter(staff_member=person).exists()
        if person is None or not is_partner:
            raise NobodyFound("no pharmacy’s person signs in with this name")
        with scope(home=home_id):
            lock_home(home_id)
            return _grant(home_id, pharmacy_id, person, by, at)


def _grant(home_id: int, pharmacy_id: int, person: StaffMember, by: int, at: datetime) -> PharmacyPartner:
    pharmacy = Pharmacy.objects.get(pk=pharmacy_id, home_id=home_id)
    known = PharmacyPartner.objects.filter(pharmacy=pharmacy, staff_member_id=person.pk, ended_at__isnull=True).first()
    if known is not None:
        return known
    granted = PharmacyPartner.objects.create(
        home_id=home_id, pharmacy=pharmacy, staff_member_id=person.pk, granted_at=at, granted_by_id=by
    )
    audit.note(
        action="pharmacy_partner_let_in", by=by, at=at, home_id=home_id, about=person,
        changes={"pharmacy": [None, pharmacy.name]},
    )  # fmt: skip
    return granted


def end(*, home_id: int, partner_id: int, by: int, at: datetime) -> None:
    """Let a pharmacy's person see nothing more of this home from now on."""
    with transaction.atomic():
        lock_home(home_id)
        found = PharmacyPartner.objects.get(pk=partner_id, home_id=home_id)
        if PharmacyPartner.objects.filter(pk=found.pk, ended_at__isnull=True).update(ended_at=at, ended_by_id=by):
            audit.note(action="pharmacy_partner_ended", by=by, at=at, home_id=home_id, about=found)


def say(*, said: following.Said, by: int, at: datetime) -> OrderEvent:
    """Take a pharmacy's word for one item that was ordered of it. Raises NotAPartner, and what following.say raises.

    The item is looked for in the partner's own scope, which shows only what was ordered of their pharmacy; the word is
    then written in the home it belongs to.
    """
    with scope(staff_member=by, home=None):
        line = supplied.line(by, said.line_id)
        home_id = line.home_id if line is not None else None
    if home_id is None:
        raise NotAPartner("this item was not ordered of your pharmacy")
    with scope(home=home_id):
        return following.say(home_id=home_id, said=said, is_from_pharmacy=True, by=by, at=at)
