/** Who was this device left with, and is it still the same carer? */

import { words } from "../messages.ts";
import { signOut } from "../session.ts";
import * as state from "../state.ts";
import { Face, Icon, Sheet, closeOverlay } from "./parts.tsx";

export function Idle() {
  const text = words();
  const person = state.person.value;
  return (
    <Sheet
      label={person ? text.idleTitle(person.resident.preferred_name) : text.idleNobody}
      footer={(
        <>
          <button type="button" class="button button-main" onClick={closeOverlay}>{text.idleCarryOn}</button>
          <button type="button" class="button button-wide" onClick={signOut}>{text.idleSomeoneElse}</button>
        </>
      )}
    >
      <div class="idle">
        {person ? <Face resident={person.resident} size="large" /> : <Icon name="clock" />}
        <h1>{person ? text.idleTitle(person.resident.preferred_name) : text.idleNobody}</h1>
        {person && <p class="idle-pot">{text.idlePot(person.pot.length, person.left - person.doses.filter((dose) => dose.state === "in_pot").length)}</p>}
        <p class="quiet">{state.session.value?.staff.display_name}</p>
      </div>
    </Sheet>
  );
}
