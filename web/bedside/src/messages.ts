/** Which words does the app show?
 *
 * One catalogue, so that another language is another object of the same shape (the words of screens that are loaded
 * later are its second half, in messages_later.ts). Medicine names, strengths, doses and what people wrote are never
 * translated and never pass through here.
 */

const english = {
  app: "Medicines",
  menu: "Menu",
  loading: "Opening…",
  allSent: "All sent",
  saving: "Saving…",
  safeHere: (n: number) => `${n} safe on this ${device()}`,
  needsLook: (n: number) => (n === 1 ? "1 to look at" : `${n} to look at`),
  notSaved: "Not saved. Use paper.",
  notSavedLong:
    "This device could not keep the record: it may be full. Write it on the paper chart now, and tell the person in charge.",
  insecure: "This address is not secure (no https). For trying out with invented people only.",
  otherWindow: "The app is already open in another window on this device. Close the other one and try again.",
  storageNeeded: "This browser cannot keep records on the device. Leave private browsing, or use another browser.",
  readAgain: "Read aloud",

  enrolUnsent:
    "This device still holds records that have not been sent. Sign in where there is Wi-Fi first, so that they go out.",
  notABadge: "That is not a staff badge. Tap your name, or scan your badge.",
  noResidents: "The residents' details are not on this device yet. It needs the network once.",
  version: (name: string) => `Version ${name}`,
  roles: {
    carer: "Carer", senior: "Senior", nurse: "Nurse", manager: "Manager", agency: "Agency carer", agency_carer: "Agency carer",
  } as Record<string, string>,
  whoAreYou: "Who are you?",
  whoHint: "Tap your name, or scan your badge.",
  notYou: "Not you? Choose again",
  pinFor: (name: string) => `PIN for ${name}`,
  pinForBadge: "Badge read. Type your PIN.",
  pinDelete: "Delete",
  pinEnter: "OK",
  pinDigits: (n: number) => (n === 0 ? "Nothing typed yet" : `${n} typed`),
  wrongPin: (left: number | null) =>
    left === null ? "That PIN is not right." : left === 1 ? "That PIN is not right. 1 try left." : `That PIN is not right. ${left} tries left.`,
  locked: "This name is locked after five wrong PINs. A senior can unlock it at the desk. Others can still sign in here.",
  badgeOffline: "No network: tap your name and type your PIN instead.",
  noStorageKey: "The server gave this device no key to keep records safely. Tell the manager.",
  needNetworkOnce: "Your first sign-in on this device needs the network. Try where the Wi-Fi is better, or ask a colleague to sign in.",
  checking: "Checking…",
  noStaff: "No names yet. The device needs the network once to fetch them.",
  tryAgain: "Try again",
  revoked: "This device has been switched off by a manager. What it holds is still kept and will be sent. Ask the manager for a new set-up code.",
  leaseOver: "This device has not reached the server for 24 hours, so the residents' details were removed from it. Records not yet sent are still safe. Go where there is Wi-Fi and sign in.",

  hello: (name: string) => `Hello ${name}`,
  roundTitle: (round: string) => `${round} round`,
  roundSummary: (medicines: number, people: number) => `${count(medicines, "medicine")} for ${people === 1 ? "1 person" : `${people} people`}`,
  startRound: "Start round",
  carryOnRound: "Carry on with the round",
  openRound: "Open round",
  takeOver: (name: string) => `Take over from ${name}`,
  heldBy: (deviceName: string, name: string) => `${name} has this round open on ${deviceName}.`,
  otherUnits: "Another unit",
  otherRounds: "Another round",
  changedSince: "Changed since your last shift",
  changedNothing: "Nothing has changed since your last shift.",
  changedFirst: "Changed in the last days",
  blankEarlier: "Left blank earlier",
  blankEarlierHint: "Nobody has said what happened to these. Record it here; do not give a missed dose on top of the one due now.",
  blankEarlierCount: (n: number) => `${count(n, "dose")} left blank earlier`,
  clockWarn: (minutes: number) => `This device's clock is ${minutes} minutes out. Times are corrected; please set the clock.`,
  clockStop: (minutes: number) => `This device's clock is ${minutes} minutes out. Set it right before starting a round.`,
  point: "Point",
  readings: { pulse: "Pulse", blood_glucose: "Blood glucose", blood_pressure: "Blood pressure", inr: "INR" } as Record<string, string>,
  photoOf: (name: string) => `Photo of ${name}`,
  notAssessed: (day: string | null) =>
    `Your yearly medicines assessment ran out${day ? ` on ${day}` : ""}, so you cannot start a new round. A manager can let you go on; what is under way can be finished.`,
  takenOver: (name: string, deviceName: string) => `${name} has taken over this round on ${deviceName}.`,
  creams: (n: number) => (n === 1 ? "1 cream to put on today" : `${n} creams to put on today`),
  standing: "Always",
  standingLevel: (level: number) => `Thickened drinks: level ${level}`,
  noInr: "No dose: there is no current INR",
  inrWords: (inr: string, on: string) => `INR ${inr} on ${on}`,
  unknownTimes: "Its times cannot be worked out. Tell the person in charge.",
  plans: { covert: "Covert, as agreed", crush: "Crush or open", self_administration: "Takes it themselves" },
  notCrushed: "Do not crush or open",
  swallowing: "Swallowing",
  drinks: (level: number) => `Drinks: level ${level}, ${["thin", "slightly thick", "mildly thick", "moderately thick", "extremely thick"][level] ?? ""}`,
  food: (level: number) => `Food: level ${level}, ${["liquidised", "puréed", "minced and moist", "soft and bite-sized", "regular"][level - 3] ?? ""}`,
  crushFirst: "Crush or open a medicine only where its card says that a pharmacist advised it.",
  planReview: (day: string) => `look at again ${day}`,
  putOn: "Put a new patch on",
  takeOff: "Take the patch off",
  tookThemselves: "Took it themselves",
  givenEarlier: "Given earlier",
  givenWhen: "Given: when?",
  lateEntry: (time: string) => `Given ${time}, recorded now`,
  recordFor: (name: string, n: number) => (n === 1 ? `Record for ${name}` : `Record ${n} for ${name}`),
  patchTag: "Look at the patch",
  suspended: "This medicine is on hold",
  suspendedWhy: "It is suspended for now. Do not give it.",
  holdRecord: "Record it as held",
  effectWaiting: (n: number) => (n === 1 ? "1 medicine: did it help?" : `${n} medicines: did they help?`),
  round: "Round",
  notStarted: "Start the round first.",
  notRecordedTag: "Allergies not recorded",
  leftWord: "left",
  nothingWord: "none due",
  awayWord: "away",
  openPrn: "Look or give",
  understood: "Understood",
  belongsToOneOf: (names: string[]) => `This medicine belongs to: ${names.join("; ")}.`,
  allergyTo: (substance: string) => `Allergy on record: ${substance}. Do not give it. Tell the person in charge.`,
  openedTooLong: (day: string) => `Once opened it could be used until ${day}.`,
  givenAt: (time: string) => `It was given at ${time}.`,
  heldBecause: (reading: string, value: string) => `${reading} is ${value}. Do not give it. Record the reason, and tell the person in charge.`,
  stopWhy: {
    wrong_medicine: "Nobody prescribed this for this person, or not this make.",
    wrong_strength: "The right medicine in a different strength.",
    stopped_medicine: "It is no longer to be given. Put the pack with the returns.",
    quarantined: "It is set aside: recalled, replaced or in doubt.",
    in_pot: "This dose was scanned a moment ago.",
  } as Record<string, string>,
  left: (n: number) => `${count(n, "medicine")} left`,
  forPeople: (n: number) => (n === 1 ? "for 1 person" : `for ${n} people`),
  allDone: "Everyone has an answer",
  scanBadgeOrPack: "Scan a person or any pack",
  finishRound: "Finish round",
  personDone: "Done",
  leftCount: (n: number) => `${n} left`,
  inPotCount: (n: number) => `${n} in the pot`,
  onTimeTag: (time: string) => `On time: ${time}`,
  onTimeSoon: (time: string) => `On time at ${time}`,
  onTimeLate: (time: string) => `Was due ${time}`,
  witnessTag: "Needs a witness",
  laterTag: (time: string) => `Try again ${time}`,
  away: { in_hospital: "In hospital", on_leave: "On leave" },
  noneDue: "Nothing due this round",

  room: (room: string) => `Room ${room}`,
  born: (day: string) => `Born ${day}`,
  allergy: "Allergy",
  allergies: "Allergies",
  noneKnown: "No known allergies",
  notCheckedAllergy: "not checked by the system, check by eye",
  notRecorded: "Allergies not recorded: ask before giving",
  howITake: "How I take my medicines",
  dueNow: "Due now",
  whenNeeded: "When needed",
  scanPacks: (n: number) => (n === 1 ? "Scan the pack: 1 to go" : `Scan each pack: ${n} to go`),
  nothingLeft: "Nothing left to give",
  camera: "Camera",
  typeNumber: "Type code",
  tookAll: (name: string, n: number) => (n === 1 ? `${name} took it` : n === 2 ? `${name} took both` : `${name} took all ${n}`),
  tookThese: (name: string, n: number) => (n === 1 ? `${name} took this one` : `${name} took these ${n}`),
  stillToDo: (n: number) => `${n} still to do`,
  nextPerson: "Back to the round",
  recorded: (n: number) => (n === 1 ? `Recorded. Safe on this ${device()}.` : `${n} recorded. Safe on this ${device()}.`),
  byHand: "By hand",
  notGiving: "Not given",
  inPot: "In the pot",
  takeBackHint: "Tap to undo",
  potOld: "In the pot over 10 minutes: scan again",
  answeredBy: (outcome: string, time: string, by: string) => `${outcome} ${time}, ${by}`,
  lateSince: (time: string) => `Was due ${time}`,
  earlyFrom: (time: string) => `Not before ${time}`,
  dueAt: (time: string) => `Due ${time}`,
  onTimeBand: (from: string, until: string) => `Must be on time: ${from} to ${until}`,
  controlled: "Controlled drug: needs a witness",
  answeredSection: "Answered",

  stop: "Stop",
  stopTitles: {
    wrong_resident: (name: string) => `Not ${name}’s medicine`,
    wrong_medicine: (name: string) => `Not due for ${name}`,
    wrong_strength: () => "Wrong strength",
    stopped_medicine: () => "This medicine was stopped",
    superseded_pack: () => "This pack was replaced",
    already_given: () => "Already given",
    in_pot: () => "Already in the pot",
    expired: () => "Out of date",
    opened_too_long: () => "Opened too long ago",
    quarantined: () => "Do not use this pack",
    recalled: () => "Recalled: do not use",
    allergy: (name: string) => `${name} is allergic to this`,
    prn_too_soon: () => "Too soon",
    prn_over_maximum: () => "The most for 24 hours is reached",
    too_early: () => "Too early",
    hold_rule: () => "Hold: the reading is not right",
    away: (name: string) => `${name} is away`,
  } as Record<string, (name: string) => string>,
  stopFallback: "Do not give",
  youScanned: "You scanned",
  dueFor: (name: string) => `Due for ${name}`,
  belongsTo: (name: string, room: string) => `This pack belongs to ${name}, room ${room}.`,
  livesIn: (place: string) => `It lives in: ${place}.`,
  putBackWords: "Put it back. Nothing was recorded as given.",
  opensAt: (time: string) => `It may be given from ${time}.`,
  expiredOn: (day: string) => `It ran out on ${day}.`,
  iPutItBack: "I have put it back",
  nothingDue: "Nothing that is due",

  badgeHere: "That is a staff badge. To change who is giving, sign out first.",
  prnNext: (time: string) => `Next from ${time}`,
  prnNow: "May be given now",
  prnBar: (given: string, most: string, unit: string) => `${given} of ${most} ${unit} in 24 hours`,
  prnNoMax: (given: string, unit: string) => `${given} ${unit} in 24 hours`,


  idleTitle: (name: string) => `You were with ${name}`,
  idleNobody: "You were away for a minute",
  idlePot: (pot: number, left: number) => `${pot} in the pot, ${left} left`,
  idleCarryOn: "Carry on",
  idleSomeoneElse: "Someone else: sign out",

  practiceBand: "Practice: invented people, nothing is recorded",

  outcomes: {
    given: "Given", part_given: "Part given", refused: "Refused", asleep: "Asleep", nausea_or_vomiting: "Feels sick",
    too_ill: "Too ill", loose_stools: "Loose stools", not_required: "Not needed", away_hospital: "In hospital",
    away_day_leave: "Out", away_social_leave: "On leave", withheld_on_reading: "Held: reading",
    withheld_on_advice: "Held: advice", out_of_stock: "Out of stock", awaiting_stock: "Awaiting stock",
    destroyed_or_dropped: "Dropped or spoilt", out_of_date: "Out of date", self_administered: "Took it themselves",
    made_available: "Made available", prompted: "Prompted", given_by_other_professional: "Given by another professional",
    not_recorded: "Not recorded", other: "Other",
  } as Record<string, string>,
};

function count(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? "" : "s"}`;
}

function device(): string {
  return typeof matchMedia === "function" && matchMedia("(min-width: 700px)").matches ? "tablet" : "phone";
}

export type Messages = typeof english;
export const catalogue: Record<string, Messages> = { en: english };

let current: Messages = english;
let inUse = "en";

/** The language in use, by its code. */
export function language(): string {
  return inUse;
}

/** The words of the language in use. */
export function words(): Messages {
  return current;
}

export function useLanguage(language: string): void {
  inUse = catalogue[language] ? language : "en";
  current = catalogue[inUse]!;
}
