// Keeps the console on this device as it was installed, so that it opens without any network. Files are fetched once,
// each with the digest that this script names, and served from there: a new console is fetched beside the old one, and
// takes its place when the operator says so.

const PREFIX = "console-";
const STORE = PREFIX + installed.version;

const fetchAll = async () => {
  const store = await caches.open(STORE);
  const keep = async ([path, integrity]) => {
    const answer = await fetch(path, { integrity, cache: "no-cache" });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    await store.put(path, answer);
  };
  await Promise.all(Object.entries(installed.files).map(keep));
};

const begin = async () => {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== STORE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await clients.claim();
};

addEventListener("install", (event) => event.waitUntil(fetchAll()));
addEventListener("activate", (event) => event.waitUntil(begin()));

addEventListener("message", ({ data, ports }) => {
  if (data === "version") ports[0].postMessage(installed.version);
  if (data === "install") skipWaiting();
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin || !(pathname in installed.files)) return;
  const kept = caches.match(pathname, { cacheName: STORE });
  event.respondWith(kept.then((answer) => answer ?? fetch(request)));
});
