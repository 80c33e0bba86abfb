"""Some 550 label sentences as surgeries and pharmacies write them: what each means was read by a person, line by line.

label_sentences.tsv holds the sentence, the words it is read as, and what it leaves open (`amount`, `when`); where it is
refused, the second column is empty and the third holds the part that is not understood.
"""

import csv
from pathlib import Path

import pytest

from emar.rules.direction_reading import read_directions
from emar.rules.direction_words import words
from emar.rules.directions import Direction, NotUnderstood

FILE = Path(__file__).with_name("label_sentences.tsv")
with FILE.open(encoding="utf-8", newline="") as file:
    SENTENCES = [tuple(row.values()) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


@pytest.mark.hazard("H10", control="a label sentence is read as it is meant, or refused", shows="works")
@pytest.mark.parametrize(("sentence", "read", "left_open"), SENTENCES)
def test_a_sentence_is_read_as_a_person_reads_it_or_refused(sentence: str, read: str, left_open: str) -> None:
    found = read_directions(sentence)
    if isinstance(found, NotUnderstood):
        assert ("", left_open) == (read, found.words)
        assert found.words in " ".join(sentence.split())
        return
    assert (words(found), " ".join(found.missing)) == (read, left_open)
    assert read_directions(words(found)) == found


def test_most_of_them_are_read() -> None:
    read = [sentence for sentence, *_ in SENTENCES if isinstance(read_directions(sentence), Direction)]
    assert len(read) > len(SENTENCES) * 0.7
