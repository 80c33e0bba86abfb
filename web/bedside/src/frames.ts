/** When is what the camera sees good enough to be believed?
 *
 * Wrong reads of bars pass their check digit, so a 1-D code counts only when two frames agree; square codes
 * correct themselves and count at once. Two different codes in one frame are no answer.
 */

export interface Seen {
  text: string;
  symbology: string;
}

const SQUARE = new Set(["DataMatrix", "QRCode"]);
const AGREE_WITHIN_MS = 2500;

export class Agreement {
  #last: Seen | null = null;
  #at = 0;

  /** The code to act on, or null to keep looking. */
  frame(values: Seen[], at: number): Seen | null {
    const distinct = new Map(values.map((each) => [each.text, each]));
    const first = values[0];
    if (!first || distinct.size > 1) return null;
    if (SQUARE.has(first.symbology)) return first;
    const isSame = this.#last?.text === first.text && this.#last.symbology === first.symbology;
    const isConfirmed = isSame && at - this.#at <= AGREE_WITHIN_MS;
    this.#last = first;
    this.#at = at;
    return isConfirmed ? first : null;
  }
}
