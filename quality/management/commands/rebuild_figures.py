"""manage.py rebuild_figures: count the days of every home again from their records, or check that nothing differs."""

import sys
from argparse import ArgumentParser
from datetime import date

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone
from tqdm import tqdm

from emar.queries.homes import every_home
from emar.scope import scope
from quality.operations.figures import rebuild_figures
from quality.queries.figure_faults import figure_faults

SHOWN = 10


class Command(BaseCommand):
    """Counts daily figures again. Safe to run twice; homes without records are left as they are."""

    help = (
        "Count each closed day of every home again from its records and write down what differs. With --check nothing "
        "is written: exit code 1 when a figure is not what the records say."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the homes, the days, and whether only to look."""
        parser.add_argument("--check", action="store_true", help="write nothing, and fail where a figure differs")
        parser.add_argument("--home", type=int, action="append", help="only this home, by number; may be repeated")
        parser.add_argument("--first", type=date.fromisoformat, help="the first day, as 2026-11-01")
        parser.add_argument("--last", type=date.fromisoformat, help="the last day")

    def handle(
        self, *, check: bool, home: list[int] | None, first: date | None, last: date | None, **_: object
    ) -> None:
        """Take each home in a transaction of its own, so that one in trouble does not keep the others."""
        homes = [known for known in every_home() if home is None or known in home]
        if missing := set(home or ()) - set(homes):
            raise CommandError(f"There is no home {', '.join(map(str, sorted(missing)))}.")
        closed = changed = faulty = 0
        failed = []
        for home_id in tqdm(homes, unit="home", disable=not sys.stderr.isatty(), leave=False):
            try:
                with scope(home=home_id):
                    if check:
                        faulty += self._check(home_id, first, last)
                        continue
                    done = rebuild_figures(home_id=home_id, at=timezone.now(), first=first, last=last)
            except DatabaseError as problem:
                # Only its kind: the words of a database's error may name values of a row.
                failed.append(f"{home_id} ({type(problem).__name__})")
                continue
            closed, changed = closed + done.closed, changed + done.changed
        if failed:
            raise CommandError(f"Not counted: home {', '.join(failed)}. The others are; run it again.")
        if faulty:
            raise CommandError(f"{faulty:,} figures are not what the records say. Run it without --check to mend them.")
        if closed or changed:
            self.stdout.write(f"{closed:,} days counted, {changed:,} changed in {len(homes):,} homes.")

    def _check(self, home_id: int, first: date | None, last: date | None) -> int:
        faults = figure_faults(home_id, timezone.now(), first=first, last=last)
        for each in faults[:SHOWN]:
            self.stderr.write(
                f"home {home_id}, {each.day}, {each.part or 'whole day'}: {each.name} is {each.written}, "
                f"the records say {each.counted}"
            )
        return len(faults)
