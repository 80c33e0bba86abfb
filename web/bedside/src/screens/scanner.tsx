/** Does this scanner type what the app needs? Test codes, what arrived, and what to change. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { setSettings } from "../disk.ts";
import { words } from "../messages.ts";
import { laterWords } from "../messages_later.ts";
import { listenToScans } from "../scanning.ts";
import { SETUP_LETTERS, SETUP_MESSAGE, judge, type Judged } from "../scanner_setup.ts";
import * as state from "../state.ts";
import { Header, Icon, go } from "./parts.tsx";

declare const CODE_URLS: { letters: string; message: string; practice: Record<string, string> };

export function Scanner() {
  const text = words();
  const later = laterWords();
  const seen = useSignal<{ text: string; ended: string } | null>(null);
  const judged = useSignal<Judged>({ letters: null, separator: null, suffix: null });
  useEffect(() => listenToScans((scan) => {
    if (scan.how !== "wedge") return false;
    seen.value = { text: scan.text, ended: state.lastWedgeEnd.value };
    judged.value = judge(judged.value, scan.text, state.lastWedgeEnd.value);
    const { letters, separator } = judged.value;
    const ready = letters && separator ? new Date().toISOString() : null;
    void setSettings({ scanner_ready: ready });
    return true;
  }), []);
  const { letters, separator, suffix } = judged.value;
  const steps = [["letters", letters], ["separator", separator], ["suffix", suffix]] as const;
  const isReady = letters === true && separator === true;
  return (
    <>
      <Header title={later.scannerTitle} back={{ label: text.menu, go: () => go({ name: "menu" }) }} />
      <main class="page">
        <h1>{later.scannerTitle}</h1>
        <p class="lead">{later.scannerIntro}</p>
        <div class="test-codes">
          <figure><img src={CODE_URLS.letters} alt={SETUP_LETTERS} class="test-code test-code-wide" /><figcaption>1</figcaption></figure>
          <figure><img src={CODE_URLS.message} alt={SETUP_MESSAGE.replaceAll("\u001d", " ")} class="test-code" /><figcaption>2</figcaption></figure>
        </div>
        <section class="section" aria-live="polite">
          <h2>{later.scannerSees}</h2>
          <p class="code">{seen.value ? visible(seen.value.text) : later.scannerWaiting}</p>
          {seen.value && <p class="quiet">{later.scannerEnds[seen.value.ended] ?? seen.value.ended}</p>}
          <ul class="lines">
            {steps.map(([step, is]) => (
              <li key={step} class="line line-step">
                <strong>{is === null ? <Icon name="clock" /> : is ? <Icon name="tick" /> : <Icon name="alert" />} {later.scannerSteps[step]}</strong>
                {is === false && <span>{later.scannerBad[step]}</span>}
              </li>
            ))}
          </ul>
          {isReady && <p class="ready"><Icon name="tick" /> {later.scannerReady}: {later.scannerReadyWords}</p>}
        </section>
        <button type="button" class="button button-wide" onClick={() => print()}>{later.printCodes}</button>
      </main>
    </>
  );
}

function visible(scan: string): string {
  return scan.replaceAll("\u001d", "␝").replace(/[^\x20-\x7e␝]/g, "?");
}
