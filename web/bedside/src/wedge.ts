/** When is a run of key presses a scan, and when is it a person typing?
 *
 * A keyboard-wedge scanner types 6 or more characters with gaps of at most 50 ms and ends with Enter, Tab or
 * silence. No field needs the focus. The group separator of GS1 arrives as Ctrl+], F8, U+001D or not at all,
 * depending on how the scanner was set up; it becomes U+001D here. What the text means is match's question.
 */

export const GROUP_SEPARATOR = "\u001d";
export const LONGEST_GAP_MS = 50;
export const SILENCE_MS = 80;
export const FEWEST_CHARACTERS = 6;

export interface Key {
  key: string;
  ctrlKey?: boolean;
  altKey?: boolean;
  metaKey?: boolean;
  /** Milliseconds, from any clock that does not jump. */
  at: number;
}

export type WedgeAnswer =
  | { kind: "ignored" }
  /** The key belongs to a scan so far: it must not reach the page. */
  | { kind: "held" }
  | { kind: "scan"; text: string; ended_by: "Enter" | "Tab" | "silence" };

/** The characters one key press stands for, or null when it cannot be part of a scan. */
export function characterOf(key: Key): string | null {
  if (key.metaKey) return null;
  if (key.key === "F8") return GROUP_SEPARATOR;
  if (key.ctrlKey && !key.altKey) return key.key === "]" || key.key === "5" ? GROUP_SEPARATOR : null;
  if (key.key === GROUP_SEPARATOR) return GROUP_SEPARATOR;
  return key.key.length === 1 ? key.key : null;
}

const IGNORED_KEYS = new Set(["Shift", "CapsLock", "Control", "Alt", "AltGraph", "NumLock", "Unidentified"]);

export class Wedge {
  #text = "";
  #lastAt = Number.NEGATIVE_INFINITY;

  /** What this key press completes. Feed every key press of the page, in order. */
  press(key: Key): WedgeAnswer {
    if (IGNORED_KEYS.has(key.key)) return { kind: "ignored" };
    const isFast = key.at - this.#lastAt <= LONGEST_GAP_MS;
    if (key.key === "Enter" || key.key === "Tab") return this.#end(isFast, key.key);
    const character = characterOf(key);
    if (character === null) {
      this.#text = "";
      return { kind: "ignored" };
    }
    this.#text = isFast ? this.#text + character : character;
    this.#lastAt = key.at;
    return this.#text.length >= 2 ? { kind: "held" } : { kind: "ignored" };
  }

  /** Call once SILENCE_MS have passed since the last key: a scanner without a suffix ends like this. */
  silence(at: number): WedgeAnswer {
    if (at - this.#lastAt < SILENCE_MS) return { kind: "ignored" };
    return this.#finish("silence");
  }

  #end(isFast: boolean, by: "Enter" | "Tab"): WedgeAnswer {
    if (!isFast) {
      this.#text = "";
      return { kind: "ignored" };
    }
    return this.#finish(by);
  }

  #finish(by: "Enter" | "Tab" | "silence"): WedgeAnswer {
    const text = this.#text;
    this.#text = "";
    return text.length >= FEWEST_CHARACTERS ? { kind: "scan", text, ended_by: by } : { kind: "ignored" };
  }
}

export interface WedgeEvents {
  onScan: (text: string, endedBy: string) => void;
  /** Every key, for the scanner set-up page. */
  onKey?: (key: Key) => void;
}

/** Listen to the whole page. Returns a function that stops listening. */
export function listen(target: EventTarget, events: WedgeEvents): () => void {
  const wedge = new Wedge();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let field: { element: HTMLInputElement; before: string } | null = null;

  const finish = (answer: WedgeAnswer): void => {
    if (answer.kind !== "scan") return;
    // The first key may have reached a focused field before anyone could know it was a scanner.
    if (field) {
      field.element.value = field.before;
      field.element.dispatchEvent(new Event("input", { bubbles: true }));
    }
    field = null;
    events.onScan(answer.text, answer.ended_by);
  };
  const onKeyDown = (raw: Event): void => {
    const pressed = raw as KeyboardEvent;
    if (pressed.isComposing) return;
    const key: Key = {
      key: pressed.key, ctrlKey: pressed.ctrlKey, altKey: pressed.altKey, metaKey: pressed.metaKey,
      at: pressed.timeStamp,
    };
    events.onKey?.(key);
    const answer = wedge.press(key);
    if (answer.kind === "ignored" && characterOf(key) !== null) {
      const element = pressed.target;
      field = element instanceof HTMLInputElement ? { element, before: element.value } : null;
    }
    const isFieldKey = pressed.target instanceof HTMLInputElement || pressed.target instanceof HTMLTextAreaElement;
    if (answer.kind === "scan" || (answer.kind === "held" && !isFieldKey)) pressed.preventDefault();
    if (answer.kind === "scan") pressed.stopPropagation();
    finish(answer);
    clearTimeout(timer);
    timer = setTimeout(() => finish(wedge.silence(performance.now() + 1)), SILENCE_MS);
  };
  target.addEventListener("keydown", onKeyDown, { capture: true });
  return () => {
    clearTimeout(timer);
    target.removeEventListener("keydown", onKeyDown, { capture: true });
  };
}
