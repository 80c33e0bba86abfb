/** How is a GS1 message cut into elements: element strings, "(01)…" text, Digital Links, lost separators?
 *
 * The same grammar as stock/rules/gs1_elements.py, from the same table of application identifiers (AI);
 * tests/vectors/gs1 hold both to the same answers. Everything is ASCII, every cut is decided by the table.
 */

import table from "../../../stock/rules/gs1_elements.json";

export const SEPARATOR = "\u001d";
export type Elements = Readonly<Record<string, string>>;
/** A day as "2026-11-22"; such texts compare as the days do. */
export type Day = string;

/** The text is not a GS1 message that can be believed. */
export class NotReadable extends Error {
  readonly reason: string;
  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

interface Form {
  pattern: RegExp;
  length: number | null;
}

export const FORMS: ReadonlyMap<string, Form> = new Map(
  table.forms.flatMap(({ pattern, length, ais }) =>
    ais.split(" ").flatMap(runOf).map((ai) => [ai, { pattern: new RegExp(`^(?:${pattern})$`), length }] as [string, Form]),
  ),
);

/** The AIs that "3100-3105" stands for; one that stands alone is itself. */
function runOf(run: string): string[] {
  const [first = "", last = first] = run.split("-");
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => String(Number(first) + i).padStart(first.length, "0"));
}

const LONGEST_RECOVERED = 120;
const CHECKED = new Set(["00", "01", "02", "03", "8017", "8018", ...Array.from({ length: 8 }, (_, i) => `41${i}`)]);
const DATES = new Set(["11", "12", "13", "15", "16", "17"]);
// GS1 General Specifications 4.13: a trade item's own message never also names what a logistic unit contains.
const NEVER_WITH_GTIN = ["02", "03", "255", "37", "8006", "8026"];
const NATIONAL_NUMBERS = new Set(Array.from({ length: 8 }, (_, i) => `71${i}`));
const RECOVERED = new Set(["01", "10", "11", "17", "21", ...NATIONAL_NUMBERS]);

/** Whether the last digit is the GS1 check digit of those before it. GS1 General Specifications 7.9. */
export function hasValidCheckDigit(digits: string): boolean {
  if (!/^[0-9]{2,}$/.test(digits)) return false;
  let sum = 0;
  for (let i = digits.length - 2, weight = 3; i >= 0; i--, weight = 4 - weight) sum += Number(digits[i]) * weight;
  return (10 - (sum % 10)) % 10 === Number(digits.at(-1));
}

/** The one 14-digit key of a GTIN of 8, 12, 13 or 14 digits; null for anything else. */
export function gtinKey(text: string): string | null {
  if (![8, 12, 13, 14].includes(text.length) || !hasValidCheckDigit(text)) return null;
  const key = text.padStart(14, "0");
  return key === "0".repeat(14) ? null : key;
}

/** Read YYMMDD; day 00 is the last day of the month; null when there is no such day. GS1 7.12. */
export function readDate(digits: string, today: Day): Day | null {
  const shortYear = Number(digits.slice(0, 2));
  const month = Number(digits.slice(2, 4));
  const day = Number(digits.slice(4, 6));
  const thisYear = Number(today.slice(0, 4));
  const ahead = shortYear - (thisYear % 100);
  const shift = ahead >= 51 ? -100 : ahead <= -50 ? 100 : 0;
  const year = thisYear - (thisYear % 100) + shortYear + shift;
  if (month < 1 || month > 12) return null;
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (day > last) return null;
  return writeDay(year, month, day || last);
}

function writeDay(year: number, month: number, day: number): Day {
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
}

/** Cut a message whose separators are all there. Throws NotReadable. */
export function cutMessage(text: string, today: Day): Elements {
  const elements: Record<string, string> = {};
  let body = text.startsWith(SEPARATOR) ? text.slice(1) : text;
  body = body.endsWith(SEPARATOR) ? body.slice(0, -1) : body;
  for (const segment of body.split(SEPARATOR)) {
    for (const [ai, value] of cutSegment(segment)) addElement(elements, ai, value);
  }
  return checked(elements, today);
}

/** Cut the form printed for people, "(01)05012345678900(10)AB1"; spaces count for nothing. */
export function cutBracketed(text: string, today: Day): Elements {
  if (text.includes(SEPARATOR)) throw new NotReadable("bad_element");
  const elements: Record<string, string> = {};
  const packed = text.replaceAll(" ", "");
  const marks = [...packed.matchAll(/\(([0-9]{2,4})\)/g)];
  marks.forEach((mark, i) => {
    const end = marks[i + 1]?.index ?? packed.length;
    addElement(elements, mark[1]!, packed.slice(mark.index + mark[0].length, end));
  });
  return checked(elements, today);
}

/** Take the elements out of a GS1 Digital Link. GS1 Digital Link URI Syntax 1.4. */
export function cutDigitalLink(text: string, today: Day): Elements {
  const address = /^[Hh][Tt][Tt][Pp][Ss]?:\/\/[^/?#]+(\/[^?#]*)(?:\?([^#]*))?/.exec(text);
  let parts = address ? address[1]!.split("/") : [];
  const start = parts.indexOf("01");
  if (!address || start < 0) throw new NotReadable("not_gs1");
  parts = parts.slice(start, parts.at(-1) === "" ? -1 : undefined);
  if (parts.length % 2) throw new NotReadable("bad_element");
  const elements: Record<string, string> = {};
  for (let i = 0; i < parts.length; i += 2) {
    const plain = percentDecoded(parts[i + 1]!);
    addElement(elements, parts[i]!, parts[i] === "01" ? (gtinKey(plain) ?? plain) : plain);
  }
  for (const pair of (address[2] ?? "").split("&")) {
    const equals = pair.indexOf("=");
    const ai = equals < 0 ? pair : pair.slice(0, equals);
    if (/^[0-9]+$/.test(ai)) addElement(elements, ai, percentDecoded(equals < 0 ? "" : pair.slice(equals + 1)));
  }
  return checked(elements, today);
}

/** The ways a message that may have lost its separators can be cut. */
export interface Recovery {
  /** The reading that needs no separator, if there is one. */
  whole: Elements | null;
  /** The readings that a medicine pack could have. */
  likely: Elements[];
  /** Every reading, also those with a day long past or that never was. */
  possible: Elements[];
}

/** Find every way to cut a message that may have lost its separators, in the same order as in Python. */
export function recover(text: string, today: Day): Recovery {
  let whole: Elements | null = null;
  try {
    whole = cutMessage(text, today);
  } catch (problem) {
    if (!(problem instanceof NotReadable)) throw problem;
  }
  const possible: Elements[] = whole === null ? [] : [whole];
  if (text.length <= LONGEST_RECOVERED) {
    for (const found of search(text, 0, {})) {
      if ("01" in found && !(whole !== null && isSame(found, whole))) possible.push(found);
    }
  }
  return { whole, possible, likely: possible.filter((reading) => reading === whole || isLikely(reading, today)) };
}

/** Whether the end of a value could be other elements whose separator was lost. */
export function mayHideAnElement(value: string): boolean {
  for (let start = 1; start < value.length; start++) {
    try {
      if (cutSegment(value.slice(start)).length) return true;
    } catch (problem) {
      if (!(problem instanceof NotReadable)) throw problem;
    }
  }
  return false;
}

function isSame(left: Elements, right: Elements): boolean {
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => left[key] === right[key]);
}

function cutSegment(segment: string): [string, string][] {
  if (segment === "") throw new NotReadable("empty_element");
  const found: [string, string][] = [];
  let place = 0;
  while (place < segment.length) {
    const ai = aiAt(segment, place);
    if (ai === null) throw new NotReadable("unknown_element");
    const begin = place + ai.length;
    const length = FORMS.get(ai)!.length;
    place = length === null ? segment.length : begin + length;
    found.push([ai, allowed(ai, segment.slice(begin, place))]);
  }
  return found;
}

function aiAt(text: string, place: number): string | null {
  for (const length of [2, 3, 4]) {
    const candidate = text.slice(place, place + length);
    if (candidate.length === length && FORMS.has(candidate)) return candidate;
  }
  return null;
}

function allowed(ai: string, value: string): string {
  if (value === "" || !FORMS.get(ai)!.pattern.test(value)) throw new NotReadable("bad_element");
  return value;
}

function addElement(elements: Record<string, string>, ai: string, value: string): void {
  if (!FORMS.has(ai)) throw new NotReadable("unknown_element");
  if (ai in elements) throw new NotReadable("duplicate_element");
  elements[ai] = allowed(ai, value);
}

function checked(elements: Elements, today: Day): Elements {
  const entries = Object.entries(elements);
  if (!("01" in elements)) throw new NotReadable("no_gtin");
  if (entries.some(([ai, value]) => CHECKED.has(ai) && !hasValidCheckDigit(value))) {
    throw new NotReadable("check_digit");
  }
  if (gtinKey(elements["01"]!) === null) throw new NotReadable("check_digit");
  if (NEVER_WITH_GTIN.some((ai) => ai in elements)) throw new NotReadable("wrong_pair");
  if (entries.some(([ai, value]) => DATES.has(ai) && readDate(value, today) === null)) {
    throw new NotReadable("bad_date");
  }
  return elements;
}

function percentDecoded(value: string): string {
  if (/%(?![0-9A-Fa-f]{2})/.test(value)) throw new NotReadable("bad_element");
  return value.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function* search(text: string, place: number, found: Elements): Generator<Elements> {
  if (place === text.length) {
    yield found;
    return;
  }
  const ai = aiAt(text, place);
  if (ai === null || !RECOVERED.has(ai) || ai in found) return;
  if (NATIONAL_NUMBERS.has(ai) && Object.keys(found).some((known) => NATIONAL_NUMBERS.has(known))) return;
  const begin = place + ai.length;
  const { length, pattern } = FORMS.get(ai)!;
  const [first, last] = length === null ? [begin + 1, begin + 20] : [begin + length, begin + length];
  for (let end = first!; end <= Math.min(last!, text.length); end++) {
    const value = text.slice(begin, end);
    if (pattern.test(value) && (ai !== "01" || gtinKey(value) !== null)) {
      yield* search(text, end, { ...found, [ai]: value });
    }
  }
}

function isLikely(reading: Elements, today: Day): boolean {
  const isMedicineNumber = (ai: string): boolean => !NATIONAL_NUMBERS.has(ai) || /^[0-9]{6,13}$/.test(reading[ai]!);
  return (
    (reading["17"] === undefined || isWithin(reading["17"], -2, 10, today)) &&
    (reading["11"] === undefined || isWithin(reading["11"], -12, 0, today)) &&
    Object.keys(reading).every(isMedicineNumber)
  );
}

function isWithin(digits: string, firstYear: number, lastYear: number, today: Day): boolean {
  const day = readDate(digits, today);
  if (day === null) return false;
  const shifted = (years: number): Day => String(Number(today.slice(0, 4)) + years).padStart(4, "0") + today.slice(4);
  return shifted(firstYear) <= day && day <= shifted(lastYear);
}
