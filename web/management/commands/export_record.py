"""manage.py export_record: a resident's whole record as JSON and PDF, for somebody who asks for their own data."""

import base64
import json
import os
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from emar.operations import audit
from emar.queries.homes import every_home
from emar.queries.record_export import Exported, home_of, names_of, record_of
from emar.scope import scope
from web.pdf.record import record_pdf


class Command(BaseCommand):
    """Writes record.json, record.pdf and the photograph into a folder that only its owner may read."""

    help = (
        "Write everything the record holds about a resident into FOLDER: record.json, record.pdf and photo.jpg. "
        "The folder must not exist yet. That it was done stands in the resident's log."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the resident and where to write."""
        parser.add_argument("resident", type=int, help="the resident's number, as in the address of their page")
        parser.add_argument("folder", type=Path, help="a new folder")

    def handle(self, *, resident: int, folder: Path, **_: object) -> None:
        """Write the files, and say how many rows are in them."""
        home_id = home_of(resident, every_home())
        if home_id is None:
            raise CommandError(f"There is no resident {resident}.")
        try:
            folder.mkdir(mode=0o700)
        except OSError as refusal:
            raise CommandError(f"The folder {folder} cannot be made: {refusal.strerror}.") from refusal
        with scope(home=home_id):
            # Written down first, so that the log in the export has its own line.
            audit.note(
                action="record_exported", home_id=home_id, resident_id=resident, by=None, at=timezone.now(),
                about="manage.py export_record",
            )  # fmt: skip
            tables, people = list(record_of(home_id, resident)), names_of(home_id)
        name = next(table.rows[0]["full_name"] for table in tables if table.model == "Resident")
        as_json = {table.model: {"meaning": table.meaning, "rows": table.rows} for table in tables}
        _write(folder / "record.json", json.dumps(as_json, ensure_ascii=False, indent=1).encode())
        _write(folder / "record.pdf", record_pdf(f"Record of {name}", tables, people))
        if photo := _photo(tables):
            _write(folder / "photo.jpg", photo)
        rows = sum(len(table.rows) for table in tables)
        self.stdout.write(f"{rows:,} rows of {len(tables)} tables are in {folder}.")


def _photo(tables: list[Exported]) -> bytes:
    rows = next(table.rows for table in tables if table.model == "ResidentPhoto")
    return base64.b64decode(rows[0]["jpeg"]) if rows else b""


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
