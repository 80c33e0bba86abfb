/** How much of a when-required medicine has been had in 24 hours, beside the most that is allowed? */

import { amount } from "../format.ts";
import type { PrnView } from "../fold.ts";
import { words } from "../messages.ts";

export function PrnBar({ prn }: { prn: PrnView }) {
  const text = words();
  const most = prn.prescription.prn?.max_amount_24h ?? null;
  const unit = plural(prn.prescription.unit);
  if (most === null) return <p class="bar-words">{text.prnNoMax(prn.given24h, unit)}</p>;
  return <Bar given={prn.given24h} most={most} label={text.prnBar(prn.given24h, most, unit)} />;
}

export function Bar({ given, most, label }: { given: string; most: string; label: string }) {
  const share = Math.min(100, Math.round((Number(given) / Number(most)) * 100));
  return (
    <div class="bar-line">
      <svg class={`bar ${share >= 100 ? "bar-full" : ""}`} viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        <rect class="bar-ground" width="100" height="8" />
        <rect class="bar-fill" width={share} height="8" />
      </svg>
      <p class="bar-words">{label}</p>
    </div>
  );
}

function plural(unit: string): string {
  return amount("2", unit).replace(/^2 /, "");
}
