/** What keeps the app opening without a network? The shell and its files, by hashed name; never data, never pages. */

declare const PRECACHE: string[];
declare const VERSION: string;

interface WorkerScope extends EventTarget {
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
}
interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Asked extends Event {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

const scope = self as unknown as WorkerScope;
const NAME = `bedside-${VERSION}`;
const SHELL = "/bedside/";

scope.addEventListener("install", (event) => {
  const fill = async (): Promise<void> => {
    const cache = await caches.open(NAME);
    await cache.addAll(PRECACHE.map((url) => new Request(url, { cache: "reload", credentials: "omit" })));
  };
  (event as Lasting).waitUntil(fill());
});

// A new version takes over only when the app says that no round is open and nothing waits to be sent.
scope.addEventListener("message", (event) => {
  if ((event as MessageEvent).data === "start") void scope.skipWaiting();
});

scope.addEventListener("activate", (event) => {
  const tidy = async (): Promise<void> => {
    for (const name of await caches.keys()) if (name.startsWith("bedside-") && name !== NAME) await caches.delete(name);
    await scope.clients.claim();
  };
  (event as Lasting).waitUntil(tidy());
});

scope.addEventListener("fetch", (event) => {
  const { request, respondWith } = event as Asked;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate" && url.pathname === SHELL) respondWith.call(event, fromCache(SHELL, request));
  else if (url.pathname.startsWith("/static/bedside/")) respondWith.call(event, fromCache(url.pathname, request));
});

async function fromCache(key: string, request: Request): Promise<Response> {
  const cache = await caches.open(NAME);
  const kept = await cache.match(key);
  if (kept) return kept;
  const fetched = await fetch(request);
  // The camera's decoder is large and wanted by few: kept from its first use on.
  if (fetched.ok && key !== SHELL) await cache.put(key, fetched.clone());
  return fetched;
}
