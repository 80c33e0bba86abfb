// A small stand-in for the server, for this app's own tests and screenshots: invented people, memory only.
// {"new_version": true} serves another service worker, as after an update.
//   node dev/server.mjs [PORT] [EXTRA PEOPLE, each with eight medicines, for timings]
// {"forget_after": n} forgets what came after the nth event, as a server does that was restored from a backup; {"ahead": n}
// says that n more events came from the device than it has, as after its store was put back from an old copy.
// POST /dev/control {"offline": bool, "lose_answers": bool} makes the network bad; GET /dev/events shows what arrived.
import { createServer } from "node:http";
import { existsSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import { BADGES, PINS, snapshot, staffRows, verifier } from "./fixture.mjs";

const port = Number(process.argv[2] ?? 8123);
const extraPeople = Number(process.argv[3] ?? 0);
const STATIC = new URL("../../static/", import.meta.url);
const TEMPLATE = new URL("../../../templates/bedside/shell.html", import.meta.url);
const TYPES = { ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png", ".wasm": "application/wasm", ".json": "application/json", ".webmanifest": "application/manifest+json" };
const CSP = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; manifest-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const STORAGE_KEY = "ab".repeat(32);
const control = { offline: false, lose_answers: false, new_version: false, ahead: 0 };
const events = new Map();
const answered = new Map();
const wrong = new Map();
let cursor = 1;

function lastSequence() {
  return Math.max(0, ...[...events.values()].map((event) => event.sequence)) + control.ahead;
}

function forgetAfter(sequence) {
  for (const [id, event] of events) if (event.sequence > sequence) events.delete(id);
  answered.clear();
  cursor += 1;
}

function reply(response, status, body, headers = {}) {
  response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store", ...headers });
  response.end(typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body));
}

function signIn(body) {
  const id = body.badge ? Number(Object.keys(BADGES).find((each) => BADGES[each] === body.badge)) : Number(body.staff_id);
  const staff = staffRows().find((row) => row.id === id);
  if (!staff) return [401, { code: "unknown_badge", detail: "This badge is not known." }];
  if ((wrong.get(id) ?? 0) >= 5) return [423, { code: "locked", detail: "Locked." }];
  if (!body.badge && body.pin !== PINS[id]) {
    wrong.set(id, (wrong.get(id) ?? 0) + 1);
    return [401, { code: "wrong_pin", detail: "Wrong PIN.", tries_left: 5 - wrong.get(id) }];
  }
  wrong.delete(id);
  return [200, { token: `t${id}`, expires_at: new Date(Date.now() + 12 * 3600e3).toISOString(), staff, pin_verifier: verifier(id), storage_key: STORAGE_KEY }];
}

function take(body) {
  const answers = body.events.map((event) => {
    const known = events.get(event.id);
    if (known) return { id: event.id, answer: known.hash === event.hash ? "already_recorded" : "refused", findings: [], detail: null };
    events.set(event.id, event);
    if (event.kind === "administration" && event.body.due_at) {
      const staff = staffRows().find((row) => row.id === event.staff_id);
      answered.set(`${event.body.prescription_id}@${Date.parse(event.body.due_at)}`, {
        administration_id: event.id, outcome: event.body.outcome, given_at: event.body.given_at, by_initials: staff?.initials ?? "?",
      });
    }
    cursor += 1;
    return { id: event.id, answer: "recorded", findings: [], detail: null };
  });
  const lease = new Date(Date.now() + 24 * 3600e3).toISOString();
  return { server_time: new Date().toISOString(), answers, lease_expires_at: lease, device: { last_sequence: lastSequence() } };
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://localhost");
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const body = () => JSON.parse(text || "{}");
  const { pathname } = url;
  if (pathname === "/dev/control") {
    const { forget_after: after, ...rest } = body();
    if (after !== undefined) forgetAfter(after);
    if (rest.ahead) cursor += 1;
    return reply(response, 200, Object.assign(control, rest));
  }
  if (pathname === "/dev/events") return reply(response, 200, [...events.values()]);
  if (pathname.startsWith("/dev/face-")) {
    const hue = 30 + Number(pathname.match(/\d+/)[0]) * 110;
    return reply(response, 200, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><rect width="100" height="100" fill="hsl(${hue} 35% 78%)"/><circle cx="50" cy="42" r="20" fill="hsl(25 45% 72%)"/><path d="M30 38a20 20 0 0 1 40 0c0-26-40-26-40 0z" fill="#ddd"/><path d="M14 100c2-26 18-34 36-34s34 8 36 34z" fill="hsl(${hue} 40% 45%)"/></svg>`, { "Content-Type": "image/svg+xml" });
  }
  if (pathname.startsWith("/api/mobile/")) {
    if (control.offline) return request.socket.destroy();
    const path = pathname.slice("/api/mobile/".length);
    if (path === "enrol") return body().code === "ABCD-2345" ? reply(response, 200, { device_id: "d1", device_key: "k1", home: { id: 1, name: "Willow House" }, lease_expires_at: new Date(Date.now() + 24 * 3600e3).toISOString() }) : reply(response, 404, { code: "unknown_code", detail: "That code is not right, or it has run out. Ask the manager for a new one." });
    if (!request.headers.authorization?.startsWith("Device ")) return reply(response, 401, { code: "no_device", detail: "No device." });
    if (path === "staff") return reply(response, 200, { home: { id: 1, name: "Willow House" }, staff: staffRows(), server_time: new Date().toISOString() });
    if (path === "sign-in") return reply(response, ...signIn(body()));
    if (path === "sync") {
      const answer = take(body());
      return control.lose_answers ? request.socket.destroy() : reply(response, 200, answer);
    }
    if (path === "photo") return reply(response, 422, { code: "nothing_found", detail: "No barcode was found in the photo." });
    if (path === "snapshot") {
      if (!request.headers["x-sign-in"]) return reply(response, 401, { code: "sign_in", detail: "Sign in." });
      if (url.searchParams.get("since") === String(cursor)) return reply(response, 304, "");
      return reply(response, 200, { ...snapshot(Date.now(), String(cursor), answered, extraPeople), device: { last_sequence: lastSequence() } });
    }
    return reply(response, 404, { code: "not_found", detail: "No such address." });
  }
  if (pathname === "/bedside/") {
    const build = JSON.parse(readFileSync(new URL("bedside/build.json", STATIC)));
    const html = readFileSync(TEMPLATE, "utf8")
      .replace(/\{% for each in build\.preload %\}([^]*?)\{% endfor %\}/, (_, row) => build.preload.map((each) => row.replace("{{ each }}", each)).join(""))
      .replace(/\{\{ build\.(\w+) \}\}/g, (_, name) => build[name]);
    return reply(response, 200, html, { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": CSP });
  }
  const file = pathname.startsWith("/bedside/") ? pathname.replace("/bedside/", "bedside/") : pathname.replace("/static/", "");
  const path = new URL(file, STATIC);
  if (!existsSync(path)) return reply(response, 404, "");
  if (file === "bedside/sw.js" && control.new_version) return reply(response, 200, readFileSync(path) + "\n// another version", { "Content-Type": TYPES[".js"] });
  const zipped = new URL(`${file}.gz`, STATIC);
  const isZipped = existsSync(zipped) && /gzip/.test(request.headers["accept-encoding"] ?? "");
  reply(response, 200, readFileSync(isZipped ? zipped : path), { ...(isZipped ? { "Content-Encoding": "gzip" } : {}), "Cache-Control": "max-age=3600", "Content-Type": TYPES[extname(file)] ?? "application/octet-stream", "Content-Security-Policy": CSP });
});
server.listen(port, "127.0.0.1", () => console.log(`http://localhost:${port}/bedside/  code ABCD-2345, Anna's PIN ${PINS[1]}`));
