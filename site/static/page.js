// Enhances a page that is complete without it: keeps it up to date, announces changes to screen readers, shows
// relative times, and warns when this copy is old.

const lang = document.documentElement.lang;
const PATIENCE = 10e3;
const DAY = 86400;

const one = (selector, within = document) => within.querySelector(selector);
const main = one("main");
const address = (page) => one("link[rel=canonical]", page)?.href;

// The content as served, to compare with later responses: what is added below does not count as a change.
let shown = main.innerHTML;

// Announces the verdict and the latest title whenever either of them changes.
const live = document.createElement("p");
live.setAttribute("role", "status");
live.setAttribute("aria-live", "polite");
live.className = "live";
document.body.append(live);

const verdict = () => {
  const newest = one(".update");
  const title = newest && one(".title", newest)?.textContent;
  return { text: [one("h1").textContent, title].filter(Boolean).join(". "), update: newest && one("a", newest)?.href };
};
let told = verdict();

// Times: relative to now, and in the reader's own time zone.
const UNITS = [["day", DAY], ["hour", 3600], ["minute", 60]];
const relative = new Intl.RelativeTimeFormat(lang);
const distance = (seconds) => {
  const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? UNITS[2];
  return relative.format(Math.trunc(seconds / length), unit);
};
const local = (time) => new Date(time).toLocaleString(lang, { dateStyle: "medium", timeStyle: "long" });

const tellTimes = () => {
  for (const time of main.querySelectorAll("time[datetime*=T]")) {
    const at = Date.parse(time.dateTime);
    const seconds = (at - Date.now()) / 1000;
    // Avoids nested brackets; a time that is already in brackets is not worth another line on a phone.
    const isNoted = /\([^)]*$/.test(time.previousSibling?.data);
    const [open, close] = isNoted ? [", ", ""] : [" (", ")"];
    let ago = time.nextSibling;
    if (!ago?.classList?.contains("ago")) {
      ago = document.createElement("span");
      ago.className = isNoted ? "ago noted" : "ago";
      time.after(ago);
      time.title = local(at);
    }
    const text = Math.abs(seconds) < 2 * DAY ? open + distance(seconds) + close : "";
    if (ago.textContent !== text) ago.textContent = text;
  }
};

// The reader's position: the focused element, and the one at the top of the window.
const name = (element) => {
  if (!element || !main.contains(element)) return null;
  if (element.id) return "#" + CSS.escape(element.id);
  const href = element.getAttribute("href");
  return href && `a[href="${CSS.escape(href)}"]`;
};
const atTop = () => [...main.querySelectorAll("[id],a[href]")].find((e) => e.getBoundingClientRect().bottom > 0);

const swap = (page) => {
  const focused = name(document.activeElement);
  const top = scrollY > 0 ? atTop() : null;
  const [mark, offset] = [name(top), top?.getBoundingClientRect().top];
  main.replaceChildren(...one("main", page).childNodes);
  document.body.className = page.body.className;
  document.title = page.title;
  one("link[rel=icon]").href = one("link[rel=icon]", page).href;
  tellTimes();
  if (focused) one(focused, main)?.focus({ preventScroll: true });
  const again = mark && one(mark, main);
  if (again) scrollBy(0, again.getBoundingClientRect().top - offset);
  const now = verdict();
  if (now.text !== told.text || now.update !== told.update) live.replaceChildren(now.text);
  told = now;
};

// Warns when this copy is old.
let confirmed = 0;
let note = one(".note");
const warn = (text) => {
  if (text && !note) {
    note = document.createElement("p");
    note.className = "note";
    note.setAttribute("role", "status");
    document.body.prepend(note);
  }
  // A saved copy already says what it is.
  if (text && !note.dataset.saved && note.textContent !== text) note.textContent = text;
  if (!text) note = note?.remove();
};
const judge = () => {
  // A time ahead of the clock confirms no more than an old one.
  const isStale = Math.abs(Date.now() / 1000 - confirmed) > STALE;
  if (!confirmed) warn(words.unconfirmed);
  else warn(isStale && words.stale.replace("{time}", local(confirmed * 1000)));
};

// Polls with jitter, and less often while requests fail or the tab is hidden.
let failures = 0;
let timer;
let last = Date.now();
const ask = async (path) => {
  const answer = await fetch(path, { cache: "no-cache", signal: AbortSignal.timeout(PATIENCE) });
  if (!answer.ok) throw new Error(answer.status);
  return answer.text();
};
const confirm = async () => {
  confirmed = Math.max(confirmed, stamp(await ask("/log/checkpoint")));
};
const refresh = async () => {
  const page = new DOMParser().parseFromString(await ask(location.pathname), "text/html");
  // Rejects a response from anything else, such as a hotel's login page.
  if (address(page) !== address(document)) throw new Error("another page");
  const fresh = one("main", page).innerHTML;
  if (fresh !== shown) swap(page);
  shown = fresh;
};
// A newer checkpoint only confirms a page that has just been fetched again.
const look = () => attempt(() => refresh().then(confirm));
const attempt = async (task) => {
  last = Date.now();
  await task().then(() => (failures = 0), () => (failures += 1));
  tellTimes();
  judge();
  wait();
};
const wait = () => {
  clearTimeout(timer);
  if (document.hidden) return;
  const seconds = (30 + 30 * Math.random()) * 2 ** Math.min(failures, 4);
  timer = setTimeout(look, seconds * 1000);
};
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && Date.now() - last > 30e3) look();
  else wait();
});

tellTimes();
if (note) look();
else attempt(confirm);
// An active service worker updates itself; registering it again would undo its removal.
const workers = navigator.serviceWorker;
if (workers && !workers.controller) workers.register("/sw.js").catch(() => {});
