"""manage.py generate_council: invent a council's daily figures, with changes planted for the charts to find."""

import sys
from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from quality.demo.writing import PASSWORD, CouncilExists, write_council


class Command(BaseCommand):
    """Writes daily figures of homes that do not exist. Not in production."""

    help = (
        "Invent a council with daily figures and no residents: every home goes live a third into the time and misses "
        "fewer doses from then on; one home under-reports, one lies outside the others, one has a slow Wi-Fi. The "
        "same seed makes the same council."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the size and the seed."""
        parser.add_argument("--homes", type=int, default=20)
        parser.add_argument("--months", type=int, default=18)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *, homes: int, months: int, seed: int, **_: object) -> None:
        """Write the council and say how to sign in to it."""
        if settings.PRODUCTION:
            raise CommandError("An invented council does not belong among real ones.")
        if not (1 <= homes <= 400 and 3 <= months <= 60 and seed >= 0):
            raise CommandError("Choose 1 to 400 homes, 3 to 60 months and a seed that is not negative.")
        with tqdm(total=homes, unit="home", disable=not sys.stderr.isatty(), leave=False) as bar:
            try:
                made = write_council(homes=homes, months=months, seed=seed, at=timezone.now(), progress=bar.update)
            except CouncilExists as problem:
                raise CommandError(str(problem)) from problem
        self.stdout.write(f"{made.name}: {homes} homes, {made.days:,} days, {made.doses:,} doses.")
        self.stdout.write(f"Sign in as {made.officer}, password {PASSWORD}.")
        for _, home in made.homes:
            for is_planted, words in (
                (home.is_under_reporting, "reports too little"),
                (home.is_outlier, "misses more doses than the others"),
                (home.has_slow_wifi, "has a slow Wi-Fi"),
            ):
                if is_planted:
                    self.stdout.write(f"Planted: {home.name} ({seed}) {words}.")
