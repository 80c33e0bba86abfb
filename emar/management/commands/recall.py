"""manage.py recall: tell every home of a council or a provider that a batch is called back, and put its packs aside."""

import sys
from argparse import ArgumentParser
from uuid import UUID, uuid5

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone
from tqdm import tqdm

from emar.operations.recalls import spread
from emar.queries.homes import every_home
from emar.queries.recalls import homes_told
from stock.operations.recalls import Alert, NotAGtin, NothingNamed, WordsMissing
from stock.queries.recalls import LEVEL_WORDS

#: The same alert has the same id wherever and however often it is spread.
ALERTS = UUID("6f1d6c0e-5b0a-5c6e-9d57-3a4b6f0c2f11")
LEVELS = {name.removeprefix("class_"): name for name in LEVEL_WORDS}


class Command(BaseCommand):
    """Opens each home's scope in turn; says counts only, never who had what."""

    help = (
        "Spread an alert that calls medicines back: it is written down in each home, its packs are put aside there "
        "and a task is raised where there are any. The same alert again changes nothing. One line for each home with "
        "packs of it; exit code 1 with one line when something is missing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the alert, and whom it is for."""
        parser.add_argument("--product", required=True, help="what is called back, as the alert names it")
        parser.add_argument("--told-by", required=True, help="who sent it, with its reference: MHRA EL(26)A/12")
        parser.add_argument("--class", required=True, choices=sorted(LEVELS), dest="level", help="the alert's class")
        parser.add_argument("--gtin", default="", help="the number under the barcode")
        parser.add_argument("--batch", action="append", default=[], help="a batch as printed; may be repeated")
        parser.add_argument("--words", default="", help="what is wrong with it and what to do")
        whom = parser.add_mutually_exclusive_group(required=True)
        whom.add_argument("--council", help="every home of this council, by its name")
        whom.add_argument("--provider", help="every home of this provider, by its name")
        whom.add_argument("--home", type=int, action="append", help="only this home, by number; may be repeated")
        whom.add_argument("--every-home", action="store_true", help="every home there is")

    def handle(self, **given: object) -> None:
        """Write the alert down in each home, and say where packs of it are."""
        homes = self._homes(given)
        alert = Alert(
            id=uuid5(ALERTS, _spelled(given)),
            product=str(given["product"]),
            level=LEVELS[str(given["level"])],
            told_by=str(given["told_by"]),
            gtin=str(given["gtin"]),
            batches=list(given["batch"]),
            words=str(given["words"]),
        )
        packs = put_aside = affected = known = 0
        try:
            met = spread(homes=homes, alert=alert, by=None, at=timezone.now())
            shown = tqdm(met, total=len(homes), unit="home", disable=not sys.stderr.isatty(), leave=False)
            for each in shown:
                known += not each.is_new
                packs, put_aside = packs + each.packs, put_aside + each.put_aside
                if each.packs:
                    affected += 1
                    before = "" if each.is_new else ", told before"
                    self.stdout.write(
                        f"home {each.home_id}: {each.packs} packs, {each.put_aside} put aside now{before}"
                    )
        except (NothingNamed, NotAGtin, WordsMissing) as refusal:
            raise CommandError(f"The alert was not spread: {refusal}.") from refusal
        except DatabaseError as problem:
            raise CommandError(f"Stopped part of the way, run it again: {type(problem).__name__}.") from problem
        self.stdout.write(
            f"{len(homes)} homes told, {known} of them before; "
            f"{packs} packs in {affected} homes, {put_aside} put aside now."
        )

    def _homes(self, given: dict[str, object]) -> list[int]:
        if given["home"]:
            known = every_home()
            if missing := set(given["home"]) - set(known):
                raise CommandError(f"There is no home {', '.join(map(str, sorted(missing)))}.")
            return sorted(set(given["home"]))
        homes = homes_told(council=given["council"] or "", provider=given["provider"] or "")
        if not homes:
            raise CommandError(f"No home belongs to {given['council'] or given['provider'] or 'anybody'}.")
        return homes


def _spelled(given: dict[str, object]) -> str:
    """Return what makes an alert the same alert: what it calls back, and who sent it."""
    batches = sorted(str(each).upper() for each in given["batch"])
    return "\x1f".join([str(given["told_by"]), str(given["product"]), str(given["gtin"]), *batches])
