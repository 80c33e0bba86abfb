/** Did the when-required medicine help? Asked of whoever is on when the time has come. */

import { recordEffect, say } from "../acts.ts";
import { time } from "../format.ts";
import { words } from "../messages.ts";
import type { EffectBody, EffectCheck } from "../model.ts";
import * as state from "../state.ts";
import { Icon, Sheet, closeOverlay } from "./parts.tsx";

export function EffectChecks() {
  const text = words();
  const world = state.world.value;
  const checks = (state.roundView.value?.effectChecks ?? []).filter((check) => world && Date.parse(check.due_at) <= world.now);
  if (!world || checks.length === 0) return null;
  return (
    <section class="section effects">
      <h2><Icon name="question" /> {text.effectTitle}</h2>
      {checks.map((check) => <Check key={check.administration_id} check={check} />)}
    </section>
  );
}

/** One line for each on the round list, so that the people stay in view. */
export function EffectReminders() {
  const text = words();
  const world = state.world.value;
  const checks = (state.roundView.value?.effectChecks ?? []).filter((check) => world && Date.parse(check.due_at) <= world.now);
  if (checks.length === 0) return null;
  return (
    <button type="button" class="reminder" onClick={() => (state.overlay.value = { name: "effects" })}>
      <Icon name="question" /><span>{text.effectWaiting(checks.length)}</span>
    </button>
  );
}

export function EffectSheet() {
  const text = words();
  return (
    <Sheet label={text.effectTitle} footer={<button type="button" class="button button-wide" onClick={closeOverlay}>{text.close}</button>}>
      <EffectChecks />
    </Sheet>
  );
}

function Check({ check }: { check: EffectCheck }) {
  const text = words();
  const { snapshot } = state.world.value!;
  const resident = snapshot.residents.find((each) => each.id === check.resident_id);
  const prescription = snapshot.prescriptions.find((each) => each.id === check.prescription_id);
  if (!resident || !prescription) return null;
  const answer = (effect: EffectBody["effect"]): void => {
    const { administration_id, resident_id, prescription_id } = check;
    recordEffect({ administration_id, resident_id, prescription_id, effect, note: null }).catch(() => say(text.notSaved));
  };
  return (
    <div class="effect">
      <p>
        <strong>{text.effectFor(prescription.medicine.name, resident.preferred_name)}</strong>
        <span> · {text.effectGivenAt(time(check.given_at))}</span>
      </p>
      <div class="grid-two">
        {(Object.entries(text.effects) as [EffectBody["effect"], string][]).map(([effect, label]) => (
          <button key={effect} type="button" class="button" onClick={() => answer(effect)}>{label}</button>
        ))}
      </div>
    </div>
  );
}
