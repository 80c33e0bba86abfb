/** Why was it not given, why by hand, how many, what did the reading say? Large answers, one tap each. */

import { useSignal } from "@preact/signals";
import { advance, recordNotGiven, say, type Drafted } from "../acts.ts";
import { setByHandReason, tryLater } from "../acts_later.ts";
import { choices } from "../decimal.ts";
import { creamsOf } from "../fold.ts";
import { amount } from "../format.ts";
import { NEEDS_WORDS } from "../outcomes.ts";
import { words } from "../messages.ts";
import { laterWords } from "../messages_later.ts";
import type { Id } from "../model.ts";
import { byHand, scanned } from "../scanning.ts";
import * as state from "../state.ts";
import { Icon, Sheet, closeOverlay } from "./parts.tsx";

export function NotGiven({ keys }: { keys: string[] }) {
  const text = words();
  const later = laterWords();
  const isMore = useSignal(false);
  const needsWords = useSignal<string | null>(null);
  const note = useSignal("");
  const problem = useSignal(false);
  const creams = state.screen.value.name === "creams" ? creamsOf(state.world.value!) : [];
  const round = state.roundView.value?.people.flatMap((each) => each.doses) ?? [];
  const doses = [...(state.person.value?.doses ?? []), ...round, ...creams]
    .filter((dose, i, all) => keys.includes(dose.key) && all.findIndex((each) => each.key === dose.key) === i);
  const name = doses.map((dose) => state.packName(dose.prescription)).join(", ");
  const record = (outcome: string): void => {
    recordNotGiven(doses, outcome, note.value.trim() || null).then(() => {
      closeOverlay();
      say(text.recorded(doses.length));
    }, () => undefined);
  };
  const choose = (outcome: string): void => {
    if (NEEDS_WORDS.has(outcome)) needsWords.value = outcome;
    else record(outcome);
  };
  const tryAgain = (): void => {
    tryLater(keys);
    closeOverlay();
  };
  const cancel = <button type="button" class="button button-wide" onClick={closeOverlay}>{later.cancel}</button>;
  if (needsWords.value !== null) {
    const outcome = needsWords.value;
    return (
      <Sheet label={later.sayWhat} footer={cancel}>
        <h1>{later.sayWhat}</h1>
        <label class="field">
          <span class="field-hint">{later.sayWhatHint}</span>
          {problem.value && <span class="field-problem" role="alert">{later.sayWhatNeeded}</span>}
          <textarea class="input" rows={4} maxLength={500} value={note.value} onInput={(event) => (note.value = event.currentTarget.value)} />
        </label>
        <button type="button" class="button button-main" onClick={() => (note.value.trim() ? record(outcome) : (problem.value = true))}>{later.record}</button>
      </Sheet>
    );
  }
  return (
    <Sheet label={later.notGivenTitle(name)} footer={cancel}>
      <h1>{later.notGivenTitle(name)}</h1>
      {doses.some((dose) => dose.pot) && <p class="notice">{later.wasInPot}</p>}
      <div class="grid-two">
        {(isMore.value ? later.moreReasons : later.reasons).map(([outcome, label]) => (
          <button key={outcome} type="button" class="button button-reason" onClick={() => choose(outcome)}>{label}</button>
        ))}
      </div>
      <div class="stack">
        <button type="button" class="button button-wide" onClick={() => (isMore.value = !isMore.value)}>
          {isMore.value ? later.firstReasons : later.somethingElse}
        </button>
        <button type="button" class="button button-wide button-later" onClick={tryAgain}><Icon name="clock" />{later.tryLater}</button>
      </div>
    </Sheet>
  );
}

export function ByHand({ prescriptionId, dueAt }: { prescriptionId: Id; dueAt: string | null }) {
  const text = laterWords();
  const person = state.person.value;
  const choose = (reason: string): void => {
    setByHandReason(reason);
    closeOverlay();
    byHand(prescriptionId, dueAt);
  };
  return (
    <Sheet label={text.byHandTitle} footer={<button type="button" class="button button-wide" onClick={closeOverlay}>{text.cancel}</button>}>
      <h1>{text.byHandTitle}</h1>
      <p class="lead">{text.byHandIntro}</p>
      {person && <p class="notice">{text.byHandCheck(person.resident.full_name)}</p>}
      <div class="stack">
        {text.byHandReasons.map(([reason, label]) => (
          <button key={reason} type="button" class="button button-reason" onClick={() => choose(reason)}>{label}</button>
        ))}
      </div>
    </Sheet>
  );
}

export function Amount({ draft }: { draft: Drafted }) {
  const text = laterWords();
  const { prescription } = draft;
  return (
    <Sheet label={text.amountTitle} footer={<button type="button" class="button button-wide" onClick={closeOverlay}>{text.cancel}</button>}>
      <h1>{text.amountFor(state.packName(prescription))}</h1>
      <p class="dose">{prescription.dose_words}</p>
      <div class="stack">
        {choices(draft.low, draft.high).map((each) => (
          <button key={each} type="button" class="button button-main" onClick={() => advance({ ...draft, amount: each })}>{amount(each, prescription.unit)}</button>
        ))}
      </div>
    </Sheet>
  );
}

export function Typed() {
  const text = laterWords();
  const value = useSignal("");
  const use = (event: Event): void => {
    event.preventDefault();
    const typed = value.value.replaceAll(" ", "").toUpperCase();
    if (!typed) return;
    closeOverlay();
    scanned({ text: typed, how: "typed" });
  };
  return (
    <Sheet label={text.typedTitle} footer={<button type="button" class="button button-wide" onClick={closeOverlay}>{text.cancel}</button>}>
      <h1>{text.typedTitle}</h1>
      <form onSubmit={use}>
        <label class="field">
          <span class="field-hint">{text.typedHint}</span>
          <input
            class="input input-code" value={value.value} inputMode="text" autocomplete="off" autocapitalize="characters"
            spellcheck={false} maxLength={90} onInput={(event) => (value.value = event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="button button-main">{text.typedUse}</button>
      </form>
    </Sheet>
  );
}
