/** How is this device set, what has it recorded, and how does one leave it? */

import { talkNow } from "../network.ts";
import { buildTime } from "../build.ts";
import { moment } from "../format.ts";
import { setSettings } from "../disk.ts";
import { words } from "../messages.ts";
import type { AdministrationBody, OutboxEntry, ScanBody } from "../model.ts";
import { endPractice, startPractice } from "../practice.ts";
import { signOut } from "../session.ts";
import { canRead } from "../speech.ts";
import * as state from "../state.ts";
import { outcomeWord } from "../acts.ts";
import { Header, Icon, go } from "./parts.tsx";

export function Menu() {
  const text = words();
  const { theme, sound, read_aloud } = state.settings.value;
  const themes = [["auto", text.themeAuto], ["day", text.day], ["night", text.night]] as const;
  const home = (): void => go({ name: state.roundView.value?.isOpen ? "list" : "welcome" });
  return (
    <>
      <Header title={text.menu} back={{ label: text.back, go: home }} />
      <main class="page">
        <h1>{text.menu}</h1>
        <p class="lead">{state.session.value?.staff.display_name} · {state.device.value?.name}</p>
        <section class="section">
          <h2>{text.themeLabel}</h2>
          <div class="chips">
            {themes.map(([value, label]) => (
              <button key={value} type="button" class="chip" aria-pressed={theme === value} onClick={() => void setSettings({ theme: value })}>{label}</button>
            ))}
          </div>
        </section>
        <Switch label={text.soundLabel} value={sound} set={(value) => void setSettings({ sound: value })} />
        {canRead() && <Switch label={text.readAloudLabel} value={read_aloud} set={(value) => void setSettings({ read_aloud: value })} />}
        <div class="stack">
          <button type="button" class="button button-wide" onClick={() => go({ name: "welcome" })}>{text.startPage}</button>
          <button type="button" class="button button-wide" onClick={() => go({ name: "outbox" })}>{text.outboxTitle}</button>
          <button type="button" class="button button-wide" onClick={() => go({ name: "handover" })}>{text.handoverTitle}</button>
          <button type="button" class="button button-wide" onClick={() => go({ name: "scanner" })}>{text.scannerSetup}</button>
          {state.isPractice.value
            ? <button type="button" class="button button-wide" onClick={() => void endPractice()}>{text.practiceEnd}</button>
            : <button type="button" class="button button-wide" onClick={startPractice}>{text.practice}</button>}
          <button type="button" class="button button-main" onClick={signOut}>{text.signOut}</button>
        </div>
        <p class="quiet">{text.signOutSafe}</p>
        <p class="version">{text.version(buildTime())}</p>
      </main>
    </>
  );
}

function Switch({ label, value, set }: { label: string; value: boolean; set: (value: boolean) => void }) {
  const text = words();
  return (
    <section class="section">
      <h2>{label}</h2>
      <div class="chips">
        <button type="button" class="chip" aria-pressed={value} onClick={() => set(true)}>{text.on}</button>
        <button type="button" class="chip" aria-pressed={!value} onClick={() => set(false)}>{text.off}</button>
      </div>
    </section>
  );
}

export function Outbox() {
  const text = words();
  const waiting = state.outbox.value.filter((entry) => entry.answer === null);
  const attention = state.needsLook.value;
  const contact = state.device.value?.last_contact_at ?? null;
  const now = state.correctedNow();
  return (
    <>
      <Header title={text.outboxTitle} back={{ label: text.back, go: () => go({ name: state.roundView.value?.isOpen ? "list" : "welcome" }) }} />
      <main class="page">
        <h1>{waiting.length ? text.safeHere(waiting.length) : text.outboxNone}</h1>
        <p class="lead">{contact === null ? text.neverContact : text.lastContact(moment(contact, now))}</p>
        {state.hasNewVersion.value && <p class="notice">{text.newVersion}</p>}
        {attention.length > 0 && (
          <section class="section">
            <h2><Icon name="alert" /> {text.outboxAttention}</h2>
            <ul class="lines">{attention.map((entry) => <Line key={entry.event.id} entry={entry} now={now} />)}</ul>
          </section>
        )}
        {waiting.length > 0 && (
          <section class="section">
            <h2><Icon name="shield" /> {text.outboxWaiting}</h2>
            <ul class="lines">{waiting.slice(-100).reverse().map((entry) => <Line key={entry.event.id} entry={entry} now={now} />)}</ul>
          </section>
        )}
      </main>
      <footer class="footer">
        <button type="button" class="button button-main" disabled={state.isSending.value} onClick={() => void talkNow()}>
          {state.isSending.value ? text.sending(waiting.length) : text.sendNow}
        </button>
      </footer>
    </>
  );
}

function Line({ entry, now }: { entry: OutboxEntry; now: number }) {
  const text = words();
  const { snapshot } = state.known.value ?? {};
  const body = entry.event.body as Partial<AdministrationBody & ScanBody>;
  const resident = snapshot?.residents.find((each) => each.id === body.resident_id);
  const prescription = snapshot?.prescriptions.find((each) => each.id === body.prescription_id);
  const what = entry.event.kind === "administration"
    ? `${prescription?.medicine.name ?? ""}: ${outcomeWord(body.outcome ?? "")}`
    : (text.eventKinds[entry.event.kind] ?? entry.event.kind);
  const answer = entry.answer && (text.outboxWords as Record<string, string>)[entry.answer];
  return (
    <li class="line">
      <strong>{[resident?.preferred_name, what].filter(Boolean).join(" · ")}</strong>
      <span>{moment(entry.event.entered_at, now)}{answer ? ` · ${answer}` : ""}</span>
      {entry.detail && <span>{entry.detail}</span>}
    </li>
  );
}
