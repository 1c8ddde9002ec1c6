// A browser of 2019: Chromium 78, as an old package has it, driven over its own protocol. What drives newer browsers calls
// methods that it does not have.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";

const PATIENCE = 15_000;

export async function launchOld(modules) {
  const folder = mkdtempSync(join(tmpdir(), "outband-old-"));
  const program = join(folder, "chromium");
  writeFileSync(program, brotliDecompressSync(readFileSync(join(modules, "chrome-aws-lambda/bin/chromium.br"))), { mode: 0o700 });
  const args = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", `--user-data-dir=${join(folder, "profile")}`];
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise((done) => child.on("exit", done));
  // However this program ends, the browser does not outlive it.
  process.on("exit", () => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  const { send, on } = await connect(await announced(child));

  return {
    version: (await send("Browser.getVersion")).product,

    // Opens a page with its clock `ahead`. `errors` are those that no script caught.
    async open(address, { ahead = 0, zone = "UTC" } = {}) {
      const { targetId } = await send("Target.createTarget", { url: "about:blank" });
      const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
      const ask = (method, params) => send(method, params, sessionId);
      const errors = [];
      on(sessionId, "Runtime.exceptionThrown", ({ exceptionDetails: { exception, text } }) => errors.push(exception?.description ?? text));
      await ask("Runtime.enable");
      await ask("Page.enable");
      await ask("Emulation.setTimezoneOverride", { timezoneId: zone });
      const source = `{ const now = Date.now; Date.now = () => now() + ${ahead}; }`;
      await ask("Page.addScriptToEvaluateOnNewDocument", { source });
      const loaded = new Promise((done) => on(sessionId, "Page.loadEventFired", done));
      await ask("Page.navigate", { url: address });
      await loaded;
      const evaluate = async (expression) => (await ask("Runtime.evaluate", { expression, returnByValue: true })).result.value;
      return { errors, evaluate, close: () => send("Target.closeTarget", { targetId }) };
    },

    async close() {
      child.kill();
      await ended;
    },
  };
}

// The address of its protocol, which it writes once it listens.
const announced = (child) =>
  new Promise((resolve, reject) => {
    let written = "";
    child.on("exit", () => reject(new Error(`the old browser ended: ${written}`)));
    child.stderr.on("data", (data) => {
      written += data;
      const [, found] = /DevTools listening on (\S+)/.exec(written) ?? [];
      if (found) resolve(found);
    });
  });

async function connect(address) {
  const socket = new WebSocket(address);
  const [waiting, listeners] = [new Map(), []];
  let last = 0;
  socket.addEventListener("message", ({ data }) => {
    const { id, result, error, method, params, sessionId } = JSON.parse(data);
    if (id) {
      const { resolve, reject } = waiting.get(id);
      waiting.delete(id);
      return error ? reject(new Error(error.message)) : resolve(result);
    }
    for (const [session, event, heard] of listeners) if (session === sessionId && event === method) heard(params);
  });
  await new Promise((done, reject) => {
    socket.addEventListener("open", done);
    socket.addEventListener("error", () => reject(new Error("the old browser cannot be driven")));
  });
  return {
    on: (...listener) => listeners.push(listener),
    send: (method, params = {}, sessionId) =>
      new Promise((resolve, reject) => {
        const id = (last += 1);
        waiting.set(id, { resolve, reject });
        socket.send(JSON.stringify({ id, method, params, sessionId }));
        setTimeout(() => waiting.delete(id) && reject(new Error(`the old browser does not answer ${method}`)), PATIENCE).unref();
      }),
  };
}
