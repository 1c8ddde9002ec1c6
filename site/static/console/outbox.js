// Signed notes on their way: kept on this device until an endpoint has confirmed each, and sent to all of them, as often
// as it takes. A note counts once, however often it arrives.

import { equal, fromBase64, utf8 } from "./bytes.js";
import * as store from "./store.js";
import { site } from "./words.js";

const PATIENCE = 15_000;
const QUICK = 5_000;

// Where notes can be sent and pages read: the site and its mirrors, and the host of this page.
export const places = [...new Set([location.origin, ...site.places])];

// The state of a note: `kept` (nobody has answered), `sent` (but nobody has confirmed it), `accepted`, `refused`
// (by everyone that judged it) or `late` (its submit-by has passed).
export const add = async (note, about) => {
  const entry = { note, about, state: "kept", at: Date.now(), answers: {} };
  await keep(entry);
  return entry;
};

// Storage that is full must not keep a note from being sent.
const keep = async (entry) => {
  delete entry.unkept;
  await store.put(`note/${entry.about.id}`, entry).catch(({ message }) => (entry.unkept = message));
};

export const all = async () => {
  const entries = await Promise.all((await store.list("note/")).map(store.get));
  return entries.filter(Boolean).sort((one, other) => other.at - one.at);
};

export const remove = (entry) => store.remove(`note/${entry.about.id}`);

// A note that one place has accepted still goes to the others, until readers see it everywhere, for a day.
const DAY = 86_400_000;
const hasJudged = (answer) => ["accepted", "refused"].includes(answer?.what);
// Until someone has accepted it, a copy that takes no notes is asked again: a network's sign-in page may have answered.
const isDue = ({ state, answers }, place) => !hasJudged(answers[place]) && (state !== "accepted" || answers[place]?.what !== "reads-only");
export const isWaiting = (entry) => {
  const { state, at, copies = 0 } = entry;
  if (state !== "accepted") return state === "kept" || state === "sent";
  return at > Date.now() - DAY && (copies < places.length || places.some((place) => isDue(entry, place)));
};

// Sends what is waiting; one tab at a time, unless the operator asks. `changed` is called after each answer.
export const flush = (changed, state, isAsked) => {
  const work = async () => {
    await Promise.all((await all()).filter(isWaiting).map((entry) => send(entry, changed, state)));
  };
  return navigator.locks && !isAsked ? navigator.locks.request("outbox", { ifAvailable: true }, (lock) => lock && work()) : work();
};

// Requests on their way: a place that does not answer delays no other, and is not asked twice at a time.
const asked = new Set();

// Sends one note to every place that has not judged it.
const send = async (entry, changed, { stations, now }) => {
  const key = `note/${entry.about.id}`;
  const update = async () => {
    const stored = await store.get(key);
    // It was removed meanwhile, or another tab knows more.
    if (!stored) return;
    for (const [place, answer] of Object.entries(stored.answers)) if (hasJudged(answer)) entry.answers[place] = answer;
    if (entry.state !== "late") entry.state = judged(entry);
    await keep(entry);
    await changed(entry);
  };
  const by = entry.about.submitBy;
  if (by && now() > Date.parse(by) && entry.state === "kept") {
    entry.state = "late";
    return update();
  }
  const due = places.filter((place) => isDue(entry, place) && !asked.has(key + place));
  await Promise.all(
    due.map(async (place) => {
      asked.add(key + place);
      entry.answers[place] = await post(place, entry, stations).finally(() => asked.delete(key + place));
      await update();
    }),
  );
  if (entry.state === "accepted") {
    entry.copies = await copies(entry);
    await update();
  }
};

const judged = ({ state, answers }) => {
  const all = Object.values(answers).map(({ what }) => what);
  if (all.includes("accepted")) return "accepted";
  // A copy that takes no notes judges nothing.
  const others = all.filter((what) => what !== "reads-only");
  if (others.length > 0 && others.every((what) => what === "refused")) return "refused";
  return state === "sent" || all.some((what) => what !== "unreachable") ? "sent" : "kept";
};

const post = async (place, { note, about }, stations) => {
  let answer;
  try {
    answer = await fetch(`${place}/notes`, {
      method: "POST",
      headers: { "content-type": "text/plain;charset=utf-8" },
      body: note,
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch (error) {
    // Time ran out after the request had left.
    return { what: error.name === "TimeoutError" ? "silent" : "unreachable" };
  }
  const document = await answer.json().catch(() => null);
  if (answer.ok && document?.receipt) {
    const proof = await proven(document.receipt, about.text, stations).catch(() => false);
    if (proof === false) return { what: "odd", status: answer.status };
    return { what: "accepted", index: document.index, remark: document.remark, page: document.page, isProven: proof };
  }
  const problem = /^urn:outband:problem:(.+)$/.exec(document?.type ?? "")?.[1];
  if (answer.status === 404 || answer.status === 405) return { what: "reads-only", status: answer.status };
  if (answer.status >= 500 || !problem) return { what: problem ? "busy" : "odd", status: answer.status, detail: document?.detail };
  return { what: "refused", problem, detail: document.detail, header: document.header, errors: document.errors };
};

// Whether a station of the roster signed this receipt; undefined if this browser cannot tell.
const proven = async (receipt, text, stations) => {
  const [, name, payload] = /^\u2014 (\S+) (\S+)$/.exec(receipt) ?? [];
  const station = stations.find((station) => station.name === name);
  if (stations.length === 0) return undefined;
  if (!station) return false;
  const bytes = fromBase64(payload);
  const time = new DataView(bytes.buffer).getBigUint64(4);
  let key;
  try {
    key = await crypto.subtle.importKey("raw", station.key, { name: "Ed25519" }, false, ["verify"]);
  } catch {
    return undefined;
  }
  const message = utf8(`outband received v1\ntime ${time}\n${text}`);
  return crypto.subtle.verify({ name: "Ed25519" }, key, bytes.slice(12), message);
};

// At how many places readers find it.
const copies = async ({ about }) => {
  const has = (place) =>
    fetch(`${place}/data/notes/${about.id}.json`, { cache: "no-cache", signal: AbortSignal.timeout(PATIENCE) })
      .then(({ ok }) => ok)
      .catch(() => false);
  return (await Promise.all(places.map(has))).filter(Boolean).length;
};

// What is wrong with a text, as a list of problems, by the first endpoint that answers; null if none does.
export const check = async (text) => {
  for (const place of places) {
    try {
      const answer = await fetch(`${place}/notes/check`, {
        method: "POST",
        headers: { accept: "application/json" },
        body: text,
        signal: AbortSignal.timeout(QUICK),
      });
      const document = await answer.json();
      if (answer.ok && document.text) return [];
      if (document.type?.startsWith("urn:outband:problem:") && answer.status < 500) return document.errors ?? [document];
    } catch {
      // The next one may answer.
    }
  }
  return null;
};

// A file of the site as `[value, date]`, from the first place that has it. What is not understood, such as a network's
// sign-in page, is no answer.
export const read = async (path, understood, isIt) => {
  for (const place of places) {
    try {
      const answer = await fetch(place + path, { cache: "no-cache", signal: AbortSignal.timeout(QUICK) });
      const value = answer.ok && understood(await answer.text());
      if (value && isIt(value)) return [value, answer.headers.get("date")];
    } catch {
      // The next one may answer.
    }
  }
  return null;
};

// Keys in a roster, by what their lines are for: those of stations, and those of operators as SSH has them.
export const keysIn = (text) => {
  const lines = text.split("\n");
  const of = (name) => lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
  const stations = of("station").map((line) => {
    const [name] = line.split("+", 1);
    return { name, key: fromBase64(line.slice(line.indexOf("+", name.length + 1) + 1)).slice(1) };
  });
  const operators = of("operator").map((line) => {
    const [name, type, key] = line.split(" ");
    return key ? { name, type, key: fromBase64(key) } : null;
  });
  return { stations, operators: operators.filter(Boolean) };
};

export const isEnrolled = (operators, { key }) => operators.find((other) => equal(other.key, key));
