"""Is every model in the glossary, under its own name, with nothing that is no more?"""

import re
from pathlib import Path

from django.apps import apps

APPS = ("emar", "stock", "ordering", "quality")
GLOSSARY = Path(__file__).resolve().parents[2] / "docs" / "glossary.md"
ROW = re.compile(r"^\| `(?P<name>\w+)` \| (?P<screen>[^|]+) \| (?P<meaning>[^|]+) \|$", re.MULTILINE)


def rows() -> list[re.Match[str]]:
    return list(ROW.finditer(GLOSSARY.read_text()))


def test_every_model_is_in_the_glossary_once() -> None:
    models = sorted(model.__name__ for model in apps.get_models() if model._meta.app_label in APPS)
    assert sorted(row["name"] for row in rows()) == models


def test_every_line_is_a_sentence_of_its_own() -> None:
    meanings = [row["meaning"] for row in rows()]
    assert len(set(meanings)) == len(meanings)
    assert [each for each in meanings if len(each) < 25 or not each.endswith(".")] == []


def test_the_words_that_are_not_ours_are_not_used_for_models() -> None:
    others = re.compile("Patient|Client|ServiceUser|Drug|Medication|Encounter|Practitioner|Bundle")
    assert [row["name"] for row in rows() if others.search(row["name"])] == []
