/** What is right and what is wrong with how a scanner is set up? */

/** Every letter shape a keyboard layout can swap, as Code 128. */
export const SETUP_LETTERS = "EMAR-azqwyAZQWY#/0189";
/** A pack's code with a separator in the middle, as GS1 DataMatrix. */
export const SETUP_MESSAGE = "01050123456789001728123110LK0329\u001d21XYZ9";

/** The labels of the practice round, drawn as square codes when the app is built. */
export const PRACTICE_LABELS: Record<string, string> = {
  "resident 1": "ERPRACT2", "resident 2": "ERPRACT3", "resident 3": "ERPRACT4",
  "pack 1": "EPPRACT2", "pack 2": "EPPRACT3", "pack 3": "EPPRACT4", "pack 4": "EPPRACT5", "pack 5": "EPPRACT6",
};

/** Which keyboard the scanner believes in: the right one, one that swaps letters, or something else. */
export type Layout = "english" | "german" | "french" | "capitals" | "signs";

/** Null: not seen yet. */
export interface Judged {
  layout: Layout | null;
  separator: boolean | null;
  /** What stands before a pack's code, as "]d2"; empty for nothing. */
  prefix: string | null;
  suffix: string | null;
}

export const NOTHING_SEEN: Judged = { layout: null, separator: null, prefix: null, suffix: null };

export function isReady({ layout, separator }: Judged): boolean {
  return layout === "english" && separator === true;
}

/** What this scan adds to what is known. A scan of some other code changes nothing but the ending. */
export function judge(before: Judged, scanned: string, suffix: string): Judged {
  const prefix = /^\][A-Za-z][0-9A-Za-z]/.exec(scanned)?.[0] ?? "";
  const bare = scanned.slice(prefix.length).replace(/^\u001d/, "");
  const spelled = bare.replace(/<GS>|\{GS\}|\^\]/g, "\u001d");
  if (spelled === SETUP_MESSAGE) return { ...before, separator: true, prefix, suffix };
  if (spelled === SETUP_MESSAGE.replace("\u001d", "")) return { ...before, separator: false, prefix, suffix };
  return { ...before, layout: layoutOf(bare) ?? before.layout, suffix };
}

function layoutOf(text: string): Layout | null {
  if (text === SETUP_LETTERS) return "english";
  if (text.toLowerCase() === SETUP_LETTERS.toLowerCase()) return "capitals";
  if (lettersOf(text) === lettersOf(swapped("yz"))) return "german";
  if (lettersOf(text) === lettersOf(swapped("aqwz"))) return "french";
  return lettersOf(text) === lettersOf(SETUP_LETTERS) ? "signs" : null;
}

// The French M lies elsewhere too, and what arrives in its place depends on the scanner.
function lettersOf(text: string): string {
  return text.replace(/[^A-Za-z]|M/g, "");
}

/** The test letters as a keyboard types them that has these in each other's place: the first for the second, and so on. */
function swapped(pairs: string): string {
  const other = new Map<string, string>();
  for (let i = 0; i < pairs.length; i += 2) {
    const [one, two] = [pairs[i]!, pairs[i + 1]!];
    for (const [from, to] of [[one, two], [two, one]] as const) other.set(from, to).set(from.toUpperCase(), to.toUpperCase());
  }
  return [...SETUP_LETTERS].map((each) => other.get(each) ?? each).join("");
}
