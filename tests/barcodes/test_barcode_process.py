"""Whether the process that decodes strangers' pictures is limited, has no secrets, and is replaced when it dies."""

import random
import threading

import pytest

from mobile_api import barcode_process
from mobile_api.decoded import Decoded, NotAnImage, NothingFound, TwoCodes
from tests.barcodes.pictures import as_file, draw_code, photographed, scene_without_codes
from tests.barcodes.test_barcode_image import two_packs


def a_picture(seed: int) -> tuple[str, bytes]:
    """Make an easy picture of a QR code and say what it holds."""
    draw = random.Random(seed)
    code = draw_code("QRCode", draw)
    return code.text, as_file(photographed(code.picture, draw, hardness=0.2))


@pytest.fixture
def reader():
    """Give a process of its own to be ill-treated."""
    reader = barcode_process._Reader()
    yield reader
    reader.stop()


def test_it_reads_what_the_module_reads():
    text, image_bytes = a_picture(1)
    decoded = barcode_process.decode(image_bytes)
    assert isinstance(decoded, Decoded)
    assert [(value.text, value.symbology, value.identifier) for value in decoded.values] == [(text, "QRCode", "]Q1")]
    assert decoded.cpu_ms > 0


def test_refusals_come_back_as_themselves():
    with pytest.raises(NothingFound, match="No barcode"):
        barcode_process.decode(as_file(scene_without_codes(random.Random(2))))
    with pytest.raises(TwoCodes, match="two different packs"):
        barcode_process.decode(two_packs())


def test_it_knows_nothing_of_ours(reader, monkeypatch):
    reader.stop()
    monkeypatch.setenv("SECRET_KEY", "a-secret-of-ours")
    fresh = barcode_process._Reader()
    try:
        fresh.ask(a_picture(3)[1])
        with open(f"/proc/{fresh.process.pid}/environ", "rb") as environ:
            told = environ.read()
    finally:
        fresh.stop()
    assert b"SECRET_KEY" not in told
    assert b"DATABASE_URL" not in told


def test_its_memory_and_files_are_limited(reader):
    reader.ask(a_picture(4)[1])
    with open(f"/proc/{reader.process.pid}/limits") as lines:
        limits = {line[:26].strip(): line[26:].split()[0] for line in lines}
    assert int(limits["Max address space"]) == barcode_process._MEMORY_BYTES
    assert limits["Max file size"] == "0"
    assert limits["Max core file size"] == "0"


def test_one_that_dies_over_a_picture_is_replaced_and_the_next_picture_is_read(monkeypatch):
    barcode_process.decode(a_picture(5)[1])
    victim = barcode_process._idle.get_nowait()
    victim.process.kill()
    victim.process.wait()
    barcode_process._idle.put(victim)
    with pytest.raises(NotAnImage, match="could not be read safely"):
        barcode_process.decode(a_picture(6)[1])
    text, image_bytes = a_picture(7)
    assert [value.text for value in barcode_process.decode(image_bytes).values] == [text]


def test_one_that_takes_too_long_is_ended(reader, monkeypatch):
    monkeypatch.setattr(barcode_process, "_SECONDS", 0.0)
    assert reader.ask(a_picture(8)[1]) is None
    assert reader.process.wait(5) != 0


def test_a_process_is_retired_after_its_share_of_pictures(monkeypatch):
    monkeypatch.setattr(barcode_process, "_PICTURES_EACH", 1)
    text, image_bytes = a_picture(9)
    for _ in range(2):
        assert [value.text for value in barcode_process.decode(image_bytes).values] == [text]
    assert barcode_process._idle.empty()


def test_none_outlives_the_process_that_started_it():
    barcode_process.decode(a_picture(10)[1])
    waiting = barcode_process._idle.get_nowait()
    barcode_process._idle.put(waiting)
    barcode_process.stop_idle_readers()
    assert waiting.process.returncode is not None
    assert barcode_process._idle.empty()


def test_many_askers_at_once_each_get_their_own_answer():
    pictures = [a_picture(seed) for seed in range(20, 28)]
    answers: dict[str, str] = {}

    def ask(text: str, image_bytes: bytes) -> None:
        answers[text] = barcode_process.decode(image_bytes).values[0].text

    askers = [threading.Thread(target=ask, args=picture) for picture in pictures]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert answers == {text: text for text, _ in pictures}
