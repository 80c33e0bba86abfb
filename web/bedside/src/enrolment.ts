/** How does this device come to belong to a home? By a code that a manager made at the desk. */

import { disk } from "./disk.ts";
import { words } from "./messages.ts";
import { api } from "./network.ts";
import { NotSignedIn, fetchTiles } from "./session.ts";
import * as state from "./state.ts";

/** Take the code of a square or of a finger: "ABCD-2345", small letters, no dash, or inside an address. */
export function enrolmentCode(text: string): string | null {
  const found = /(?:^|[^A-Z0-9])([A-Z0-9]{4})[-\s]?([A-Z0-9]{4})$/.exec(text.trim().toUpperCase());
  return found ? `${found[1]}-${found[2]}` : null;
}

export async function enrol(code: string, name: string): Promise<void> {
  const enrolled = await api.enrol(code, name);
  const known = state.device.value;
  if (known && !(await disk().startAfresh())) {
    throw new NotSignedIn(words().enrolUnsent);
  }
  state.device.value = { ...enrolled, name, clock_offset_ms: null, last_contact_at: Date.now() };
  state.isRevoked.value = false;
  await disk().saveDevice(state.device.value);
  await fetchTiles();
  state.screen.value = { name: "start" };
}
