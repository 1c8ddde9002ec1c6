// What the worker answers itself, so that floods do not reach the one object: notes that are not genuine, files that
// readers look at first, and any file that is requested with a query string, which no cache in front can share. It
// remembers for moments what the object said, and everything that it cannot answer is the object's. If the object does
// not answer, readers get what it said last, or the copy outside of it, whichever is newer, with its age.

import { copied } from "./copy.js";
import { guarded, instance } from "./instance.js";
import * as rust from "./rust.js";

/// The keys that make a note genuine are read at most this often. A note by an unknown key waits for a reading that
/// began after it came: its key may just have been enrolled.
const KEYS_MS = 100;
const KEYS_PATH = rust.enrolled_path();
/// How long such a reading may take: the note itself is still to be passed on.
const KEYS_PATIENCE_MS = 2_000;

/// A file is read again after this time.
const FILE_MS = 1_000;
/// How long readers wait for the object if there may be a copy.
const COPY_PATIENCE_MS = 1_000;
const HOT = new Set(rust.hot_paths());
/// Files that are remembered, and their size, at most.
const MAX_FILES = 32;
const MAX_FILE_BYTES = 1 << 20;

/// After a burst, requests that change nothing are answered at this pace, one after the other: clients that send again
/// as soon as they have an answer must wait for it, so a flood cannot take all of the processor. No answer waits longer
/// than the limit.
const ANSWER_MS = 4;
const BURST_MS = 100;
const MAX_WAIT_MS = 1_000;

/// Counts the readings of the keys. The runtime's clock does not advance while code runs, and may be set back.
let readings = 0;
/// The keys as last read: in which instance, and by which reading.
let keys = { screen: undefined, instance: -1, reading: -1 };
/// When the latest reading began, whether it is complete or not.
let asking = -Infinity;

/// When the latest such answer is due at that pace.
let due = 0;

/// Files by path, in the order in which they were read.
const files = new Map();

/// The answer to a request that posts no genuine note; `undefined` if the object must answer. `ask` asks the object.
export async function screened(env, { method, path, accept, body }, ask) {
  const before = readings;
  for (;;) {
    const screen = keys.instance === instance() ? keys.screen : undefined;
    if (screen) {
      const judged = guarded(() => [screen.answer(method, path, accept, body), screen.is_by_unknown]);
      // What makes Rust panic here is the object's to answer.
      if (!judged) return undefined;
      const [answer, isByUnknown] = judged;
      if (!isByUnknown || keys.reading > before) return answer;
    }
    const since = Date.now() - asking;
    if (since >= 0 && since < KEYS_MS) await new Promise((resolve) => setTimeout(resolve, KEYS_MS));
    else if (!(await readKeys(env, ask))) return undefined;
  }
}

async function readKeys(env, ask) {
  const reading = (readings += 1);
  asking = Date.now();
  const answer = await ask(KEYS_PATH, KEYS_PATIENCE_MS);
  const document = new Uint8Array((await answer?.arrayBuffer()) ?? 0);
  // An empty station has no keys, and judges every note itself.
  if (!answer?.ok) return false;
  const screen = guarded(() => new rust.Screen(env, document));
  if (!screen || reading < keys.reading) return screen !== undefined;
  if (keys.instance === instance()) keys.screen.free();
  keys = { screen, instance: instance(), reading };
  return true;
}

/// Whether a request to read may be answered from memory. Who asks for the newest copy gets it.
export function isShared(path, search, asked) {
  return search !== "" || (HOT.has(path) && !asked.get("cache-control")?.includes("no-cache"));
}

/// The file at a path that was requested with these header fields, or what the object answers instead; `undefined` if it
/// does not answer and there is no copy. No request waits for another's reading, which the runtime would not allow: those
/// that come meanwhile get the copy.
export async function remembered(env, path, asked, ask) {
  const file = files.get(path);
  const now = Date.now();
  if (file && now < file.read + FILE_MS) return answered(file, asked);
  if (file && now < file.asking + COPY_PATIENCE_MS) return aged(file, asked);
  if (file) file.asking = now;
  const mayHaveCopy = file || (env.COPY && HOT.has(path));
  const answer = await ask(path, mayHaveCopy ? COPY_PATIENCE_MS : undefined);
  if (answer?.ok) return answered(await kept(path, answer), asked);
  if (answer && answer.status < 500) return answer;
  const stored = HOT.has(path) ? await copied(env, path) : undefined;
  // Another request may have got a newer one meanwhile.
  const copy = newer(files.get(path), stored);
  if (!copy) return answer ?? ask(path);
  remember(path, { ...copy, asking: now });
  return aged(copy, asked);
}

const newer = (file, copy) => (file && copy ? (copy.read > file.read ? copy : file) : (file ?? copy));

async function kept(path, answer) {
  const body = await answer.arrayBuffer();
  const file = { body, headers: answer.headers, read: Date.now(), asking: -Infinity };
  remember(path, file);
  return file;
}

function remember(path, file) {
  files.delete(path);
  if (file.body.byteLength <= MAX_FILE_BYTES) files.set(path, file);
  if (files.size > MAX_FILES) files.delete(files.keys().next().value);
}

/// The file, with its age: it may have changed.
function aged(file, asked) {
  const answer = answered(file, asked);
  answer.headers.set("age", Math.max(0, Math.round((Date.now() - file.read) / 1_000)));
  return answer;
}

/// The file, or that the client has it.
function answered({ body, headers }, asked) {
  const known = asked.get("if-none-match");
  const isSame = known !== null && known === headers.get("etag");
  const isConditional = known !== null || asked.has("if-modified-since");
  const has = isSame || (isConditional && guarded(() => rust.has_file([...asked].flat(), [...headers].flat())));
  return has ? new Response(null, { status: 304, headers }) : new Response(body, { headers });
}

/// Forgets the files, which a note has changed.
export function forget() {
  files.clear();
}

/// Waits until the answer to a request that changed nothing is due.
export async function pace() {
  const now = Date.now();
  due = Math.min(Math.max(due, now) + ANSWER_MS, now + BURST_MS + MAX_WAIT_MS);
  const left = due - now - BURST_MS;
  if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
}
