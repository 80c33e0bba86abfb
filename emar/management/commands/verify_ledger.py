"""manage.py verify_ledger: recompute every home's ledger from its movements and say what does not agree."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from emar.queries.homes import every_home
from emar.queries.record_faults import record_faults
from emar.scope import scope
from stock.queries.ledger_faults import Fault, ledger_faults, movement_count


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

    def handle(self, *, home: list[int] | None, **_: object) -> None:
        """Print one line a fault, and how much was looked at."""
        homes = [known for known in every_home() if home is None or known in home]
        if missing := set(home or ()) - set(homes):
            raise CommandError(f"There is no home {', '.join(map(str, sorted(missing)))}.")
        movements = faults = 0
        for home_id in tqdm(homes, unit="home", disable=not sys.stderr.isatty(), leave=False):
            with scope(home=home_id):
                movements += movement_count(home_id)
                for fault in _faults(home_id):
                    faults += 1
                    self.stdout.write(f"home {home_id}: {fault.kind} {fault.row}: {fault.words}")
        looked_at = f"{movements:,} movements of {len(homes):,} homes"
        if faults:
            raise CommandError(f"{faults:,} faults in {looked_at}.")
        self.stdout.write(f"{looked_at} agree.")


def _faults(home_id: int) -> Iterator[Fault]:
    yield from ledger_faults(home_id)
    yield from record_faults(home_id)
