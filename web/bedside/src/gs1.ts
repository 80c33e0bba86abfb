/** What does the text of a scan say: our own pack label, a GTIN with batch and expiry, a person's label?
 *
 * The same reading as stock/rules/gs1.py; tests/vectors/gs1 hold both to the same answers. What the scan
 * means at the bedside is match's question.
 */

import {
  SEPARATOR, NotReadable, cutBracketed, cutDigitalLink, cutMessage, gtinKey, hasValidCheckDigit, mayHideAnElement,
  readDate, recover, type Day, type Elements, type Recovery,
} from "./gs1_elements.ts";

export type ScanKind = "own_label" | "resident" | "badge" | "gtin" | "unknown";

export interface Confirmed {
  value: string;
  confirmed: boolean;
}

export interface ScanValue {
  kind: ScanKind;
  /** The 14-digit GTIN or the label's code in capitals; "" when unknown. */
  key: string;
  batch: Confirmed | null;
  expires_on: Confirmed | null;
  serial: Confirmed | null;
  reason: string | null;
}

export interface ReadOptions {
  today: Day;
  symbology?: string | null;
  /** The source passes GS1 separators on: our camera, our photo decoder, a scanner that passed the set-up page. */
  separatorsKept?: boolean;
}

const LONGEST = 2000;
const SEPARATOR_SPELLINGS = /<GS>|\{GS\}|\^\]|<F8>|\{F8\}|\u241d/g;
const SPELLED_IN_WRONG_CASE = /<gs>|\{gs\}|<f8>|\{f8\}/i;
const KEYBOARD_ENDS = /^[ \r\n\t]+|[ \r\n\t]+$/g;
const FOREIGN = /[^\x1d\x20-\x7e]/;
const GS1_IDENTIFIERS = new Set(["]d2", "]C1", "]Q3", "]e0", "]J1"]);
const PLAIN_IDENTIFIERS: Record<string, string | null> = {
  "]E0": "EAN13", "]E4": "EAN8", "]C0": "Code128", "]A0": "Code39", "]I0": "ITF", "]I1": "ITF",
  "]d1": "DataMatrix", "]Q0": "QRCode", "]Q1": "QRCode", "]X0": null,
};
const RETAIL_LENGTHS: Record<string, number[]> = { EAN13: [12, 13], UPCA: [12, 13], EAN8: [8] };
const BARE_LENGTHS: Record<string, number[]> = { Code128: [13, 14], Code39: [13, 14], ITF: [14] };
const LABELS: [string, ScanKind, number, number][] = [
  ["EP", "own_label", 6, 8], ["ER", "resident", 6, 12], ["ES", "badge", 6, 16],
];

/** Say what one scan holds; never throws, and never turns a damaged code into another one. */
export function readScan(text: string, options: ReadOptions): ScanValue {
  try {
    return read(text, options);
  } catch (problem) {
    if (!(problem instanceof NotReadable)) throw problem;
    return { ...plain("unknown", ""), reason: problem.reason };
  }
}

function plain(kind: ScanKind, key: string): ScanValue {
  return { kind, key, batch: null, expires_on: null, serial: null, reason: null };
}

function read(text: string, { today, symbology: given = null, separatorsKept = false }: ReadOptions): ScanValue {
  let symbology = given;
  let body = unwrapped(text);
  const identifier = /^\][A-Za-z][0-9A-Za-z]/.exec(body)?.[0];
  if (identifier) {
    body = body.slice(3);
    if (GS1_IDENTIFIERS.has(identifier)) return readMessage(body, today, separatorsKept);
    if (!Object.hasOwn(PLAIN_IDENTIFIERS, identifier)) throw new NotReadable("unknown_symbology");
    symbology = PLAIN_IDENTIFIERS[identifier] ?? symbology;
  }
  const retail = symbology === null ? undefined : RETAIL_LENGTHS[symbology];
  if (retail) return bareGtin(body, retail);
  const kind = labelKind(body);
  if (kind) return plain(kind, body.toUpperCase());
  if (body.startsWith("(01)")) return fromElements(cutBracketed(body, today), today);
  if (/^https?:\/\//i.test(body)) return fromElements(cutDigitalLink(body, today), today);
  if (body.startsWith(SEPARATOR) || /^01[0-9]{14}/.test(body)) return readMessage(body, today, separatorsKept);
  return bareGtin(body, BARE_LENGTHS[symbology ?? ""] ?? [8, 12, 13, 14]);
}

function unwrapped(text: string): string {
  if (Array.from(text).length > LONGEST) throw new NotReadable("too_long");
  const body = text.replace(KEYBOARD_ENDS, "").replace(SEPARATOR_SPELLINGS, SEPARATOR);
  if (body === "") throw new NotReadable("empty");
  if (FOREIGN.test(body)) throw new NotReadable("foreign_characters");
  if (SPELLED_IN_WRONG_CASE.test(body)) throw new NotReadable("wrong_case");
  return body;
}

/** Which of our own labels this is; small letters count as capitals (Caps Lock inverts a scanner's). */
export function labelKind(text: string): ScanKind | null {
  for (const [prefix, kind, shortest, longest] of LABELS) {
    const code = new RegExp(`^${prefix}[2-9A-HJKMNP-TV-Z]{${shortest},${longest}}$`);
    if (/^[\x00-\x7f]*$/.test(text) && code.test(text.toUpperCase())) return kind;
  }
  return null;
}

function bareGtin(body: string, lengths: number[]): ScanValue {
  if (!/^[0-9]+$/.test(body) || !lengths.includes(body.length)) throw new NotReadable("not_gs1");
  const key = gtinKey(body);
  if (key === null) throw new NotReadable("check_digit");
  return plain("gtin", key);
}

function readMessage(body: string, today: Day, separatorsKept: boolean): ScanValue {
  // A number of our own may begin with 01 too: without a right check digit it is not taken for a message.
  const first = body.slice(2, 16);
  if (body.startsWith("01") && /^[0-9]+$/.test(first) && !hasValidCheckDigit(first)) {
    throw new NotReadable("check_digit");
  }
  if (separatorsKept || body.slice(1, -1).includes(SEPARATOR)) return fromElements(cutMessage(body, today), today);
  const recovery = recover(body.replaceAll(SEPARATOR, ""), today);
  if (recovery.likely.length === 0) return fromElements(cutMessage(body, today), today);
  return fromRecovery(recovery, today);
}

function fromElements(elements: Elements, today: Day): ScanValue {
  const text = (ai: string): Confirmed | null =>
    elements[ai] === undefined ? null : { value: elements[ai], confirmed: true };
  const day = elements["17"] === undefined ? null : readDate(elements["17"], today);
  return {
    kind: "gtin", key: elements["01"]!, batch: text("10"), serial: text("21"), reason: null,
    expires_on: day === null ? null : { value: day, confirmed: true },
  };
}

/** The fullest likely reading; confirmed is only what no possible reading contradicts. */
function fromRecovery({ whole, likely, possible }: Recovery, today: Day): ScanValue {
  if (new Set(possible.map((reading) => reading["01"])).size > 1) throw new NotReadable("ambiguous");
  // As Python's max: the first of equally full readings is kept.
  const best = likely.reduce((kept, next) => (fullness(next) > fullness(kept) ? next : kept));
  const value = fromElements(best, today);
  const days = new Set(possible.flatMap((reading) => (reading["17"] === undefined ? [] : [reading["17"]])));
  const isOneWay = possible.length === 1 && possible[0] === whole;
  const ifCertain = (part: Confirmed | null): Confirmed | null =>
    part && { ...part, confirmed: isOneWay && !mayHideAnElement(part.value) };
  return {
    ...value,
    batch: ifCertain(value.batch),
    serial: ifCertain(value.serial),
    expires_on: value.expires_on && { ...value.expires_on, confirmed: days.size === 1 },
  };
}

/** With an expiry; then with most of batch, expiry, serial; then with most else. */
function fullness(reading: Elements): number {
  const own = ["10", "17", "21"].filter((ai) => ai in reading).length;
  return ("17" in reading ? 10_000 : 0) + own * 1_000 + Object.keys(reading).length;
}
