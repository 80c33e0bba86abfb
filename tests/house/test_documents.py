"""Do the documents name what is there, and only that?"""

import re
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
OUR_APPS = ("emar", "stock", "ordering", "quality", "mobile_api", "web")
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(file.name[:4]) for file in DECISIONS]
    assert numbers == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("file", DECISIONS, ids=lambda file: file.stem)
def test_a_decision_says_its_context_its_choice_and_its_cost_on_one_page(file: Path) -> None:
    text = file.read_text()
    assert re.findall(r"^## (.+)$", text, flags=re.MULTILINE) == ["Context", "Choice", "Cost"]
    assert len(text.split()) <= 450


def test_the_glossary_has_a_line_for_every_model() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text()
    ours = [model.__name__ for app in OUR_APPS for model in apps.get_app_config(app).get_models()]
    assert ours
    assert [name for name in ours if f"`{name}`" not in glossary] == []


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_file_that_a_document_links_to_exists(file: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", file.read_text())
    assert [link for link in links if not (file.parent / link).exists()] == []


def test_the_readme_names_only_commands_and_files_that_exist() -> None:
    readme = (ROOT / "README.md").read_text()
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)", readme)) <= targets
    paths = re.findall(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:py|md|toml|lock))`", readme)
    generated = (".local/", ".venv/")
    assert [path for path in paths if not path.startswith(generated) and not (ROOT / path).exists()] == []
