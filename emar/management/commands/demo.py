"""Fill the database with invented homes to try the record out, and say how to sign in."""

import os
import sys
from argparse import ArgumentParser
from datetime import datetime
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from emar.demo.council import DEMO, OFFICER, PASSWORD, PHARMACIST, PIN, PRACTICE_UNITS, team_of
from emar.demo.filling import fill
from emar.models import CareHome
from emar.operations.devices import invite
from emar.scope import scope


class Command(BaseCommand):
    """`manage.py demo`: makes the demo's council, or brings it up to this minute, and prints how to sign in."""

    help = "Fill the database with invented homes (again: bring them up to now) and say how to sign in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--address", default="", help="where the site is served, for the printed addresses")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.EMAR_ENV == "production":
            raise CommandError("The demo's people and passwords are public: it does not run in production.")
        now, began = timezone.now(), monotonic()
        # Its watching thread would be in the way of the processes that fill the homes.
        tqdm.monitor_interval = 0
        with tqdm(desc="Filling the demo", unit="day", leave=False, disable=not sys.stderr.isatty()) as bar:

            def progress(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            try:
                filled = fill(at=now, plan=DEMO, progress=progress)
            except LookupError as missing:
                raise CommandError(str(missing)) from missing
        if filled.residents:
            self.stdout.write(
                f"{len(filled.homes)} homes with {filled.residents} invented residents and {filled.doses:,} doses "
                f"of history, in {monotonic() - began:.0f} s."
            )
        elif filled.doses:
            self.stdout.write(f"The demo was there already: {filled.doses:,} doses have been added since.")
        address = options["address"] or f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
        self._sign_ins(filled.homes, address.rstrip("/"), now)

    def _sign_ins(self, homes: list[CareHome], address: str, now: datetime) -> None:
        say = self.stdout.write
        say(f"\nDesk                 {address}/")
        say(f"Bedside app          {address}/bedside/")
        say(f"Barcodes to scan     {address}/demo/barcodes/")
        say(f"\nEverybody's password is {PASSWORD} and everybody's PIN is {PIN}. Invented people, demo only.")
        say(f"Council officer      {OFFICER}")
        say(f"Pharmacy             {PHARMACIST}")
        for home in homes:
            with scope(home=home.pk):
                team = team_of(home)
                code = invite(home_id=home.pk, by=team.manager.pk, at=now)
            carer, senior = team.carers[0], team.seniors[0]
            say(f"\n{home.name}: enrol a device with {code} (within half an hour; run this again for a new code)")
            say(f"  carer              {carer.display_name}, PIN {PIN}   (desk: {carer.username})")
            say(f"  senior             {senior.display_name}, PIN {PIN}   (desk: {senior.username})")
            say(f"  manager            {team.manager.username}")
        say(
            f"\nA round is due now, whatever the time, on {', '.join(sorted(PRACTICE_UNITS))} at {homes[0].name}: "
            "its residents' days lie two hours apart. The other units keep usual rounds."
        )
