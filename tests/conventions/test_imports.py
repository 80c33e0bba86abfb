"""Do the arrows between the parts still point down?

The contracts stand in pyproject.toml; import-linter judges them. Each is also given an import that it must
refuse, because a contract that names a module wrongly is kept for ever.
"""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LENT = {"biip": "gs1", "holidays": "cycle", "nhs_number": "nhs_numbers"}
APPS = ("emar", "stock", "ordering", "quality", "mobile_api", "web")


def lint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = "import sys; sys.path.insert(0, ''); from importlinter.cli import lint_imports_command as c; c()"
    return subprocess.run(
        [sys.executable, "-c", command, "--no-cache", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_contract_is_kept() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout[-6000:]
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("contract", "module", "wrong"),
    [
        ("arrows-point-down", "stock/operations/__init__.py", "import emar.scope"),
        ("arrows-point-down", "emar/queries/__init__.py", "import quality"),
        ("arrows-point-down", "web/__init__.py", "import mobile_api"),
        ("inside-an-app", "emar/rules/__init__.py", "import emar.models"),
        ("inside-an-app", "emar/queries/__init__.py", "import emar.operations"),
        ("rules-are-plain-python", "stock/rules/__init__.py", "import django.db"),
        ("rules-are-plain-python", "emar/rules/__init__.py", "import emar.scope"),
        ("doors-use-no-models", "mobile_api/__init__.py", "from stock.models import StockLine"),
        ("one-place-decodes-pictures", "web/__init__.py", "import cv2"),
        ("one-place-prints", "quality/__init__.py", "import reportlab.pdfgen"),
    ],
)
def test_each_contract_refuses_what_it_is_there_for(contract: str, module: str, wrong: str, tmp_path: Path) -> None:
    for app in APPS:
        not_python = shutil.ignore_patterns("node_modules", "static", "__pycache__", "bedside", "desk")
        shutil.copytree(ROOT / app, tmp_path / app, ignore=not_python)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / module).open("a") as file:
        file.write(f"\n{wrong}\n")
    done = lint(tmp_path, "--contract", contract)
    assert done.returncode == 1, done.stdout[-6000:] + done.stderr[-2000:]
    assert "1 broken" in done.stdout


def test_rules_import_only_the_standard_library_and_other_rules() -> None:
    others = []
    for file in (file for app in APPS for file in sorted((ROOT / app / "rules").rglob("*.py"))):
        for imported in imported_by(file):
            top = imported.partition(".")[0]
            is_rules = imported.startswith(tuple(f"{app}.rules" for app in APPS))
            # Plain Python in its turn, each for the one thing that its file is about.
            is_lent = top in LENT and file.name.startswith(LENT[top])
            if not (is_rules or is_lent or top in sys.stdlib_module_names):
                others.append(f"{file.relative_to(ROOT)} imports {imported}")
    assert others == []


def imported_by(file: Path) -> list[str]:
    found: list[str] = []
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Import(names=names):
                found += [name.name for name in names]
            case ast.ImportFrom(module=str(module)):
                found.append(module)
    return found
