// The runtime's entry point. This file waits (for request bodies, for the object, for alarms) and calls Rust, which
// never awaits. While Rust runs nothing else does, so an exception from Rust belongs to exactly one request.

import { DurableObject } from "cloudflare:workers";
import { Copies } from "./copy.js";
import { forget, isShared, pace, remembered, screened } from "./front.js";
import { guarded, instance } from "./instance.js";
import * as rust from "./rust.js";
import { within } from "./wait.js";

/// How long a client waits for the object before it is told to retry. The object answers within milliseconds; during a
/// deployment or a move to another machine it is unavailable for a few seconds.
const OBJECT_MS = 10_000;

/// The delay before a tick that panicked is tried again.
const TICK_AGAIN_MS = 60_000;

const MAX_BODY = rust.max_body();
/// How much of an oversized body is still read, and for how long: a client that is disconnected while it sends finds
/// its connection broken, and never reads the response that explains why.
const LINGER_BYTES = 4 << 20;
const LINGER_MS = 1_000;

/// The response when the object gives none, for readers and for senders. Created at startup, because later it may be
/// Rust that fails.
const NO_ANSWER = { reader: rust.no_answer("GET"), sender: rust.no_answer("POST") };

/// The status of a note that was not in the log before.
const NEW = 201;

const isRead = (method) => method === "GET" || method === "HEAD";

export default {
  /// Answers what needs no object, and passes on the rest with its whole body, so that a slow client delays nobody
  /// else.
  async fetch(request, env) {
    const { method, headers, url } = request;
    const { pathname: path, search } = new URL(url);
    const ask = (path, ms = OBJECT_MS) => {
      // Not `new URL(path, url)`, in which a path that begins with two slashes would name a host.
      const file = Object.assign(new URL(url), { pathname: path, search: "" });
      return fromObject(env, new Request(file, { redirect: "manual" }), ms);
    };
    if (isRead(method)) {
      const shared = isShared(path, search, headers);
      const answer = shared ? await remembered(env, path, headers, ask) : await passOn(request, env, null);
      if (!answer) return noAnswer(method);
      return shared && method === "HEAD" ? new Response(null, answer) : answer;
    }
    const body = await readBody(request);
    const accept = headers.get("accept") ?? undefined;
    const screening = await screened(env, { method, path, accept, body: body ?? new Uint8Array() }, ask);
    const answer = screening ?? (await passOn(request, env, body)) ?? noAnswer(method);
    if (answer.status !== NEW) await pace();
    return answer;
  },
};

/// The object's answer to a request with this body.
export async function passOn({ method, headers, url }, env, body) {
  const answer = await fromObject(env, new Request(url, { method, headers, body, redirect: "manual" }));
  // Repeated and refused notes change nothing.
  if (!isRead(method) && (!answer || answer.status === NEW)) forget();
  return answer;
}

/// The object's answer, or `undefined` if it gives none in time.
async function fromObject(env, request, ms = OBJECT_MS) {
  const object = env.STATION.get(env.STATION.idFromName("station"));
  return within(ms, object.fetch(request), "no answer from the object");
}

export class StationObject extends DurableObject {
  #station;
  #instance;
  #armed;
  #copies;

  constructor(ctx, env) {
    super(ctx, env);
    this.#copies = new Copies(ctx, env, (path) => this.#answer("GET", path, [], new Uint8Array())[0]);
    // No request is answered before the alarm is known, or set for what is due. The work itself is the alarm's: if it
    // never ended, nobody could read.
    ctx.blockConcurrencyWhile(async () => {
      this.#armed = await ctx.storage.getAlarm();
      if (this.#armed === null) await this.#arm(Date.now());
    });
  }

  async fetch(request) {
    const path = new URL(request.url).pathname;
    const headers = [...request.headers].flat();
    const body = new Uint8Array(await request.arrayBuffer());
    const [response, due] = this.#answer(request.method, path, headers, body);
    if (response.status === NEW) this.#copies.update();
    // Work that was due when an alarm was lost is still due, so the alarm must be set again.
    const lost = this.#armed === null || this.#armed < Date.now() - this.alarmLostMs;
    await this.#arm(lost ? Date.now() : (due ?? this.#armed));
    return response;
  }

  #answer(method, path, headers, body) {
    const answer = this.#call((station) => [station.handle(method, path, headers, body), station.due]);
    return answer ?? [noAnswer(method), undefined];
  }

  /// How late an alarm may be before a request treats it as lost and sets it again.
  get alarmLostMs() {
    return 120_000;
  }

  async alarm() {
    this.#armed = null;
    await this.#tick();
    this.#copies.update();
  }

  /// Ticks, and always sets the next alarm: without one, a station would never tick again.
  async #tick() {
    const due = this.#call((station) => (station.tick(), station.due));
    await this.#arm(due ?? Date.now() + TICK_AGAIN_MS);
  }

  async #arm(due) {
    if (due === this.#armed) return;
    await this.ctx.storage.setAlarm(due);
    // Recorded last, so that the next request sets an alarm that could not be set.
    this.#armed = due;
  }

  #call(call) {
    return guarded(() => {
      if (this.#instance !== instance()) {
        this.#station = new rust.StationObject(this.ctx, this.env);
        this.#instance = instance();
      }
      return call(this.#station);
    });
  }
}

/// Reads a body up to the length that is enough for the station to see that it is too large.
async function readBody(request) {
  if (request.body === null) return null;
  const body = new Uint8Array(MAX_BODY);
  let length = 0;
  const reader = request.body.getReader();
  while (length < MAX_BODY) {
    const { done, value } = await reader.read();
    if (done) break;
    const part = value.subarray(0, MAX_BODY - length);
    body.set(part, length);
    length += part.length;
  }
  if (length === MAX_BODY) {
    await within(LINGER_MS, discard(reader), "a body broke off");
    await reader.cancel();
  }
  return body.subarray(0, length);
}

/// Reads the rest of a body and discards it.
async function discard(reader) {
  let left = LINGER_BYTES;
  while (left > 0) {
    const { done, value } = await reader.read();
    if (done) return;
    left -= value.length;
  }
}

/// The outcome of the request is unknown, and the same request may be sent again.
export function noAnswer(method) {
  const [status, body, ...fields] = isRead(method) ? NO_ANSWER.reader : NO_ANSWER.sender;
  const headers = new Headers();
  for (let at = 0; at < fields.length; at += 2) headers.append(fields[at], fields[at + 1]);
  return new Response(method === "HEAD" ? null : body, { status: Number(status), headers });
}
