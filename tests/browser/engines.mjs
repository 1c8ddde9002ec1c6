// Uses the console in engines that Chromium's tools do not drive: Firefox by Marionette, WebKitGTK by its WebDriver. Each
// goes as far as it can, and what it lacks is printed.
//
//   node engines.mjs <folder> <url>
//
// The console runs at `localhost`, the only host name that is trusted without a certificate. Requests an action by
// writing a line ("enrol <key>", "kill", "restart"), and waits for a line in return.

import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";

import { ask } from "./ask.mjs";

const [folder, url] = process.argv.slice(2);
const address = `http://localhost:${new URL(url).port}/console`;
const PATIENCE = 20_000;
const POLL = 100;

const faults = [];
const processes = [];
const start = (program, args, env = {}) => {
  const home = mkdtempSync(join(folder, "home-"));
  const started = spawn(program, args, { env: { ...process.env, HOME: home, XDG_RUNTIME_DIR: home, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  started.on("error", (error) => faults.push(`${program}: ${error.message}`));
  started.stdout.resume();
  started.stderr.resume();
  processes.push(started);
  return started;
};
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const until = async (what, look) => {
  const end = Date.now() + PATIENCE;
  let last;
  while (Date.now() < end) {
    try {
      const found = await look();
      if (found) return found;
    } catch (error) {
      last = error;
    }
    await pause(POLL);
  }
  throw new Error(`${what}: not within ${PATIENCE / 1000} s${last ? `: ${last.message}` : ""}`);
};
const freePort = () =>
  new Promise((done) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });

// Firefox: messages are `<length>:[0, id, command, parameters]` and `<length>:[1, id, error, result]`.
async function firefox() {
  const profile = mkdtempSync(join(folder, "firefox-"));
  const port = await freePort();
  const prefs = {
    "marionette.port": port,
    "datareporting.policy.dataSubmissionEnabled": false,
    "browser.shell.checkDefaultBrowser": false,
    "browser.tabs.remote.autostart": true,
    "app.update.enabled": false,
    "security.webauth.webauthn_enable_softtoken": true,
    "security.webauth.webauthn_enable_usbtoken": false,
    "network.captive-portal-service.enabled": false,
    "network.connectivity-service.enabled": false,
  };
  writeFileSync(join(profile, "user.js"), Object.entries(prefs).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`).join("\n"));
  start("firefox-esr", ["--headless", "--marionette", "--no-remote", "--profile", profile]);
  const socket = await until("Firefox", () => new Promise((done, failed) => {
    const socket = connect(port, "127.0.0.1", () => done(socket)).on("error", failed);
  }));
  let buffer = Buffer.alloc(0);
  const waiting = new Map();
  let greeted;
  const greeting = new Promise((done) => (greeted = done));
  socket.on("data", (bytes) => {
    buffer = Buffer.concat([buffer, bytes]);
    for (;;) {
      const colon = buffer.indexOf(":");
      const length = Number(buffer.subarray(0, colon).toString());
      if (colon < 0 || buffer.length < colon + 1 + length) return;
      const message = JSON.parse(buffer.subarray(colon + 1, colon + 1 + length).toString());
      buffer = buffer.subarray(colon + 1 + length);
      if (!Array.isArray(message)) {
        greeted();
        continue;
      }
      const [, id, error, result] = message;
      const [done, failed] = waiting.get(id);
      if (error) failed(new Error(error.message));
      else done(result);
    }
  });
  await greeting;
  let last = 0;
  const send = (command, parameters = {}) =>
    new Promise((done, failed) => {
      const message = JSON.stringify([0, (last += 1), command, parameters]);
      waiting.set(last, [done, failed]);
      socket.write(`${Buffer.byteLength(message)}:${message}`);
    });
  const { capabilities } = await send("WebDriver:NewSession", { capabilities: { alwaysMatch: { timeouts: { script: PATIENCE } } } });
  return {
    name: `Firefox ${capabilities.browserVersion}`,
    go: (address) => send("WebDriver:Navigate", { url: address }),
    run: (script, args) => send("WebDriver:ExecuteAsyncScript", { script, args }).then(({ value }) => value),
    click: (element) => send("WebDriver:ElementClick", { id: Object.values(element)[0] }),
    authenticator: () => send("WebAuthn:AddVirtualAuthenticator", { protocol: "ctap2", transport: "usb", hasResidentKey: true, hasUserVerification: true, isUserConsenting: true, isUserVerified: true }),
    picture: async (file) => writeFileSync(file, (await send("WebDriver:TakeScreenshot", { full: true })).value, "base64"),
    end: () => send("Marionette:Quit", { flags: ["eForceQuit"] }).catch(() => {}),
  };
}

// WebKitGTK: the W3C's WebDriver over HTTP, on a display that nobody sees.
async function webkit() {
  const display = `:${90 + (process.pid % 900)}`;
  start("Xvfb", [display, "-screen", "0", "390x844x24", "-nolisten", "tcp"]);
  const port = await freePort();
  start("WebKitWebDriver", [`--port=${port}`], { DISPLAY: display, GDK_BACKEND: "x11", LIBGL_ALWAYS_SOFTWARE: "1", WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1" });
  const call = async (method, path, body) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body && JSON.stringify(body), headers: { "content-type": "application/json" } });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${value.error}: ${value.message}`);
    return value;
  };
  await until("WebKitWebDriver", () => call("GET", "/status").then(({ ready }) => ready));
  const browsers = readdirSync("/usr/lib/x86_64-linux-gnu").filter((name) => name.startsWith("webkit2gtk-"));
  const binary = `/usr/lib/x86_64-linux-gnu/${browsers.sort().at(-1)}/MiniBrowser`;
  const options = { "webkitgtk:browserOptions": { binary, args: ["--automation", "--enable-write-console-messages-to-stdout=true"] }, timeouts: { script: PATIENCE } };
  const { sessionId, capabilities } = await call("POST", "/session", { capabilities: { alwaysMatch: options } });
  const session = `/session/${sessionId}`;
  return {
    name: `WebKitGTK (${capabilities.browserName} ${capabilities.browserVersion})`,
    go: (address) => call("POST", `${session}/url`, { url: address }),
    run: (script, args) => call("POST", `${session}/execute/async`, { script, args }),
    click: (element) => call("POST", `${session}/element/${Object.values(element)[0]}/click`, {}),
    authenticator: () => call("POST", `${session}/webauthn/authenticator`, { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true }),
    picture: async (file) => writeFileSync(file, await call("GET", `${session}/screenshot`), "base64"),
    end: () => call("DELETE", session).catch(() => {}),
  };
}

// In the page: what there is. The last argument is called with the result.
const ABILITIES = `
const done = arguments[arguments.length - 1];
const tries = {
  "secure context": async () => isSecureContext,
  "service worker": async () => Boolean(navigator.serviceWorker),
  "IndexedDB": () => new Promise((yes, no) => { const r = indexedDB.open("try"); r.onsuccess = () => yes(true); r.onerror = () => no(r.error); }),
  "Ed25519": async () => Boolean(await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"])),
  "P-256": async () => Boolean(await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"])),
  "passkeys": async () => typeof PublicKeyCredential === "function",
  "integrity of preloaded modules": async () => document.createElement("link").relList.supports("modulepreload"),
  "compression": async () => Boolean(new CompressionStream("deflate-raw")),
  "locks between tabs": async () => Boolean(navigator.locks),
  "channels between tabs": async () => typeof BroadcastChannel === "function",
  "lasting storage": async () => typeof navigator.storage?.persist === "function",
  "sharing": async () => typeof navigator.share === "function",
  "copying": async () => typeof navigator.clipboard?.writeText === "function",
  "installing": async () => "onbeforeinstallprompt" in window,
};
Promise.all(Object.entries(tries).map(async ([name, works]) => {
  try { return [name, await works()]; } catch (error) { return [name, false]; }
})).then(done);
`;

// In the page: finds the first element that is named so, and types into it if there is a text.
const TOUCH = `
const [selector, name, text, done] = arguments;
const label = (element) => element.labels?.[0]?.textContent ?? element.textContent;
const found = [...document.querySelectorAll(selector)].find((element) => !name || label(element).trim() === name || (name.endsWith("…") && label(element).trim().startsWith(name.slice(0, -1))));
if (found && text !== null) {
  found.value = text;
  found.dispatchEvent(new Event("input", { bubbles: true }));
}
done(found ?? null);
`;
const READ = `const [selector, done] = arguments; done([...document.querySelectorAll(selector)].map((element) => element.textContent).join(" "));`;
const WORKER = `const done = arguments[0]; Promise.race([navigator.serviceWorker.ready.then(() => true), new Promise((late) => setTimeout(late, 15000))]).then((ready) => done(Boolean(ready)));`;

async function useConsole(engine, person) {
  const touch = async (selector, name, text = null) => {
    // A view may be drawn again between looking for an element and touching it.
    await until(`${selector} ${name}`, async () => {
      const element = await engine.run(TOUCH, [selector, name, text]);
      if (element && text === null) await engine.click(element);
      return element;
    });
  };
  const says = (words, selector = "main, #status") => until(`"${words}"`, async () => (await engine.run(READ, [selector])).includes(words));
  await engine.go(address);
  await says("Open now", "main");
  const abilities = Object.fromEntries(await engine.run(ABILITIES, []));
  const able = (name) => abilities[name];
  let kind = "none";
  if (able("passkeys")) kind = await engine.authenticator().then(() => "passkey", () => "none");
  if (kind === "none" && able("Ed25519")) kind = "stored";
  if (kind === "none") throw new Error("no key can be made here");
  await engine.go(`${address}#key`);
  await touch("#person", "", person);
  if (kind === "passkey") {
    await touch("button", "Make a passkey");
    const isMade = await says("Words to compare").then(() => true, () => false);
    // Whatever the prompt waits for, nobody is there.
    if (!isMade) {
      abilities["passkeys of a virtual authenticator"] = false;
      kind = "stored";
      await engine.go("about:blank");
      await engine.go(`${address}#key`);
      await touch("#person", "", person);
    }
  }
  if (kind === "stored") {
    await touch("button", "Make a key in this browser instead");
    await says("Words to compare");
  }
  await ask(`enrol ${(await engine.run(READ, ["#line"])).trim()}`);
  await says("May sign here.");
  const isKept = able("service worker") && (await engine.run(WORKER, []));
  await engine.go(address);
  // What the host says is drawn, not only what was remembered: nothing replaces it under the tap.
  await says("As of", "#as-of.dim");
  await touch("button", "Something is down");
  await touch("label", "Exchange mail");
  await touch("#field-title", "", `Mail is down, says ${person}`);
  await touch("button", "Review");
  await touch("button", "Sign and send");
  await says("Accepted as entry");
  let reached = `a ${kind} key signed, accepted`;
  if (!isKept) throw new Error("it does not open without its host");
  await ask("kill");
  await engine.go(`${address}#`);
  await engine.go(address);
  await says("As of", "#as-of.note");
  // It is drawn once more when the host has not answered.
  await pause(1000);
  await touch("button", "Something is slow");
  await touch("#field-title", "", `Mail is slow, says ${person}`);
  await touch("button", "Review");
  await touch("button", "Sign and send");
  await says("Kept on this phone.");
  await ask("restart");
  await touch("button", "Send now");
  await says("Accepted as entry");
  reached += "; opened, signed and kept while the host was dead, sent afterwards";
  return { abilities, reached };
}

for (const [start, person] of [[firefox, "fox"], [webkit, "kit"]]) {
  let engine;
  try {
    engine = await start();
    const { abilities, reached } = await useConsole(engine, person);
    const lacks = Object.entries(abilities).filter(([, works]) => !works).map(([name]) => name);
    console.error(`${engine.name}: ${reached}\n  lacks: ${lacks.join(", ") || "nothing"}`);
  } catch (error) {
    faults.push(`${engine?.name ?? start.name}: ${error.message}`);
    await engine?.picture(join(folder, `fault-${person}.png`)).catch(() => {});
    const text = await engine?.run(READ, ["main, #status"]).catch(() => "");
    if (text) faults.push(text);
  }
  await engine?.end();
}
processes.forEach((started) => started.kill("SIGKILL"));
for (const fault of faults) console.error(`FAULT ${fault}`);
process.exit(faults.length === 0 ? 0 : 1);
