/** Where the camera's picture is shown, with a photo as the way out for a phone that cannot. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Camera } from "../camera.ts";
import { laterWords } from "../messages_later.ts";
import { api } from "../network.ts";
import { scanned } from "../scanning.ts";
import { ServerSaid } from "../sync.ts";
import { Sheet, closeOverlay, Icon } from "./parts.tsx";

export function CameraSheet() {
  const text = laterWords();
  const video = useRef<HTMLVideoElement>(null);
  const camera = useRef<Camera | null>(null);
  const message = useSignal<string | null>(text.cameraLoading);
  const hasTorch = useSignal(false);
  const isLit = useSignal(false);

  useEffect(() => {
    let isGone = false;
    void (async () => {
      const { Camera: Opened, NoCamera } = await import("../camera.ts");
      if (isGone || !video.current) return;
      camera.current = new Opened(video.current, (seen) => {
        closeOverlay();
        scanned({ text: seen.text, how: "camera", symbology: seen.symbology });
      });
      const said = { denied: text.cameraDenied, none: text.cameraNone };
      camera.current.onChange = (why) => {
        message.value = why === null ? null : why === "none" ? text.cameraAway : said[why];
        hasTorch.value = camera.current?.hasTorch ?? false;
      };
      try {
        await camera.current.start();
        message.value = null;
        hasTorch.value = camera.current.hasTorch;
      } catch (problem) {
        if (!(problem instanceof NoCamera)) throw problem;
        message.value = said[problem.why];
      }
    })();
    return () => {
      isGone = true;
      camera.current?.stop();
    };
  }, []);

  const light = async (): Promise<void> => {
    isLit.value = !isLit.value;
    try {
      await camera.current?.torch(isLit.value);
    } catch {
      // Some say that they have a light and have none.
      [isLit.value, hasTorch.value] = [false, false];
    }
  };
  const sendPhoto = async (event: Event & { currentTarget: HTMLInputElement }): Promise<void> => {
    const file = event.currentTarget.files?.[0];
    if (!file) return;
    message.value = text.photoReading;
    try {
      const { values } = await api.photo(await smaller(file));
      const [first] = values;
      if (!first) return void (message.value = text.photoNothing);
      closeOverlay();
      scanned({ text: first.text, how: "photo", symbology: first.symbology });
    } catch (problem) {
      message.value = problem instanceof ServerSaid && problem.detail ? problem.detail : text.photoFailed;
    }
  };
  return (
    <Sheet
      kind="camera" label={text.cameraTitle}
      footer={<button type="button" class="button button-wide" onClick={closeOverlay}>{text.cancel}</button>}
    >
      <h1>{text.cameraTitle}</h1>
      <div class="viewfinder">
        <video ref={video} muted playsInline aria-label={text.cameraTitle} />
        <div class="viewfinder-frame" aria-hidden="true" />
      </div>
      <p class="camera-message" role="status">{message.value}</p>
      <div class="stack">
        {hasTorch.value && <button type="button" class="button button-wide" aria-pressed={isLit.value} onClick={() => void light()}>{text.torch}</button>}
        <label class="button button-wide button-file">
          <Icon name="camera" />{text.photoInstead}
          <input type="file" accept="image/*" capture="environment" onChange={(event) => void sendPhoto(event)} />
        </label>
      </div>
    </Sheet>
  );
}

const LONGEST_SIDE = 2000;

/** A phone's 12-megapixel photo, brought to the size the server would bring it to anyway. */
async function smaller(file: File): Promise<Blob> {
  if (typeof createImageBitmap === "undefined") return file;
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
    if (scale === 1) return file;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return await new Promise<Blob>((resolve) => canvas.toBlob((blob) => resolve(blob ?? file), "image/jpeg", 0.9));
  } catch {
    // A format this browser cannot open is for the server to try.
    return file;
  }
}
