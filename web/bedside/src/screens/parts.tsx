/** The pieces several screens are made of: header, faces, bands, buttons, number pad. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { disk } from "../disk.ts";
import { medicineWords } from "../medicine_words.ts";
import type { Allergy, MedicineRef, Resident } from "../model.ts";
import { words } from "../messages.ts";
import * as state from "../state.ts";

type IconName = "back" | "tick" | "shield" | "menu" | "alert" | "question" | "camera" | "keypad" | "clock" | "people" | "speaker" | "lock" | "moon" | "hand" | "cup";

const PATHS: Record<IconName, string> = {
  cup: "M6 4h12l-2 16H8zM7 11c2-2 3 1 5 0s3-1 5 0",
  back: "M15 4 7 12l8 8",
  tick: "M4 13l5 5L20 6",
  shield: "M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6zM8.5 12l2.5 2.5 4.5-5",
  menu: "M4 6h16M4 12h16M4 18h16",
  alert: "M12 3 2 21h20zM12 10v5M12 18v.5",
  question: "M12 3l9 9-9 9-9-9zM9.8 10.2a2.3 2.3 0 1 1 3.2 2.1c-.7.3-1 .8-1 1.5M12 16.4v.3",
  camera: "M4 8h3l2-3h6l2 3h3v11H4zM12 10a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z",
  keypad: "M4 6h16v12H4zM8 10v.1M12 10v.1M16 10v.1M8 14h8",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3.5 2",
  people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-4 2.5-6 6.5-6s6.5 2 6.5 6M16 4.5a3.2 3.2 0 0 1 0 6M18 14.5c2.3.8 3.5 2.7 3.5 5.5",
  speaker: "M4 9v6h4l5 4V5L8 9zM16.5 8.5a5 5 0 0 1 0 7",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  moon: "M20 14A8.5 8.5 0 0 1 10 4a8 8 0 1 0 10 10z",
  hand: "M8 12V5.5a1.5 1.5 0 0 1 3 0V11V4a1.5 1.5 0 0 1 3 0v7V6a1.5 1.5 0 0 1 3 0v8c0 4-2 7-6 7-3 0-4.500-1.500-6-4l-2-3.500a1.500 1.500 0 0 1 2.500-1.500z",
};

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Header(props: { title: string; sub?: string; back?: { label: string; go: () => void } | null; menu?: boolean }) {
  const { title, sub, back, menu } = props;
  return (
    <header class="header">
      {back && (
        <button type="button" class="header-back" onClick={back.go}>
          <Icon name="back" />
          <span>{back.label}</span>
        </button>
      )}
      <div class="header-title">
        <span class="header-name">{title}</span>
        {sub && <span class="header-sub">{sub}</span>}
      </div>
      <div class="header-right">
        <SaveState />
        {menu && (
          <button type="button" class="header-menu" aria-label={words().menu} onClick={() => go({ name: "menu" })}>
            <Icon name="menu" />
          </button>
        )}
      </div>
    </header>
  );
}

export function go(screen: state.Screen): void {
  state.screen.value = screen;
}

/** What is on this device and not yet at the server: the only thing said about the network. */
export function SaveState() {
  const text = words();
  const unsent = state.session.value ? state.unsent.value : state.sealedUnsent.value;
  const attention = state.needsLook.value.length;
  const { kind, icon, label } = {
    not_saved: { kind: "bad", icon: "alert", label: text.notSaved } as const,
    held: { kind: "held", icon: "shield", label: text.safeHere(unsent) } as const,
    saving: { kind: "saving", icon: "clock", label: text.saving } as const,
    look: { kind: "look", icon: "alert", label: text.needsLook(attention) } as const,
    sent: { kind: "sent", icon: "tick", label: text.allSent } as const,
  }[state.saveState.value];
  const inside = (
    <>
      <Icon name={icon} />
      <span>{label}</span>
    </>
  );
  if (!state.session.value) return <span class={`save save-${kind}`}>{inside}</span>;
  return (
    <button type="button" class={`save save-${kind}`} onClick={() => go({ name: "outbox" })}>
      {inside}
    </button>
  );
}

const faces = new Map<string, string>();

/** The resident's photo from this device's own store; initials only while there is none. */
export function Face({ resident, size }: { resident: Resident; size: "small" | "large" }) {
  const url = resident.photo_url;
  const source = useSignal(url ? (faces.get(url) ?? null) : null);
  const shown = useRef(url);
  useEffect(() => {
    shown.current = url;
    source.value = url ? (faces.get(url) ?? null) : null;
    const session = state.session.value;
    if (!url || source.value || !session) return;
    void (async () => {
      const blob = await disk().photo(session.vault, url);
      if (!blob || shown.current !== url) return;
      faces.set(url, URL.createObjectURL(blob));
      source.value = faces.get(url)!;
    })();
  }, [url, state.known.value]);
  if (source.value) return <img class={`face face-${size}`} src={source.value} alt={words().photoOf(resident.preferred_name)} />;
  return <span class={`face face-${size} face-initials`} aria-hidden="true">{initials(resident.full_name)}</span>;
}

/** Photos belong to whoever is signed in: forget them at sign-out. */
export function forgetFaces(): void {
  for (const source of faces.values()) URL.revokeObjectURL(source);
  faces.clear();
}

export function initials(name: string): string {
  const parts = name.split(/\s+/).filter(Boolean);
  return ((parts[0]?.[0] ?? "") + (parts.length > 1 ? (parts.at(-1)?.[0] ?? "") : "")).toUpperCase();
}

/** Red when there is an allergy; three different looks for "some", "none known" and "nobody has asked". */
export function AllergyBand({ resident }: { resident: Resident }) {
  const text = words();
  if (resident.allergy_status === "none_known") {
    return (
      <p class="allergy allergy-none">
        <Icon name="tick" />
        <span>{text.noneKnown}</span>
      </p>
    );
  }
  if (resident.allergy_status === "not_recorded" || resident.allergies.length === 0) {
    return (
      <p class="allergy allergy-unknown">
        <Icon name="question" />
        <span>{text.notRecorded}</span>
      </p>
    );
  }
  return (
    <p class="allergy allergy-some">
      <Icon name="alert" />
      <span>
        <strong>{resident.allergies.length === 1 ? text.allergy : text.allergies}: </strong>
        {resident.allergies.map((each) => allergyWords(each)).join(", ")}
      </span>
    </p>
  );
}

function allergyWords(each: Allergy): string {
  const said = each.reaction ? `${each.substance} (${each.reaction})` : each.substance;
  return each.is_checked === false ? `${said}: ${words().notCheckedAllergy}` : said;
}

/** How this person swallows: what decides in what a medicine may be given. Nothing where nothing is different. */
export function Swallowing({ resident }: { resident: Resident }) {
  const text = words();
  const { drink_level: drink, food_level: food, swallowing_words: said } = resident;
  const lines = [drink ? text.drinks(drink) : "", food && food < 7 ? text.food(food) : "", said ?? ""].filter(Boolean);
  if (lines.length === 0) return null;
  return (
    <section class="how swallow">
      <h2><Icon name="cup" />{text.swallowing}</h2>
      {lines.map((each) => <p key={each}><strong>{each}</strong></p>)}
      <p>{text.crushFirst}</p>
    </section>
  );
}

/** The name as the boldest line, strength and form on the next. */
export function MedicineName({ medicine, as: Line }: { medicine: MedicineRef; as: "h1" | "h3" | "p" }) {
  const { bold, rest } = medicineWords(medicine);
  return (
    <>
      <Line class={Line === "h1" ? "medicine medicine-large" : "medicine"}>{bold}</Line>
      <p class="strength">{rest}</p>
    </>
  );
}

/** A full-screen answer. The first heading takes the focus, so that a screen reader says what happened. */
export function Sheet(props: { kind?: string; label: string; children: ComponentChildren; footer?: ComponentChildren }) {
  const heading = useRef<HTMLDivElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <div class={`sheet sheet-${props.kind ?? "plain"}`} role="dialog" aria-modal="true" aria-label={props.label}>
      <div class="sheet-body" ref={heading} tabIndex={-1}>{props.children}</div>
      {props.footer && <div class="sheet-footer">{props.footer}</div>}
    </div>
  );
}

export function closeOverlay(): void {
  state.overlay.value = null;
}

/** Digits with fingers or keys. `onDone` when OK or Enter is pressed. */
export function NumberPad(props: {
  value: string; onChange: (value: string) => void; onDone: () => void; withPoint?: boolean; done: string; busy?: boolean;
}) {
  const { value, onChange, onDone, withPoint, done, busy } = props;
  const press = (key: string): void => {
    if (key === "⌫") onChange(value.slice(0, -1));
    else if (value.length < 10) onChange(value + key);
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey) return;
      if (/^[0-9]$/.test(event.key) || (withPoint && event.key === "." && !value.includes("."))) press(event.key);
      else if (event.key === "Backspace") press("⌫");
      else if (event.key === "Enter" && value) onDone();
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });
  const keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", withPoint ? "." : "", "0", "⌫"];
  return (
    <div class="pad">
      {keys.map((key) => key === "" ? <span key="gap" /> : (
        <button
          key={key} type="button" class="pad-key" onClick={() => press(key)}
          aria-label={key === "⌫" ? words().pinDelete : key === "." ? words().point : key}
          disabled={key === "." && value.includes(".")}
        >
          {key}
        </button>
      ))}
      <button type="button" class="button button-main pad-done" disabled={!value || busy} onClick={onDone}>{done}</button>
    </div>
  );
}
