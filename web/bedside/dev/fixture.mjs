// An invented home for the app's own tests and screenshots: a snapshot as the server would make it.
import { createHash, pbkdf2Sync } from "node:crypto";

const minute = 60_000;
export const ITERATIONS = 1000;
export const PINS = { 1: "2468", 2: "1357", 3: "8642" };
export const BADGES = { 1: "ESANN234", 2: "ESBEN234", 3: "ESCAT234" };

// One base for the whole run: a dose must not move while somebody is giving it.
const base = Math.floor(Date.now() / (5 * minute)) * 5 * minute;

const STAFF = [
  [1, "Anna Kowalska", "AK", "carer"], [2, "Ben Achebe", "BA", "senior"], [3, "Cathy Moore", "CM", "nurse"],
  [4, "Dilip Rao", "DR", "agency_carer"], [5, "Ewa Nowak", "EN", "carer"], [6, "Francesca Montgomery-Hughes", "FM", "carer"],
];

export function verifier(staffId) {
  const pin = PINS[staffId];
  if (!pin) return null;
  const salt = createHash("sha256").update(`salt${staffId}`).digest("hex").slice(0, 32);
  const key = pbkdf2Sync(pin, Buffer.from(salt, "hex"), ITERATIONS, 32, "sha256").toString("hex");
  return { algorithm: "pbkdf2-sha256", salt, iterations: ITERATIONS, key };
}

export function staffRows() {
  return STAFF.map(([id, display_name, initials, role]) => ({ id, display_name, initials, role, photo_url: null }));
}

function face(hue) {
  return `/dev/face-${hue}.svg`;
}

const PEOPLE = [
  ["Joan", "Joan Whitfield", "12", "1938-03-04", "recorded", [["Penicillin", "rash"]], "One at a time, with yoghurt. Hearing aid on the left side.", "present"],
  ["Alf", "Alfred Osei", "14", "1941-11-19", "none_known", [], "Whole, with water. Parkinson’s: be on time.", "present"],
  ["Mrs Begum", "Shahida Begum", "15", "1935-07-22", "recorded", [["Aspirin", "wheeze"], ["Latex", "rash"]], "Sitting up. Her daughter helps at tea.", "present"],
  ["Bill", "William Pryce", "16", "1944-01-30", "not_recorded", [], "", "present"],
  ["Margaret", "Margaret Featherstonehaugh-Cholmondeley", "17", "1931-12-25", "none_known", [], "Crush on pharmacist’s advice; thickened drink, level 2.", "present"],
  ["Percy", "Percival Tan", "18", "1939-05-05", "none_known", [], "", "in_hospital"],
  ["Nan", "Nancy Oduya", "19", "1936-08-08", "none_known", [], "Tell her what each one is for.", "present"],
  ["Ted", "Edward Marsh", "20", "1940-02-14", "none_known", [], "", "present"],
];

const SWALLOWING = {
  Margaret: { drink_level: 2, food_level: 5, swallowing_words: "Upright, small sips, chin down. Stay with her." },
};

function gtin(body) {
  let sum = 0;
  for (let i = 12, weight = 3; i >= 0; i--, weight = 4 - weight) sum += Number(body[i]) * weight;
  return body + ((10 - (sum % 10)) % 10);
}

const MEDICINES = {
  amlodipine: ["Amlodipine", "5 mg", "tablets", ["amlodipine"]],
  metformin: ["Metformin", "500 mg", "tablets", ["metformin"]],
  apixaban: ["Apixaban", "2.5 mg", "tablets", ["apixaban"]],
  careldopa: ["Co-careldopa", "25 mg/100 mg", "tablets", ["carbidopa", "levodopa"]],
  simvastatin: ["Simvastatin", "40 mg", "tablets", ["simvastatin"]],
  morphine: ["Morphine", "10 mg/5 ml", "oral solution", ["morphine"]],
  paracetamol: ["Paracetamol", "500 mg", "tablets", ["paracetamol"]],
  senna: ["Senna", "7.5 mg", "tablets", ["senna"]],
  longname: ["Levothyroxine sodium with a very long generic name that must never be cut short", "100 micrograms/5 ml", "oral solution sugar free", ["levothyroxine"]],
  digoxin: ["Digoxin", "125 micrograms", "tablets", ["digoxin"]],
  lorazepam: ["Lorazepam", "1 mg", "tablets", ["lorazepam"]],
  amlodipine10: ["Amlodipine", "10 mg", "tablets", ["amlodipine"]],
  cocodamol: ["Co-codamol", "8 mg/500 mg", "tablets", ["codeine", "paracetamol"]],
  fentanyl: ["Fentanyl", "25 micrograms/hour", "transdermal patches", ["fentanyl"]],
  warfarin3: ["Warfarin", "3 mg", "tablets", ["warfarin"]],
  warfarin1: ["Warfarin", "1 mg", "tablets", ["warfarin"]],
  insulin: ["Insulin aspart", "100 units/ml", "solution for injection", ["insulin aspart"]],
  barrier: ["Cavilon barrier", "", "cream", ["barrier"]],
  thickener: ["Thick & Easy", "", "powder", ["thickener"]],
  latanoprost: ["Latanoprost", "50 micrograms/ml", "eye drops", ["latanoprost"]],
};
// Labels have no letters that look like digits.
const letterOf = (i) => String.fromCharCode(65 + i).replace("I", "Y").replace("L", "X").replace("O", "Z").replace("U", "W");
const KEYS = Object.keys(MEDICINES);
export const gtinOf = (key) => gtin(`0501234${String(50000 + KEYS.indexOf(key) * 10).padStart(6, "0")}`.slice(0, 13));
const medicineId = (key) => 100 + KEYS.indexOf(key);

//            resident, medicine, dose, amount, unit, minutes from now, extras
const LINES = [
  [1, "amlodipine", "Take 1 tablet", ["1", "1"], "tablet", -20, { reason: "Blood pressure" }],
  [1, "metformin", "Take 2 tablets", ["2", "2"], "tablet", -20, { reason: "Diabetes", instructions: ["With or just after food"] }],
  [1, "apixaban", "Take 1 tablet", ["1", "1"], "tablet", -20, { reason: "Blood thinner", instructions: ["Do not miss a dose"] }],
  [1, "paracetamol", "Take 1 or 2 tablets", ["1", "2"], "tablet", null, { reason: "Pain", prn: { condition: "pain in the hip", given_24h: "4", max_amount_24h: "8", history: [[-600, "2"], [-960, "2"]], more: (now) => ({
    protocol: { condition: "pain in the hip", signs: "Rubs the hip, pulls a face when standing", can_ask: false, choosing: "1 for aching, 2 when it keeps her from walking", try_first: "A warm pack, and sitting another way", order: 1, expected_effect: "Moves more easily within the hour", effect_after_minutes: 60, review_on: "2027-02-01", call_when: "Needed every day for a week" },
    limited_ingredients: [{ ingredient_id: "paracetamol", name: "Paracetamol", max_mg_24h: "4000", given_mg_24h: "3000", min_gap_minutes: 240 }],
    other_products: [{ administration_id: "o1", given_at: new Date(now - 400 * 60_000).toISOString(), amount: "2", unit: "tablet", prescription_id: 1999, by_initials: "BA", effect: null, medicine_name: "Co-codamol 8 mg/500 mg tablets" }],
  }) } }],
  [1, "lorazepam", "Take 1 tablet", ["1", "1"], "tablet", null, { reason: "Anxiety", prn: { condition: "distress, after company and music were tried", given_24h: "1", max_amount_24h: "2", min_gap_minutes: 360, history: [[-100, "1"]] } }],
  [2, "careldopa", "Take 1 tablet", ["1", "1"], "tablet", 5, { reason: "Parkinson’s", time_critical: true, window_minutes: 30 }],
  [3, "morphine", "Take 2.5 ml (5 mg)", ["2.5", "2.5"], "ml", -20, { reason: "Pain", cd: true, balance: "187.5" }],
  [4, "simvastatin", "Take 1 tablet", ["1", "1"], "tablet", -20, { reason: "Cholesterol" }],
  [4, "digoxin", "Take 1 tablet", ["1", "1"], "tablet", 190, { reason: "Heart", instructions: ["Take the pulse first"] }],
  [5, "longname", "Take 5 ml (100 micrograms)", ["5", "5"], "ml", -20, { reason: "Thyroid", instructions: ["On rising, 30 minutes before food", "Covert: in jam, care plan of March"] }],
  [5, "senna", "Take 1 or 2 tablets", ["1", "2"], "tablet", -20, { reason: "Constipation", line: { plans: [{ kind: "crush", words: "Crush and stir into a spoon of yoghurt.", review_on: null }] } }],
  [5, "amlodipine10", "Take 1 tablet", ["1", "1"], "tablet", -300, { reason: "Blood pressure", line: { plans: [{ kind: "crush", is_allowed: false, words: "Ask for the liquid instead.", review_on: null }] } }],
  [6, "amlodipine", "Take 1 tablet", ["1", "1"], "tablet", -20, { reason: "Blood pressure" }],
  [7, "warfarin3", "Take 7 mg as the INR says", ["7", "7"], "mg", -20, {
    stock_unit: "tablet", reason: "Atrial fibrillation", due: { parts: [{ strength: "3", count: "2" }, { strength: "1", count: "1" }] },
    line: { combined_medicine_ids: ["warfarin1"], strengths: [["warfarin3", "3"], ["warfarin1", "1"]], inr: { is_current: true, inr: "2.4", tested_on: "2026-11-12", until_on: "2031-12-01", ask: "" } },
  }],
  [7, "insulin", "Inject by the scale", ["4", "8"], "unit", -20, {
    reason: "Diabetes", line: { body_areas: ["left upper arm", "right upper arm"] },
    due: {
      needs_reading: "blood_glucose",
      scale: { reading: "blood_glucose", steps: [{ at_least: null, below: "4", low: null, high: null, words: "Give no insulin. Give a sugary drink, and ring the nurse." }, { at_least: "4", below: "10", low: "4", high: "4" }, { at_least: "10", below: null, low: "8", high: "8" }] },
    },
  }],
  [7, "digoxin", "Take 1 tablet", ["1", "1"], "tablet", -20, { reason: "Heart", line: { hold: [{ reading: "pulse", below: "60", above: null, words: "Ring the GP today." }], plans: [{ kind: "crush", words: "Crush and mix with water, said the pharmacist.", review_on: "2027-03-01" }] } }],
  [7, "thickener", "Thicken every drink to level 2", ["1", "1"], "scoop", null, { standing: { iddsi_level: 2, words: "Two scoops to 200 ml, stirred until smooth." } }],
  [7, "latanoprost", "1 drop", ["1", "1"], "drop", -20, { reason: "Glaucoma", line: { body_areas: ["left eye"] } }],
  [8, "fentanyl", "1 patch every 72 hours", ["1", "1"], "patch", -20, { reason: "Pain", due: { event: "put_on" }, patch: true }],
  [8, "barrier", "Put on thinly", ["1", "1"], "application", -20, { reason: "Sore skin", line: { is_topical: true, body_areas: ["left forearm", "right forearm"] } }],
  [8, "amlodipine", "Take 1 tablet", ["1", "1"], "tablet", -20, { reason: "Blood pressure", line: { plans: [{ kind: "covert", words: "In jam; decided with his daughter and the GP.", review_on: "2027-01-15" }] } }],
  [2, "warfarin1", "Take as the INR says", ["1", "1"], "mg", null, { reason: "Clot", regular: true, line: { inr: { is_current: false, inr: null, tested_on: null, until_on: null, ask: "Ring the anticoagulation clinic on 020 7946 0000." } } }],
];

function crowd(home, people) {
  for (let n = 0; n < people; n++) {
    const id = 100 + n;
    home.residents.push({ ...home.residents[3], id, room: String(100 + n), full_name: `Invented Person ${n}`, preferred_name: `Person ${n}`, label_code: null, corridor_order: id });
    for (let m = 0; m < 8; m++) {
      const line = { ...home.prescriptions[m % 3], id: `x${n}-${m}`, resident_id: id };
      home.prescriptions.push(line);
      home.packs.push({ ...home.packs[m % 3], id: `xp${n}-${m}`, label_code: null, resident_id: id });
      for (const dose of home.due.filter((each) => each.prescription_id === 1000 + (m % 3))) home.due.push({ ...dose, prescription_id: line.id });
    }
  }
  return home;
}

export function snapshot(now, cursor, answered = new Map(), extraPeople = 0) {
  return crowd(homeOf(now, cursor, answered), extraPeople);
}

function homeOf(now, cursor, answered) {
  const iso = (at) => new Date(at).toISOString();
  const clock = (offset) => new Date(base + offset * minute).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/London" });
  const due = [];
  const packs = [];
  const stock = [];
  const prescriptions = LINES.map(([resident_id, key, dose_words, [low, high], unit, offset, extra], i) => {
    const id = 1000 + i;
    const [name, strength, form, ingredient_ids] = MEDICINES[key];
    const window = extra.window_minutes ?? 60;
    if (offset !== null) {
      for (const days of [0, 1, 2]) {
        const due_at = base + offset * minute + days * 24 * 60 * minute;
        due.push({
          prescription_id: id, due_at: iso(due_at), round_id: extra.time_critical || offset > 60 ? null : offset < -200 ? 1 : 2, low, high, unit,
          opens_at: iso(due_at - window * minute), closes_at: iso(due_at + window * minute),
          early_from: iso(due_at - (extra.time_critical ? window : window + 60) * minute), answered: answered.get(`${id}@${due_at}`) ?? null, ...extra.due,
        });
      }
    }
    packs.push({
      id: `p${id}`, label_code: `EPPK${letterOf(i)}222`, gtin: gtinOf(key), serial: null, batch: "B1", expires_on: "2031-01-31", opened_on: null, use_by: null,
      status: "in_use", line_id: `l${id}`, resident_id, medicine_id: medicineId(key), location: "Oak trolley, drawer 2", balance: extra.balance ?? "28",
    });
    stock.push({ line_id: `l${id}`, resident_id, medicine_id: medicineId(key), balance: extra.balance ?? "28", unit });
    const history = (extra.prn?.history ?? []).map(([ago, amount]) => ({ given_at: iso(now + ago * minute), amount, prescription_id: id }));
    const last = history.length ? Math.max(...history.map((dose) => Date.parse(dose.given_at))) : null;
    const gap = extra.prn?.min_gap_minutes ?? 240;
    return {
      id, version: 1, resident_id, dose_words, instructions: extra.instructions ?? [], reason: extra.reason, unit, stock_unit: extra.stock_unit ?? unit,
      ...extra.line, kind: extra.prn ? "when_required" : extra.standing ? "standing" : "regular", standing: extra.standing ?? null,
      ...(extra.line?.strengths ? { strengths: extra.line.strengths.map(([each, strength]) => ({ medicine_id: medicineId(each), strength, name: MEDICINES[each][0] })), combined_medicine_ids: extra.line.combined_medicine_ids.map(medicineId) } : {}),
      patch: extra.patch ? {
        is_worn: true, every_minutes: 4320, worn_minutes: 4320, sites: ["left upper arm", "right upper arm", "left chest", "right chest"], next_site: "right upper arm",
        last_site: "left upper arm", put_on_at: iso(now - 72 * 60 * minute), check_times: [iso(base - 60 * minute)], last_check: { found: "in_place", checked_at: iso(now - 24 * 60 * minute), by_initials: "BA", site: "left upper arm" }, is_off: false,
      } : null, window_minutes: window, time_critical: extra.time_critical ?? false, must_be_brand: false,
      status: "active", acceptable_gtins: [gtinOf(key)], medicine: { id: medicineId(key), name, strength, form, ingredient_ids, is_cd: extra.cd ?? false },
      prn: extra.prn ? {
        condition: extra.prn.condition, min_gap_minutes: gap, max_amount_24h: extra.prn.max_amount_24h, low, high, given_24h: extra.prn.given_24h,
        last_given_at: last && iso(last), next_allowed_at: last && last + gap * minute > now ? iso(last + gap * minute) : null, effect_after_minutes: 60, history, ...extra.prn.more?.(now),
      } : null,
    };
  });
  return {
    cursor, server_time: iso(now), schema: 1, home: { id: 1, name: "Willow House" }, units: [{ id: 1, name: "Oak" }, { id: 2, name: "Elm" }],
    rounds: [
      { id: 1, unit_id: 1, name: "Morning", starts: clock(-360), ends: clock(-240) },
      { id: 2, unit_id: 1, name: "Tea", starts: clock(-60), ends: clock(60) },
      { id: 3, unit_id: 1, name: "Night", starts: clock(200), ends: clock(260) },
    ],
    staff: staffRows().map((row) => ({ ...row, badge_hash: BADGES[row.id] ? createHash("sha256").update(BADGES[row.id]).digest("hex") : null, pin_verifier: verifier(row.id) })),
    residents: PEOPLE.map(([preferred_name, full_name, room, born_on, allergy_status, allergies, how_i_take, presence], i) => ({
      id: i + 1, unit_id: 1, room, full_name, preferred_name, born_on, photo_url: i < 3 ? face(i) : null, label_code: `ERJAN${i + 2}22`, presence,
      allergies: allergies.map(([substance, reaction]) => ({ substance, reaction })), allergy_status, how_i_take, corridor_order: i + 1,
      ...SWALLOWING[preferred_name],
    })),
    prescriptions, due, packs: [...packs, extraPack("warfarin1", 7)], stock,
    codes: KEYS.map((key) => ({ gtin: gtinOf(key), medicine_id: medicineId(key), pack_name: MEDICINES[key].slice(0, 3).join(" ") })),
    changes: [{ id: 1, resident_id: 1, at: iso(now - 26 * 60 * minute), words: "Apixaban 2.5 mg tablets started" }],
    effect_checks: [{ administration_id: "00000000-0000-7000-8000-000000000001", resident_id: 3, prescription_id: 1003, given_at: iso(now - 70 * minute), due_at: iso(now - 10 * minute) }],
  };
}

const extraPack = (medicine, resident_id) => ({
  id: `extra-${medicine}`, label_code: "EPPKNB22", gtin: gtinOf(medicine), serial: null, batch: "B2", expires_on: "2031-01-31", opened_on: null, use_by: null,
  status: "in_use", line_id: `extra-${medicine}`, resident_id, medicine_id: medicineId(medicine), location: "Oak trolley, drawer 2", balance: "28",
});

export const labelOf = (i) => `EPPK${letterOf(i)}222`;
