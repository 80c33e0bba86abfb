"""Do the parts written in TypeScript pass their own types and tests?"""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from deploy import bootstrap

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = sorted(file.parent for file in ROOT.glob("web/*/package.json"))
WANTED = [
    pytest.param(folder, script, id=f"{folder.name}-{script}")
    for folder in PACKAGES
    for script in ("check", "test")
    if script in json.loads((folder / "package.json").read_text())["scripts"]
]


@pytest.mark.parametrize(("folder", "script"), WANTED)
def test_the_script_of_a_package_passes(folder: Path, script: str) -> None:
    if not (folder / "node_modules").is_dir():
        pytest.skip("its npm packages are not installed: make test does that")
    node = bootstrap.node_program()
    done = subprocess.run(
        [str(node), str(bootstrap.npm_script(node)), "run", script],
        cwd=folder,
        env=os.environ | {"PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    if script == "test":
        passed = re.search(r"^\S* ?pass (\d+)$", done.stdout, flags=re.MULTILINE)
        assert passed, done.stdout[-2000:]
        assert int(passed[1]) > 0
