// What the worker answers itself, so that floods do not reach the one object: notes that are not genuine, and files
// that are requested with a query string, which no cache in front can share. It remembers for moments what the object
// said, and everything that it cannot answer is the object's.

import { guarded, instance } from "./instance.js";
import * as rust from "./rust.js";

/// The keys that make a note genuine are read at most this often. A note by an unknown key waits for a reading that
/// began after it came: its key may just have been enrolled.
const KEYS_MS = 100;
const KEYS_PATH = rust.enrolled_path();

/// A file is read again after this time.
const FILE_MS = 1_000;
/// Files that are remembered, and their size, at most.
const MAX_FILES = 32;
const MAX_FILE_BYTES = 1 << 20;

/// The keys as last read: in which instance, and when that reading began.
let keys = { screen: undefined, instance: -1, asked: -Infinity };
/// When the latest reading began, whether it is complete or not.
let asking = -Infinity;

/// Files by path, in the order in which they were read.
const files = new Map();

/// The answer to a request that posts no genuine note; `undefined` if the object must answer. `ask` asks the object.
export async function screened(env, { method, path, body }, ask) {
  const came = Date.now();
  for (;;) {
    const screen = keys.instance === instance() ? keys.screen : undefined;
    const judged = screen && guarded(() => [screen.answer(method, path, body), screen.is_by_unknown]);
    if (judged && (!judged[1] || keys.asked > came)) return judged[0];
    if (Date.now() < asking + KEYS_MS) await new Promise((resolve) => setTimeout(resolve, KEYS_MS));
    else if (!(await readKeys(env, ask))) return undefined;
  }
}

async function readKeys(env, ask) {
  const asked = (asking = Date.now());
  const answer = await ask(KEYS_PATH);
  // An empty station has no keys, and judges every note itself.
  if (!answer?.ok) return false;
  const document = new Uint8Array(await answer.arrayBuffer());
  const screen = guarded(() => new rust.Screen(env, document));
  if (screen && asked >= keys.asked) keys = { screen, instance: instance(), asked };
  return screen !== undefined;
}

/// The file at a path that was requested with a query string; `undefined` if the object must answer.
export async function remembered(path, ask) {
  let file = files.get(path);
  if (!file || Date.now() >= file.read + FILE_MS) {
    const answer = await ask(path);
    if (!answer?.ok) return answer;
    const body = await answer.arrayBuffer();
    file = { body, headers: answer.headers, read: Date.now() };
    files.delete(path);
    if (body.byteLength <= MAX_FILE_BYTES) files.set(path, file);
    if (files.size > MAX_FILES) files.delete(files.keys().next().value);
  }
  return new Response(file.body, { headers: file.headers });
}

/// Forgets the files: a note may have changed them, or the keys.
export function forget() {
  files.clear();
  keys.asked = -Infinity;
}
