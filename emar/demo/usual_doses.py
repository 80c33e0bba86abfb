"""What care-home residents usually take, and in what words: one entry for each medicine the demo prescribes.

`share` is the medicine's share of the items prescribed to English care-home residents (per cent, NHSBSA
care-home prescribing 2020/21, OGL v3.0), split over its usual strengths; `how` is a dose in the short spelling
that emar.demo.directions reads. Doses are ordinary adult ones (BNF); they are for trying a record out and
advise nobody.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UsualDose:
    """One medicine as it is usually prescribed to an older person.

    Residents get at most one medicine of each `family`. `per_pack` says how many of `unit` one pack holds
    where that is not the pack's own count (drops in a bottle).
    """

    medicine: str
    family: str
    share: float
    how: str
    unit: str
    indication: str
    instructions: tuple[str, ...] = ()
    prn_condition: str = ""
    per_pack: int | None = None
    route: str = "Oral"


U = UsualDose
WATER = "Swallow whole with water"
FOOD = "With or just after food"
SEDATING = "May cause drowsiness"

REGULAR = (
    U("Paracetamol 500mg tablets", "paracetamol", 1.9, "M2 L2 T2 N2", "tablet", "Arthritis pain",
      ("No other paracetamol", "At least 4 hours between doses")),
    U("Paracetamol 250mg/5ml oral suspension sugar free", "paracetamol", 0.4, "M20 L20 T20 N20", "ml",
      "Pain; cannot swallow tablets", ("Shake the bottle", "No other paracetamol")),
    U("Colecalciferol 800unit capsules", "vitamin D", 2.6, "M1", "capsule", "Vitamin D deficiency"),
    U("Colecalciferol 400unit / Calcium carbonate 1.5g chewable tablets", "vitamin D", 1.6, "M1 T1", "tablet",
      "Bone protection", ("Chew before swallowing", "Not at the same time as levothyroxine")),
    U("Macrogol compound oral powder sachets NPF sugar free", "osmotic laxative", 1.5, "M1", "sachet",
      "Constipation", ("Dissolve in half a glass of water",)),
    U("Senna 7.5mg tablets", "stimulant laxative", 1.4, "N2", "tablet", "Constipation"),
    U("Lactulose 3.1-3.7g/5ml oral solution", "osmotic laxative", 0.9, "M15 T15", "ml", "Constipation"),
    U("Docusate 100mg capsules", "softener", 0.6, "M1 N1", "capsule", "Constipation", (WATER,)),
    U("Lansoprazole 15mg gastro-resistant capsules", "acid", 1.3, "07:30=1", "capsule", "Stomach protection",
      ("30 minutes before breakfast", WATER)),
    U("Lansoprazole 30mg gastro-resistant capsules", "acid", 1.0, "07:30=1", "capsule", "Acid reflux",
      ("30 minutes before breakfast", WATER)),
    U("Omeprazole 20mg gastro-resistant capsules", "acid", 1.9, "M1", "capsule", "Acid reflux", (WATER,)),
    U("Atorvastatin 20mg tablets", "statin", 1.3, "N1", "tablet", "High cholesterol"),
    U("Atorvastatin 40mg tablets", "statin", 0.7, "N1", "tablet", "After a heart attack"),
    U("Simvastatin 40mg tablets", "statin", 1.0, "N1", "tablet", "High cholesterol", ("No grapefruit",)),
    U("Furosemide 40mg tablets", "loop diuretic", 1.2, "M1", "tablet", "Heart failure"),
    U("Furosemide 20mg tablets", "loop diuretic", 0.6, "M1", "tablet", "Swollen legs, heart failure"),
    U("Bumetanide 1mg tablets", "loop diuretic", 0.3, "M1", "tablet", "Heart failure"),
    U("Bisoprolol 2.5mg tablets", "beta blocker", 1.3, "M1", "tablet", "Atrial fibrillation"),
    U("Bisoprolol 1.25mg tablets", "beta blocker", 0.7, "M1", "tablet", "Heart failure"),
    U("Amlodipine 5mg tablets", "calcium blocker", 1.1, "M1", "tablet", "High blood pressure"),
    U("Amlodipine 10mg tablets", "calcium blocker", 0.4, "M1", "tablet", "High blood pressure"),
    U("Ramipril 5mg capsules", "ACE inhibitor", 0.7, "M1", "capsule", "High blood pressure"),
    U("Ramipril 2.5mg capsules", "ACE inhibitor", 0.3, "N1", "capsule", "Heart failure"),
    U("Losartan 50mg tablets", "ACE inhibitor", 0.3, "M1", "tablet", "High blood pressure"),
    U("Apixaban 2.5mg tablets", "anticoagulant", 0.7, "M1 T1", "tablet", "Atrial fibrillation: prevents stroke",
      ("Do not miss a dose",)),
    U("Apixaban 5mg tablets", "anticoagulant", 0.4, "M1 T1", "tablet", "Atrial fibrillation: prevents stroke",
      ("Do not miss a dose",)),
    U("Rivaroxaban 20mg tablets", "anticoagulant", 0.4, "T1", "tablet", "Atrial fibrillation: prevents stroke",
      ("With food", "Do not miss a dose")),
    U("Edoxaban 30mg tablets", "anticoagulant", 0.2, "M1", "tablet", "Atrial fibrillation: prevents stroke",
      ("Do not miss a dose",)),
    U("Clopidogrel 75mg tablets", "antiplatelet", 1.3, "M1", "tablet", "After a stroke"),
    U("Aspirin 75mg dispersible tablets", "antiplatelet", 1.4, "M1", "tablet", "Heart disease",
      ("Dissolve in water", FOOD)),
    U("Digoxin 125microgram tablets", "digoxin", 0.3, "M1", "tablet", "Atrial fibrillation",
      ("Check the pulse first; ask before giving below 60",)),
    U("Digoxin 62.5microgram tablets", "digoxin", 0.2, "M1", "tablet", "Atrial fibrillation",
      ("Check the pulse first; ask before giving below 60",)),
    U("Isosorbide mononitrate 10mg tablets", "nitrate", 0.3, "M1 L1", "tablet", "Angina"),
    U("Spironolactone 25mg tablets", "spironolactone", 0.25, "M1", "tablet", "Heart failure"),
    U("Levothyroxine sodium 50microgram tablets", "thyroid", 1.2, "07:30=1", "tablet", "Underactive thyroid",
      ("30 minutes before breakfast and other medicines",)),
    U("Levothyroxine sodium 25microgram tablets", "thyroid", 0.6, "07:30=1", "tablet", "Underactive thyroid",
      ("30 minutes before breakfast and other medicines",)),
    U("Metformin 500mg tablets", "metformin", 0.8, "M1 T1", "tablet", "Type 2 diabetes", (FOOD,)),
    U("Gliclazide 80mg tablets", "gliclazide", 0.25, "M1", "tablet", "Type 2 diabetes", ("With breakfast",)),
    U("Linagliptin 5mg tablets", "gliptin", 0.2, "M1", "tablet", "Type 2 diabetes"),
    U("Mirtazapine 15mg tablets", "antidepressant", 1.0, "N1", "tablet", "Depression; poor appetite", (SEDATING,)),
    U("Mirtazapine 30mg tablets", "antidepressant", 0.7, "N1", "tablet", "Depression", (SEDATING,)),
    U("Sertraline 50mg tablets", "antidepressant", 1.2, "M1", "tablet", "Depression and anxiety"),
    U("Citalopram 20mg tablets", "antidepressant", 0.9, "M1", "tablet", "Depression"),
    U("Trazodone 50mg capsules", "antidepressant", 0.3, "N1", "capsule", "Agitation at night", (FOOD, SEDATING)),
    U("Memantine 10mg tablets", "memantine", 1.3, "M1", "tablet", "Alzheimer's disease"),
    U("Donepezil 10mg tablets", "donepezil", 0.8, "N1", "tablet", "Alzheimer's disease"),
    U("Donepezil 5mg tablets", "donepezil", 0.3, "N1", "tablet", "Alzheimer's disease"),
    U("Risperidone 500microgram tablets", "antipsychotic", 0.7, "M1 N1", "tablet",
      "Severe distress in dementia; review every 6 weeks"),
    U("Quetiapine 25mg tablets", "antipsychotic", 0.35, "N1", "tablet", "Hallucinations in dementia"),
    U("Amitriptyline 10mg tablets", "amitriptyline", 0.4, "N1", "tablet", "Nerve pain", (SEDATING,)),
    U("Pregabalin 75mg capsules", "nerve pain", 0.35, "M1 N1", "capsule", "Nerve pain"),
    U("Gabapentin 300mg capsules", "nerve pain", 0.35, "M1 T1 N1", "capsule", "Nerve pain", (WATER,)),
    U("Levetiracetam 500mg tablets", "epilepsy", 0.4, "M1 N1", "tablet", "Epilepsy", ("Do not miss a dose",)),
    U("Folic acid 5mg tablets", "folic acid", 1.3, "M1", "tablet", "Folate deficiency"),
    U("Ferrous fumarate 210mg tablets", "iron", 0.7, "M1", "tablet", "Iron deficiency anaemia",
      ("Not with antacids", "May turn stools black")),
    U("Ferrous sulfate 200mg tablets", "iron", 0.4, "M1", "tablet", "Iron deficiency anaemia",
      ("Not with antacids", "May turn stools black")),
    U("Thiamine 100mg tablets", "thiamine", 0.35, "M1 T1", "tablet", "Vitamin B1 deficiency"),
    U("Alendronic acid 70mg tablets", "bone", 0.9, "weekly 07:00=1", "tablet", "Osteoporosis",
      ("On rising, before food, with a full glass of water", "Stay upright for 30 minutes")),
    U("Tamsulosin 400microgram modified-release capsules", "prostate", 0.5, "M1", "capsule", "Enlarged prostate",
      (WATER, "After breakfast")),
    U("Finasteride 5mg tablets", "finasteride", 0.35, "M1", "tablet", "Enlarged prostate",
      ("Women who may be pregnant must not touch crushed tablets",)),
    U("Prednisolone 5mg tablets", "steroid", 0.3, "M1", "tablet", "Polymyalgia", ("With breakfast",)),
    U("Allopurinol 100mg tablets", "gout", 0.25, "M1", "tablet", "Gout", (FOOD,)),
    U("Cetirizine 10mg tablets", "antihistamine", 0.3, "N1", "tablet", "Itching"),
    U("Carbocisteine 375mg capsules", "mucolytic", 0.3, "M2 L2 T2", "capsule", "COPD: thick phlegm"),
    U("Melatonin 2mg modified-release tablets", "sleep", 0.15, "N1", "tablet", "Poor sleep", (WATER, FOOD)),
    U("Zopiclone 3.75mg tablets", "sleep", 0.4, "N1", "tablet", "Poor sleep", (SEDATING,)),
    U("Tiotropium bromide 18microgram inhalation powder capsules", "tiotropium", 0.2, "M1", "capsule", "COPD",
      ("Inhale with the device; do not swallow",), route="Inhalation"),
    U("Latanoprost 50micrograms/ml eye drops", "glaucoma", 0.32, "N2", "drop", "Glaucoma, both eyes",
      ("One drop in each eye", "Discard 28 days after opening"), per_pack=80, route="Ocular"),
    U("Hypromellose 0.3% eye drops", "dry eyes", 0.32, "M2 L2 T2 N2", "drop", "Dry eyes",
      ("One drop in each eye", "Discard 28 days after opening"), per_pack=250, route="Ocular"),
    U("Buprenorphine 5micrograms/hour transdermal patches", "strong opioid", 0.5, "weekly 10:00=1", "patch",
      "Long-lasting pain", ("Change every 7 days, new place each time", "Old patch off first"),
      route="Transdermal"),
    U("Buprenorphine 10micrograms/hour transdermal patches", "strong opioid", 0.3, "weekly 10:00=1", "patch",
      "Long-lasting pain", ("Change every 7 days, new place each time", "Old patch off first"),
      route="Transdermal"),
    U("Fentanyl 12micrograms/hour transdermal patches", "strong opioid", 0.15, "every 3 days 10:00=1", "patch",
      "Cancer pain", ("Change every 72 hours, new place each time", "Old patch off first", "No heat on the patch"),
      route="Transdermal"),
    U("Morphine 10mg modified-release tablets", "strong opioid", 0.2, "M1 N1", "tablet", "Cancer pain",
      (WATER, "12 hours between doses")),
)

PARKINSONS = (
    U("Co-careldopa 25mg/100mg tablets", "levodopa", 0.35, "07:00=1 11:00=1 15:00=1 19:00=1", "tablet",
      "Parkinson's disease", ("Exactly on time", "30 minutes before food")),
    U("Co-beneldopa 25mg/100mg capsules", "levodopa", 0.35, "07:00=1 10:30=1 14:00=1 17:30=1 21:00=1", "capsule",
      "Parkinson's disease", ("Exactly on time", WATER)),
)

WHEN_REQUIRED = (
    U("Paracetamol 500mg tablets", "paracetamol", 2.2, "prn 1-2 gap 4h max 8", "tablet", "Pain",
      ("No other paracetamol",), "Pain, when she or he says so, holds a joint or grimaces on moving"),
    U("Macrogol compound oral powder sachets NPF sugar free", "osmotic laxative", 0.9, "prn 1-2 gap 8h max 3",
      "sachet", "Constipation", ("Dissolve in half a glass of water",), "No bowel movement for 2 days"),
    U("Senna 7.5mg tablets", "stimulant laxative", 0.7, "prn 1-2 gap 24h max 2", "tablet", "Constipation", (),
      "No bowel movement for 2 days, at night"),
    U("Lorazepam 1mg tablets", "calming", 0.62, "prn 0.5-1 gap 6h max 2", "tablet", "Severe agitation",
      (SEDATING,), "Distress that does not settle with company and quiet; try those first for 20 minutes"),
    U("Codeine 15mg tablets", "weak opioid", 0.45, "prn 1-2 gap 4h max 8", "tablet", "Pain",
      (SEDATING,), "Pain that paracetamol has not eased after an hour"),
    U("Co-codamol 8mg/500mg tablets", "paracetamol", 0.45, "prn 1-2 gap 4h max 8", "tablet", "Pain",
      ("No other paracetamol",), "Pain in the back or hips, when asked for"),
    U("Morphine sulfate 10mg/5ml oral solution", "breakthrough", 0.55, "prn 2.5-5 gap 4h max 20", "ml",
      "Breakthrough pain", ("Measure with the oral syringe",), "Pain between regular doses"),
    U("Salbutamol 100micrograms/dose inhaler CFC free", "reliever", 0.7, "prn 2 gap 4h max 8", "dose",
      "Breathlessness", ("Through the spacer, one puff at a time",), "Wheeze or breathlessness",
      route="Inhalation"),
    U("Glyceryl trinitrate 400micrograms/dose pump sublingual spray", "angina spray", 0.09,
      "prn 1-2 gap 5m max 3", "dose", "Angina", ("Under the tongue, sitting down",),
      "Chest pain. Ring 999 if not gone 5 minutes after the second dose", route="Sublingual"),
    U("Loperamide 2mg capsules", "diarrhoea", 0.15, "prn 1-2 gap 4h max 8", "capsule", "Diarrhoea", (),
      "Loose stools after infection has been ruled out"),
    U("Hyoscine butylbromide 10mg tablets", "cramps", 0.2, "prn 1-2 gap 6h max 8", "tablet", "Stomach cramps",
      (WATER,), "Cramping pain low in the abdomen"),
)

COURSES = (
    U("Nitrofurantoin 100mg modified-release capsules", "infection", 0.6, "7 days M1 T1", "capsule",
      "Urine infection", (FOOD, "Finish the course")),
    U("Amoxicillin 500mg capsules", "infection", 0.36, "5 days M1 L1 N1", "capsule", "Chest infection",
      ("Finish the course",)),
    U("Flucloxacillin 500mg capsules", "infection", 0.3, "7 days 07:00=1 12:00=1 17:00=1 22:00=1", "capsule",
      "Cellulitis of the leg", ("On an empty stomach", "Finish the course")),
    U("Trimethoprim 200mg tablets", "infection", 0.29, "3 days M1 N1", "tablet", "Urine infection",
      ("Finish the course",)),
    U("Doxycycline 100mg capsules", "infection", 0.22, "5 days M1", "capsule", "Chest infection",
      (WATER, "With food, sitting up", "Not with iron or antacids")),
)

#: Medicines of the strong painkillers' family bring a laxative with them.
OPIOID_FAMILIES = frozenset({"strong opioid", "breakthrough"})
#: What must be given to the minute or not be missed is decided by these words in the family.
TIME_CRITICAL_FAMILIES = frozenset({"levodopa"})
#: A resident whose allergy is of this kind is never given these families' medicines in the demo.
PENICILLINS = frozenset({"Amoxicillin 500mg capsules", "Flucloxacillin 500mg capsules"})
