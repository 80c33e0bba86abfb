"""`manage.py doctor`: what is here, what is missing, and what to do about it."""

import platform
import shutil
from collections.abc import Iterator

import django
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError
from django.db import connection

from emar import checks, health

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


class Command(BaseCommand):
    """Prints a line for each thing this installation needs; exits non-zero when a required one is missing."""

    help = "Says what is here, what is missing, and what to do about it."
    # It must be able to speak when something is so wrong that the system checks would end it first.
    requires_system_checks = ()

    def handle(self, **options: object) -> None:
        self._say("python", None, platform.python_version())
        self._say("django", None, django.__version__)
        self._say("environment", None, settings.EMAR_ENV)
        self._say("postgresql", None, _server())
        problems = 0
        for answer in health.ask_all():
            problems += bool(answer.problem and answer.is_required)
            self._say(answer.name, answer.problem, is_required=answer.is_required)
        for name, problem, is_required in _others():
            problems += bool(problem and is_required)
            self._say(name, problem, is_required=is_required)
        if problems:
            raise CommandError(f"{problems} required part{'s are' if problems > 1 else ' is'} missing")

    def _say(self, name: str, problem: str | None, words: str = "ok", *, is_required: bool = True) -> None:
        if problem is None:
            self.stdout.write(f"  ok       {name:22} {words}")
        else:
            style = self.style.ERROR if is_required else self.style.WARNING
            self.stdout.write(style(f"  {'MISSING' if is_required else 'without'}  {name:22} {problem}"))


def _server() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version'), session_user, current_database()")
            version, role, database = cursor.fetchone()
    except DatabaseError:
        return "does not answer"
    return f"{version}, signed in as {role}, database {database}"


def _others() -> Iterator[tuple[str, str | None, bool]]:
    faults = checks.faults_of_database()
    yield "database role", "; ".join(faults) or None, settings.EMAR_ENV == "production"
    for name, file in {"bedside app": "bedside/build.json", "desk styles": "desk/desk.css"}.items():
        yield name, None if finders.find(file) else "not built: make demo builds it", True
    has_browser = any(shutil.which(name) for name in CHROMIUM_NAMES)
    yield "browser for tests", None if has_browser else "missing: install chromium to run the story tests", False
