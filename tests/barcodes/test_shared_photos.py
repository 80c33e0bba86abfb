"""Whether the decoder still reads the labelled real photographs as well as it did, and none of them wrongly."""

import pytest

from tests.barcodes.shared_photos import FOLDER, MISSING, Reading, labelled_photos, read_all

# Both are right as printed, against the index: the outer of two codes, and "photography" where it has "photograph".
_RIGHT_AS_PRINTED = {"QRCode_c757ad9b79.webp", "QRCode_cd983fd3b9.png"}
# What must be read at least, in percent; the design asks for more, and the benchmark prints how far it is.
_FLOORS = {"DataMatrix": 97, "QRCode": 99, "Code128": 100, "Code39": 100, "EAN13": 92, "EAN8": 100, "UPCA": 82}


@pytest.fixture(scope="module")
def readings() -> list[Reading]:
    """Read every photograph once."""
    if not FOLDER.exists():
        pytest.skip(MISSING)
    return read_all(labelled_photos())


def test_no_photograph_is_read_wrongly(readings):
    wrong = {reading.photo.path.name: reading.wrong_texts for reading in readings if reading.wrong_texts}
    assert {name: texts for name, texts in wrong.items() if name not in _RIGHT_AS_PRINTED} == {}


def test_pictures_without_a_code_show_none(readings):
    negatives = [reading for reading in readings if reading.photo.symbology == "NONE"]
    assert len(negatives) >= 20
    assert [reading.decoded.values for reading in negatives if reading.decoded.values] == []


@pytest.mark.parametrize(("symbology", "floor"), _FLOORS.items())
def test_each_symbology_is_read_as_often_as_before(readings, symbology, floor):
    those = [reading for reading in readings if reading.photo.symbology == symbology]
    assert 100 * sum(reading.is_right for reading in those) >= floor * len(those)


def test_what_the_design_asks_for_is_read_of_all_and_in_focus(readings):
    shown = [reading for reading in readings if reading.photo.symbology != "NONE"]
    sharp = [reading for reading in shown if reading.photo.is_in_focus]
    assert sum(reading.is_right for reading in shown) >= 0.915 * len(shown)
    assert sum(reading.is_right for reading in sharp) >= 0.985 * len(sharp)
