// What this browser keeps: the key, drafts, notes, and what was last seen of the site. Nothing typed may be lost, so a
// browser that cannot keep anything is noticed at once.

import { Problem } from "./words.js";

const NAME = "outband-console";
const TABLE = "kept";
const PATIENCE = 3_000;

const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

let opened;
const open = () => {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
    request.onsuccess = () => {
      request.result.onclose = () => (opened = undefined);
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
    // Some engines never answer where nothing may be kept.
    setTimeout(() => reject(new Error("no answer")), PATIENCE);
  });
  opened.catch(() => (opened = undefined));
  return opened;
};

// Closes the database, so that the next access reads what is really stored.
export const close = async () => {
  (await opened)?.close();
  opened = undefined;
};

// What is kept only until the page is closed, because this browser keeps nothing.
const remembered = new Map();

const attempt = async (mode, work) => {
  const transaction = (await open()).transaction(TABLE, mode, { durability: "strict" });
  const done = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
  });
  const result = await settled(work(transaction.objectStore(TABLE)));
  await done;
  return result;
};

export const get = async (key) => {
  if (remembered.has(key)) return remembered.get(key);
  return attempt("readonly", (table) => table.get(key)).catch(() => undefined);
};

// Keeps a value durably. If that fails, it is remembered as long as the page is open, and the problem is thrown.
export const put = async (key, value) => {
  try {
    await attempt("readwrite", (table) => table.put(value, key));
    remembered.delete(key);
  } catch (error) {
    remembered.set(key, value);
    throw new Problem(error.name === "QuotaExceededError" ? "console_full" : "console_not_kept", {}, error);
  }
};

export const remove = async (key) => {
  remembered.delete(key);
  await attempt("readwrite", (table) => table.delete(key)).catch(() => {});
};

// All keys that begin so, in order.
export const list = async (prefix) => {
  const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
  const kept = await attempt("readonly", (table) => table.getAllKeys(range)).catch(() => []);
  const all = new Set([...kept, ...[...remembered.keys()].filter((key) => key.startsWith(prefix))]);
  return [...all].sort();
};
