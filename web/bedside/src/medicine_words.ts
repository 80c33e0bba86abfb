/** Which part of a medicine's name is the boldest line, and which is strength and form?
 *
 * dm+d names hold all three ("Amlodipine 5mg tablets"). The name is cut where the strength begins and never
 * shortened: the two lines together are the whole name.
 */

import type { MedicineRef } from "./model.ts";

export interface MedicineWords {
  bold: string;
  rest: string;
}

export function medicineWords({ name, strength, form }: MedicineRef): MedicineWords {
  const at = strength ? name.indexOf(strength) : -1;
  if (at > 0) return { bold: name.slice(0, at).trim(), rest: name.slice(at).trim() };
  if (form && name.toLowerCase().endsWith(` ${form.toLowerCase()}`)) {
    return { bold: name.slice(0, -form.length).trim(), rest: [strength, form].filter(Boolean).join(" · ") };
  }
  return { bold: name, rest: [strength, form].filter(Boolean).join(" · ") };
}

/** The whole name on one line. */
export function wholeName(medicine: MedicineRef): string {
  const { bold, rest } = medicineWords(medicine);
  return `${bold} ${rest.replace(" · ", " ")}`.trim();
}
