/** How to scan without a scanner: the camera, or the digits under the bars. */

import { words } from "../messages.ts";
import * as state from "../state.ts";
import { Icon } from "./parts.tsx";

export function ScanButtons() {
  const text = words();
  return (
    <div class="scan-buttons">
      <button type="button" class="button button-small" onClick={() => (state.overlay.value = { name: "camera" })}>
        <Icon name="camera" />{text.camera}
      </button>
      <button type="button" class="button button-small" onClick={() => (state.overlay.value = { name: "typed" })}>
        <Icon name="keypad" />{text.typeNumber}
      </button>
    </div>
  );
}
