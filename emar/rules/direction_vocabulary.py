"""The closed lists of words for reading label sentences, kept as JSON beside this file so that they read as lists."""

import json
from pathlib import Path

VOCABULARY: dict[str, list[str]] = json.loads(
    (Path(__file__).parent / "direction_vocabulary.json").read_text(encoding="utf-8")
)
