/** How does the page for booking in take scans: from a scanner wherever the focus is, and from the phone's camera?
 *
 * What a scan means is the server's question: it is sent with an id of its own, so that trying again books nothing
 * twice, and what comes back is put on the page. A question is answered with its buttons, not scanned away.
 */

import { Camera, NoCamera } from "./camera.ts";
import { uuid7 } from "./event.ts";
import { sound, type Sound } from "./tones.ts";
import { listen } from "./wedge.ts";

interface Scan {
  id: string;
  text: string;
  how: "wedge" | "camera" | "typed";
  symbology: string;
}

const SOUNDS: Record<string, Sound> = { good: "recorded", done: "pot", ask: "ask", stop: "stop" };
/** A scanner whose trigger bounces sends its code twice within this time. */
const BOUNCE_MS = 700;
const CAMERA_PAUSE_MS = 700;

const form = document.getElementById("scan-form") as HTMLFormElement | null;
if (form) start(form, document.getElementById("answer")!);

function start(form: HTMLFormElement, answer: HTMLElement): void {
  const queue: Scan[] = [];
  let under: Scan | null = null;
  let last = { text: "", at: Number.NEGATIVE_INFINITY };
  let audio: AudioContext | null = null;
  const input = (name: string): HTMLInputElement => form.elements.namedItem(name) as HTMLInputElement;
  const waits = (): boolean => answer.querySelector("[data-waits]") !== null;

  const hear = (name: Sound): void => {
    if (name === "stop") navigator.vibrate?.([180, 80, 180]);
    try {
      audio ??= new AudioContext();
      sound(audio, name);
    } catch {
      audio = null; // silence is not a fault
    }
  };

  const remind = (): void => {
    hear("ask");
    let words = answer.querySelector<HTMLElement>("[data-first]");
    if (!words) {
      words = document.createElement("p");
      words.dataset.first = "";
      words.className = "answer__first";
      words.textContent = "Answer this first: the pack you have just scanned is not booked in yet.";
      answer.firstElementChild?.prepend(words);
    }
    answer.scrollIntoView({ block: "center" });
  };

  const next = (): void => {
    if (under || waits()) return;
    const scan = queue.shift();
    if (scan) send(scan);
  };

  const send = (scan: Scan): void => {
    under = scan;
    input("id").value = scan.id;
    input("text").value = scan.text;
    input("how").value = scan.how;
    input("symbology").value = scan.symbology;
    form.requestSubmit();
  };

  const scanned = (text: string, how: Scan["how"], symbology = ""): void => {
    if (waits()) return remind();
    const at = performance.now();
    if (text === last.text && at - last.at < BOUNCE_MS) return;
    last = { text, at };
    queue.push({ id: uuid7(), text, how, symbology });
    next();
  };

  // Typed and sent with Enter: an id of its own as well.
  form.addEventListener("submit", (event) => {
    if (under) return;
    if (!input("text").value.trim() || waits()) {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (waits()) remind();
      return;
    }
    under = { id: uuid7(), text: input("text").value, how: "typed", symbology: "" };
    input("id").value = under.id;
    input("how").value = "typed";
    input("symbology").value = "";
  }, { capture: true });

  const failed = (): void => {
    const again = under;
    under = null;
    const box = document.createElement("div");
    box.className = "answer answer--ask";
    box.dataset.waits = "";
    const title = document.createElement("h2");
    title.className = "answer__title";
    title.textContent = "No answer from the server";
    const words = document.createElement("p");
    words.textContent = "Keep the pack in your hand. Trying again books nothing twice.";
    const button = document.createElement("button");
    button.className = "nhsuk-button";
    button.textContent = "Try again";
    button.addEventListener("click", () => {
      delete box.dataset.waits;
      if (again) send(again);
    });
    box.append(title, words, button);
    answer.replaceChildren(box);
    hear("ask");
  };

  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (event.target !== answer) return;
    const shown = answer.querySelector<HTMLElement>("[data-tone]");
    under = null;
    input("text").value = "";
    hear(SOUNDS[shown?.dataset.tone ?? "ask"] ?? "ask");
    if (waits()) {
      answer.focus({ preventScroll: true });
      answer.scrollIntoView({ block: "start" });
    }
    camera.go();
    next();
  });
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.body.addEventListener(name, (event) => {
      if (form.contains(event.target as Node) || answer.contains(event.target as Node)) failed();
    });
  }

  const camera = useCamera(scanned, () => !under && !waits(), () => last.text);
  listen(document, { onScan: (text) => scanned(text, "wedge") });
}

interface CameraUse {
  /** Look again, where the camera is on and nothing waits for an answer. */
  go: () => void;
}

function useCamera(scanned: (text: string, how: "camera", symbology: string) => void, isFree: () => boolean, lastText: () => string): CameraUse {
  const place = document.querySelector<HTMLElement>("[data-video]")!;
  const button = document.querySelector<HTMLButtonElement>("[data-camera]")!;
  const words = document.querySelector<HTMLElement>("[data-camera-words]")!;
  let camera: Camera | null = null;
  let isOn = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const off = (): void => {
    isOn = false;
    clearTimeout(timer);
    camera?.stop();
    camera = null;
    place.hidden = true;
    button.hidden = false;
  };
  const look = async (): Promise<void> => {
    if (!isOn || !isFree()) return;
    camera?.stop();
    camera = new Camera(place.querySelector("video")!, (seen) => {
      if (seen.text === lastText()) return again(seen.text, seen.symbology);
      words.textContent = "";
      scanned(seen.text, "camera", seen.symbology);
    });
    try {
      await camera.start();
    } catch (problem) {
      off();
      const why = problem instanceof NoCamera && problem.why === "denied";
      place.hidden = false;
      words.textContent = why
        ? "The browser may not use the camera. Allow it beside the address of this page, then try again."
        : "No camera is free here. Type the code, or use a scanner.";
    }
  };
  /** The same code without a number of its own may be the same box still in front of the lens: a person says. */
  const again = (text: string, symbology: string): void => {
    words.replaceChildren("The same code again. ");
    const another = document.createElement("button");
    another.type = "button";
    another.className = "nhsuk-button nhsuk-button--small";
    another.textContent = "It is another box";
    another.addEventListener("click", () => {
      words.textContent = "";
      scanned(text, "camera", symbology);
    });
    words.append(another);
    timer = setTimeout(() => void look(), CAMERA_PAUSE_MS);
  };

  button.hidden = !navigator.mediaDevices;
  button.addEventListener("click", () => {
    isOn = true;
    place.hidden = false;
    button.hidden = true;
    void look();
  });
  document.querySelector("[data-camera-off]")!.addEventListener("click", off);
  return {
    go: () => {
      clearTimeout(timer);
      if (isOn) timer = setTimeout(() => void look(), CAMERA_PAUSE_MS);
    },
  };
}
