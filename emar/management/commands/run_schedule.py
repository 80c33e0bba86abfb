"""manage.py run_schedule: do what the system has to do by itself and is due now, home by home."""

import signal
import sys
import threading
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone
from tqdm import tqdm

from emar.operations.jobs import run_one, start_periodic
from emar.queries.homes import every_home
from emar.scope import scope


class Command(BaseCommand):
    """Does due work. Safe to run on several hosts at once: each piece is done by one of them."""

    help = (
        "Do what is due: close rounds, draft orders, send approved ones, raise tasks and reminders, keep daily "
        "figures. Run it every minute, or once with --watch SECONDS to keep it running, on as many hosts as you like. "
        "Exit code 1 when something failed; it is tried again by the next run."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the homes, and whether to stay."""
        parser.add_argument("--home", type=int, action="append", help="only this home, by number; may be repeated")
        parser.add_argument("--watch", type=float, metavar="SECONDS", help="stay, and look again after so many seconds")

    def handle(self, *, home: list[int] | None, watch: float | None, **_: object) -> None:
        """Do due work once, or again and again until somebody ends the program."""
        if watch is None:
            done, failed = self._run(home)
            if failed:
                raise CommandError(f"{failed} could not be done and will be tried again; {done} done.")
            if done:
                self.stdout.write(f"{done} done.")
            return
        if watch <= 0:
            raise CommandError("Look again after more than 0 seconds.")
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        while not stop.is_set():
            try:
                self._run(home, stop)
            except DatabaseError as problem:
                # The database restarts now and then; whoever watches sees it in the readiness of the application.
                self.stderr.write(f"The database does not answer ({type(problem).__name__}); trying again.")
            stop.wait(watch)

    def _run(self, chosen: list[int] | None, stop: threading.Event | None = None) -> tuple[int, int]:
        homes = [known for known in every_home() if chosen is None or known in chosen]
        if missing := set(chosen or ()) - set(homes):
            raise CommandError(f"There is no home {', '.join(map(str, sorted(missing)))}.")
        done = failed = 0
        for home_id in tqdm(homes, unit="home", disable=not sys.stderr.isatty(), leave=False):
            with scope(home=home_id):
                start_periodic(home_id=home_id, at=timezone.now())
            while not (stop and stop.is_set()) and (went := run_one(home_id=home_id, at=timezone.now())) is not None:
                done, failed = done + went, failed + (not went)
        return done, failed
