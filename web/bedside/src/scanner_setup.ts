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

/** Null: not seen yet. */
export interface Judged {
  letters: boolean | null;
  separator: boolean | null;
  suffix: boolean | null;
}

/** What this scan adds to what is known. A scan of some other code changes nothing but the ending. */
export function judge(before: Judged, scanned: string, endedBy: string): Judged {
  const suffix = endedBy !== "silence";
  const bare = scanned.replace(/^\][A-Za-z][0-9A-Za-z]/, "").replace(/^\u001d/, "");
  const spelled = bare.replace(/<GS>|\{GS\}|\^\]/g, "\u001d");
  if (spelled === SETUP_MESSAGE) return { ...before, separator: true, suffix };
  if (spelled === SETUP_MESSAGE.replace("\u001d", "")) return { ...before, separator: false, suffix };
  if (bare === SETUP_LETTERS) return { ...before, letters: true, suffix };
  const isLetters = bare.length === SETUP_LETTERS.length && bare.endsWith("0189");
  return { ...before, letters: isLetters ? false : before.letters, suffix };
}
