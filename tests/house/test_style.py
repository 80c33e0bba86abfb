"""Is the code still written as docs and pyproject.toml say?"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_ruff_finds_nothing() -> None:
    done = run(sys.executable, "-m", "ruff", "check", "--output-format", "concise")
    assert done.returncode == 0, done.stdout


def test_the_rules_are_strictly_typed() -> None:
    done = run(sys.executable, "-m", "mypy")
    assert done.returncode == 0, done.stdout


def test_every_folder_of_rules_is_typed() -> None:
    configured = (ROOT / "pyproject.toml").read_text()
    folders = [f"{folder.parent.name}/rules" for folder in ROOT.glob("*/rules") if folder.parent.name != "tests"]
    assert len(folders) >= 2
    assert [folder for folder in folders if f'"{folder}"' not in configured] == []


def test_no_address_of_a_registry_is_in_a_lock_file() -> None:
    for file in [*ROOT.glob("requirements*.lock"), *ROOT.glob("web/*/package-lock.json")]:
        text = file.read_text()
        assert "://" not in text or '"resolved"' not in text, file
        assert "--index-url" not in text, file
        assert "--find-links" not in text, file
