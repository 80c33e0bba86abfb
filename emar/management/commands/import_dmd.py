"""manage.py import_dmd PATH: bring a dm+d release from TRUD, full or bonus, into the medicines."""

import getpass
import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils import timezone
from tqdm import tqdm

from emar.dmd import ReleaseRefused
from emar.operations.medicines import ImportReport, import_release

COLUMNS = ("added", "changed", "retired", "unchanged")


class Command(BaseCommand):
    help = (
        "Bring a dm+d release into the medicines: a TRUD zip (zips inside are found) or a folder of its XML "
        "files, the full release or the bonus release. One transaction; run it again and nothing changes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="the zip from TRUD, or the folder of its files")
        parser.add_argument("--by", default="", help="who imports it; the account's name when left out")

    def handle(self, *args: Any, path: Path, by: str, **options: Any) -> None:
        if "owner" not in connections:
            raise CommandError("Medicines are written by the owner of the tables: set DATABASE_OWNER_URL.")
        # disable=None shows the bar on a terminal and nothing anywhere else. A terminal that does not know its
        # own size is taken for a usual one.
        width, height = shutil.get_terminal_size()
        with tqdm(
            desc="reading", unit="B", unit_scale=True, disable=None, leave=False, ncols=width, nrows=height
        ) as bar:

            def progress(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)
                if done == total:
                    bar.set_description("comparing")

            try:
                report = import_release(path=path, by=by or _account(), at=timezone.now(), progress=progress)
            except ReleaseRefused as refusal:
                raise CommandError(f"{refusal} Nothing was changed.") from refusal
        self._tell(report)

    def _tell(self, report: ImportReport) -> None:
        day = f" of {report.released_on:%-d %B %Y}" if report.released_on else ""
        self.stdout.write(f"{report.name}{day}: {report.records:,} records read.")
        if report.is_older:
            self.stdout.write("A newer release was imported before: this one only adds what is missing.")
        self.stdout.write(f"{'':22}" + "".join(f"{column:>11}" for column in COLUMNS))
        for noun, tally in report.tallies.items():
            if not (tally or tally.unchanged or tally.left_as_newer):
                continue
            figures = "".join(f"{getattr(tally, column):>11,}" for column in COLUMNS)
            left = f"   {tally.left_as_newer:,} left as the newer release has them" if tally.left_as_newer else ""
            self.stdout.write(f"{noun:22}{figures}{left}")
        for what, (count, examples) in report.unknown.items():
            more = ", …" if count > len(examples) else ""
            self.stdout.write(f"unknown: {count:,} {what} ({', '.join(examples)}{more})")
        if report.not_mentioned:
            self.stdout.write(f"{report.not_mentioned:,} medicines are not in this release and stay as they are.")
        for name in report.ignored_files:
            self.stdout.write(f"not dm+d, left unread: {name}")
        if not report.changed_anything:
            self.stdout.write("Nothing changed.")


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "administrator"
