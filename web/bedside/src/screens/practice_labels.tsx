/** What can be scanned in the practice round? Labels to scan from another screen, or to type. */

import { laterWords } from "../messages_later.ts";
import * as state from "../state.ts";

declare const CODE_URLS: { practice: Record<string, string> };

export function PracticeLabels() {
  const text = laterWords();
  const { residents, packs, prescriptions } = state.world.value!.snapshot;
  return (
    <section class="section">
      <h2>{text.practiceLabels}</h2>
      <p class="quiet">{text.practiceHow}</p>
      <ul class="practice-labels">
        {residents.map((resident) => <Label key={resident.id} code={resident.label_code!} name={resident.preferred_name} />)}
        {packs.map((pack) => {
          const line = prescriptions.find((each) => each.medicine.id === pack.medicine_id)!;
          const owner = residents.find((each) => each.id === pack.resident_id)!;
          return <Label key={`pack ${pack.id}`} code={pack.label_code!} name={`${line.medicine.name}, ${owner.preferred_name}`} />;
        })}
      </ul>
    </section>
  );
}

function Label({ code, name }: { code: string; name: string }) {
  return (
    <li class="practice-label">
      <img src={CODE_URLS.practice[code]} alt="" />
      <span><strong>{name}</strong><br />{code}</span>
    </li>
  );
}
