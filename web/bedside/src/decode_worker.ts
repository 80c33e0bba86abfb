/** Which codes are in this camera frame? Runs beside the page, so that the screen never waits for it. */

import { prepareZXingModule, readBarcodes, type ReaderOptions } from "zxing-wasm/reader";

declare const WASM_URL: string;

// Only what medicine packs and our own labels carry: UPC-E alone made most of the ghost reads that were measured.
const OPTIONS: ReaderOptions = {
  formats: ["EAN13", "EAN8", "UPCA", "DataMatrix", "QRCode", "Code128", "Code39"],
  tryHarder: true, tryRotate: true, tryInvert: false, maxNumberOfSymbols: 4, textMode: "Plain",
};

export interface Frame {
  id: number;
  image: ImageData;
}

export interface Found {
  id: number;
  values: { text: string; symbology: string }[];
  problem?: string;
}

prepareZXingModule({ overrides: { locateFile: () => WASM_URL } });

addEventListener("message", async (event: MessageEvent<Frame>) => {
  const { id, image } = event.data;
  try {
    const results = await readBarcodes(image, OPTIONS);
    const values = results.filter((each) => each.isValid && each.text).map((each) => ({ text: each.text, symbology: each.format }));
    postMessage({ id, values } satisfies Found);
  } catch (problem) {
    postMessage({ id, values: [], problem: String(problem) } satisfies Found);
  }
});
