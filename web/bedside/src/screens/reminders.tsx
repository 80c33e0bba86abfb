/** What should whoever is on now look at: a medicine given earlier, a patch, creams? One line each, so that people stay in view. */

import { creamsOf } from "../fold.ts";
import { words } from "../messages.ts";
import * as state from "../state.ts";
import { Icon, go } from "./parts.tsx";

export function Reminders({ withCreams = false }: { withCreams?: boolean }) {
  const text = words();
  const world = state.world.value;
  if (!world) return null;
  const checks = (state.roundView.value?.effectChecks ?? []).filter((check) => Date.parse(check.due_at) <= world.now).length;
  const creams = withCreams ? creamsOf(world).length : 0;
  return (
    <>
      {checks > 0 && (
        <button type="button" class="reminder" onClick={() => (state.overlay.value = { name: "effects" })}>
          <Icon name="question" /><span>{text.effectWaiting(checks)}</span>
        </button>
      )}
      {creams > 0 && (
        <button type="button" class="reminder" onClick={() => go({ name: "creams" })}><Icon name="hand" /><span>{text.creams(creams)}</span></button>
      )}
    </>
  );
}
