"""manage.py verify_ledger: recompute every home's ledger from its movements and say what does not agree."""

import os
import sys
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from threading import Lock

from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from tqdm import tqdm

from emar.queries.homes import every_home
from emar.queries.record_faults import record_faults
from emar.scope import scope
from stock.queries.ledger_faults import ledger_faults, movement_count


class Command(BaseCommand):
    """Checks balances, sequences, double entry, seals, shortages and counts, and doses against movements."""

    help = (
        "Recompute every home's ledger: balances, sequences, double entry, the chain of seals, shortages and "
        "counts without a discrepancy, and doses against movements. One line for each fault; exit code 1 when "
        "there is one. Reads only."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the homes to look at."""
        parser.add_argument("--home", type=int, action="append", help="only this home, by number; may be repeated")
        parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many homes to look at at once")

    def handle(self, *, home: list[int] | None, jobs: int | None, **_: object) -> None:
        """Print one line a fault, and how much was looked at."""
        homes = [known for known in every_home() if home is None or known in home]
        if missing := set(home or ()) - set(homes):
            raise CommandError(f"There is no home {', '.join(map(str, sorted(missing)))}.")
        self._one_line_at_a_time = Lock()
        # The work is PostgreSQL's: a thread for each core only waits for it.
        with ThreadPoolExecutor(max_workers=jobs or 1) as pool:
            looked = tqdm(
                pool.map(self._look_at, homes),
                total=len(homes), unit="home", disable=not sys.stderr.isatty(), leave=False,
            )  # fmt: skip
            found = list(looked)
        movements, faults = (sum(each[place] for each in found) for place in (0, 1))
        looked_at = f"{movements:,} movements of {len(homes):,} homes"
        if faults:
            raise CommandError(f"{faults:,} faults in {looked_at}.")
        self.stdout.write(f"{looked_at} agree.")

    def _look_at(self, home_id: int) -> tuple[int, int]:
        """Print the faults of one home, and return how many movements it has and how many faults."""
        faults = 0
        try:
            with scope(home=home_id):
                for fault in chain(ledger_faults(home_id), record_faults(home_id)):
                    faults += 1
                    with self._one_line_at_a_time:
                        self.stdout.write(f"home {home_id}: {fault.kind} {fault.row}: {fault.words}")
                return movement_count(home_id), faults
        finally:
            connections.close_all()
