// Phones that reach two endpoints over TLS, and what is checked of every state that they show.

import { X509Certificate, createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:https";
import { createRequire } from "node:module";
import { join } from "node:path";

import { axe } from "./checks/axe.mjs";
import { launch } from "./chromium.mjs";

const [modules, chromium, folder] = process.argv.slice(2);
const tools = { require: createRequire(`${modules}/`) };
export const file = (name) => readFileSync(join(folder, name), "utf8");
export const behind = JSON.parse(file("hosts.json"));
const [cert, key] = [file("cert.pem"), file("key.pem")];
export const [FIRST, SECOND] = ["status.example.net", "status.copies.example"];
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
const TALLEST_FOR_THUMB = 48;
const MAX_SHIFT = 0.02;
const PATIENCE = 15_000;
// When notes are answered, in milliseconds; `LATE` if what then moves no longer counts as caused by the tap.
export const LATE = 600;
export const answers = { after: 0 };
const pictures = join(folder, "pictures");
mkdirSync(pictures);

const faults = [];
export const fault = (what) => {
  faults.push(what);
  console.error(`FAULT ${what}`);
};
export const check = (holds, what) => holds || fault(what);

// How each name behaves: `null` as it is, or a function that answers instead.
export const weather = { [FIRST]: null, [SECOND]: null };
const proxy = createServer({ cert, key }, (incoming, response) => {
  const name = incoming.headers.host.split(":")[0];
  if (weather[name]) return void weather[name](incoming, response);
  const { hostname, port } = new URL(behind[name]);
  const { method, url: path, headers } = incoming;
  const through = request({ hostname, port, method, path, headers }, async (answer) => {
    if (method === "POST") await new Promise((done) => setTimeout(done, answers.after));
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  through.on("error", () => response.socket.destroy());
  incoming.pipe(through);
});
await new Promise((done) => proxy.listen(0, "127.0.0.1", done));
const { port } = proxy.address();
const spki = new X509Certificate(cert).publicKey.export({ type: "spki", format: "der" });
const rules = Object.keys(behind).map((name) => `MAP ${name}:443 127.0.0.1:${port}`);
const browser = await launch(modules, chromium, [
  `--host-resolver-rules=${rules.join(",")}`,
  `--ignore-certificate-errors-spki-list=${createHash("sha256").update(spki).digest("base64")}`,
]);

// Keeps a picture of the whole page.
export const picture = ({ page }, name) => page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });

// What moves without having been touched, added up as browsers do.
const WATCH_SHIFTS = `{
  globalThis.shift = 0;
  globalThis.moved = [];
  const name = ({ node, previousRect, currentRect }) => \`\${node?.outerHTML?.slice(0, 60)} from \${previousRect.y} to \${currentRect.y}\`;
  const add = (shifts) =>
    shifts.filter(({ hadRecentInput }) => !hadRecentInput).forEach(({ value, sources }) => {
      globalThis.shift += value;
      globalThis.moved.push(...sources.map(name));
    });
  const watch = new PerformanceObserver((list) => add(list.getEntries()));
  watch.observe({ type: "layout-shift", buffered: true });
  globalThis.shiftSoFar = () => (add(watch.takeRecords()), globalThis.shift);
}`;

// A phone: its own storage and, unless it has none, its own authenticator.
const phones = [];
export async function phone(what, work, { authenticator = true, settings = {}, init, ahead } = {}) {
  const context = await browser.newContext({ ...PHONE, ...settings });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]).catch(() => {});
  phones.push(context);
  await context.addInitScript(WATCH_SHIFTS);
  if (init) await context.addInitScript(init);
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const own = { what, context, page, taps: 0, since: Date.now() };
  page.on("pageerror", (error) => fault(`${what}: ${error}`));
  page.on("console", (message) => /Content Security Policy(?!.*style-src)/.test(message.text()) && fault(`${what}: ${message.text()}`));
  page.on("dialog", (dialog) => dialog.accept());
  if (ahead) await page.clock.install({ time: Date.now() + ahead });
  if (authenticator) {
    own.cdp = await context.newCDPSession(page);
    await own.cdp.send("WebAuthn.enable");
    const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
    own.authenticator = (await own.cdp.send("WebAuthn.addVirtualAuthenticator", { options })).authenticatorId;
  }
  const begin = faults.length;
  console.error(what);
  try {
    await page.goto(`https://${FIRST}/console`);
    await work(own);
  } catch (error) {
    fault(`${what}: ${error.message}\n${await page.locator("body").innerText().catch(() => "")}`);
  }
  if (faults.length > begin) await picture(own, `fault-${phones.length}`).catch(() => {});
  return own;
}

export const tap = async (own, name, role = "button") => {
  own.taps += 1;
  await own.page.getByRole(role, { name, exact: typeof name === "string" }).first().click();
};
// The radio button itself is invisible.
export const choose = async (own, name) => {
  own.taps += 1;
  await own.page.getByText(name, { exact: true }).click();
};
export const says = async ({ page, what }, text, where = "main, #status, #version") => {
  await page.locator(where).filter({ hasText: text }).first().waitFor().catch(async () => {
    fault(`${what}: no ${text} in ${JSON.stringify(await page.locator("body").innerText())}`);
  });
};

// Everything that can be touched gets the focus by Tab, and shows that it has it.
const byKeyboard = async (page, name) => {
  const before = await page.evaluate(() => {
    const all = document.querySelectorAll("button, a, input:not([type=file]), select, textarea, summary, [tabindex='0']");
    const radios = new Set();
    globalThis.expected = [...all].filter((element) => {
      if (!element.checkVisibility() || element.disabled) return false;
      // Of a group of choices, one has the focus.
      if (element.type !== "radio") return true;
      return !radios.has(element.name) && Boolean(radios.add(element.name));
    });
    globalThis.reached = new Set();
    document.querySelector("h1").focus();
    return globalThis.expected.length;
  });
  for (let step = 0; step < before + 3; step += 1) {
    await page.keyboard.press("Tab");
    await page.evaluate(() => {
      const { activeElement } = document;
      globalThis.reached.add(activeElement.type === "radio" ? activeElement.name : activeElement);
      if (activeElement !== document.body && !activeElement.matches(":focus-visible")) globalThis.hidden = activeElement.outerHTML;
    });
  }
  const lost = await page.evaluate(() => {
    const { expected, reached, hidden } = globalThis;
    const never = expected.filter((element) => !reached.has(element.type === "radio" ? element.name : element));
    return [...never.map((element) => element.outerHTML.slice(0, 80)), ...(hidden ? [`without a sign: ${hidden}`] : [])];
  });
  check(lost.length === 0, `${name}: not reached by Tab: ${lost.join(" ")}`);
};

// Every state is looked at by axe, measured for thumbs, and pictured, in light and in dark. That takes none of the
// operator's time, and what it moves does not count.
const seen = new Set();
export const look = async (own, name) => {
  if (seen.has(name)) return;
  seen.add(name);
  const { page } = own;
  const begin = Date.now();
  await page.waitForFunction(() => !document.querySelector("[aria-busy]"));
  // Late answers are what moves things, if anything does.
  await page.waitForTimeout(300);
  const shift = await page.evaluate(() => globalThis.shiftSoFar());
  check(shift <= MAX_SHIFT, `${name}: moved by ${shift.toFixed(3)}: ${await page.evaluate(() => globalThis.moved.join(", "))}`);
  // The bar at the bottom covers whatever happens to be behind it.
  const bar = (position) => page.evaluate((position) => document.querySelectorAll(".actions, #version").forEach((bar) => (bar.style.position = position)), position);
  await bar("static");
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    for (const found of await axe(page, tools)) fault(`${name}, ${colorScheme}: axe: ${found}`);
    await picture(own, `${name}-${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
  const small = await page.evaluate((least) => {
    const touched = document.querySelectorAll("main button, main a, main select, main summary, main input:not([type=radio],[type=checkbox],[hidden]), main textarea, main .choices span, main .toggles label");
    const visible = [...touched].filter((element) => element.checkVisibility());
    return visible.filter((element) => element.getBoundingClientRect().height < least - 0.5).map((element) => element.outerHTML.slice(0, 80));
  }, TALLEST_FOR_THUMB);
  check(small.length === 0, `${name}: too small for a thumb: ${small.join(" ")}`);
  for (const size of ["100%", "200%"]) {
    const wide = await page.evaluate((size) => {
      document.documentElement.style.fontSize = size;
      return document.documentElement.scrollWidth - innerWidth;
    }, size);
    check(wide <= 0, `${name}, text at ${size}: ${wide} pixels too wide`);
  }
  await page.evaluate(() => (document.documentElement.style.fontSize = ""));
  await byKeyboard(page, name);
  await bar("");
  await page.evaluate(() => {
    globalThis.shiftSoFar();
    globalThis.shift = 0;
    globalThis.moved = [];
  });
  own.since += Date.now() - begin;
};

// Ends everything, and the program.
export async function end() {
  await browser.close();
  proxy.closeAllConnections();
  proxy.close();
  process.exit(faults.length === 0 ? 0 : 1);
}
