/** How does the phone's own camera scan? Loaded on first use; frames go to a worker of ours. */

import type { Found } from "./decode_worker.ts";
import { Agreement, type Seen } from "./frames.ts";

declare const WORKER_URL: string;

export type CameraProblem = "denied" | "none";

/** The camera cannot be used, and why. */
export class NoCamera extends Error {
  readonly why: CameraProblem;
  constructor(why: CameraProblem) {
    super(why);
    this.why = why;
  }
}

const LONGEST_SIDE = 1280;
const PAUSE_MS = 60;
const AGAIN_MS = 2_000;

let worker: Worker | null = null;
let nextId = 0;

function decode(image: ImageData): Promise<Found> {
  worker ??= new Worker(WORKER_URL);
  const own = worker;
  const id = nextId++;
  return new Promise((resolve) => {
    const onMessage = (event: MessageEvent<Found>): void => {
      if (event.data.id !== id) return;
      own.removeEventListener("message", onMessage);
      resolve(event.data);
    };
    own.addEventListener("message", onMessage);
    own.postMessage({ id, image }, [image.data.buffer]);
  });
}

export class Camera {
  readonly #video: HTMLVideoElement;
  readonly #onSeen: (seen: Seen) => void;
  readonly #canvas = document.createElement("canvas");
  #stream: MediaStream | null = null;
  #isRunning = false;
  #isLit = false;
  #opening: Promise<void> | null = null;
  /** Called with what is wrong when a camera that was taken away does not come back, and with null when it has. */
  onChange: (problem: CameraProblem | null) => void = () => undefined;

  constructor(video: HTMLVideoElement, onSeen: (seen: Seen) => void) {
    this.#video = video;
    this.#onSeen = onSeen;
  }

  /** Throws NoCamera. */
  async start(): Promise<void> {
    this.#isRunning = true;
    await this.#open();
    document.addEventListener("visibilitychange", this.#restart);
    addEventListener("pageshow", this.#restart);
    void this.#look();
  }

  stop(): void {
    this.#isRunning = false;
    document.removeEventListener("visibilitychange", this.#restart);
    removeEventListener("pageshow", this.#restart);
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = null;
  }

  get hasTorch(): boolean {
    const track = this.#stream?.getVideoTracks()[0];
    const can = track?.getCapabilities?.() as { torch?: boolean } | undefined;
    return can?.torch === true;
  }

  async torch(on: boolean): Promise<void> {
    this.#isLit = on;
    await this.#stream?.getVideoTracks()[0]?.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] });
  }

  async #open(): Promise<void> {
    if (!navigator.mediaDevices) throw new NoCamera("none");
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } }, audio: false,
      });
    } catch (problem) {
      throw new NoCamera((problem as DOMException).name === "NotAllowedError" ? "denied" : "none");
    }
    if (!this.#isRunning) return this.stop();
    this.#stream.getVideoTracks()[0]?.addEventListener("ended", this.#restart);
    this.#video.srcObject = this.#stream;
    await this.#video.play();
  }

  // A phone takes the camera away from an app in the background, or for a call, and does not give it back by itself.
  readonly #restart = (): void => {
    if (document.visibilityState !== "visible" || !this.#isRunning || this.#opening) return;
    const track = this.#stream?.getVideoTracks()[0];
    if (track?.readyState === "live" && !track.muted) {
      // The picture may stand still all the same.
      if (this.#video.paused) void this.#video.play().catch(() => undefined);
      return;
    }
    this.#stream?.getTracks().forEach((each) => each.stop());
    this.#opening = this.#reopen().finally(() => (this.#opening = null));
  };

  async #reopen(): Promise<void> {
    try {
      await this.#open();
      if (this.#isLit && this.hasTorch) await this.torch(true);
      this.onChange(null);
    } catch (problem) {
      this.onChange(problem instanceof NoCamera ? problem.why : "none");
      // Another app may have it for a moment longer.
      setTimeout(this.#restart, AGAIN_MS);
    }
  }

  async #look(): Promise<void> {
    const agreement = new Agreement();
    while (this.#isRunning) {
      const image = this.#grab();
      if (image) {
        const { values } = await decode(image);
        const seen = agreement.frame(values, performance.now());
        if (seen && this.#isRunning) return this.#onSeen(seen);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  #grab(): ImageData | null {
    const { videoWidth, videoHeight } = this.#video;
    if (!videoWidth || this.#video.readyState < 2) return null;
    const scale = Math.min(1, LONGEST_SIDE / Math.max(videoWidth, videoHeight));
    this.#canvas.width = Math.round(videoWidth * scale);
    this.#canvas.height = Math.round(videoHeight * scale);
    const context = this.#canvas.getContext("2d", { willReadFrequently: true });
    if (!context) return null;
    context.drawImage(this.#video, 0, 0, this.#canvas.width, this.#canvas.height);
    return context.getImageData(0, 0, this.#canvas.width, this.#canvas.height);
  }
}
