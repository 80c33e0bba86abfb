// What does this scanner send? Listens to the keyboard as the bedside app does (web/bedside/src/wedge.ts): characters
// at most 50 ms apart, ended by Enter, Tab or 80 ms of silence.

const LONGEST_GAP_MS = 50;
const SILENCE_MS = 80;
const FEWEST = 6;
const SEPARATOR = "\u001d";

const place = document.getElementById("scanner");
const letters = place.dataset.letters;
// As it is printed, "(01)…(10)LK0329(21)…": a scanner sends no brackets, and a separator after the batch.
const elements = [...place.dataset.message.matchAll(/\((\d+)\)([^(]+)/g)].map(([, ai, value]) => ai + value);
const withSeparator = elements.slice(0, -1).join("") + SEPARATOR + elements.at(-1);
const found = { layout: null, separator: null };
let typed = "";
let lastAt = Number.NEGATIVE_INFINITY;
let timer;

function characterOf(event) {
  if (event.metaKey) return null;
  if (event.key === "F8" || event.key === SEPARATOR) return SEPARATOR;
  if (event.ctrlKey && !event.altKey) return event.key === "]" || event.key === "5" ? SEPARATOR : null;
  return event.key.length === 1 ? event.key : null;
}

function say(row, isGood, words, advice = "") {
  const line = place.querySelector(`[data-row="${row}"]`);
  line.querySelector("[data-found]").textContent = `${isGood === null ? "" : isGood ? "✓ " : "! "}${words}`;
  line.querySelector("[data-advice]").textContent = advice;
}

function visible(text) {
  return text.replaceAll(SEPARATOR, " [GS] ").replace(/[^\x20-\x7e]/g, "?");
}

function layoutOf(text) {
  if (text === letters) return [true, "English, as it must be"];
  const swapped = letters.replace(/[azqwyAZQWY]/g, (letter) => ({ y: "z", z: "y", Y: "Z", Z: "Y" })[letter] ?? letter);
  // The French M lies elsewhere too, and what arrives in its place depends on the scanner.
  const lettersOf = (any) => any.replace(/[^A-Za-z]|M/g, "");
  const same = (other) => lettersOf(text) === lettersOf(other);
  if (text.toLowerCase() === letters.toLowerCase()) return [false, "capital and small letters are mixed up", "Switch Caps Lock off on this computer, then scan again."];
  if (same(swapped)) return [false, "German (QWERTZ)", "Set the scanner’s keyboard country to United Kingdom: its manual has a code for it."];
  const french = letters.replace(/[azqwAZQW]/g, (letter) => ({ a: "q", q: "a", z: "w", w: "z", A: "Q", Q: "A", Z: "W", W: "Z" })[letter]);
  if (same(french)) return [false, "French (AZERTY)", "Set the scanner’s keyboard country to United Kingdom: its manual has a code for it."];
  if (same(letters)) return [false, "English letters, other signs", "Set the scanner and this computer to the same keyboard country, United Kingdom or United States."];
  return null;
}

function judge(text, endedBy) {
  place.querySelector("[data-sent]").textContent = visible(text);
  const endings = { Enter: "Enter", Tab: "Tab", silence: "nothing: it stops" };
  say("suffix", endedBy !== "silence" ? true : null, endings[endedBy], endedBy === "silence" ? "Works. Set the suffix to Enter to make it faster." : "");
  const prefix = /^\][A-Za-z][0-9A-Za-z]/.exec(text)?.[0] ?? "";
  const bare = text.slice(prefix.length).replace(new RegExp(`^${SEPARATOR}`), "");
  const spelled = bare.replace(/<GS>|\{GS\}|\^\]|\u241d/gi, SEPARATOR);
  if (spelled === withSeparator || spelled === elements.join("")) {
    found.separator = spelled === withSeparator;
    say("separator", found.separator, found.separator ? "sent" : "lost", found.separator ? "" : "Packs are still read where that is safe. Let the scanner send the group separator as Ctrl+] or F8: in its manual, “GS1 separator” or “FNC1”.");
    say("prefix", null, prefix ? `${prefix} (names the kind of code)` : "nothing", prefix ? "" : "Works. Sending the symbology identifier (AIM ID) makes reading surer.");
  } else {
    const layout = layoutOf(bare);
    if (layout) {
      found.layout = layout[0];
      say("layout", ...layout);
    }
  }
  place.querySelector("[data-ready]").hidden = !(found.layout === true && found.separator === true);
}

function finish(endedBy) {
  const text = typed;
  typed = "";
  if (text.length >= FEWEST) judge(text, endedBy);
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const isFast = event.timeStamp - lastAt <= LONGEST_GAP_MS;
  if (event.key === "Enter" || event.key === "Tab") {
    if (isFast && typed.length >= FEWEST) {
      event.preventDefault();
      clearTimeout(timer);
      finish(event.key);
    } else {
      typed = "";
    }
    return;
  }
  const character = characterOf(event);
  if (character === null) return;
  typed = isFast ? typed + character : character;
  lastAt = event.timeStamp;
  if (typed.length > 1) event.preventDefault();
  clearTimeout(timer);
  timer = setTimeout(() => finish("silence"), SILENCE_MS);
}, { capture: true });
