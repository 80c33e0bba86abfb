"""Which medicines does an allergy mean, when it names a class ("Penicillin", "NSAIDs") rather than one substance?

A class is its branch of the ATC classification and the names of its substances: products without an ATC code,
combinations and creams filed under another branch are found by name. Sources: the ATC index of the WHO Collaborating
Centre for Drug Statistics Methodology for the branches; the BNF's treatment summaries and "allergy and
cross-sensitivity" sections for who counts with whom. Words are what people type: proposals for a Clinical Safety
Officer to sign, as every rule of hazard H07.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

_NOT_LETTERS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class AllergyClass:
    """One class of medicines that a person may be allergic to.

    `branches` are beginnings of ATC codes, `substances` the ingredients' names without their salts, `words` other
    names that people type. `one_means_all`: an allergy to one substance counts for the class (BNF). `think_also`:
    classes that a writer is asked to think about; they do not stop a carer.
    """

    code: str
    name: str
    branches: tuple[str, ...]
    substances: tuple[str, ...]
    words: tuple[str, ...] = ()
    one_means_all: bool = False
    think_also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MedicineFacts:
    """What of a medicine an allergy is compared with. `ingredients` are names by code; `atc_code` is the generic's."""

    name: str
    ingredients: Mapping[str, str] = field(default_factory=dict)
    atc_code: str = ""
    moiety: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that says what is in it."""
        return (*self.ingredients.values(), self.moiety) if self.moiety else tuple(self.ingredients.values())


@dataclass(frozen=True, slots=True)
class AllergyFacts:
    """An allergy as recorded: its words, the ingredient it names if one, and the classes somebody chose."""

    substance: str
    ingredient_id: str | None = None
    class_codes: tuple[str, ...] = ()


def _split(words: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in words.split(",") if each.strip())


_PENICILLINS = AllergyClass(
    "penicillins",
    "Penicillins",
    ("J01C", "A02BD01", "A02BD03", "A02BD04", "A02BD05", "A02BD06", "A02BD07"),
    _split(
        "amoxicillin, ampicillin, benzylpenicillin, phenoxymethylpenicillin, flucloxacillin, cloxacillin, piperacillin,"
        "pivmecillinam, temocillin, ticarcillin, benzathine benzylpenicillin, procaine benzylpenicillin"
    ),
    _split(
        "penicillin, pen v, pen g, co amoxiclav, co fluampicil, augmentin, amoxil, tazocin, amoxycillin, magnapen,"
        "penicillin v, penicillin g"
    ),
    one_means_all=True,
    think_also=("cephalosporins", "carbapenems"),
)
_NSAIDS = AllergyClass(
    "nsaids",
    "NSAIDs, aspirin included",
    ("M01AA", "M01AB", "M01AC", "M01AE", "M01AG", "M01AH", "M01AX01", "M02AA", "N02BA", "B01AC06", "B01AC56", "S01BC"),
    _split(
        "ibuprofen, naproxen, diclofenac, aceclofenac, celecoxib, etoricoxib, etodolac, felbinac, fenoprofen,"
        "flurbiprofen, indometacin, ketoprofen, dexketoprofen, ketorolac, mefenamic acid, meloxicam, nabumetone,"
        "parecoxib, piroxicam, sulindac, tenoxicam, tiaprofenic acid, tolfenamic acid, bromfenac, nepafenac, aspirin,"
        "dexibuprofen"
    ),
    _split(
        "nsaid, non steroidal anti inflammatory, nonsteroidal anti inflammatory, non steroidal antiinflammatory,"
        "anti inflammatory, anti inflammatories, nurofen, voltarol, brufen"
    ),
)

#: Every class, in the order in which a form offers them.
CLASSES: tuple[AllergyClass, ...] = (
    _PENICILLINS,
    AllergyClass(
        "cephalosporins",
        "Cephalosporins",
        ("J01DB", "J01DC", "J01DD", "J01DE", "J01DI"),
        _split(
            "cefalexin, cefradine, cefadroxil, cefaclor, cefuroxime, cefixime, cefotaxime, ceftazidime, ceftriaxone,"
            "ceftaroline, ceftolozane, ceftobiprole, cefazolin, cefiderocol"
        ),
        _split("cephalosporin, cefalosporin, cephalexin, cephradine, keflex"),
        think_also=("penicillins",),
    ),
    AllergyClass(
        "carbapenems",
        "Carbapenems",
        ("J01DH",),
        _split("meropenem, ertapenem, imipenem"),
        _split("carbapenem"),
        think_also=("penicillins",),
    ),
    AllergyClass(
        "sulfonamides",
        "Sulfonamide antibiotics and sulfasalazine",
        ("J01EB", "J01EC", "J01ED", "J01EE", "A07EC01", "S01AB", "D06BA", "G01AE"),
        _split(
            "sulfamethoxazole, sulfadiazine, silver sulfadiazine, sulfasalazine, sulfapyridine, sulfacetamide,"
            "sulfadoxine, sulfadimidine"
        ),
        # "Sulfate" and "sulfite" are other words, and other substances.
        _split(
            "sulfonamide, sulphonamide, sulfa, sulpha, sulfa drug, sulpha drug, co trimoxazole, septrin,"
            "sulphamethoxazole, sulphasalazine, sulphadiazine, salazopyrin, flamazine"
        ),
        one_means_all=True,
    ),
    AllergyClass(
        "macrolides",
        "Macrolides",
        ("J01FA", "D10AF02", "S01AA26"),
        _split("erythromycin, clarithromycin, azithromycin, fidaxomicin, spiramycin, telithromycin"),
        _split("macrolide, erythrocin, erymax, klaricid"),
        one_means_all=True,
    ),
    AllergyClass(
        "tetracyclines",
        "Tetracyclines",
        ("J01AA", "A01AB22"),
        _split(
            "doxycycline, oxytetracycline, lymecycline, minocycline, tetracycline, demeclocycline, tigecycline,"
            "chlortetracycline, eravacycline"
        ),
        one_means_all=True,
    ),
    AllergyClass(
        "quinolones",
        "Quinolones",
        ("J01M", "S01AE", "S02AA15", "S03AA07"),
        _split("ciprofloxacin, levofloxacin, moxifloxacin, ofloxacin, nalidixic acid, norfloxacin, delafloxacin"),
        _split("quinolone, fluoroquinolone, ciproxin"),
        one_means_all=True,
    ),
    AllergyClass(
        "aminoglycosides",
        "Aminoglycosides",
        ("J01G", "S01AA11", "S01AA12", "S02AA14", "A07AA01", "S03AA01"),
        _split("gentamicin, tobramycin, amikacin, neomycin, streptomycin, framycetin"),
        _split("aminoglycoside"),
        one_means_all=True,
    ),
    AllergyClass(
        "trimethoprim",
        "Trimethoprim, co-trimoxazole included",
        ("J01EA01", "J01EE01"),
        _split("trimethoprim"),
    ),
    AllergyClass(
        "nitroimidazoles",
        "Nitroimidazoles (metronidazole, tinidazole)",
        ("J01XD", "P01AB", "D06BX01", "G01AF01"),
        _split("metronidazole, tinidazole"),
        _split("nitroimidazole, flagyl"),
        one_means_all=True,
    ),
    _NSAIDS,
    AllergyClass(
        "salicylates",
        "Aspirin and other salicylates",
        ("N02BA", "B01AC06", "B01AC56", "A07EC", "M01BA03"),
        _split(
            "aspirin, choline salicylate, methyl salicylate, diethylamine salicylate, salicylic acid, mesalazine,"
            "sulfasalazine, balsalazide, olsalazine, ethyl salicylate, glycol salicylate, bismuth subsalicylate"
        ),
        _split("aspirin, salicylate, acetylsalicylic acid, bonjela"),
        think_also=("nsaids",),
    ),
    AllergyClass(
        "opioids",
        "Opioids",
        ("N02A", "N07BC01", "N07BC02", "N07BC51", "R05DA", "N01AH", "A07DA02"),
        _split(
            "morphine, codeine, dihydrocodeine, oxycodone, fentanyl, alfentanil, buprenorphine, tramadol, tapentadol,"
            "methadone, diamorphine, hydromorphone, pethidine, meptazinol, pholcodine, dipipanone, papaveretum, opium,"
            "remifentanil, pentazocine"
        ),
        _split(
            "opioid, opiate, co codamol, co dydramol, co codaprin, oramorph, zomorph, mst, oxycontin, oxynorm,"
            "longtec, shortec"
        ),
    ),
    AllergyClass(
        "statins",
        "Statins",
        # Combinations are found by name: among them are some with no statin (bempedoic acid with ezetimibe).
        ("C10AA",),
        # Named one by one: nystatin and pentostatin end alike and are something else.
        _split("atorvastatin, simvastatin, pravastatin, rosuvastatin, fluvastatin"),
        _split("statin, lipitor"),
    ),
    AllergyClass(
        "ace_inhibitors",
        "ACE inhibitors",
        ("C09A", "C09B"),
        _split(
            "ramipril, lisinopril, perindopril, enalapril, captopril, fosinopril, imidapril, quinapril, trandolapril,"
            "cilazapril, moexipril"
        ),
        _split("ace inhibitor, acei, angiotensin converting enzyme inhibitor, ace inhibitors cough"),
        # Angioedema from one ACE inhibitor happens with every other. (BNF)
        one_means_all=True,
    ),
    AllergyClass(
        "angiotensin_receptor_blockers",
        "Angiotensin-II receptor antagonists",
        ("C09C", "C09D"),
        _split("losartan, candesartan, irbesartan, valsartan, telmisartan, olmesartan, eprosartan, azilsartan"),
        _split("arb, sartan, angiotensin receptor blocker, angiotensin ii receptor antagonist"),
    ),
    AllergyClass(
        "beta_blockers",
        "Beta-blockers",
        ("C07", "S01ED"),
        _split(
            "bisoprolol, atenolol, propranolol, metoprolol, carvedilol, nebivolol, sotalol, labetalol, timolol,"
            "betaxolol, levobunolol, nadolol, acebutolol, celiprolol, pindolol"
        ),
        _split("beta blocker, betablocker"),
    ),
    AllergyClass(
        "benzodiazepines",
        "Benzodiazepines",
        ("N05BA", "N05CD", "N03AE"),
        _split(
            "diazepam, lorazepam, temazepam, nitrazepam, clonazepam, clobazam, chlordiazepoxide, oxazepam, midazolam,"
            "alprazolam, loprazolam, lormetazepam, flurazepam"
        ),
        _split("benzodiazepine, benzo, valium"),
    ),
    AllergyClass(
        "aromatic_antiepileptics",
        "Carbamazepine, phenytoin and related antiepileptics",
        ("N03AB02", "N03AB05", "N03AF01", "N03AF02", "N03AF04", "N03AA02", "N03AA03"),
        _split("carbamazepine, oxcarbazepine, eslicarbazepine, phenytoin, fosphenytoin, phenobarbital, primidone"),
        _split("aromatic antiepileptic, tegretol, epanutin"),
        # Antiepileptic hypersensitivity syndrome is shared between them. (BNF)
        one_means_all=True,
    ),
    AllergyClass(
        "heparins",
        "Heparins",
        # Danaparoid (B01AB09) is given because of an allergy to heparin: it is none of them.
        ("B01AB01", "B01AB04", "B01AB05", "B01AB10", "B01AB12", "C05BA03"),
        _split("heparin, enoxaparin, dalteparin, tinzaparin, bemiparin"),
        _split("low molecular weight heparin, lmwh, heparin induced thrombocytopenia, clexane, fragmin"),
        one_means_all=True,
    ),
)
BY_CODE: Mapping[str, AllergyClass] = {each.code: each for each in CLASSES}


#: A home's medicines and allergies are a few hundred names, and a device's snapshot compares each with each.
_KEPT = 8192


@lru_cache(maxsize=_KEPT)
def plain_words(words: str) -> str:
    """Return words for comparing: lower case, single spaces, without stops, hyphens or a plural's s."""
    return " ".join(_singular(each) for each in _NOT_LETTERS.sub(" ", words.casefold()).split())


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


@lru_cache(maxsize=_KEPT)
def classes_in(words: str) -> tuple[AllergyClass, ...]:
    """Return the classes that somebody's words name: "allergic to penicillins and sulfa drugs" names two.

    A substance names its class only where an allergy to one counts for all of it; "nystatin" names no statin.
    """
    said = f" {plain_words(words)} "
    return tuple(each for each in CLASSES if any(f" {name} " in said for name in _NAMES[each.code]))


def _names_of(one: AllergyClass) -> tuple[str, ...]:
    named = (one.name, one.code.replace("_", " "), *one.words, *(one.substances if one.one_means_all else ()))
    return tuple(plain_words(each) for each in named)


_NAMES: Mapping[str, tuple[str, ...]] = {each.code: _names_of(each) for each in CLASSES}
_MEMBERS: Mapping[str, tuple[str, ...]] = {
    each.code: tuple(plain_words(name) for name in each.substances) for each in CLASSES
}


def is_in(one: AllergyClass, medicine: MedicineFacts) -> bool:
    """Return whether a medicine belongs to a class, by its ATC code or by the name of anything in it."""
    if medicine.atc_code and medicine.atc_code.startswith(one.branches):
        return True
    return any(one.code in _member_of(name) for name in medicine.names)


@lru_cache(maxsize=_KEPT)
def _member_of(name: str) -> frozenset[str]:
    """Return the classes that a substance of this name is in, whatever its ATC code."""
    said = f" {plain_words(name)} "
    return frozenset(code for code, members in _MEMBERS.items() if _holds_name(said, members))


def _holds_name(said: str, members: Iterable[str]) -> bool:
    return any(f" {member} " in said for member in members)


def classes_of(allergy: AllergyFacts) -> tuple[AllergyClass, ...]:
    """Return the classes an allergy counts for: those chosen and those its words name."""
    codes = {*allergy.class_codes, *(each.code for each in classes_in(allergy.substance))}
    return tuple(each for each in CLASSES if each.code in codes)


def is_checked(allergy: AllergyFacts) -> bool:
    """Return whether the system can compare medicines with an allergy. Where not, only people can: say so."""
    return allergy.ingredient_id is not None or bool(classes_of(allergy))


def is_met(allergy: AllergyFacts, medicine: MedicineFacts) -> bool:
    """Return whether somebody with this allergy must not have this medicine: by ingredient, name or class."""
    if allergy.ingredient_id is not None and allergy.ingredient_id in medicine.ingredients:
        return True
    return _is_named(allergy.substance, medicine) or any(is_in(each, medicine) for each in classes_of(allergy))


def met(allergies: Iterable[AllergyFacts], medicine: MedicineFacts) -> list[str]:
    """Return the substances of the allergies that a medicine meets, in their order."""
    return [each.substance for each in allergies if is_met(each, medicine)]


def related(allergy: AllergyFacts, medicine: MedicineFacts) -> AllergyClass | None:
    """Return the class whose kinship should make a writer think, None where the medicine is met or unrelated.

    Kin are the classes that a class names, and the whole class of a substance that alone was named: ibuprofen
    and naproxen are both NSAIDs.
    """
    if is_met(allergy, medicine):
        return None
    said = f" {plain_words(allergy.substance)} "
    named = {code for each in classes_of(allergy) for code in each.think_also}
    named |= {each.code for each in CLASSES if _holds_name(said, _MEMBERS[each.code])}
    return next((each for each in CLASSES if each.code in named and is_in(each, medicine)), None)


def ingredients_met(
    allergy: AllergyFacts, names: Mapping[str, str], singles: Mapping[str, Collection[str]]
) -> list[str]:
    """Return the codes of all ingredients that an allergy means, of those whose `names` are given.

    `singles` are the ATC codes of products that hold one ingredient alone: a combination's code says nothing of
    which of its ingredients it is for, and co-codamol must not make paracetamol an opioid.
    """
    found = set() if allergy.ingredient_id is None else {allergy.ingredient_id}
    for code, name in names.items():
        alone = [MedicineFacts("", {code: name}, atc) for atc in singles.get(code, ())] or [
            MedicineFacts("", {code: name})
        ]
        if any(is_met(allergy, each) for each in alone):
            found.add(code)
    return sorted(found)


def _is_named(substance: str, medicine: MedicineFacts) -> bool:
    """Return whether the words are a name of the medicine, or one of its ingredients is named in them."""
    said = plain_words(substance)
    if not said:
        return False
    if f" {said} " in f" {plain_words(medicine.name)} ":
        return True
    for name in map(plain_words, medicine.names):
        # "Codeine" is "codeine phosphate" too, and the other way about.
        if name and (f"{name} ".startswith(f"{said} ") or f" {name} " in f" {said} "):
            return True
    return False
