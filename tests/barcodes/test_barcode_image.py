"""Whether photographs are read rightly, in good light and bad, and never wrongly."""

import json
import random
from io import StringIO

import cv2
import numpy as np
import pytest
import zxingcpp
from django.core.management import CommandError, call_command

from mobile_api import barcode_image
from mobile_api.decoded import DecodedValue, ImageRefused, NothingFound, TwoCodes
from stock.rules.codes import gs1_check_digit
from stock.rules.gs1 import read_scan
from tests.barcodes.pictures import SYMBOLOGIES, as_file, draw_code, photographed, scene_without_codes
from tests.rules.gs1_mutations import TODAY


def on_white(*pictures: cv2.typing.MatLike) -> cv2.typing.MatLike:
    """Lay pictures side by side on white paper."""
    height = max(picture.shape[0] for picture in pictures) + 80
    page = np.full((height, sum(picture.shape[1] + 80 for picture in pictures)), 255, np.uint8)
    left = 40
    for picture in pictures:
        page[40 : 40 + picture.shape[0], left : left + picture.shape[1]] = picture
        left += picture.shape[1] + 80
    return page


def two_packs() -> bytes:
    """Photograph two packs with different EAN-13s together."""
    draw = random.Random(31)
    return as_file(on_white(draw_code("EAN13", draw).picture, draw_code("EAN13", draw).picture))


@pytest.mark.parametrize("symbology", SYMBOLOGIES)
def test_photographs_in_fair_light_are_read_and_none_is_read_wrongly(symbology):
    right = 0
    for seed in range(12):
        draw = random.Random(seed)
        code = draw_code(symbology, draw)
        image_bytes = as_file(photographed(code.picture, draw, hardness=seed % 4 / 10))
        values = barcode_image.look_for_codes(image_bytes).values
        assert {value.text for value in values} <= {code.text}
        right += (code.text, symbology) in [(value.text, value.symbology) for value in values]
    assert right >= 11


@pytest.mark.parametrize("symbology", SYMBOLOGIES)
def test_photographs_in_bad_light_are_read_rightly_or_not_at_all(symbology):
    for seed in range(100, 108):
        draw = random.Random(seed)
        code = draw_code(symbology, draw)
        values = barcode_image.look_for_codes(as_file(photographed(code.picture, draw, hardness=0.9))).values
        assert {value.text for value in values} <= {code.text}


def test_scenes_without_a_code_give_none():
    for seed in range(30):
        assert barcode_image.look_for_codes(as_file(scene_without_codes(random.Random(seed)))).values == ()


def test_two_different_packs_in_one_picture_are_refused():
    with pytest.raises(TwoCodes):
        barcode_image.decode(two_packs())
    assert len(barcode_image.look_for_codes(two_packs()).values) == 2


def test_the_ean_13_and_the_datamatrix_of_one_pack_are_one_pack():
    draw = random.Random(5)
    square = draw_code("DataMatrix", draw)
    gtin = square.text[2:16]
    bars = draw_code("EAN13", draw)
    same = cv2.resize(_ean13(gtin[1:]), (bars.picture.shape[1], bars.picture.shape[0]))
    decoded = barcode_image.decode(as_file(on_white(same, square.picture)))
    keys = {read_scan(value.scan_text, today=TODAY, separators_kept=True).key for value in decoded.values}
    assert len(decoded.values) == 2
    assert keys == {gtin}
    with pytest.raises(TwoCodes):
        barcode_image.decode(as_file(on_white(bars.picture, square.picture)))


def _ean13(digits: str) -> cv2.typing.MatLike:
    barcode = zxingcpp.create_barcode(digits, zxingcpp.BarcodeFormat.EAN13)
    return np.array(zxingcpp.write_barcode_to_image(barcode, scale=4))


def test_a_datamatrix_keeps_its_separator_and_says_that_it_is_gs1():
    draw = random.Random(6)
    code = draw_code("DataMatrix", draw)
    (value,) = barcode_image.decode(as_file(on_white(code.picture), ".png")).values
    assert value == DecodedValue(code.text, "DataMatrix", "]d2")
    scan = read_scan(value.scan_text, today=TODAY, separators_kept=True)
    assert scan.kind == "gtin"
    assert scan.serial is not None
    assert scan.serial.confirmed


def test_no_code_gives_nothing_found():
    with pytest.raises(NothingFound):
        barcode_image.decode(as_file(np.full((100, 100), 128, np.uint8)))


def test_upc_e_and_other_ghost_makers_are_not_read():
    for symbology, text in (("UPCE", "01234565"), ("ITF", "12345678901231"), ("Codabar", "A12345B")):
        barcode = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, symbology))
        picture = np.array(zxingcpp.write_barcode_to_image(barcode, scale=4))
        assert barcode_image.look_for_codes(as_file(on_white(picture), ".png")).values == ()


def test_one_witness_is_not_enough_and_a_rival_holds_two_back():
    one, other = DecodedValue("5012345678900", "EAN13"), DecodedValue("5000123456785", "EAN13")
    tally = barcode_image._Tally()
    assert tally.add([barcode_image._Sighting(one, 1)]) == ()
    assert tally.add([barcode_image._Sighting(other, 1)]) == ()
    assert tally.add([barcode_image._Sighting(one, 1)]) == (one,)
    tally = barcode_image._Tally()
    assert tally.add([barcode_image._Sighting(one, 3), barcode_image._Sighting(other, 2)]) == ()
    assert tally.add([barcode_image._Sighting(one, 1)]) == (one,)


def test_a_ghost_across_the_same_bars_is_outvoted_and_never_returned():
    # Found among generated pictures: zxing-cpp reads these bars twice, once wrongly over sixty lines.
    draw = random.Random(1525)
    code = draw_code("EAN13", draw)
    image_bytes = as_file(photographed(code.picture, draw, hardness=0.6))
    assert {value.text for value in barcode_image.look_for_codes(image_bytes).values} <= {code.text}


@pytest.mark.parametrize(("scale", "most_looks"), [(8, 8), (3, 40)], ids=["close", "far away"])
def test_a_code_in_twelve_megapixels_is_read_in_a_bounded_number_of_looks(scale, most_looks):
    code = draw_code("EAN13", random.Random(8), scale=scale)
    page = np.random.default_rng(1).normal(170, 12, (3000, 4000)).clip(0, 255).astype(np.uint8)
    height, width = code.picture.shape
    page[1300 : 1300 + height, 1500 : 1500 + width] = code.picture
    decoded = barcode_image.decode(as_file(page))
    assert [value.text for value in decoded.values] == [code.text]
    # How long a look takes is the benchmark's to print; how many there are does not depend on the machine.
    assert decoded.looks <= most_looks


def test_a_single_row_of_bars_is_read():
    draw = random.Random(9)
    row = draw_code("EAN13", draw)
    line = row.picture[row.picture.shape[0] // 3][None]
    decoded = barcode_image.look_for_codes(as_file(np.repeat(line, 6, 0), ".png"))
    assert {value.text for value in decoded.values} <= {row.text}


@pytest.mark.parametrize(
    "size", [(1, 20_000), (20_000, 1), (4, 4), (5, 3000), (3000, 17), (16, 16), (1, 4), (100, 8000)]
)
def test_a_picture_of_any_shape_is_looked_at_and_nothing_is_seen_in_noise(size):
    noise = np.random.default_rng(3).integers(0, 255, size).astype(np.uint8)
    for picture in (noise, np.zeros(size, np.uint8)):
        assert barcode_image.look_for_codes(as_file(picture, ".png")).values == ()


@pytest.mark.parametrize("form", [".jpg", ".png", ".webp"])
def test_damage_inside_a_picture_is_read_past_or_refused_and_never_a_wrong_code(form):
    draw = random.Random(14)
    code = draw_code("DataMatrix", draw)
    whole = as_file(on_white(code.picture), form)
    for _ in range(40):
        damaged = bytearray(whole)
        for _ in range(draw.choice([1, 3, 20])):
            damaged[draw.randrange(40, len(damaged))] = draw.randrange(256)
        assert texts_or_refusal(bytes(damaged)) in ({code.text}, set(), {"not_an_image"}, {"too_large"})


def texts_or_refusal(image_bytes: bytes) -> set[str]:
    """Give the texts of the codes in a picture, or the word of its refusal."""
    try:
        return {value.text for value in barcode_image.look_for_codes(image_bytes).values}
    except ImageRefused as refusal:
        return {refusal.code}


def test_the_command_answers_every_file_with_one_line(tmp_path):
    draw = random.Random(10)
    code = draw_code("DataMatrix", draw)
    (tmp_path / "a.png").write_bytes(as_file(on_white(code.picture), ".png"))
    (tmp_path / "b.txt").write_text("words")
    (tmp_path / "c.jpg").write_bytes(two_packs())
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "d.jpg").write_bytes(as_file(np.full((90, 90), 9, np.uint8)))
    written = StringIO()
    call_command("decode_images", str(tmp_path), "--json", stdout=written)
    answers = [json.loads(line) for line in written.getvalue().splitlines()]
    assert [answer["file"] for answer in answers] == ["a.png", "b.txt", "c.jpg", "deep/d.jpg"]
    assert answers[0]["values"] == [{"text": code.text, "symbology": "DataMatrix"}]
    assert answers[0]["cpu_ms"] > 0
    assert "refused" not in answers[0]
    assert [answer.get("refused") for answer in answers[1:]] == ["not_an_image", "two_codes", "nothing_found"]
    assert len(answers[2]["values"]) == 2


def test_the_command_says_plainly_that_a_folder_is_missing(tmp_path):
    with pytest.raises(CommandError, match="There is no folder"):
        call_command("decode_images", str(tmp_path / "nowhere"))


def test_a_qr_code_on_a_creased_sleeve_is_flattened_and_read():
    draw = random.Random(15)
    looks = []
    for _ in range(10):
        text = "".join(draw.choice("abcdefghijkLMNOP0123") for _ in range(45))
        barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="L")
        sheet = on_white(np.array(zxingcpp.write_barcode_to_image(barcode, scale=10)))
        decoded = barcode_image.look_for_codes(as_file(_creased(sheet, draw)))
        assert {value.text for value in decoded.values} <= {text}
        looks += [decoded.looks] * len(decoded.values)
    # The third look is the one that flattens; without it none of these is read.
    assert len([look for look in looks if look == 3]) >= 6


def _creased(picture: cv2.typing.MatLike, draw: random.Random) -> cv2.typing.MatLike:
    height, width = picture.shape
    across, down = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    bent = across + 0.03 * width * np.sin(down / height * np.pi * draw.uniform(1, 2))
    sunk = down + 0.03 * width * np.sin(across / width * np.pi * draw.uniform(1, 2))
    return cv2.remap(
        picture,
        bent.astype(np.float32),
        sunk.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )


def test_the_second_voter_names_codes_as_the_first_does():
    if not barcode_image.has_second_voter():
        pytest.skip("pyzbar's system library libzbar0 is not installed")
    for symbology in ("EAN13", "EAN8", "UPCA", "Code128", "Code39"):
        code = draw_code(symbology, random.Random(16))
        picture = on_white(code.picture)
        by_zxing = barcode_image.look_for_codes(as_file(picture, ".png")).values
        by_pyzbar = tuple(sighting.value for sighting in barcode_image._read_by_second_voter(picture))
        assert by_pyzbar == by_zxing
        assert by_zxing[0].text == code.text


def test_without_its_second_voter_it_reads_on(monkeypatch):
    monkeypatch.setattr(barcode_image, "pyzbar", None)
    code = draw_code("EAN13", random.Random(17))
    assert not barcode_image.has_second_voter()
    assert barcode_image.decode(as_file(on_white(code.picture))).values[0].text == code.text


def test_check_digits_of_drawn_codes_are_right():
    draw = random.Random(12)
    for symbology in ("EAN13", "EAN8", "UPCA"):
        text = draw_code(symbology, draw).text
        assert gs1_check_digit(text[:-1]) == text[-1]
