"""Does every point of the offline protocol have a test that fails without it?"""

import ast
from collections import defaultdict
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
POINTS = range(1, 12)


def marked() -> dict[int, set[str]]:
    """Return the tests of each point, by `@pytest.mark.protocol(n)`."""
    found: dict[int, set[str]] = defaultdict(set)
    for file in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.FunctionDef):
                continue
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.protocol":
                    [point] = mark.args
                    found[ast.literal_eval(point)].add(f"{file.name}::{node.name}")
    return found


def test_every_point_of_the_offline_protocol_has_a_test() -> None:
    assert sorted(marked()) == list(POINTS)
