"""dm+d releases, real and invented: what an import brings, repeats, refuses and leaves alone."""

import io
import random
import re
import shutil
import struct
import zipfile
import zlib
from datetime import UTC, date, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command
from django.db import Error, connection, connections, transaction

from emar.dmd import ReleaseRefused, open_release, rows
from emar.models import (
    DmdChangedId,
    DmdRelease,
    Ingredient,
    Medicine,
    MedicineIngredient,
    Pack,
    PackCode,
)
from emar.operations.medicines import IMPORT_LOCK, ImportReport, import_release
from emar.queries.medicines import acceptable_gtins, medicine_for_code, packs_for_gtin
from tests import dmd_release as invented
from tests.dmd_release import write_release, zip_release

pytestmark = pytest.mark.usefixtures("committed_db")

AT = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
TABLES = (Ingredient, Medicine, MedicineIngredient, Pack, PackCode, DmdChangedId, DmdRelease)


@pytest.fixture
def dmd(shared_data: Path) -> Path:
    folder = shared_data / "dmd"
    if not folder.is_dir():
        pytest.skip("needs the real dm+d releases beside the project (../shared/data/dmd)")
    return folder


@pytest.fixture
def release(tmp_path: Path) -> Path:
    return write_release(tmp_path / "release", generics=8)


def bring(path: Path) -> ImportReport:
    return import_release(path=path, by="administrator", at=AT)


def tally(report: ImportReport, noun: str) -> tuple[int, int, int]:
    each = report.tallies[noun]
    return each.added, each.changed, each.retired


def everything() -> list[list[tuple[object, ...]]]:
    return [list(model.objects.order_by("pk").values_list()) for model in TABLES]


def edit(folder: Path, pattern: str, *changes: tuple[str, str]) -> None:
    (file,) = folder.glob(pattern)
    text = file.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file.write_text(text)


# What a real release brings


def test_a_real_release_brings_its_products_packs_and_codes(dmd: Path) -> None:
    report = bring(dmd / "trud_2019_04")
    assert report.released_on == date(2019, 4, 1)
    assert tally(report, "medicines") == (22, 0, 0)
    assert tally(report, "packs") == (40, 0, 0)
    assert tally(report, "pack codes") == (15, 0, 0)
    assert not report.unknown

    adenosine = Medicine.objects.get(pk="35894711000001106")
    assert adenosine.name == "Adenosine 6mg/2ml solution for injection vials"
    assert (adenosine.moiety_name, adenosine.form) == ("Adenosine", "Solution for injection")
    assert (adenosine.strength, adenosine.routes) == ("6mg/2ml", ["Intravenous"])
    assert (adenosine.dose_unit, adenosine.dose_size, adenosine.dose_size_unit) == ("vial", 2, "ml")
    brand = Medicine.objects.get(pk="4744411000001104")
    assert brand.generic == adenosine
    assert (brand.supplier, brand.strength) == ("Sanofi", "6mg/2ml")
    gel = Pack.objects.get(pk="22479411000001100")
    assert (gel.quantity, gel.unit, gel.price_pence, gel.price_on) == (50, "gram", 659, date(2017, 4, 1))
    stopped = Pack.objects.get(pk="10837111000001102")
    assert (stopped.discontinued_on, stopped.price_pence) == (date(2012, 9, 3), None)


def test_a_second_import_changes_nothing(dmd: Path) -> None:
    bring(dmd / "trud_2019_04")
    before = everything()
    report = bring(dmd / "trud_2019_04")
    assert not report.changed_anything
    assert everything() == before


def test_every_real_release_comes_in_and_repeats(dmd: Path) -> None:
    """The full release, the bonus release and the three small zips, one after another into one database."""
    paths = [dmd / "trud_2019_04", *sorted(dmd.glob("*/*.zip"))]
    assert len(paths) == 5
    # The bonus release says something about products of the others, so it is only settled the second time.
    for path in [*paths, *paths]:
        bring(path)
    before = everything()
    for path in paths:
        assert not bring(path).changed_anything, path.name
    assert everything() == before


def test_a_code_reissued_with_14_digits_is_one_key_with_its_first_date(dmd: Path) -> None:
    bring(dmd / "trud_2019_04")
    (code,) = PackCode.objects.filter(gtin__endswith="5060064792018")
    assert (code.gtin, code.starts_on, code.ends_on) == ("05060064792018", date(2013, 1, 24), None)
    for written in ("5060064792018", "05060064792018"):
        (pack,) = packs_for_gtin(written, on=date(2026, 11, 18))
        assert pack.pk == "21855511000001108"


def test_an_ended_code_keeps_its_dates_and_is_still_found_on_an_old_box(dmd: Path) -> None:
    bring(dmd / "trud_2019_04")
    code = PackCode.objects.get(gtin="08712400158572")
    assert (code.starts_on, code.ends_on) == (date(2010, 2, 1), date(2013, 7, 22))
    assert [pack.pk for pack in packs_for_gtin("8712400158572", on=date(2026, 1, 1))] == ["1714711000001106"]


def test_the_bonus_release_brings_the_changed_ids(dmd: Path) -> None:
    report = bring(next((dmd / "bonus_2024_12").glob("*.zip")))
    assert report.released_on == date(2024, 12, 9)
    assert DmdChangedId.objects.values("kind", "old_id").distinct().count() == 10_691
    paracetamol = DmdChangedId.objects.get(old_id="322236009")
    assert (paracetamol.current_id, paracetamol.ends_on) == ("42109611000001109", date(2023, 7, 28))
    # This code was given to another product in 2016 and is its own since.
    assert DmdChangedId.objects.get(old_id="329912003").is_reused
    assert report.unknown["classified products we do not hold"][0] > 20_000


def test_the_bonus_release_classifies_products_we_hold(dmd: Path) -> None:
    bring(dmd / "trud_2019_04")
    bring(next((dmd / "bonus_2024_12").glob("*.zip")))
    adenosine = Medicine.objects.get(pk="35894711000001106")
    assert (adenosine.bnf_code, adenosine.atc_code) == ("02030200", "C01EB10")
    assert (adenosine.defined_daily_dose, adenosine.defined_daily_dose_unit) == (15, "mg")
    assert Medicine.objects.get(pk="4744411000001104").atc_code == "C01EB10"


@pytest.mark.hazard("H02", control="codes that NHSBSA replaced are followed", shows="works")
def test_a_prescription_on_an_old_code_keeps_finding_its_packs(dmd: Path, tmp_path: Path) -> None:
    earlier = tmp_path / "earlier"
    shutil.copytree(dmd / "trud_2019_04", earlier)
    for file in earlier.glob("f_*.xml"):
        file.chmod(0o644)
        text = re.sub("<VPIDDT>2018-10-17</VPIDDT>|<VPIDPREV>318338001</VPIDPREV>", "", file.read_text())
        file.write_text(text.replace("35894711000001106", "318338001"))
        file.rename(file.with_name(file.name.replace("010419", "010917")))
    bring(earlier)
    prescribed = Medicine.objects.get(pk="318338001")
    before = acceptable_gtins(prescribed)
    assert len(before) == 4

    report = bring(dmd / "trud_2019_04")
    assert tally(report, "medicines")[0] == 1
    assert tally(report, "medicines")[2] == 1
    prescribed.refresh_from_db()
    assert prescribed.retired_on == date(2018, 10, 17)
    assert acceptable_gtins(prescribed) == before
    assert medicine_for_code("318338001") == Medicine.objects.get(pk="35894711000001106")
    assert not bring(dmd / "trud_2019_04").changed_anything


def test_a_release_with_a_nested_duplicate_comes_in_once(dmd: Path) -> None:
    report = bring(next((dmd / "trud_subset_zips").glob("*1.1.0*.zip")))
    assert tally(report, "medicines") == (2, 0, 0)


def test_several_releases_in_one_folder_are_refused(dmd: Path) -> None:
    with pytest.raises(ReleaseRefused, match="import one release at a time"):
        bring(dmd)


# What changes from release to release


def test_the_second_release_tells_what_it_changed_and_retired(release: Path, tmp_path: Path) -> None:
    bring(release)
    later = write_release(tmp_path / "later", generics=9, day="080126")
    name = invented.name_of(0).replace("&", "&amp;")
    edit(later, "f_vmp2*", (f"<NM>{name}</NM>", "<INVALID>0001</INVALID><NM>Inventomycin renamed 5mg</NM>"))
    edit(later, "f_ampp2*", ("<PRICE>121</PRICE>", "<PRICE>999</PRICE>"))
    report = bring(later)
    assert tally(report, "medicines") == (4, 0, 1)
    assert tally(report, "packs") == (8, 1, 0)
    retired = Medicine.objects.get(pk=invented.generic_id(0))
    assert (retired.name, retired.retired_on) == ("Inventomycin renamed 5mg", date(2026, 1, 8))

    back = write_release(tmp_path / "back", generics=9, day="150126")
    assert tally(bring(back), "medicines") == (0, 1, 0)
    retired.refresh_from_db()
    assert retired.retired_on is None


def test_products_that_a_release_does_not_mention_stay(release: Path, tmp_path: Path) -> None:
    bring(release)
    report = bring(write_release(tmp_path / "small", generics=2, day="080126"))
    assert not report.changed_anything
    assert report.not_mentioned == 24
    assert Medicine.objects.filter(retired_on=None).count() == 32


def test_an_older_release_only_adds(release: Path, tmp_path: Path) -> None:
    bring(release)
    older = write_release(tmp_path / "older", generics=9, day="010125")
    edit(older, "f_vmp2*", ("<CATCD>0000</CATCD>", "<CATCD>0002</CATCD>"))
    report = bring(older)
    assert report.is_older
    assert tally(report, "medicines") == (4, 0, 0)
    assert report.tallies["medicines"].left_as_newer == 1
    assert Medicine.objects.get(pk=invented.generic_id(0)).controlled_drug_category == "0000"


@pytest.mark.hazard("H13", control="a code taken off a pack in dm+d no longer finds it", shows="works")
def test_a_code_that_moves_to_another_product_means_that_product(release: Path, tmp_path: Path) -> None:
    bring(release)
    moved = invented.gtin(0, 0, 28)
    before = Medicine.objects.get(pk=invented.generic_id(0))
    assert moved.rjust(14, "0") in acceptable_gtins(before)
    later = write_release(tmp_path / "later", generics=8, day="080126")
    swapped = invented.gtin(1, 0, 28)
    edit(later, "f_gtin2*", (f">{moved}<", ">5000283101087<"), (f">{swapped}<", f">{moved}<"))
    report = bring(later)
    assert report.unknown["pack codes that are no GTIN"][0] == 1
    (pack,) = packs_for_gtin(moved, on=date(2026, 2, 1))
    assert pack.medicine.generic_id == invented.generic_id(1)
    assert moved.rjust(14, "0") not in acceptable_gtins(before, on=date(2026, 2, 1))
    assert moved.rjust(14, "0") in acceptable_gtins(pack.medicine, on=date(2026, 2, 1))


@pytest.mark.hazard("H25", control="an unheard-of controlled-drug category is treated strictly", shows="works")
def test_an_unheard_of_cd_category_is_treated_as_schedule_2_and_told(release: Path) -> None:
    edit(release, "f_vmp2*", ("<CATCD>0000</CATCD>", "<CATCD>0042</CATCD>"))
    report = bring(release)
    assert Medicine.objects.get(pk=invented.generic_id(0)).controlled_drug_category == "0002"
    assert Medicine.objects.get(pk=invented.brand_id(0, 0)).controlled_drug_category == "0002"
    assert report.unknown["controlled-drug categories nobody told us (treated as Schedule 2)"] == (1, ["0042"])


def test_what_cannot_be_placed_is_counted_and_the_rest_comes_in(release: Path) -> None:
    edit(release, "f_gtin2*", (f">{invented.gtin(2, 0, 28)}<", ">5000283101087<"))
    edit(release, "f_gtin2*", (f">{invented.brand_pack_id(3, 0, 28)}<", ">77<"))
    edit(release, "f_ampp2*", (f"<APID>{invented.brand_id(4, 0)}</APID>", "<APID>78</APID>"))
    edit(release, "f_amp2*", (f"<VPID>{invented.generic_id(5)}</VPID>", "<VPID>79</VPID>"))
    edit(release, "f_vmp2*", (f"<ISID>{invented.ingredient_id(6)}</ISID>", "<ISID>80</ISID>"))
    report = bring(release)
    counts = {what: count for what, (count, _) in report.unknown.items()}
    assert counts["pack codes that are no GTIN"] == 1
    assert counts["brands of unknown products"] == 1
    assert counts["ingredients of products that no list names"] == 1
    # The pack of an unknown brand, and both packs of the brand whose product is unknown.
    assert counts["packs of unknown products"] == 3
    assert counts["pack codes of unknown packs"] == 4
    assert Medicine.objects.count() == 31


def test_words_stay_when_a_release_names_a_code_without_its_words(release: Path, tmp_path: Path) -> None:
    bring(release)
    later = write_release(tmp_path / "later", generics=8, day="080126")
    (later / "f_lookup2_3080126.xml").unlink()
    edit(later, "f_vmp2*", ("<FORMCD>385055001</FORMCD>", "<FORMCD>123</FORMCD>"))
    report = bring(later)
    assert report.unknown["codes without words"] == (1, ["form 123"])
    assert Medicine.objects.get(pk=invented.generic_id(0)).form == "Tablet"


def test_elements_that_a_later_release_adds_are_passed_over(release: Path) -> None:
    edit(release, "f_vmp2*", ("<BASISCD>", "<NEWLY_ADDED>7</NEWLY_ADDED><NEWLY_ADDED>8</NEWLY_ADDED><BASISCD>"))
    edit(release, "f_vmp2*", ("<VMPS>", "<BRAND_NEW><NEW><X>1</X></NEW></BRAND_NEW><VMPS>"))
    assert tally(bring(release), "medicines") == (32, 0, 0)


# What is refused, and leaves everything as it was


def refused(path: Path, saying: str) -> None:
    before = everything()
    with pytest.raises(ReleaseRefused, match=saying) as refusal:
        bring(path)
    assert "\n" not in str(refusal.value)
    assert everything() == before


def test_a_missing_path_and_a_wrong_file_are_refused(tmp_path: Path) -> None:
    refused(tmp_path / "nowhere", "does not exist")
    (tmp_path / "list.csv").write_text("id,name\n1,Paracetamol\n")
    refused(tmp_path / "list.csv", "is not a zip")
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", "holds no dm\\+d XML file")
    (tmp_path / "empty" / "page.xml").write_text("<html><body/></html>")
    refused(tmp_path / "empty", "holds no dm\\+d XML file")


@pytest.mark.parametrize(
    ("pattern", "change", "saying"),
    [
        ("f_amp2*", ("</AMPS>", ""), "f_amp2_3010126.xml is damaged near line"),
        ("f_vmp2*", ("<VPID>", "<VPID>x"), "VPID is .* not a code"),
        ("f_vmp2*", ("<VPID>10000000", "<VPID>9999999999910000000"), "VPID is .* not a code"),
        ("f_vmpp2*", ("<QTYVAL>28</QTYVAL>", ""), "VMPP number 1: QTYVAL is missing"),
        ("f_vmpp2*", ("<QTYVAL>28</QTYVAL>", "<QTYVAL>1</QTYVAL><QTYVAL>2</QTYVAL>"), "stands there twice"),
        ("f_vmpp2*", ("<QTYVAL>28</QTYVAL>", "<QTYVAL>NaN</QTYVAL>"), "QTYVAL is 'NaN', out of all range"),
        ("f_vmpp2*", ("<QTYVAL>28</QTYVAL>", "<QTYVAL>1e99</QTYVAL>"), "out of all range"),
        ("f_vmpp2*", ("<DT>2025-12-01</DT>", "<DT>2025-13-01</DT>"), "DT is '2025-13-01', not a date"),
        ("f_ampp2*", ("<PRICE>120</PRICE>", "<PRICE>1.20</PRICE>"), "not whole pence"),
        ("f_vmp2*", ("<NM>", "<NM>" + "x" * 1001), "longer than 1000 characters"),
        ("f_amp2*", ("<APID>40000001", "<APID>40000000"), "twice among its brands"),
        ("f_vmp2*", ("<VMPS>", "<VMPX>"), "damaged near line"),
        ("f_vmp2*", ("?>", "?><!DOCTYPE x [<!ENTITY a 'b'>]>"), "declares a document type"),
        ("f_gtin2*", ("<GTIN_DETAILS>", "&"), "is damaged: it is not XML"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_refused_and_changes_nothing(
    release: Path, pattern: str, change: tuple[str, str], saying: str
) -> None:
    edit(release, pattern, change)
    refused(release, saying)


def test_a_file_without_its_main_part_is_refused(release: Path) -> None:
    (file,) = release.glob("f_amp2*")
    file.write_text("<ACTUAL_MEDICINAL_PRODUCTS><OTHER/></ACTUAL_MEDICINAL_PRODUCTS>")
    refused(release, "has no AMPS")


def test_a_zip_cut_short_or_with_a_flipped_byte_is_refused(release: Path, tmp_path: Path) -> None:
    whole = zip_release(release, tmp_path / "whole.zip").read_bytes()
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole[: len(whole) // 2])
    refused(cut, "damaged zip: its end is missing")
    flipped = bytearray(whole)
    flipped[len(whole) // 3] ^= 0xFF
    cut.write_bytes(flipped)
    refused(cut, "damaged")


def test_zips_inside_zips_are_one_release(release: Path, tmp_path: Path) -> None:
    report = bring(zip_release(release, tmp_path / "nhsbsa_dmd_1.1.0_20260101000001.zip"))
    assert tally(report, "pack codes") == (48, 0, 0)
    assert report.released_on == date(2026, 1, 1)
    assert not bring(release).changed_anything


@pytest.mark.parametrize("name", ["../f_vmp.xml", "/f_vmp.xml", "a/../../f.xml", "C:\\f.xml", "..\\f.xml"])
def test_a_zip_with_a_forged_path_is_refused(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "forged.zip", "w") as archive:
        archive.writestr(name, "<LOOKUP/>")
    refused(tmp_path / "forged.zip", "unsafe path")


def test_a_zip_with_a_link_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("f_vmp2.xml")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    refused(tmp_path / "link.zip", "unsafe path")


def test_a_zip_bomb_is_refused_before_it_goes_off(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("f_vmp2.xml", b"<VMPS>" + b" " * 30_000_000)
    refused(bomb, "packed too tightly to be real")
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.write(bomb, "inner.zip")
    refused(tmp_path / "outer.zip", "packed too tightly to be real")


def test_a_zip_that_claims_gigabytes_is_refused(release: Path, tmp_path: Path) -> None:
    whole = bytearray(zip_release(release, tmp_path / "huge.zip").read_bytes())
    at = whole.index(b"PK\x01\x02")
    whole[at + 20 : at + 28] = struct.pack("<II", 0xFFFFFFF0, 0xFFFFFFF0)
    at = whole.index(b"PK\x01\x02", at + 4)
    whole[at + 20 : at + 28] = struct.pack("<II", 0xFFFFFFF0, 0xFFFFFFF0)
    (tmp_path / "huge.zip").write_bytes(whole)
    refused(tmp_path / "huge.zip", "would unpack to more than 4 GiB")


def test_zips_too_deep_in_zips_and_too_many_files_are_refused(tmp_path: Path) -> None:
    content = b"<LOOKUP/>"
    name = "f_lookup.xml"
    for _ in range(5):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(name, content)
        content, name = packed.getvalue(), "inner.zip"
    (tmp_path / "deep.zip").write_bytes(content)
    refused(tmp_path / "deep.zip", "too deep")
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        for number in range(501):
            archive.writestr(f"{number}.txt", "")
    refused(tmp_path / "many.zip", "more than 500 files")


def test_an_encrypted_zip_is_refused(release: Path, tmp_path: Path) -> None:
    whole = bytearray(zip_release(release, tmp_path / "locked.zip").read_bytes())
    at = whole.index(b"PK\x01\x02")
    whole[at + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(whole)
    refused(tmp_path / "locked.zip", "is encrypted")


def test_damage_anywhere_is_refused_or_harmless(release: Path, tmp_path: Path) -> None:
    """Three hundred zips with a byte changed: each reads exactly as the whole one or is refused in one line."""
    whole = zip_release(release, tmp_path / "whole.zip").read_bytes()
    right = _checksum(tmp_path / "whole.zip")
    chance = random.Random(20261118)
    told = harmless = 0
    for _ in range(300):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        (tmp_path / "damaged.zip").write_bytes(damaged)
        try:
            read = _checksum(tmp_path / "damaged.zip")
        except ReleaseRefused as refusal:
            told += "\n" not in str(refusal)
        else:
            told += 1
            harmless += 1
            assert read in (right, None)
    assert told == 300
    assert harmless < 100


def _checksum(path: Path) -> int | None:
    """Sum up what a release says; None when damage to a name hid one of its files."""
    total = 0
    with open_release(path) as opened:
        for file in opened.files:
            for stage, row in rows(file):
                total = zlib.crc32(repr((stage, row)).encode(), total)
        return total if len(opened.files) == 8 else None


# Who may import, and how it is told


def test_the_application_may_not_write_medicines(release: Path) -> None:
    bring(release)
    for statement in (
        "UPDATE emar_medicine SET controlled_drug_category = '0000'",
        "DELETE FROM emar_packcode",
        "INSERT INTO emar_ingredient (id, name) VALUES ('1', 'Arsenic')",
        "UPDATE emar_dmdrelease SET imported_by = 'somebody else'",
    ):
        with (
            pytest.raises(Error, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_two_imports_at_once_do_not_mix(release: Path) -> None:
    other = connections.create_connection("owner")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [IMPORT_LOCK])
        refused(release, "Another import is under way")
    finally:
        other.close()
    assert tally(bring(release), "medicines") == (32, 0, 0)


def test_every_import_is_written_down(release: Path) -> None:
    bring(release)
    bring(release)
    (row,) = DmdRelease.objects.all()
    assert (row.name, row.released_on, row.imported_by) == ("release", date(2026, 1, 1), "administrator")
    assert row.counts["medicines"]["added"] == 32
    assert len(row.sha256) == 64


def test_the_command_tells_what_it_did_and_says_when_nothing_changed(
    release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("import_dmd", str(release))
    told, progress = capsys.readouterr()
    assert re.search(r"^medicines +32 +0 +0 +0$", told, re.MULTILINE)
    assert progress == ""
    call_command("import_dmd", str(release))
    assert capsys.readouterr().out.rstrip().endswith("Nothing changed.")


def test_a_terminal_sees_how_far_the_import_is(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    call_command("import_dmd", str(release), stdout=io.StringIO())
    # A release this small may be read before the bar is drawn a second time.
    assert "reading: " in terminal.getvalue()
    assert re.search(r"comparing: 100%\|", terminal.getvalue())


def test_the_command_fails_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as failure:
        call_command("import_dmd", str(tmp_path / "nowhere.zip"))
    assert "\n" not in str(failure.value)
    assert str(failure.value).endswith("nowhere.zip does not exist. Nothing was changed.")


# The invented release is in the real shape


def test_the_invented_release_keeps_the_real_xsds(dmd: Path, release: Path) -> None:
    checked = 0
    for file in sorted(release.glob("f_*.xml")):
        root = ElementTree.parse(file).getroot()
        kind = re.match(r"f_([a-z]+)2", file.name)
        assert kind
        (xsd,) = (dmd / "trud_2019_04").glob(f"{kind[1]}_v*.xsd")
        schema = ElementTree.parse(xsd).getroot()
        for group in root:
            records = [group] if kind[1] in ("vtm", "ingredient") else list(group)
            for record in records[:20]:
                _matches(schema, record)
                checked += 1
    assert checked > 100


XS = "{http://www.w3.org/2001/XMLSchema}"


def _matches(schema: ElementTree.Element, record: ElementTree.Element) -> None:
    """Hold one record against the XSD's element of its name: nothing unknown, nothing required missing."""
    found = [each for each in schema.iter(f"{XS}element") if each.get("name") == record.tag]
    types = {each.get("name"): each for each in schema.iter(f"{XS}complexType") if each.get("name")}
    for declared in found:
        shape = types.get(declared.get("type", ""), declared)
        parts = [each for each in shape.iter(f"{XS}element") if each is not declared]
        allowed = {each.get("name") for each in parts}
        required = {each.get("name") for each in parts if each.get("minOccurs", "1") != "0"}
        present = {each.tag for each in record}
        if present <= allowed and required <= present:
            return
    raise AssertionError(f"{record.tag} with {[each.tag for each in record]} is not in the XSD")
