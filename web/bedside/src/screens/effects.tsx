/** Did the when-required medicine work? Asked of whoever is on when the time has come. */

import { useSignal } from "@preact/signals";
import { recordEffect } from "../acts_later.ts";
import { moment } from "../format.ts";
import { laterWords } from "../messages_later.ts";
import type { Effect, EffectCheck } from "../model.ts";
import * as state from "../state.ts";
import { Sheet, closeOverlay } from "./parts.tsx";

export function EffectSheet() {
  const text = laterWords();
  const world = state.world.value!;
  const checks = (state.roundView.value?.effectChecks ?? []).filter((check) => Date.parse(check.due_at) <= world.now);
  return (
    <Sheet label={text.effectTitle} footer={<button type="button" class="button button-wide" onClick={closeOverlay}>{text.close}</button>}>
      <h1>{text.effectTitle}</h1>
      {checks.length === 0 && <p class="quiet" role="status">{text.effectNone}</p>}
      {checks.map((check) => <Check key={check.administration_id} check={check} />)}
    </Sheet>
  );
}

function Check({ check }: { check: EffectCheck }) {
  const later = laterWords();
  const isWorse = useSignal(false);
  const note = useSignal("");
  const problem = useSignal(false);
  const { snapshot, now } = state.world.value!;
  const resident = snapshot.residents.find((each) => each.id === check.resident_id);
  const prescription = snapshot.prescriptions.find((each) => each.id === check.prescription_id);
  if (!resident || !prescription) return null;
  const record = (effect: Effect): void => {
    const { administration_id, resident_id, prescription_id } = check;
    // When it cannot be kept, keep() itself says "not saved" in red.
    recordEffect({ administration_id, resident_id, prescription_id, effect, note: note.value.trim() || null }).catch(() => undefined);
  };
  const expected = prescription.prn?.protocol?.expected_effect;
  return (
    <div class="effect">
      <p>
        <strong>{later.effectFor(prescription.medicine.name, resident.preferred_name)}</strong>
        <span> · {later.effectGivenAt(moment(check.given_at, now))}</span>
      </p>
      {expected && <p class="reason">{later.protocolRows.expected_effect}: {expected}</p>}
      {isWorse.value ? (
        <>
          <label class="field">
            <span class="field-label">{later.worseTitle}</span>
            <span class="field-hint">{later.worseHint}</span>
            {problem.value && <span class="field-problem" role="alert">{later.sayWhatNeeded}</span>}
            <textarea class="input" rows={3} maxLength={500} value={note.value} onInput={(event) => (note.value = event.currentTarget.value)} />
          </label>
          <button type="button" class="button button-wide" onClick={() => (note.value.trim() ? record("worse") : (problem.value = true))}>{later.record}</button>
        </>
      ) : (
        <div class="grid-two">
          {(Object.entries(later.effects) as [Effect, string][]).map(([effect, label]) => (
            <button key={effect} type="button" class="button" onClick={() => (effect === "worse" ? (isWorse.value = true) : record(effect))}>{label}</button>
          ))}
        </div>
      )}
    </div>
  );
}
