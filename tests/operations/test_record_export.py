"""Is everything that names a resident in their export, and nothing of anybody else?"""

import json
from io import StringIO
from pathlib import Path

import pypdf
import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from emar.models import Resident
from emar.queries.record_export import APPS, paths, record_of
from emar.scope import scope
from tests import factories as make
from tests.bedside import Bedside
from tests.populated import populate

pytestmark = pytest.mark.django_db


@pytest.fixture
def bedside() -> Bedside:
    return populate()


def test_every_table_with_a_resident_column_is_exported() -> None:
    """A new table that names a resident cannot be left out: which are exported follows from the models."""
    named = {
        model
        for model in apps.get_models()
        if model._meta.app_label in APPS and any(field.related_model is Resident for field in model._meta.local_fields)
    }
    assert len(named) >= 16
    assert named <= paths().keys()


def test_rows_that_belong_to_such_a_row_are_exported_and_the_homes_own_are_not() -> None:
    names = {model.__name__ for model in paths()}
    assert {"Correction", "StockMovement", "StockCount", "ReconciliationLine", "TaskNote", "Suspension"} <= names
    assert names & {"Medicine", "StaffMember", "CareHome", "Unit", "HomePolicy", "Device", "LedgerHead"} == set()


def test_each_table_of_a_resident_has_its_rows_and_no_other_residents(bedside: Bedside) -> None:
    other = bedside.another()
    make.make_allergy(resident=other.resident, by=bedside.senior)
    with scope(home=bedside.home.pk):
        mine = {each.model: each.rows for each in record_of(bedside.home.pk, bedside.resident.pk)}
        theirs = {each.model: each.rows for each in record_of(bedside.home.pk, other.resident.pk)}
    for model, rows in mine.items():
        ids = {row["id"] for row in rows if "id" in row}
        assert ids.isdisjoint({row["id"] for row in theirs[model] if "id" in row}), model
        assert {row["resident_id"] for row in rows if "resident_id" in row} <= {bedside.resident.pk}, model
    # The populated home has a row of each, except where a row stands on its own.
    assert {model for model, rows in mine.items() if not rows} <= {"TaskNote", "Task"}
    assert len(theirs["Allergy"]) == 1


def test_the_command_writes_json_and_pdf_that_say_the_same(bedside: Bedside, tmp_path: Path) -> None:
    folder, said = tmp_path / "ada", StringIO()
    call_command("export_record", str(bedside.resident.pk), str(folder), stdout=said)
    kept = json.loads((folder / "record.json").read_text())
    assert kept["Allergy"]["rows"][0]["reaction"] == "Rash"
    assert "record_exported" in {row["action"] for row in kept["AuditEntry"]["rows"]}
    rows = sum(len(table["rows"]) for table in kept.values())
    assert f"{rows} rows" in said.getvalue()
    paper = "\n".join(page.extract_text() for page in pypdf.PdfReader(folder / "record.pdf").pages)
    for table in kept.values():
        for row in table["rows"]:
            assert str(row.get("id", "")) in paper
    assert "Penicillin" in paper
    assert bedside.senior.full_name in paper
    assert (folder.stat().st_mode & 0o077, (folder / "record.json").stat().st_mode & 0o077) == (0, 0)


def test_a_folder_that_is_there_and_a_resident_that_is_not_are_refused_in_one_line(
    bedside: Bedside, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match="cannot be made"):
        call_command("export_record", str(bedside.resident.pk), str(tmp_path))
    with pytest.raises(CommandError, match="There is no resident"):
        call_command("export_record", "999999999", str(tmp_path / "nobody"))
