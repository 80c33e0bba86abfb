/** Does this scanner type what the app needs? Test codes, what arrived, and what to change. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { setSettings } from "../disk.ts";
import { words } from "../messages.ts";
import { laterWords } from "../messages_later.ts";
import { listenToScans } from "../scanning.ts";
import { NOTHING_SEEN, SETUP_LETTERS, SETUP_MESSAGE, isReady, judge, type Judged } from "../scanner_setup.ts";
import * as state from "../state.ts";
import { Header, Icon, go } from "./parts.tsx";

declare const CODE_URLS: { letters: string; message: string; practice: Record<string, string> };

export function Scanner() {
  const text = words();
  const later = laterWords();
  const seen = useSignal<string | null>(null);
  const judged = useSignal<Judged>(NOTHING_SEEN);
  useEffect(() => listenToScans((scan) => {
    if (scan.how !== "wedge") return false;
    seen.value = scan.text;
    judged.value = judge(judged.value, scan.text, state.lastWedgeEnd.value);
    void setSettings({ scanner_ready: isReady(judged.value) ? new Date().toISOString() : null });
    return true;
  }), []);
  const steps = found(judged.value);
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
          <p class="code">{seen.value === null ? later.scannerWaiting : visible(seen.value)}</p>
          <ul class="lines">
            {steps.map(({ step, is, says, advice }) => (
              <li key={step} class="line line-step">
                <strong><Icon name={is === null ? "clock" : is ? "tick" : "alert"} /> {later.scannerSteps[step]}{says && `: ${says}`}</strong>
                {advice && <span>{advice}</span>}
              </li>
            ))}
          </ul>
          {isReady(judged.value) && <p class="ready"><Icon name="tick" /> {later.scannerReady}: {later.scannerReadyWords}</p>}
        </section>
        <button type="button" class="button button-wide" onClick={() => print()}>{later.printCodes}</button>
      </main>
    </>
  );
}

interface Found {
  step: keyof Judged;
  /** Null: not scanned yet. False: must be changed. */
  is: boolean | null;
  says: string;
  advice: string;
}

function found({ layout, separator, prefix, suffix }: Judged): Found[] {
  const { scannerFound, scannerBad } = laterWords();
  const isEnglish = layout === null ? null : layout === "english";
  const noEnd = suffix === "silence" ? scannerBad.suffix : "";
  return [
    { step: "layout", is: isEnglish, says: layout ? scannerFound.layout[layout] : "", advice: isEnglish === false ? scannerBad.layout[layout!] : "" },
    { step: "separator", is: separator, says: separator === null ? "" : scannerFound.separator(separator), advice: separator === false ? scannerBad.separator : "" },
    { step: "prefix", is: prefix === null ? null : true, says: prefix === null ? "" : scannerFound.prefix(prefix), advice: prefix === "" ? scannerBad.prefix : "" },
    { step: "suffix", is: suffix === null ? null : true, says: suffix === null ? "" : (scannerFound.suffix[suffix] ?? suffix), advice: noEnd },
  ];
}

function visible(scan: string): string {
  return scan.replaceAll("\u001d", "␝").replace(/[^\x20-\x7e␝]/g, "?");
}
