/** What must be known before a dose goes in the pot: a reading, each strength, when it really was given? */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { takePart, takeReading } from "../acts.ts";
import { keepReading } from "../acts_later.ts";
import { homeClock } from "../fold.ts";
import { moment, partWords, readingName, time } from "../format.ts";
import { words } from "../messages.ts";
import { laterWords } from "../messages_later.ts";
import type { Id, MedicineRef } from "../model.ts";
import { byHand } from "../scanning.ts";
import * as state from "../state.ts";
import type { Draft } from "../state.ts";
import { Icon, NumberPad, Sheet, closeOverlay, MedicineName } from "./parts.tsx";
import { ScanButtons } from "./scanbuttons.tsx";

function cancel() {
  return <button type="button" class="button button-wide" onClick={closeOverlay}>{laterWords().cancel}</button>;
}

/** A reading that decides over a dose, typed as soon as it is asked for. */
export function ReadingSheet(props: {
  reading: string; medicine: MedicineRef | null; onTyped: (value: string) => void; footer: ComponentChildren;
}) {
  const later = laterWords();
  const value = useSignal("");
  const problem = useSignal(false);
  const title = later.readingTitle(readingName(props.reading));
  const done = (): void => {
    const typed = value.value.replace(/\.$/, "");
    if (!/^\d{1,4}(\.\d{1,2})?$/.test(typed)) return void (problem.value = true);
    props.onTyped(typed);
  };
  return (
    <Sheet label={title} footer={props.footer}>
      <h1>{title}</h1>
      {props.medicine && <MedicineName medicine={props.medicine} as="p" />}
      <p class="lead">{later.readingWords}</p>
      {problem.value && <p class="problem" role="alert">{later.readingWrong}</p>}
      <p class="typed-number" aria-live="polite">{value.value || "–"} <small>{later.readingUnits[props.reading] ?? ""}</small></p>
      <NumberPad value={value.value} withPoint done={words().pinEnter} onChange={(next) => (value.value = next)} onDone={done} />
    </Sheet>
  );
}

export function DoseReading({ draft, reading }: { draft: Draft; reading: string }) {
  const typed = (value: string): void => {
    keepReading(draft.prescription.id, reading, value);
    takeReading(draft, reading, value);
  };
  return <ReadingSheet reading={reading} medicine={draft.prescription.medicine} onTyped={typed} footer={cancel()} />;
}

/** Each strength of a mixed dose: scanned while this is up, or checked by eye. */
export function Parts({ draft }: { draft: Draft }) {
  const later = laterWords();
  return (
    <Sheet label={later.partsTitle} footer={<><ScanButtons />{cancel()}</>}>
      <h1>{later.partsTitle}</h1>
      <MedicineName medicine={draft.prescription.medicine} as="p" />
      <p class="dose">{draft.prescription.dose_words}</p>
      <p class="quiet">{later.partsHint}</p>
      <ul class="lines">
        {draft.parts.map((part) => {
          const isHere = draft.parts_given.some((each) => each.strength === part.strength);
          const name = partWords(part, draft.prescription);
          return (
            <li key={part.strength} class="part">
              <strong class="part-name">{name}</strong>
              {isHere ? <span class="answer answer-given"><Icon name="tick" />{later.partScanned}</span> : (
                <button type="button" class="button" aria-label={`${later.partByEye}: ${name}`} onClick={() => takePart(draft, { ...part, pack_id: null, scan_text: null })}>
                  <Icon name="hand" />{later.partByEye}
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </Sheet>
  );
}

const OLDEST_MS = 36 * 3600_000;

/** A dose that was given and only forgotten to be recorded, with the time it really was given. */
export function LateEntry({ prescriptionId, dueAt }: { prescriptionId: Id; dueAt: string }) {
  const text = words();
  const later = laterWords();
  const world = state.world.value!;
  const now = state.correctedNow();
  const clock = useSignal(time(now));
  const isYesterday = useSignal(false);
  const isOther = useSignal(false);
  const problem = useSignal<string | null>(null);
  const line = world.snapshot.prescriptions.find((each) => each.id === prescriptionId);
  const slot = world.snapshot.due.find((each) => each.prescription_id === prescriptionId && each.due_at === dueAt);
  if (!line || !slot) return null;
  const dueNow = world.snapshot.due.find(
    (each) => each.prescription_id === prescriptionId && Date.parse(each.due_at) > Date.parse(dueAt) &&
      Date.parse(each.early_from) <= now && now <= Date.parse(each.closes_at),
  );
  const use = (at: number): void => {
    if (at > now + 60_000) return void (problem.value = later.lateInFuture);
    if (at < now - OLDEST_MS) return void (problem.value = later.lateTooOld);
    closeOverlay();
    byHand(prescriptionId, dueAt, Math.min(at, now));
  };
  const useTyped = (event: Event): void => {
    event.preventDefault();
    const at = onClock(clock.value, now, isYesterday.value);
    if (at === null) return void (problem.value = later.lateWrong);
    use(at);
  };
  return (
    <Sheet label={later.lateTitle} footer={cancel()}>
      <h1>{later.lateTitle}</h1>
      <MedicineName medicine={line.medicine} as="p" />
      <p class="flag flag-late"><Icon name="clock" />{text.lateSince(moment(dueAt, now))}</p>
      <p class="lead">{later.lateHint}</p>
      {problem.value && <p class="problem" role="alert">{problem.value}</p>}
      {dueNow && <p class="notice">{later.lateDueNow(time(dueNow.due_at))}</p>}
      <div class="stack">
        {!dueNow && <button type="button" class="button button-main" onClick={() => use(now)}>{later.lateNow}</button>}
        <button type="button" class="button button-reason" onClick={() => use(Date.parse(dueAt))}>{later.lateAtDue(moment(dueAt, now))}</button>
        {!isOther.value && <button type="button" class="button button-reason" onClick={() => (isOther.value = true)}>{later.lateOther}</button>}
      </div>
      {isOther.value && (
        <form onSubmit={useTyped}>
          <div class="chips">
            <button type="button" class="chip" aria-pressed={!isYesterday.value} onClick={() => (isYesterday.value = false)}>{later.lateToday}</button>
            <button type="button" class="chip" aria-pressed={isYesterday.value} onClick={() => (isYesterday.value = true)}>{later.lateYesterday}</button>
          </div>
          <label class="field">
            <span class="field-label">{later.lateTime}</span>
            <input class="input input-code" type="time" value={clock.value} onInput={(event) => (clock.value = event.currentTarget.value)} />
          </label>
          <button type="submit" class="button button-main">{later.lateUse}</button>
        </form>
      )}
    </Sheet>
  );
}

/** The instant at which the home's clock showed this today or yesterday; null when it is no time of day. */
export function onClock(typed: string, now: number, isYesterday: boolean): number | null {
  const found = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(typed);
  if (!found) return null;
  const wanted = Number(found[1]) * 60 + Number(found[2]);
  const from = now - (isYesterday ? 24 * 3600_000 : 0);
  const { day } = homeClock(from);
  // Twice an hour away is as far as a clock change can put the first guess off.
  const guess = Math.floor(from / 60_000) * 60_000 + (wanted - homeClock(from).minutes) * 60_000;
  const near = [0, -60, 60].map((minutes) => guess + minutes * 60_000);
  return near.find((at) => homeClock(at).minutes === wanted && homeClock(at).day === day) ?? null;
}

/** The server's register disagrees with what the witness counted: said once it is known. */
export function Recount() {
  const text = words();
  const later = laterWords();
  return (
    <Sheet kind="ask" label={later.recountTitle} footer={<button type="button" class="button button-main" onClick={closeOverlay}>{text.understood}</button>}>
      <div role="alert">
        <h1 class="ask-title">{later.recountTitle}</h1>
        <p class="lead">{later.recountWords}</p>
      </div>
    </Sheet>
  );
}
