// Saves the latest copy of the index and of the incidents read in this browser, and serves it, labelled as a saved
// copy, when the network fails. The network always comes first.
//
// It removes itself and its copies once the server answers 404 or 410 for this file, or when this file is replaced by
// one that does nothing but call `forget()`.

const STORE = "outband";
const SAVED = "x-outband-saved";
const PATIENCE = 4000;
const INCIDENTS = 20;
const SCRIPT = "/page.js";

const isIncident = (path) => /^\/incidents\/[^/]+$/.test(path);
const isKept = (path) => path === "/" || path === SCRIPT || isIncident(path);

// Only activation creates the cache, so that nothing is saved after `forget()`.
let ended = false;
const save = async (path, answer) => {
  if (!(await caches.has(STORE))) return;
  // What the site no longer has may have been redacted.
  if (answer.status === 404 || answer.status === 410) return (await caches.open(STORE)).delete(path);
  if (answer.status !== 200) return;
  const headers = new Headers(answer.headers);
  headers.set(SAVED, new Date().toISOString());
  const store = await caches.open(STORE);
  const body = await answer.blob();
  await store.delete(path);
  await store.put(path, new Response(body, { headers }));
  const incidents = (await store.keys()).filter(({ url }) => isIncident(new URL(url).pathname));
  for (const oldest of incidents.slice(0, -INCIDENTS)) await store.delete(oldest);
  if (ended) await caches.delete(STORE);
};

// A saved page says so before anything else.
const saved = async (path) => {
  const copy = await caches.match(path, { cacheName: STORE });
  if (!copy || path === SCRIPT) return copy;
  const time = copy.headers.get(SAVED);
  const shown = `<time datetime="${time}">${time.slice(0, 16).replace("T", " ")} UTC</time>`;
  const note = `<p class="note" role="status" data-saved="${time}">${words.saved.replace("{time}", shown)}</p>`;
  const page = (await copy.text()).replace(/<body[^>]*>/, (body) => body + note);
  return new Response(page, { headers: copy.headers });
};

const late = () => new Promise((resolve) => setTimeout(resolve, PATIENCE));

const answer = async (path, live) => {
  const first = await Promise.race([live.catch(() => null), late()]);
  if (first && first.status < 500) return first;
  return (await saved(path)) || first || live;
};

const forget = async () => {
  ended = true;
  await caches.delete(STORE);
  await registration.unregister();
};
const isWanted = async () => {
  const { status } = await fetch("/sw.js", { cache: "no-cache" });
  if (status === 404 || status === 410) await forget();
};

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin || !isKept(pathname)) return;
  // Bypasses the browser's HTTP cache, which may answer for a minute without asking the server.
  const live = fetch(request, { cache: "no-cache" });
  event.waitUntil(live.then((first) => save(pathname, first.clone())).catch(() => {}));
  if (request.destination === "document") event.waitUntil(isWanted().catch(() => {}));
  // Requests by which a page checks whether it is current are never answered from a saved copy.
  const showsCopy = request.destination === "document" || request.destination === "script";
  event.respondWith(showsCopy ? answer(pathname, live) : live);
});

const begin = async () => {
  await caches.open(STORE);
  await clients.claim();
  const open = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const paths = new Set(["/", SCRIPT, ...open.map(({ url }) => new URL(url).pathname).filter(isKept)]);
  for (const path of paths) await save(path, await fetch(path));
};
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(begin().catch(() => {})));
