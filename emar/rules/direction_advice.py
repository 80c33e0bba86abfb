"""The words of UK labels that change no dose: verbs, routes, sites, reasons, and standard advice.

Reasons and advice come from closed lists: a word that is not in them might be about the dose, so the
sentence is refused. Advice follows the cautionary and advisory labels of the BNF.
"""

import re
from collections.abc import Callable
from typing import Any

from emar.rules.direction_numbers import COUNT, number_of
from emar.rules.direction_phrases import Phrase
from emar.rules.direction_vocabulary import VOCABULARY

_VERBS: tuple[tuple[str, str], ...] = (
    (r"(?:please )?takes?|(?:the |each )?(?:dose )?to be taken|taken|to take", "take"),
    (r"swallow|to be swallowed", "swallow"),
    (r"chew|to be chewed", "chew"),
    (r"suck|to be sucked|dissolve in the mouth", "suck"),
    (r"apply|to be applied|applied|to apply|massage|to be massaged|paint|to be painted", "apply"),
    (r"insert|to be inserted|inserted", "insert"),
    (r"inhale|to be inhaled|inhaled|breathe in", "inhale"),
    (r"inject|to be injected|injected", "inject"),
    (r"instill?|to be instilled|put|place|to be put", "put"),
    (r"use|to be used|used|to use", "use"),
    (r"give|to be given|given|administer|to be administered|administered", "give"),
    (r"spray|to be sprayed", "spray"),
    (r"drink|to be drunk", "drink"),
    (r"rinse(?: (?:your |the )?mouth)?(?: with)?", "rinse"),
    (r"gargle(?: with)?", "gargle"),
    (r"wash(?: with)?", "wash"),
    (r"change(?: the| your)? patch|replace(?: the| your)? patch|patch to be changed", "change patch"),
    (r"dissolve|disperse|mix|to be dissolved|to be dispersed|to be mixed", "dissolve"),
)

_ROUTES: tuple[tuple[str, str], ...] = (
    (r"orally|by mouth|oral(?: route| use)?|p\.?o\.?", "oral"),
    (r"rectally|by rectum|per rectum|p\.?r\.|rectal(?: route)?|into (?:the|your) (?:rectum|back passage)", "rectal"),
    (r"vaginally|vaginal(?: route)?|into (?:the|your) vagina|high into (?:the|your) vagina|p\.?v\.", "vaginal"),
    (r"by inhalation|via (?:an? |the )?inhaler|inhalation route", "inhalation"),
    (r"(?:via|by|using|through) (?:an? |the )?nebuli[sz]er|nebulised|by nebulisation", "nebulised"),
    (
        r"by (?:s\.?/?c\.?|subcutaneous|sub-cutaneous) injection|subcutaneously"
        r"|under the skin|sub ?cut|s/c|s\.c\.?|subcutaneous(?: injection"
        r"| route)?",
        "subcutaneous",
    ),
    (
        r"by (?:deep )?(?:i\.?/?m\.?|intramuscular) injection|intramuscularly"
        r"|into (?:a|the) muscle|i/m|i\.m\.?|intramuscular(?: injection"
        r"| route)?",
        "intramuscular",
    ),
    (
        r"by (?:i\.?/?v\.?|intravenous) (?:injection|infusion)|intravenously"
        r"|i/v|i\.v\.?|intravenous(?: injection| route)?",
        "intravenous",
    ),
    (r"by injection|injection", "injection"),
    (r"under (?:the|your) tongue|sublingually|sublingual|s/l", "sublingual"),
    (r"between (?:the |your )?(?:gum and (?:the )?(?:cheek|lip)|cheek and (?:the )?gum)|buccally|buccal", "buccal"),
    (r"topically|topical|to (?:the )?skin|cutaneous", "topical"),
    (r"transdermally|transdermal", "transdermal"),
    (
        r"(?:via|through|by|down) (?:the |a )?(?:peg tube|peg|ng tube|nasogastric tube|gastrostomy|feeding tube)",
        "feeding tube",
    ),
)

_SIDES = r"(?:affected|left|right|other|same|operated|sore|infected|painful|itchy|dry)"
_BODY = (
    r"(?:eye\(s\)|eyes?|ear\(s\)|ears?|nostril\(s\)|nostrils?|nose|scalp"
    r"|face|hands?|feet|foot|legs?|arms?|back|chest|shoulders?|knees?"
    r"|hips?|"
    r"elbows?|nails?|skin|area\(s\)|areas?|parts?|joints?|lips?|mouth"
    r"|neck|groin|body|trunk|wounds?|toes?|toe ?nails?|ankles?|wrists?"
    r"|"
    r"abdomen|(?:anterior )?abdominal wall|stomach|thighs?|thigh|buttocks?|sacrum|heels?|hair|eyelids?"
    r"|upper arm|skin folds?|folds|perineum|genital area|vulva|gums?"
    r"|rash)"
)
_SITE = (
    # The longer forms first: "to area around lips" is not "to area".
    rf"(?:to|on) (?:the )?(?:areas?|skin|parts?) (?:around|of) (?:the |your )?{_BODY}"
    r"|(?:to|on) (?:an? )?(?:clean,? (?:and )?)?(?:dry,? )?(?:non-?hairy )?(?:hairless )?"
    r"(?:area|part)s? of (?:the )?skin"
    rf"|(?:in|into|to|on|onto|over|inside) (?:the |your |each |both |every )?(?:{_SIDES} )?(?:and (?:{_SIDES} ))?"
    rf"{_BODY}(?: (?:and|or|&) (?:the )?{_BODY})?(?:,? (?:of|on) (?:the )?(?:skin|{_BODY}))?"
    r"|(?:to|into) (?:each|both) (?:side|nostril)"
    r"|(?:(?:in|into|to) )?(?:the )?(?:[lr]|lt|rt) (?:eye|ear|nostril)"
    r"|(?:both|each|left|right|affected) (?:eyes?|ears?|nostrils?)"
    r"|where (?:affected|needed)"
)

_SYMPTOMS: list[str] = VOCABULARY["symptoms"]
_ADJECTIVES = (
    r"(?:mild|moderate|severe|mild to moderate|moderate to severe|acute"
    r"|chronic|breakthrough|persistent|ongoing|back|chest|joint|knee"
    r"|hip|leg|abdominal|period|stomach|neuropathic|muscle|arthritic"
    r"|extreme|your)"
)
_SYMPTOM = "(?:" + "|".join(sorted(map(re.escape, _SYMPTOMS), key=len, reverse=True)) + r")(?![\w'])"
_ONE_REASON = rf"(?:{_ADJECTIVES} ?(?:/|or|and|to)? ?)*{_SYMPTOM}"
_REASON = (
    rf"(?:(?:for )+(?:the )?(?:relief of |treatment of |management of "
    rf"|prevention of |your )?|to (?:help (?:with |you )?|relieve |prevent "
    rf"|treat |reduce |lower |control |ease )(?:the |your )?|if (?:in"
    rf"|you have|there is) )"
    rf"(?P<reason>{_ONE_REASON}(?:(?:,| ?/ ?| and | or | and/or |, and ){_ONE_REASON})*)"
)

_ADVICE = (

        r"(?:to be )?swallow(?:ed)? (?:it |them )?whole(?:,? (?:with (?:water"
        r"|a full glass of water|plenty of water)))?(?:[,.]? (?:do )?not (?:chewed"
        r"|chew|crush(?:ed)?)(?:,? (?:or |nor )?(?:crush(?:ed)?|chew(?:ed)?"
        r"|break|broken))*)?",
    r"do not (?:chew|crush|break|split)(?:,? (?:or )?(?:chew|crush|break|split))*(?: the tablets?)?",

        r"(?:to be |when )?(?:dissolved?|dispersed?|mixed?|stirred?)(?: or (?:mixed?"
        r"|dispersed?))?(?: well)? (?:in|with)(?:to)?(?: (?:a|half a|one"
        r"|full))*(?: (?:glass|tumbler|cup)(?:ful)? of| plenty of| a little"
        r"| some)? (?:water|milk|juice|fluid)(?: before (?:taking|use|drinking))?",
    r"well diluted (?:in|with) water",

        r"(?:with|in) (?:plenty of |some |a |a full |a large |half a |one )*(?:(?:glass"
        r"|tumbler|cup)(?:ful)? of )?(?:water|milk|cold water|fluid|juice)(?: before taking)?",
    r"drink (?:plenty of (?:water|fluids?)|a full glass of water)",
    r"(?:warning[.:]? )?(?:this medicine )?may (?:make you (?:feel )?(?:sleepy|drowsy)|cause drowsiness)",
    r"if (?:this happens|affected)(?: you)?,? do not drive or (?:use|operate) (?:tools or )?machine(?:s|ry)",
    r"(?:avoid|do not drink) (?:alcohol|alcoholic drinks?)",

        r"do not stop taking (?:this medicine|it)?(?: ?(?:unless|except) (?:your doctor tells you to stop"
        r"|on your doctor's advice))?",

        r"(?:space the doses evenly throughout the day[.,]? )?keep taking (?:this medicine )?"
        r"until the course is (?:finished"
        r"|completed)(?:,? unless you are told to stop)?",
    r"(?:and )?(?:complete|finish) the (?:prescribed )?course(?: unless otherwise directed)?",
    r"until (?:the )?(?:course is )?(?:all )?(?:finished|complete|completed)",
    r"at regular intervals|at evenly spaced intervals|spaced evenly(?: throughout the day)?",
    r"shake (?:the )?(?:bottle |well |bottle well )?(?:before (?:use|using|taking))?",
    r"(?:spread )?(?:thinly|sparingly)(?: on the affected skin only)?|liberally|generously|gently",
    r"as an? (?:soap substitute|mouth ?wash|moisturiser|shampoo)|between meals",
    # The cautionary and advisory labels of the BNF, as they are printed.
    r"warning[.:]? (?:this medicine )?(?:may make|makes) you sleepy",
    r"this medicine (?:may make|makes) you sleepy|if you still feel sleepy the next day,? do not drive or use tools"
    r" or machines",
    r"(?:warning[.:]? )?do not stop taking this medicine unless your doctor tells you to(?: stop)?",
    r"space the doses evenly throughout the day",
    r"protect your skin from sunlight(?: ?[-–—]+ ?|,? )even on a bright but cloudy day|do not use sun ?beds",
    r"do not take (?:anything(?: else)?) containing (?:paracetamol|aspirin|ibuprofen)(?: while taking this medicine)?",
    r"talk to a doctor at once if you take too much of this medicine,? even if you feel well",
    r"this medicine may colour your urine|this is harmless|(?:warning[.:]? )?read the additional information given"
    r" with this medicine",
    r"(?:warning[.:]? )?(?:avoid|do not drink) alcohol(?: while taking this medicine)?",
    r"avoid (?:exposure to )?(?:direct )?sunlight|(?:suck or )?chew this medicine|swallow this medicine whole",
    r"do not (?:chew or crush|crush or chew)|dissolve this medicine under your tongue|caution[.:]? flammable",
    r"keep (?:your body )?away from (?:fire|flames|fire or flames)(?: after you have put on the medicine)?",
    r"sitting upright|whil(?:e|st) sitting upright",

        r"(?:do not take )?(?:indigestion remedies|milk|antacids)(?:,? (?:or )?(?:indigestion remedies"
        r"|milk|antacids|iron|zinc))* (?:at the same time|2 hours before or after)(?: of day)?(?: as this medicine)?",
    r"rub(?:bed)? in(?: gently| well)?|massaged? in(?: gently)?",

        r"then rinse (?:your )?mouth|rinse (?:your |the )?mouth"
        r"(?: with water)?(?: and spit)?(?: out)? (?:after(?: each)? (?:use"
        r"|using|dose))",

        r"(?:via|using|through|with) (?:an? |the )?(?:spacer(?: device)?"
        r"|aerochamber|volumatic|metered dose device|haleraid)",
    r"rotate (?:the )?(?:injection |application )?sites?|using a different site each time",
    r"remove (?:the )?(?:old|previous|used) patch(?: first)?",
    r"to (?:a )?(?:clean,? )?dry,? hairless skin",

        r"do not take (?:anything containing|with any other|more than one product containing"
        r"|with other) paracetamol(?: products?)?(?: while taking this medicine"
        r"| at the same time)?",
    r"contains (?:aspirin|paracetamol|an aspirin-like medicine|sulfite)",
    r"for external use only|not to be taken|flammable|allow to melt(?: under the tongue)?|leave (?:on )?to dry",
    r"while (?:sitting or standing|sitting|standing)(?: upright)?|in an upright position|whilst upright",

        r"store in (?:a|the) (?:fridge|refrigerator)|discard (?:4 weeks"
        r"|28 days|four weeks) after (?:opening|first opening)",
    r"avoid exposure of skin to (?:direct )?sunlight(?: or sun lamps)?",
    r"with dialysis",
    r"dissolve first",
    r"(?:on )?the same day (?:each|every) week",
    r"(?:at )?the same time (?:each|every) day",
    r"with or without food",
    r"in a thin layer|a thin (?:layer|film)|a pea[ -]sized amount|a small amount",
    r"unless otherwise directed(?: by your doctor)?",
)  # fmt: skip


def _say(kind: str, pattern: str, meaning: Any) -> Phrase:
    compiled = re.compile(rf"(?:{pattern})(?!\w)")
    take: Callable[[re.Match[str]], Any] = meaning if callable(meaning) else lambda match: meaning
    return Phrase(kind, compiled, take)


def _plain_site(match: re.Match[str]) -> str:
    """Return the site without its preposition and article, "each" and "both" kept, "R eye" written out."""
    plain = re.sub(r"^(?:(?:in|into|to|on|onto|over|inside) )?(?:(?:the|your|an?) )?", "", match[0])
    return re.sub(r"^(l|r)t? (?=eye|ear|nostril)", lambda side: {"l": "left ", "r": "right "}[side[1]], plain)


ADVICE = (
    *(_say("verb", pattern, name) for pattern, name in _VERBS),
    *(_say("route", pattern, name) for pattern, name in _ROUTES),
    _say("site", _SITE, _plain_site),
    _say("reason", _REASON, lambda match: match["reason"]),
    _say(
        "upright",
        rf"(?:and )?(?:remain|stay|sit|stand|be|keep) (?:sitting or standing "
        rf"|sitting |standing )?upright for (?:at least )?(?P<n>{COUNT}) ?(?:minutes"
        rf"|mins)(?: (?:afterwards|after(?: taking| each dose)?))?",
        lambda match: int(number_of(match["n"])),
    ),
    _say(
        "rest",
        rf"(?:,? ?(?:and )?(?:then|subsequent courses) )?repeat(?:ed)? after (?:an? )?"
        rf"(?P<n>{COUNT})[ -]days? ?(?:(?:tablet"
        rf"|pill|patch|treatment)[ -]free (?:interval|period|break))"
        rf"|(?:followed by|then) (?:an? )?(?P<n2>{COUNT})[ -](?:days? (?:break"
        rf"|(?:tablet|pill|patch|treatment)[ -]free (?:interval|period|break))"
        rf"|days? off)",
        lambda match: int(number_of(match["n"] or match["n2"])),
    ),
    *(_say("note", pattern, lambda match: match[0]) for pattern in _ADVICE),
    _say("then", r"(?:and )?then(?: (?:reduce|increase|continue) to)?|followed by|thereafter|after that", True),
    _say("and", r"and|&|plus", True),
    _say("stop", r"(?:and )?then stop|then discontinue", True),
    _say("start", r"initially|to start(?: with)?", True),
)
