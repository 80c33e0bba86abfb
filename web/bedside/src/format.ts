/** How are days, times and amounts written for the person reading? */

import { homeClock } from "./fold.ts";
import { words } from "./messages.ts";

const timeFormat = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Europe/London", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});
const dayFormat = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", day: "numeric", month: "long", year: "numeric" });
const weekdayFormat = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", weekday: "long" });

/** "16:30", in the home. */
export function time(at: number | string): string {
  return timeFormat.format(typeof at === "string" ? Date.parse(at) : at);
}

/** "4 March 1938" of "1938-03-04". */
export function day(on: string): string {
  return dayFormat.format(Date.parse(`${on}T00:00:00Z`));
}

/** "16:30", or "Tuesday 16:30" when it is not today. */
export function moment(at: number | string, now: number): string {
  const instant = typeof at === "string" ? Date.parse(at) : at;
  if (homeClock(instant).day === homeClock(now).day) return time(instant);
  return `${weekdayFormat.format(instant)} ${time(instant)}`;
}

/** "Blood glucose" of "blood_glucose", in the language in use. */
export function readingName(reading: string): string {
  const plain = reading.replaceAll("_", " ");
  return words().readings[reading] ?? plain.charAt(0).toUpperCase() + plain.slice(1);
}

const UNCOUNTED = new Set(["ml", "mg", "g", "micrograms", "mcg", "unit dose"]);

/** "2 tablets", "1 tablet", "2.5 ml". */
export function amount(quantity: string, unit: string): string {
  if (quantity === "1" || UNCOUNTED.has(unit) || unit.endsWith("s")) return `${quantity} ${unit}`;
  return `${quantity} ${unit}s`;
}

/** "2 × 3 mg tablets": one strength of a dose that is written by weight and counted in something else. */
export function partWords({ count, strength }: { count: string; strength: string }, { unit, stock_unit }: { unit: string; stock_unit: string }): string {
  const counted = stock_unit === unit ? "" : ` ${amount(count, stock_unit).slice(count.length + 1)}`;
  return `${count} × ${strength} ${unit}${counted}`;
}
