// Builds the app into ../static/bedside/ with hashed names, and writes beside it what the server needs to know:
//   build.json               {"name", "script", "preload", "style", "icon", "sizes"}: addresses for the shell template, gzipped sizes
//   sw.js                    the service worker, to be served at /bedside/sw.js
//   manifest.webmanifest     to be served at /bedside/manifest.webmanifest
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { iconPng } from "./icons.mjs";

const PLACE = "../static/bedside";
// Whoever serves the app meanwhile must never find half of it.
const OUT = `${PLACE}.new-${process.pid}`;
const ADDRESS = "/static/bedside";
const TARGET = ["chrome90", "safari15.4", "firefox100"];
const require = createRequire(import.meta.url);

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });

/** Write a file under a name that holds its own hash; returns its address. */
function place(name, bytes) {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 10);
  const placed = name.replace(/(\.[a-z0-9]+)$/, `-${hash}$1`);
  writeFileSync(`${OUT}/${placed}`, bytes);
  return `${ADDRESS}/${placed}`;
}

async function bundle(entry, define = {}, more = {}) {
  const result = await build({
    entryPoints: [entry], bundle: true, minify: true, write: false, target: TARGET, format: "iife", legalComments: "none",
    jsx: "automatic", jsxImportSource: "preact", define, logLevel: "warning", ...more,
  });
  return Buffer.from(result.outputFiles[0].contents);
}

async function testCodes() {
  const { prepareZXingModule, writeBarcode } = await import("zxing-wasm/writer");
  const wasm = readFileSync(require.resolve("zxing-wasm/writer/zxing_writer.wasm"));
  prepareZXingModule({ overrides: { wasmBinary: wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength) } });
  const { code } = await import(`data:text/javascript,${encodeURIComponent((await bundle("src/scanner_setup.ts", {}, { format: "esm" })).toString())}`)
    .then((setup) => ({ code: setup }));
  const svg = async (text, format, options) => {
    const { svg: drawn, error } = await writeBarcode(text, { format, scale: 4, addQuietZones: true, ...options });
    if (!drawn) throw new Error(`could not draw ${text}: ${error}`);
    return Buffer.from(drawn);
  };
  const printed = code.SETUP_MESSAGE.replace("\u001d", "");
  const bracketed = `(01)${printed.slice(2, 16)}(17)${printed.slice(18, 24)}(10)LK0329(21)XYZ9`;
  return {
    letters: place("test-letters.svg", await svg(code.SETUP_LETTERS, "Code128", {})),
    message: place("test-message.svg", await svg(bracketed, "DataMatrix", { options: "gs1,forceSquare" })),
    practice: Object.fromEntries(await Promise.all(Object.values(code.PRACTICE_LABELS).map(async (label) => [label, place("practice.svg", await svg(label, "QRCode", {}))]))),
  };
}

const icons = [192, 512].map((size) => ({ size, src: place(`icon-${size}.png`, iconPng(size)) }));
const wasm = place("zxing.wasm", readFileSync(require.resolve("zxing-wasm/reader/zxing_reader.wasm")));
const worker = place("decode.js", await bundle("src/decode_worker.ts", { WASM_URL: JSON.stringify(wasm) }));
// The desk's page for booking in takes scans as the app does.
const bookingIn = place("booking-in.js", await bundle("src/booking_in.ts", { WORKER_URL: JSON.stringify(worker) }));
const codes = await testCodes();

const sources = createHash("sha256");
for (const name of readdirSync("src", { recursive: true }).map(String).sort()) {
  if (/\.tsx?$/.test(name)) sources.update(readFileSync(`src/${name}`));
}
for (const sheet of readdirSync("styles").sort()) sources.update(readFileSync(`styles/${sheet}`));
sources.update(readFileSync("package-lock.json"));
const name = sources.digest("hex").slice(0, 8);

const laterStyle = place("later.css", await bundle("styles/later.css"));
const main = await build({
  entryPoints: { bedside: "src/main.tsx" }, outdir: OUT, bundle: true, splitting: true, format: "esm", minify: true, metafile: true, charset: "utf8",
  target: TARGET, entryNames: "[name]-[hash]", chunkNames: "[name]-[hash]", legalComments: "none", jsx: "automatic",
  jsxImportSource: "preact", logLevel: "warning",
  define: { WORKER_URL: JSON.stringify(worker), CODE_URLS: JSON.stringify(codes), BUILD_NAME: JSON.stringify(name), LATER_STYLE: JSON.stringify(laterStyle) },
});
const outputs = Object.entries(main.metafile.outputs).map(([path, facts]) => ({ file: path.split("/").at(-1), entry: facts.entryPoint }));
const script = `${ADDRESS}/${outputs.find(({ entry }) => entry === "src/main.tsx").file}`;
const chunks = outputs.map(({ file }) => `${ADDRESS}/${file}`);
/** What the entry imports at once, so that the first screen waits for it. */
function firstImports() {
  const seen = new Set();
  const visit = (path) => {
    for (const each of main.metafile.outputs[path]?.imports ?? []) {
      if (each.kind === "import-statement" && !seen.has(each.path)) {
        seen.add(each.path);
        visit(each.path);
      }
    }
  };
  visit(Object.keys(main.metafile.outputs).find((path) => path.endsWith(script.split("/").at(-1))));
  return [...seen].map((path) => `${ADDRESS}/${path.split("/").at(-1)}`);
}

const style = place("bedside.css", await bundle("styles/bedside.css"));

const manifest = {
  name: "Medicines at the bedside", short_name: "Medicines", id: "/bedside/", start_url: "/bedside/", scope: "/bedside/",
  display: "standalone", orientation: "any", background_color: "#eef2f4", theme_color: "#ffffff", lang: "en-GB",
  icons: icons.map(({ size, src }) => ({ src, sizes: `${size}x${size}`, type: "image/png", purpose: "any maskable" })),
};
writeFileSync(`${OUT}/manifest.webmanifest`, JSON.stringify(manifest, null, 1));

const drawn = [codes.letters, codes.message, ...Object.values(codes.practice)];
const precache = ["/bedside/", ...chunks, style, laterStyle, ...drawn, ...icons.map(({ src }) => src), "/bedside/manifest.webmanifest"];
writeFileSync(`${OUT}/sw.js`, await bundle("src/sw.ts", { PRECACHE: JSON.stringify(precache), VERSION: JSON.stringify(name) }));

// whitenoise serves a file's .br or .gz neighbour to whoever accepts it.
for (const file of readdirSync(OUT)) {
  if (!/-[A-Za-z0-9]+\.(js|css|svg|wasm)$/.test(file)) continue;
  const bytes = readFileSync(`${OUT}/${file}`);
  writeFileSync(`${OUT}/${file}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(`${OUT}/${file}.br`, brotliCompressSync(bytes));
}

const gzipped = (address) => gzipSync(readFileSync(`${OUT}/${address.split("/").at(-1)}`), { level: 9 }).length;
const first = [script, ...firstImports(), style];
const sizes = {
  first: first.reduce((total, each) => total + gzipped(each), 0),
  all: [...chunks, style, laterStyle].reduce((total, each) => total + gzipped(each), 0),
  decoder: gzipped(worker) + gzipped(wasm) };
writeFileSync(`${OUT}/build.json`, JSON.stringify({ name, script, booking_in: bookingIn, preload: firstImports(), style, icon: icons[0].src, sizes }, null, 1));
rmSync(PLACE, { recursive: true, force: true });
renameSync(OUT, PLACE);
console.log(`bedside ${name}: shell ${(sizes.first / 1024).toFixed(1)} kB gzipped (with every later screen ${(sizes.all / 1024).toFixed(1)} kB), camera decoder ${(sizes.decoder / 1024).toFixed(1)} kB, on first use`);
