// Enhances a page that is complete without it: keeps it up to date, announces changes to screen readers, says how long
// ago the newest update was, offers to copy addresses and ready-made texts, and warns when this copy is old.

const lang = document.documentElement.lang;
const PATIENCE = 10e3;
const DAY = 86400;

const one = (selector, part = document) => part.querySelector(selector);
const main = one("main");
const address = (page) => {
  const canonical = one("link[rel=canonical]", page);
  return canonical && canonical.href;
};

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
  const [title, link] = newest ? [one(".title", newest), one("a", newest)] : [];
  const texts = [one("h1"), title].filter(Boolean).map((element) => element.textContent);
  return { text: texts.join(". "), update: link && link.href };
};
let told = verdict();

// How long ago the newest update was, and when that was by the reader's clock if the page has another.
const UNITS = [["day", DAY], ["hour", 3600], ["minute", 60]];
const relative = Intl.RelativeTimeFormat && new Intl.RelativeTimeFormat(lang);
const distance = (seconds) => {
  const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) || UNITS[2];
  return relative && relative.format(Math.trunc(seconds / length), unit);
};
const local = (time) => new Date(time).toLocaleString(lang, { dateStyle: "medium", timeStyle: "long" });
// In the digits that pages use.
const digits = `${lang}-u-nu-latn`;
const HOURS = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const clock = (time) => new Date(time).toLocaleTimeString(digits, HOURS);
const zoned = (time) => new Date(time).toLocaleTimeString(digits, { ...HOURS, timeZoneName: "short" });

const tellTimes = () => {
  const since = one(".since", main);
  if (!since) return;
  const at = Date.parse(since.dataset.since);
  // A clock that is behind does not put it in the future.
  const ago = distance(Math.min(0, (at - Date.now()) / 1000));
  const line = since.previousElementSibling;
  const isHere = line && line.textContent.includes(clock(at));
  const text = [ago, !isHere && zoned(at)].filter(Boolean).join(" · ");
  if (since.textContent !== text) since.textContent = text;
};
// Other times get a tooltip in the reader’s time zone.
document.addEventListener("pointerover", ({ target }) => {
  const time = target instanceof Element && target.closest("main time[datetime*=T]");
  if (!time || time.dataset.told) return;
  time.dataset.told = "yes";
  time.title = [local(Date.parse(time.dateTime)), time.title].filter(Boolean).join(" · ");
});

// Buttons that copy: the address of a feed or of an update, a ready-made text. Room is left for them.
const COPIED = [
  [".ways li", (way) => way, (way) => one("a", way).href, words.copy],
  [".whole .update", (update) => update, (update) => `${address(document)}#${update.id}`, words.copy_link],
  ["pre", (text) => text, (text) => text.textContent, words.copy],
];
const offerCopies = () => {
  if (!navigator.clipboard) return;
  for (const [what, where, read, label] of COPIED) {
    for (const element of document.querySelectorAll(what)) {
      const place = where(element);
      if (!place || one(".copy", place)) continue;
      const text = read(element);
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = label;
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(text);
          button.textContent = words.copied;
          setTimeout(() => (button.textContent = label), 2e3);
        } catch {
          prompt(label, text);
        }
      });
      place.classList.add("copied");
      // Beside the heading, not in its name.
      (one("h3", place) || place.lastChild).after(button);
    }
  }
};

// The reader's position: the focused element, and the one at the top of the window.
const name = (element) => {
  if (!element || !main.contains(element)) return null;
  if (element.id) return "#" + CSS.escape(element.id);
  if (element.matches(".copy")) return name(element.closest("[id]")) + " .copy";
  const href = element.getAttribute("href");
  return href && `a[href="${CSS.escape(href)}"]`;
};
const atTop = () => [...main.querySelectorAll("[id],a[href]")].find((e) => e.getBoundingClientRect().bottom > 0);

// A folded part, by what it is in and what it is called.
const fold = (summary) => {
  const around = summary.closest("[id]");
  return `${around ? around.id : ""} ${summary.textContent}`;
};

const swap = (page) => {
  const opened = new Set([...main.querySelectorAll("details[open]>summary")].map(fold));
  const folded = main.contains(document.activeElement) && document.activeElement.matches("summary") && fold(document.activeElement);
  const focused = name(document.activeElement);
  const top = scrollY > 0 ? atTop() : null;
  const [mark, offset] = [name(top), top && top.getBoundingClientRect().top];
  fill(main, ...one("main", page).childNodes);
  document.body.className = page.body.className;
  document.title = page.title;
  one("link[rel=icon]").href = one("link[rel=icon]", page).href;
  tellTimes();
  offerCopies();
  for (const summary of main.querySelectorAll("summary")) {
    if (opened.has(fold(summary))) summary.parentElement.open = true;
    if (fold(summary) === folded) summary.focus({ preventScroll: true });
  }
  const focus = focused && one(focused, main);
  if (focus) focus.focus({ preventScroll: true });
  const again = mark && one(mark, main);
  if (again) scrollBy(0, again.getBoundingClientRect().top - offset);
  const now = verdict();
  if (now.text !== told.text || now.update !== told.update) fill(live, now.text);
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
  if (!text && note) note = note.remove();
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
  const answer = await fetch(path, { cache: "no-cache", signal: within(PATIENCE) });
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
const checked = () => {
  failures = 0;
  const again = one(".again");
  // On a phone there is no room for it.
  if (!again || !matchMedia("(min-width:44rem)").matches) return;
  const text = words.updated.replace("{time}", clock(last));
  again.dataset.name = again.dataset.name || again.textContent;
  again.textContent = text;
  again.setAttribute("aria-label", `${text}. ${again.dataset.name}`);
};
const attempt = async (task) => {
  last = Date.now();
  await task().then(checked, () => (failures += 1));
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
offerCopies();
if (note) look();
else attempt(confirm);
// An active service worker updates itself; registering it again would undo its removal.
const workers = navigator.serviceWorker;
if (workers && !workers.controller) workers.register("/sw.js").catch(() => {});
