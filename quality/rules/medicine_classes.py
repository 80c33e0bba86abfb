"""Which class of medicines does a medicine belong to, for figures that are told by class?

Few classes, so that counts are not small: those in which a missed or wrong dose does most harm, and the large groups
of what people in care homes take. By the beginning of the ATC code; a controlled drug is one whatever its code.
"""

CONTROLLED, OTHER = "controlled", "other"
#: Class to its name on screen, in the order of showing.
CLASS_WORDS = {
    CONTROLLED: "Controlled drugs",
    "anticoagulants": "Anticoagulants",
    "diabetes": "Insulin and diabetes",
    "parkinsons": "Parkinson’s",
    "epilepsy": "Epilepsy",
    "mental_health": "Mental health and dementia",
    "pain": "Pain relief",
    "heart": "Heart and blood pressure",
    "infection": "Antibiotics and infection",
    "breathing": "Breathing",
    "stomach": "Stomach and bowel",
    "skin_and_eyes": "Skin, eyes and ears",
    OTHER: "Other medicines",
}
#: Beginnings of ATC codes, the first that fits decides.
_BEGINNINGS = (
    ("B01A", "anticoagulants"),
    ("A10", "diabetes"),
    ("N04", "parkinsons"),
    ("N03", "epilepsy"),
    ("N05", "mental_health"),
    ("N06", "mental_health"),
    ("N02", "pain"),
    ("M01", "pain"),
    ("C", "heart"),
    ("J", "infection"),
    ("R", "breathing"),
    ("A0", "stomach"),
    ("D", "skin_and_eyes"),
    ("S", "skin_and_eyes"),
)
#: Aspirin and its like share the anticoagulants' group in ATC, but no INR and no bleed clinic: they are for the heart.
_ANTIPLATELETS = "B01AC"


def class_of(atc_code: str, *, is_controlled: bool) -> str:
    """Return the class of a medicine; one without a code is among the others."""
    if is_controlled:
        return CONTROLLED
    if atc_code.startswith(_ANTIPLATELETS):
        return "heart"
    return next((word for beginning, word in _BEGINNINGS if atc_code.startswith(beginning)), OTHER)
