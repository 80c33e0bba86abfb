"""manage.py close_rounds: write down the doses that nobody recorded, and raise what has become due."""

import sys
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone
from tqdm import tqdm

from emar.operations.closing import LOOK_BACK_DAYS, close_home
from emar.queries.homes import every_home
from emar.scope import scope


class Command(BaseCommand):
    """Closes the rounds of every home. Safe to run twice, and on several hosts at once."""

    help = (
        "Write down each due dose that nobody answered in time as not recorded, and raise a task for it and for "
        "whatever else has become due: missing INR, reviews, effect checks, balance checks. Run it every ten "
        "minutes, on as many hosts as you like: nothing is written twice. Exit code 1 when a home could not be closed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the homes, and how far back to look."""
        parser.add_argument("--home", type=int, action="append", help="only this home, by number; may be repeated")
        parser.add_argument(
            "--days", type=int, default=LOOK_BACK_DAYS,
            help="how many days back doses are looked at; more than usual after the job stood still for longer",
        )  # fmt: skip

    def handle(self, *, home: list[int] | None, days: int, **_: object) -> None:
        """Close each home in a transaction of its own, so that one in trouble does not keep the others open."""
        if days < 1:
            raise CommandError("Look back at least one day.")
        homes = [known for known in every_home() if home is None or known in home]
        if missing := set(home or ()) - set(homes):
            raise CommandError(f"There is no home {', '.join(map(str, sorted(missing)))}.")
        doses = tasks = 0
        failed = []
        for home_id in tqdm(homes, unit="home", disable=not sys.stderr.isatty(), leave=False):
            try:
                with scope(home=home_id):
                    closed = close_home(home_id=home_id, at=timezone.now(), days=days)
            except DatabaseError as problem:
                # Only its kind: the words of a database's error may name values of a row.
                failed.append(f"{home_id} ({type(problem).__name__})")
                continue
            doses += closed.not_recorded
            tasks += closed.tasks
        if failed:
            raise CommandError(f"Not closed: home {', '.join(failed)}. The others are; run it again.")
        if doses or tasks:
            self.stdout.write(f"{doses:,} doses not recorded, {tasks:,} tasks raised in {len(homes):,} homes.")
