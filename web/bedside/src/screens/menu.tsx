/** How is this device set, what has it recorded, and how does one leave it? */

import { talkNow } from "../network.ts";
import { buildTime } from "../build.ts";
import { moment } from "../format.ts";
import { setSettings } from "../disk.ts";
import { words } from "../messages.ts";
import { laterWords } from "../messages_later.ts";
import type { AdministrationBody, OutboxEntry, ScanBody } from "../model.ts";
import { endPractice, startPractice } from "../practice.ts";
import { signOut } from "../session.ts";
import { canRead } from "../speech.ts";
import * as state from "../state.ts";
import { outcomeWord } from "../acts.ts";
import { Header, Icon, go } from "./parts.tsx";

export function Menu() {
  const text = words();
  const later = laterWords();
  const { theme, sound, read_aloud } = state.settings.value;
  const themes = [["auto", later.themeAuto], ["day", later.day], ["night", later.night]] as const;
  const home = (): void => go({ name: state.roundView.value?.isOpen ? "list" : "welcome" });
  return (
    <>
      <Header title={text.menu} back={{ label: later.back, go: home }} />
      <main class="page">
        <h1>{text.menu}</h1>
        <p class="lead">{state.session.value?.staff.display_name} · {state.device.value?.name}</p>
        <section class="section">
          <h2>{later.themeLabel}</h2>
          <div class="chips">
            {themes.map(([value, label]) => (
              <button key={value} type="button" class="chip" aria-pressed={theme === value} onClick={() => void setSettings({ theme: value })}>{label}</button>
            ))}
          </div>
        </section>
        <Switch label={later.soundLabel} value={sound} set={(value) => void setSettings({ sound: value })} />
        {canRead() && <Switch label={later.readAloudLabel} value={read_aloud} set={(value) => void setSettings({ read_aloud: value })} />}
        <div class="stack">
          <button type="button" class="button button-wide" onClick={() => go({ name: "welcome" })}>{later.startPage}</button>
          <button type="button" class="button button-wide" onClick={() => go({ name: "creams" })}>{later.creamsTitle}</button>
          <button type="button" class="button button-wide" onClick={() => go({ name: "outbox" })}>{later.outboxTitle}</button>
          <button type="button" class="button button-wide" onClick={() => go({ name: "handover" })}>{later.handoverTitle}</button>
          <button type="button" class="button button-wide" onClick={() => go({ name: "scanner" })}>{later.scannerSetup}</button>
          {state.isPractice.value
            ? <button type="button" class="button button-wide" onClick={() => void endPractice()}>{later.practiceEnd}</button>
            : <button type="button" class="button button-wide" onClick={startPractice}>{later.practice}</button>}
          <button type="button" class="button button-main" onClick={signOut}>{later.signOut}</button>
        </div>
        <p class="quiet">{later.signOutSafe}</p>
        <p class="version">{text.version(buildTime())}</p>
      </main>
    </>
  );
}

function Switch({ label, value, set }: { label: string; value: boolean; set: (value: boolean) => void }) {
  const text = laterWords();
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
  const later = laterWords();
  const waiting = state.outbox.value.filter((entry) => entry.answer === null);
  const noticed = state.outbox.value.filter((entry) => entry.answer === "recorded_with_findings" && !state.needsLook.value.includes(entry)).slice(-30).reverse();
  const attention = state.needsLook.value;
  const contact = state.device.value?.last_contact_at ?? null;
  const now = state.correctedNow();
  return (
    <>
      <Header title={later.outboxTitle} back={{ label: later.back, go: () => go({ name: state.roundView.value?.isOpen ? "list" : "welcome" }) }} />
      <main class="page">
        <h1>{waiting.length ? text.safeHere(waiting.length) : later.outboxNone}</h1>
        <p class="lead">{contact === null ? later.neverContact : later.lastContact(moment(contact, now))}</p>
        {state.hasNewVersion.value && <p class="notice">{later.newVersion}</p>}
        {attention.length > 0 && (
          <section class="section">
            <h2><Icon name="alert" /> {later.outboxAttention}</h2>
            <ul class="lines">{attention.map((entry) => <Line key={entry.event.id} entry={entry} now={now} />)}</ul>
          </section>
        )}
        {waiting.length > 0 && (
          <section class="section">
            <h2><Icon name="shield" /> {later.outboxWaiting}</h2>
            <ul class="lines">{waiting.slice(-100).reverse().map((entry) => <Line key={entry.event.id} entry={entry} now={now} />)}</ul>
          </section>
        )}
        {noticed.length > 0 && (
          <section class="section">
            <h2>{later.attention}</h2>
            <ul class="lines">{noticed.map((entry) => <Line key={entry.event.id} entry={entry} now={now} />)}</ul>
          </section>
        )}
      </main>
      <footer class="footer">
        <button type="button" class="button button-main" disabled={state.isSending.value} onClick={() => void talkNow()}>
          {state.isSending.value ? later.sending(waiting.length) : later.sendNow}
        </button>
      </footer>
    </>
  );
}

function Line({ entry, now }: { entry: OutboxEntry; now: number }) {
  const text = laterWords();
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
      {entry.findings.map((found) => <span key={found.code} class="finding">{text.findings[found.code] ?? found.code}</span>)}
    </li>
  );
}
