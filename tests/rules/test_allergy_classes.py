"""Allergies to classes of medicines: each class finds its own, by ATC code and by name, and nothing else."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from emar.rules.allergy_classes import (
    BY_CODE,
    CLASSES,
    AllergyClass,
    AllergyFacts,
    MedicineFacts,
    classes_in,
    classes_of,
    ingredients_met,
    is_checked,
    is_met,
    met,
    related,
)

classes = st.sampled_from(CLASSES)
salts = st.sampled_from(["", " sodium", " hydrochloride", " trihydrate", " sulfate"])


def medicine(*names: str, atc: str = "", called: str = "", moiety: str = "") -> MedicineFacts:
    return MedicineFacts(called or f"{' and '.join(names)} tablets", {name: name for name in names}, atc, moiety)


def codes(words: str) -> list[str]:
    return [each.code for each in classes_in(words)]


@given(classes, st.data())
def test_a_class_finds_every_substance_of_its_own_with_any_salt_and_beside_others(
    one: AllergyClass, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(one.substances)).capitalize() + data.draw(salts)
    facts = AllergyFacts("something", class_codes=(one.code,))
    assert is_met(facts, medicine(name))
    assert is_met(facts, medicine("Zinc oxide", name))


@given(classes, st.data())
def test_a_class_finds_every_product_of_its_branches_whatever_it_is_called(
    one: AllergyClass, data: st.DataObject
) -> None:
    branch = data.draw(st.sampled_from(one.branches))
    facts = AllergyFacts("something", class_codes=(one.code,))
    assert is_met(facts, medicine("Something new", atc=(branch + "01")[:7] if len(branch) < 6 else branch))


@given(classes, st.data(), st.sampled_from(["{}", "{}s", "ALL {}S", "allergic to {}", "  {} - rash "]))
def test_every_word_of_a_class_names_it_however_it_is_written(
    one: AllergyClass, data: st.DataObject, written: str
) -> None:
    word = data.draw(st.sampled_from((one.name, *one.words)))
    if written.lower().endswith("}s"):
        # Nobody writes a plural of "pen V".
        assume(len(word.split()[-1]) > 2)
        word = word.removesuffix("s")
    assert one.code in codes(written.format(word))


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_words_may_be_typed_and_what_matches_is_checked_or_named(words: str, name: str) -> None:
    facts = AllergyFacts(words)
    if classes_of(facts):
        assert is_checked(facts)
    assert met([facts], medicine(name)) in ([], [words])


@pytest.mark.hazard("H07", control="an allergy to a class stops every medicine of it", shows="exists")
def test_every_class_says_what_it_means_and_no_two_have_one_code() -> None:
    assert len(BY_CODE) == len(CLASSES)
    for one in CLASSES:
        assert one.branches
        assert one.substances
        assert set(one.think_also) <= set(BY_CODE)
        assert one.code in codes(one.name)


@pytest.mark.hazard("H07", control="an allergy to a class stops every medicine of it", shows="works")
@pytest.mark.parametrize(
    ("allergy", "what"),
    [
        ("Penicillin", medicine("Amoxicillin trihydrate", atc="J01CA04")),
        ("penicillins", medicine("Flucloxacillin sodium", atc="J01CF05")),
        ("PENICILLIN", medicine("Amoxicillin trihydrate", "Clavulanic acid", called="Co-amoxiclav tablets")),
        # One penicillin means all of them. (BNF)
        ("Amoxicillin", medicine("Phenoxymethylpenicillin potassium", atc="J01CE02")),
        ("Augmentin", medicine("Piperacillin sodium", atc="J01CR05")),
        ("NSAIDs", medicine("Ibuprofen", atc="M01AE01")),
        ("non-steroidal anti-inflammatories", medicine("Diclofenac diethylammonium", called="Diclofenac 1% gel")),
        ("NSAID", medicine("Aspirin", atc="B01AC06")),
        ("sulfonamides", medicine("Sulfamethoxazole", "Trimethoprim", called="Co-trimoxazole 80mg/400mg tablets")),
        ("Sulpha drugs", medicine("Silver sulfadiazine", atc="D06BA01", called="Silver sulfadiazine 1% cream")),
        ("cephalosporins", medicine("Cefalexin", atc="J01DB01")),
        ("Opioids", medicine("Codeine phosphate", "Paracetamol", atc="N02AJ06", called="Co-codamol 8mg/500mg tablets")),
        ("opiates", medicine("Buprenorphine", atc="N02AE01")),
        ("codeine", medicine("Codeine phosphate")),
        ("Statins", medicine("Atorvastatin calcium trihydrate", atc="C10AA05")),
        ("ACE inhibitors", medicine("Perindopril erbumine", atc="C09AA04")),
        ("ramipril", medicine("Lisinopril", atc="C09AA03")),
        ("macrolides", medicine("Clarithromycin", atc="J01FA09")),
        ("tetracyclines", medicine("Doxycycline hyclate", atc="J01AA02")),
        ("aspirin", medicine("Mesalazine", atc="A07EC02")),
        ("salicylates", medicine("Choline salicylate", called="Choline salicylate 8.7% oromucosal gel")),
        ("beta-blockers", medicine("Timolol maleate", atc="S01ED01", called="Timolol 0.25% eye drops")),
        ("penicillin and sulfa drugs", medicine("Sulfasalazine", atc="A07EC01")),
        ("Sandoz something", medicine("Zinc oxide", called="Sandoz something cream")),
    ],
)  # fmt: skip
def test_a_class_stops_what_belongs_to_it(allergy: str, what: MedicineFacts) -> None:
    assert met([AllergyFacts(allergy)], what) == [allergy]


@pytest.mark.hazard("H19", control="an allergy to a class does not stop what only sounds like it", shows="works")
@pytest.mark.parametrize(
    ("allergy", "what"),
    [
        ("Statins", medicine("Nystatin", atc="A07AA02")),
        ("Penicillin", medicine("Penicillamine", atc="M01CC01")),
        ("sulfonamides", medicine("Morphine sulfate", atc="N02AA01")),
        ("sulfites", medicine("Sulfamethoxazole")),
        ("sulfonamides", medicine("Trimethoprim", atc="J01EA01")),
        ("sulfonamides", medicine("Furosemide", atc="C03CA01")),
        ("opioids", medicine("Paracetamol", atc="N02BE01")),
        ("opioids", medicine("Loperamide hydrochloride", atc="A07DA03")),
        ("NSAIDs", medicine("Glucosamine", atc="M01AX05")),
        ("heparin", medicine("Danaparoid sodium", atc="B01AB09")),
        ("statins", medicine("Bempedoic acid", "Ezetimibe", atc="C10BA10")),
        ("tetracyclines", medicine("Cycloserine", atc="J04AB01")),
        ("Nuts", medicine("Amlodipine", atc="C08CA01")),
        ("", medicine("Amlodipine")),
    ],
)  # fmt: skip
def test_a_class_does_not_stop_what_only_sounds_like_it(allergy: str, what: MedicineFacts) -> None:
    assert met([AllergyFacts(allergy)], what) == []


@pytest.mark.parametrize(
    ("allergy", "what", "kin"),
    [
        ("Penicillin", medicine("Cefalexin", atc="J01DB01"), "cephalosporins"),
        ("ibuprofen", medicine("Naproxen", atc="M01AE02"), "nsaids"),
        ("aspirin", medicine("Ibuprofen", atc="M01AE01"), "nsaids"),
        ("simvastatin", medicine("Atorvastatin", atc="C10AA05"), "statins"),
        ("Penicillin", medicine("Amoxicillin", atc="J01CA04"), None),
        ("Penicillin", medicine("Amlodipine", atc="C08CA01"), None),
    ],
)
def test_a_writer_is_told_of_kin_that_do_not_stop_a_carer(allergy: str, what: MedicineFacts, kin: str | None) -> None:
    found = related(AllergyFacts(allergy), what)
    assert (found and found.code) == kin


@pytest.mark.hazard("H07", control="what the system cannot check is said to be checked by eye", shows="works")
@pytest.mark.parametrize("words", ["Nuts", "plasters", "the red tablets", "sulfites", "E number"])
def test_words_that_name_no_medicine_are_said_to_be_unchecked(words: str) -> None:
    assert not is_checked(AllergyFacts(words))
    assert is_checked(AllergyFacts(words, ingredient_id="1"))


def test_a_device_is_told_the_ingredients_of_a_class_but_not_those_beside_them() -> None:
    names = {"1": "Codeine phosphate", "2": "Paracetamol", "3": "Newfentanil", "4": "Amlodipine"}
    alone = {"2": {"N02BE01"}, "3": {"N02AB99"}, "4": {"C08CA01"}}
    # Co-codamol's own code is an opioid's, and is not among those of products with one ingredient.
    assert ingredients_met(AllergyFacts("Opioids"), names, alone) == ["1", "3"]
    assert ingredients_met(AllergyFacts("Nuts", ingredient_id="9"), names, alone) == ["9"]
