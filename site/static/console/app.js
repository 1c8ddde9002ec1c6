// The console: posts updates from a phone, signed by its own key, when nothing else works.

import * as compose from "./compose.js";
import * as device from "./device.js";
import { button, failed, fill, h, link, tell, trusted } from "./dom.js";
import * as keys from "./keys.js";
import * as outbox from "./outbox.js";
import * as sent from "./sent.js";
import * as store from "./store.js";
import { Problem, say, site, when } from "./words.js";

const EVERY = 30_000;
const SOON = 8_000;

// What is known of this device and of the site. `clock` is how far this device's clock is ahead, in milliseconds.
const state = { key: undefined, enrolled: undefined, stations: [], operators: [], open: null, clock: undefined };

// The time for texts: a clock that is wrong by more than this is corrected by the station's.
const CLOCK = 60_000;
state.isWrong = () => Math.abs(state.clock ?? 0) > CLOCK;
state.now = () => Date.now() - (state.isWrong() ? state.clock : 0);

const main = document.querySelector("main");

// Views by the fragment of the address, so that the way back works.
const views = [
  [/^$/, () => home()],
  [/^write$/, () => compose.write()],
  [/^review$/, () => compose.review(state)],
  [/^key$/, () => device.view(state)],
  [/^note\/([0-9a-f]+)$/, (id) => sent.view(state, id)],
  [/^note=([0-9]+)$/, (digits) => sent.received(state, digits)],
  [/^enrol=(.+)$/, (line) => device.enrol(line)],
];

// A view is not drawn again under a finger: the tap would be lost.
let released = Promise.resolve();
const hold = () => {
  released = new Promise((done) => ["pointerup", "pointercancel"].forEach((end) => addEventListener(end, () => setTimeout(done), { once: true })));
};
addEventListener("pointerdown", hold, true);

let shown = 0;
state.show = async (isNew = false) => {
  const number = (shown += 1);
  const fragment = location.hash.slice(1);
  const [pattern, view] = views.find(([pattern]) => pattern.test(fragment)) ?? views[0];
  let heading, content;
  try {
    [heading, ...content] = await view(pattern.exec(fragment)?.[1]);
  } catch (error) {
    failed(error);
    [heading, ...content] = [say("console_headline"), link(say("console_back"), "#", { class: "button" })];
  }
  if (!isNew) await released;
  // A newer view was asked for meanwhile.
  if (number !== shown) return;
  const title = h("h1", { tabindex: -1 }, heading);
  fill(main, [title, ...content.flat(Infinity).filter((part) => part || part === 0)]);
  document.title = `${heading} · ${site.name}`;
  document.body.dataset.view = fragment.split(/[/=]/)[0] || "home";
  if (isNew) {
    scrollTo(0, 0);
    title.focus({ preventScroll: true });
  }
};

const home = async () => {
  const entries = await outbox.all();
  const starts = await compose.templates();
  const drafts = await compose.drafts();
  const file = h("input", {
    type: "file",
    accept: "text/plain,.txt",
    hidden: true,
    onchange: ({ target }) => compose.importTemplates(target.files[0]).then(() => state.show(), failed),
  });
  return [
    say("console_headline"),
    drafts.map(({ name, title }) => button(say("console_draft", { title }), () => compose.resume(name), { class: "wide" })),
    h("h2", {}, say("console_open")),
    open(),
    h("h2", {}, say("console_new")),
    h("div", { class: "grid" }, starts.map(({ name, start }) => button(name, start, { class: "main" }))),
    entries.length > 0 && [h("h2", {}, say("console_outbox")), h("ul", { class: "list" }, entries.map(row))],
    h("h2", {}, say("console_device_heading")),
    h("p", {}, keyLine()),
    h("div", { class: "row" }, link(say("console_key"), "#key", { class: "button" }), installing(), button(say("console_import"), () => file.click()), file, link(say("console_help"), "/help", { class: "button" })),
    state.version && h("p", { class: "dim" }, say("console_version", { digest: state.version })),
  ];
};

const open = () => {
  if (!state.open) return h("p", { class: "note" }, say("console_open_unknown"));
  const { incidents, at, isLive } = state.open;
  return [
    h("p", { id: "as-of", class: isLive ? "dim" : "note" }, say(isLive ? "console_as_of" : "console_as_of_offline", { time: when(at) })),
    incidents.length === 0 && h("p", {}, say("console_none_open")),
    incidents.map((incident) =>
      button([h("b", { dir: "auto" }, incident.holds.title), h("span", {}, site.phases.find(({ name }) => name === incident.holds.phase)?.text ?? "")], () => compose.next(incident), { class: "wide" }),
    ),
  ];
};

const row = (entry) =>
  h("li", {}, link([h("b", { dir: "auto" }, entry.about.title || say("console_note")), h("span", { class: `state ${entry.state}` }, sent.progress(entry))], `#note/${entry.about.id}`));

const keyLine = () => {
  if (!state.key) return say("console_no_key");
  const kind = say(state.key.kind === "passkey" ? "console_kind_passkey" : "console_kind_stored");
  return say(state.enrolled ? "console_signs" : "console_signs_not_yet", { key: state.key.name, kind });
};

// Open incidents, the roster and the station's clock, from the first place that answers.
let known = "";
state.refresh = async () => {
  const found = await outbox.read("/data/status.json", JSON.parse, ({ open }) => open);
  if (found) {
    const [document, date] = found;
    state.open = { incidents: document.open.filter(({ holds }) => holds?.title), at: Date.now(), isLive: true };
    await store.put("open", state.open).catch(() => {});
    if (date) state.clock = Date.now() - Date.parse(date);
  } else if (state.open) state.open = { ...state.open, isLive: false };
  const roster = await device.roster().catch(() => null);
  if (roster) {
    state.stations = roster.stations;
    state.operators = roster.operators;
    const was = state.enrolled;
    state.enrolled = state.key ? Boolean(outbox.isEnrolled(roster.operators, state.key)) : undefined;
    if (state.key && was === false && state.enrolled) tell(say("console_enrolled_now"), "good");
    if (state.key && was === true && !state.enrolled) tell(say("console_removed_now"), "bad");
  }
  // A view that shows none of what has changed is left as it is, with the reader's place in it, and what is typed there.
  const now = JSON.stringify([state.open?.incidents, state.open?.isLive, state.enrolled, state.key?.name]);
  const follows = location.hash === "" || (location.hash === "#key" && state.key);
  if (now !== known && follows) await state.show();
  else if (state.open?.isLive) document.querySelector("#as-of")?.replaceChildren(say("console_as_of", { time: when(state.open.at) }));
  known = now;
};

// Sends what waits. A view of a note follows its note.
state.flush = async (isAsked = false) => {
  await outbox.flush(async (entry) => {
    if (["", `#note/${entry.about.id}`].includes(location.hash)) await state.show();
    news?.postMessage(entry.about.id);
  }, state, isAsked);
};
const news = typeof BroadcastChannel === "function" ? new BroadcastChannel("outband") : null;
news?.addEventListener("message", ({ data }) => location.hash === `#note/${data}` && state.show());

// Installing, where the browser offers it.
let offer;
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offer = event;
});
const installing = () => offer && button(say("console_install"), () => offer.prompt());

// A new version is installed by a tap, which shows the old and the new digest.
const workers = navigator.serviceWorker;
const versionOf = (worker) =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    worker.postMessage("version", [port2]);
    setTimeout(() => resolve("?"), 2000);
  });
const offerVersion = async (worker) => {
  const [old, next] = [state.version ?? "?", await versionOf(worker)];
  const banner = document.querySelector("#version");
  banner.replaceChildren(h("p", {}, say("console_new_version", { old, next })), button(say("console_update"), () => worker.postMessage("install")));
  banner.hidden = false;
};
const keepOffline = async () => {
  if (!workers) return;
  const wasControlled = Boolean(workers.controller);
  workers.addEventListener("controllerchange", () => wasControlled && location.reload());
  const registration = await workers.register(trusted.createScriptURL("/console-sw.js"), { scope: "/console", updateViaCache: "none" });
  await workers.ready;
  registration.update().catch(() => {});
  if (registration.active) state.version = await versionOf(registration.active);
  if (registration.waiting) await offerVersion(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const worker = registration.installing;
    worker.addEventListener("statechange", () => worker.state === "installed" && registration.active && offerVersion(worker));
  });
  setInterval(() => registration.update().catch(() => {}), 3_600_000);
};

const turn = async () => {
  await state.refresh();
  await state.flush();
};
let timer;
const again = (state.again = async () => {
  clearTimeout(timer);
  const isWaiting = (state.key && !state.enrolled) || (await outbox.all()).some((entry) => entry.state !== "accepted" && outbox.isWaiting(entry));
  timer = setTimeout(() => (document.hidden ? again() : turn().catch(failed).finally(again)), isWaiting ? SOON : EVERY);
});

addEventListener("hashchange", () => {
  tell("");
  state.show(true).then(() => location.hash.startsWith("#note/") && state.flush()).catch(failed);
});
addEventListener("online", () => turn().catch(failed));
addEventListener("visibilitychange", () => !document.hidden && turn().catch(failed));

state.key = await keys.current();
const seen = await store.get("open");
if (seen) state.open = { ...seen, isLive: false };
await state.show();
if (!crypto.subtle) failed(new Problem("console_not_secure"));
keepOffline().catch((error) => tell(say("console_not_offline", { what: error.message }), "bad"));
await turn().catch(failed);
again();
