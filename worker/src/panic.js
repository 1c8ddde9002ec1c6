// The entry point of the test bundle: the released one, with four more routes. `panic_routes.rs` has the others.
//
//   POST /panic/worker   panics in the worker, outside of the object
//   POST /panic/verify   verifies a note many times, and answers how many: for measurements
//   POST /panic/silent   gets no answer from the object within the time that the worker waits for one
//   POST /panic/down     the object fails for some seconds, whatever is asked
//   POST /panic/alarm    deletes the object's alarm, as if the runtime had lost it

import { StationObject as Shipped, noAnswer, passOn, default as worker } from "./entry.js";
import { guarded } from "./instance.js";
import * as rust from "./rust.js";

const SILENCE_MS = 60_000;
const DOWN_MS = 6_000;

const asks = (request, path) => request.method === "POST" && new URL(request.url).pathname === path;

export default {
  async fetch(request, env) {
    if (!new URL(request.url).pathname.startsWith("/panic/")) return worker.fetch(request, env);
    if (asks(request, "/panic/verify")) {
      const body = await request.text();
      return new Response(guarded(() => rust.verify_often(body)));
    }
    if (!asks(request, "/panic/worker")) {
      const body = request.method === "GET" ? null : await request.arrayBuffer();
      return (await passOn(request, env, body)) ?? noAnswer(request.method);
    }
    guarded(() => rust.panic_in_worker());
    return new Response("the worker panicked\n", { status: 500 });
  },
};

export class StationObject extends Shipped {
  #down = 0;

  // Two minutes would be too long for a test.
  get alarmLostMs() {
    return 2_000;
  }

  async fetch(request) {
    if (asks(request, "/panic/down")) {
      this.#down = Date.now() + DOWN_MS;
      return new Response("it is down\n");
    }
    if (Date.now() < this.#down) throw new Error("it is down");
    if (asks(request, "/panic/silent")) await new Promise((resolve) => setTimeout(resolve, SILENCE_MS));
    if (asks(request, "/panic/alarm")) {
      await this.ctx.storage.deleteAlarm();
      return new Response("the alarm is gone\n");
    }
    return super.fetch(request);
  }
}
