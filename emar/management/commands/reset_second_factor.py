"""Let somebody sign in again who lost the phone that shows their codes, when no manager can do it for them."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from emar.operations import second_factor
from emar.sign_in import find


class Command(BaseCommand):
    """`manage.py reset_second_factor USERNAME`: asks for a new second factor at the next sign-in, and says so."""

    help = "Forget a person's second factor: they set up another at their next sign-in. It is written in the audit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="the name that the person types to sign in")

    def handle(self, *args: Any, **options: Any) -> None:
        person = find(options["username"])
        if person is None:
            raise CommandError("Nobody signs in by that name. Nothing was changed.")
        second_factor.reset(staff_member_id=person.pk, home_id=None, by=None, at=timezone.now())
        self.stdout.write(f"{person.full_name} sets up a new second factor at the next sign-in.")
