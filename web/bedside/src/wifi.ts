/** How well does the Wi-Fi of each room carry a round?
 *
 * Measured by the talks with the server that happen anyway, in the room of the resident on the screen. It names rooms
 * and nobody. Who goes live asks for it room by room.
 */

import type { NetworkBody } from "./model.ts";

/** Often enough to lose little when the app is closed, seldom enough to be no traffic of its own. */
export const TOLD_EVERY_MS = 30 * 60_000;

interface Room { room: string; unit: string; took: number[]; failed: number }

export class Survey {
  #since = 0;
  #rooms = new Map<string, Room>();
  #failedAt = 0;
  #offline = 0;
  #drops = 0;

  /** One try to reach the server: how many milliseconds it took, null when no answer came. */
  note(room: string, unit: string, took: number | null, now: number): void {
    this.#since ||= now;
    const key = `${unit}\n${room}`;
    const tries = this.#rooms.get(key) ?? { room, unit, took: [], failed: 0 };
    this.#rooms.set(key, tries);
    if (took === null) {
      tries.failed += 1;
      if (!this.#failedAt) {
        this.#failedAt = now;
        this.#drops += 1;
      }
      return;
    }
    tries.took.push(took);
    if (this.#failedAt) this.#offline += Math.max(0, now - this.#failedAt);
    this.#failedAt = 0;
  }

  /** What was measured since the last telling, once that is half an hour ago; null before. */
  take(now: number): NetworkBody | null {
    if (!this.#since || now - this.#since < TOLD_EVERY_MS) return null;
    const body = {
      since: new Date(this.#since).toISOString(),
      until: new Date(now).toISOString(),
      rooms: [...this.#rooms.values()].map(({ room, unit, took, failed }) => {
        const sorted = took.sort((a, b) => a - b);
        return {
          room, unit, tries: took.length + failed, failed,
          latency_ms: Math.round(sorted[sorted.length >> 1] ?? 0), slowest_ms: Math.round(sorted.at(-1) ?? 0),
        };
      }),
      offline_seconds: Math.round(this.#offline / 1000),
      drops: this.#drops,
    };
    this.#since = this.#offline = this.#drops = 0;
    this.#rooms.clear();
    return body;
  }
}
