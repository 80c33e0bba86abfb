/** How are amounts added and compared without floating point?
 *
 * Amounts travel as decimal strings ("2.5"). Here they are counted in ten-thousandths as whole numbers
 * (BigInt), so that 0.1 + 0.2 tablets is exactly 0.3.
 */

const SCALE = 4;
const UNIT = 10n ** BigInt(SCALE);
const PATTERN = /^(-?)(\d+)(?:\.(\d+))?$/;

/** Read a decimal string as ten-thousandths. Throws RangeError on anything that is not a plain decimal. */
export function units(text: string): bigint {
  const match = PATTERN.exec(text.trim());
  if (!match) throw new RangeError(`not an amount: ${text}`);
  const fraction = match[3] ?? "";
  if (/[1-9]/.test(fraction.slice(SCALE))) throw new RangeError(`too many decimals: ${text}`);
  const whole = BigInt(match[2]!) * UNIT + BigInt((fraction + "0000").slice(0, SCALE));
  return match[1] ? -whole : whole;
}

/** Write ten-thousandths as the shortest decimal string. */
export function decimal(value: bigint): string {
  const sign = value < 0n ? "-" : "";
  const magnitude = value < 0n ? -value : value;
  const fraction = (magnitude % UNIT).toString().padStart(SCALE, "0").replace(/0+$/, "");
  return `${sign}${magnitude / UNIT}${fraction ? "." + fraction : ""}`;
}

export function add(...amounts: string[]): string {
  return decimal(amounts.reduce((total, amount) => total + units(amount), 0n));
}

export function subtract(from: string, amount: string): string {
  return decimal(units(from) - units(amount));
}

/** Exact to four decimals, which is more than any tablet has; what is smaller is cut off. */
export function times(amount: string, each: string): string {
  return decimal((units(amount) * units(each)) / UNIT);
}

/** Negative, zero or positive as left is less than, equal to or more than right. */
export function compare(left: string, right: string): number {
  const difference = units(left) - units(right);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Amounts offered between low and high: every whole step, and both ends. At most six. */
export function choices(low: string, high: string): string[] {
  const found = [low];
  for (let next = units(low) + UNIT; next < units(high) && found.length < 5; next += UNIT) found.push(decimal(next));
  if (compare(low, high) < 0) found.push(decimal(units(high)));
  return found;
}
