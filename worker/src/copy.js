// A copy of what readers look at first, outside of the object: in Workers KV, if there is a binding `COPY`. The object
// writes it after each change, as one value, so that its files belong together. The worker reads it when the object does
// not answer.

import * as rust from "./rust.js";
import { within } from "./wait.js";

const KEY = "hot";
const CHANGED = "/";
/// Without a change, the copy is written again after this time, so that its age is little more than the time since the
/// object failed.
const RENEW_MS = 15 * 60_000;
/// KV takes one write a second for a key.
const PAUSE_MS = 1_100;
const WRITE_PATIENCE_MS = 10_000;
/// The copy is read again after this time, which is the shortest that KV offers.
const REREAD_MS = 30_000;
const READ_PATIENCE_MS = 2_000;

/// Where the object keeps what it copied last, and when.
const COPIED = "copied";

/// Writes the copies of one object, one after the other.
export class Copies {
  #env;
  #storage;
  #read;
  #isWaiting = false;
  #last = Promise.resolve();

  /// `read` is the object's response to a request for a path.
  constructor({ storage }, env, read) {
    [this.#storage, this.#env, this.#read] = [storage, env, read];
  }

  /// Writes what has changed, after the copy that is being written. If that fails, the next call tries it again.
  update() {
    if (!this.#env.COPY || this.#isWaiting) return;
    this.#isWaiting = true;
    this.#last = this.#last.then(() => this.#write()).catch((error) => console.error("no copy was written:", error));
  }

  async #write() {
    this.#isWaiting = false;
    const page = await this.#read(CHANGED);
    const [etag, now] = [page.headers.get("etag"), Date.now()];
    const copied = await this.#storage.get(COPIED);
    if (!page.ok || (copied?.etag === etag && now < copied.at + RENEW_MS)) return;
    const files = [];
    for (const path of rust.hot_paths()) {
      const answer = await this.#read(path);
      if (answer.ok) files.push([path, [...answer.headers], new Uint8Array(await answer.arrayBuffer()).toBase64()]);
    }
    const written = this.#env.COPY.put(KEY, JSON.stringify({ at: now, files })).then(() => true);
    if (await within(WRITE_PATIENCE_MS, written, "no copy was written")) await this.#storage.put(COPIED, { etag, at: now });
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/// The copy as last read, and when.
let last = { copy: undefined, read: -Infinity };

/// The file of the copy at a path; `undefined` if there is none.
export async function copied({ COPY }, path) {
  if (!COPY) return undefined;
  const now = Date.now();
  if (now >= last.read + REREAD_MS) {
    last.read = now;
    const copy = await within(READ_PATIENCE_MS, COPY.get(KEY, { type: "json", cacheTtl: REREAD_MS / 1_000 }), "no copy was read");
    last.copy = copy ?? last.copy;
  }
  const [, headers, body] = last.copy?.files.find(([name]) => name === path) ?? [];
  return headers && { body: Uint8Array.fromBase64(body).buffer, headers: new Headers(headers), read: last.copy.at };
}
