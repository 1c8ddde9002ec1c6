// Checks in a real browser what scripts add to the page and to other people's pages, and that both fail honestly.
//
//   node added.mjs <node_modules> <chromium> <url>
//
// Requests an action on the host by writing a line ("publish", "kill", "restart"), and waits for a line in return.

import { createServer } from "node:http";
import { createRequire } from "node:module";

import { ask } from "./ask.mjs";
import { launchOld } from "./old.mjs";

const [modules, executablePath, url] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { chromium } = require("playwright-core");
const { transformSync } = require("esbuild");

const faults = [];
const check = (holds, what) => holds || faults.push(what);
const MINUTE = 60_000;

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--no-first-run"] });
const at = (path) => new URL(path, url).href;

// Opens a page in a fresh browser context, with its clock `ahead`, and runs `work` on it.
async function open(what, address, work, { ahead = 0, settings = {}, waitUntil = "load", lacking } = {}) {
  const context = await browser.newContext(settings);
  const page = await context.newPage();
  if (lacking) await page.addInitScript(lacking);
  page.on("pageerror", (error) => faults.push(`${what}: ${error}`));
  page.setDefaultTimeout(15_000);
  await page.clock.install({ time: Date.now() + ahead });
  try {
    await page.goto(address, { waitUntil });
    await work(page);
  } catch (error) {
    faults.push(`${what}: ${error}`);
  }
  await context.close();
}

// Serves a frozen copy of the host's current state. Paths in `silent` never answer, those in `gone` are missing.
async function copy(paths) {
  const files = new Map();
  for (const path of paths) {
    const answer = await fetch(at(path));
    const headers = ["content-type", "content-security-policy", "access-control-allow-origin", "cross-origin-resource-policy"];
    const kept = headers.filter((name) => answer.headers.has(name)).map((name) => [name, answer.headers.get(name)]);
    files.set(path, { headers: Object.fromEntries(kept), body: Buffer.from(await answer.arrayBuffer()) });
  }
  const state = { silent: [], gone: [] };
  const address = await serve(({ url }, response) => {
    const file = files.get(url);
    if (state.silent.includes(url)) return;
    if (!file || state.gone.includes(url)) return response.writeHead(404).end();
    response.writeHead(200, file.headers).end(file.body);
  });
  return { address, ...state };
}

// Serves someone else's site, with our embeds.
const foreign = (base, attributes = "") =>
  serve((_, response) =>
    response.writeHead(200, { "content-type": "text/html" }).end(`<!doctype html><title>Somebody else's</title>
<div data-outband><a href="${base}">Service status</a></div>
<script async src="${base}embed.js" ${attributes}></script>
<iframe src="${base}embed"></iframe><img src="${base}badge.svg" alt=""><p>Log in</p>`),
  );

const servers = [];
function serve(answer) {
  const server = createServer(answer);
  servers.push(server);
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}/`)),
  );
}

const banner = (page) => page.locator("[data-outband]");
const says = async (locator, text, what) => {
  await locator.filter({ hasText: text }).first().waitFor().catch(async () => {
    faults.push(`${what}: ${JSON.stringify(await locator.allTextContents())} instead of ${text}`);
  });
};
const settled = async (read, expected, what) => {
  let found;
  for (let tries = 0; tries < 100; tries += 1) {
    found = await read();
    if (found === expected) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  faults.push(`${what}: ${found} instead of ${expected}`);
};

const ALL = ["/", "/page.js", "/sw.js", "/embed.js", "/banner.json", "/embed", "/badge.svg", "/log/checkpoint"];
const calm = await copy(ALL);
await ask("publish");
const outage = await copy(ALL);

// Embeds.
await open("an embedded outage", await foreign(url), async (page) => {
  await says(banner(page), "Outage: Mail is down", "the banner");
  await says(banner(page), "Next update by", "the banner");
  await says(page.frameLocator("iframe").locator("h1"), "Outage: Mail is down", "the frame");
  const wasThere = () => page.evaluate(() => {
    const link = document.querySelector("[data-outband] > div").shadowRoot.querySelector("a");
    const { marked = false } = link;
    return (link.marked = true) && marked;
  });
  await wasThere();
  let isAsked = false;
  page.waitForResponse((answer) => answer.url().endsWith("/banner.json")).then(() => (isAsked = true));
  // In steps within its patience, which uses the same clock.
  while (!isAsked) {
    await page.clock.runFor(4000);
    await page.waitForTimeout(100);
  }
  await page.waitForTimeout(300);
  check(await wasThere(), "the banner is written again though nothing has changed");
  check(await page.locator("img").evaluate((image) => image.decode().then(() => image.naturalWidth > 50)), "the badge is not shown");
});
check((await (await fetch(at("/badge.svg"))).text()).includes(">Outage</text>"), "the badge does not say it in words");
await open("an embedded calm", await foreign(calm.address), async (page) => {
  await page.waitForLoadState("networkidle");
  check((await banner(page).innerText()) === "Service status", "calm: the link was changed");
});
await open("a quiet line", await foreign(calm.address, "data-calm"), (page) =>
  says(banner(page), "No known incidents", "data-calm"),
);
const old = { ahead: 10 * MINUTE };
const early = { ahead: -10 * MINUTE };
const frozen = await foreign(calm.address);
await open("an embedded frozen copy", frozen, (page) => says(banner(page), "Status unknown. See https://", "frozen"), old);
await open("an embedded copy from the future", frozen, (page) => says(banner(page), "Status unknown. See https://", "future"), early);

// Engines of 2019: their syntax is enough, and what they lack is not needed.
for (const path of ["/page.js", "/sw.js", "/embed.js"]) {
  const source = await (await fetch(at(path))).text();
  const [old, young] = ["es2019", "esnext"].map((target) => transformSync(source, { target }).code);
  check(old === young, `${path} uses syntax that engines of 2019 do not know`);
}
const lacking = () => {
  for (const type of [Element, Document, DocumentFragment]) delete type.prototype.replaceChildren;
  for (const type of [Array, String]) delete type.prototype.at;
  delete String.prototype.replaceAll;
  delete AbortSignal.timeout;
  delete Intl.RelativeTimeFormat;
  delete Promise.any;
  for (const name of ["CSSStyleSheet", "structuredClone"]) delete window[name];
};
await open("an old engine with an embedded outage", await foreign(url), (page) => says(banner(page), "Outage: Mail is down", "an old engine"), { lacking });
await open("an old engine with an embedded calm", await foreign(calm.address), async (page) => {
  await page.waitForLoadState("networkidle");
  check((await banner(page).innerText()) === "Service status", "an old engine, calm: the link was changed");
}, { lacking });
await open("an old engine with a frozen copy", frozen, (page) => says(banner(page), "Status unknown. See https://", "an old engine, frozen"), { ...old, lacking });
await open("an old engine", url, async (page) => {
  await says(page.locator("h1"), "Mail is down", "an old engine");
  await says(page.locator(".since"), "GMT+9", "the reader's own time in an old engine");
  await page.waitForLoadState("networkidle");
  check(!/NaN|undefined|Invalid/.test(await page.locator("body").innerText()), "an old engine: nonsense on the page");
  check((await page.locator(".note").count()) === 0, "an old engine: a current page is marked as old");
}, { lacking, settings: { timezoneId: "Asia/Tokyo" } });

// The same in a browser of that year, with all that it lacks.
const oldBrowser = await launchOld(modules);
console.error(oldBrowser.version);
async function inOldBrowser(what, address, settings, expression, expected) {
  const page = await oldBrowser.open(address, settings);
  const found = async () => {
    const text = await page.evaluate(expression);
    return expected.test(text) ? "as expected" : text;
  };
  await settled(found, "as expected", `Chromium 78, ${what}`);
  faults.push(...page.errors.map((error) => `Chromium 78, ${what}: ${error}`));
  await page.close();
}
const SHOWN = `document.querySelector("[data-outband] > div").shadowRoot.textContent`;
const UNCHANGED = `document.querySelector("[data-outband]").innerHTML`;
await inOldBrowser("an embedded outage", await foreign(url), {}, SHOWN, /Outage: Mail is down/);
await inOldBrowser("an embedded calm", await foreign(calm.address), {}, UNCHANGED, /^<a [^>]*>Service status<\/a>$/);
await inOldBrowser("a frozen copy", frozen, old, SHOWN, /Status unknown. See https:/);
const tokyo = { zone: "Asia/Tokyo" };
await inOldBrowser("the page", url, tokyo, `document.querySelector("h1").textContent`, /Mail is down/);
await inOldBrowser("the reader's own time", url, tokyo, `document.querySelector(".since").textContent`, /minute.*GMT\+9/);
await inOldBrowser("a current page", url, tokyo, `document.querySelectorAll(".note").length + " " + document.body.innerText`, /^0 (?!.*(NaN|undefined|Invalid))/s);
await inOldBrowser("a page that is old", calm.address, old, `document.querySelector("body > .note").textContent`, /This copy is dated/);
await oldBrowser.close();

// With a silent host, the surrounding page loads at once and makes no claim.
const silent = await copy(ALL);
silent.silent.push("/banner.json");
const begin = Date.now();
await open("an embed with a silent banner", await foreign(silent.address), async (page) => {
  await page.waitForLoadState("load");
  check(Date.now() - begin < 4000, `a silent host delays the surrounding page by ${Date.now() - begin} ms`);
  check((await banner(page).innerText()) === "Service status", "silence: the embed makes a claim");
  await says(banner(page), "Status unknown. See https://", "silence");
});
silent.silent.push("/embed.js");
const again = Date.now();
const silence = async (page) => {
  check(Date.now() - again < 4000, `the script delays the surrounding page by ${Date.now() - again} ms`);
  check((await banner(page).innerText()) === "Service status", "silent script: the embed makes a claim");
};
const parsed = { waitUntil: "domcontentloaded" };
await open("an embed with a silent script", await foreign(silent.address), silence, parsed);

// The page refreshes itself. Its clock runs only until it makes a request, because its time limit uses the same clock.
const refreshed = async (page) => {
  const [begun, done] = [page.waitForRequest(url), page.waitForResponse(at("/log/checkpoint"))];
  let isBegun = false;
  begun.then(() => (isBegun = true));
  while (!isBegun) {
    await page.clock.runFor(5000);
    await page.waitForTimeout(100);
  }
  await done;
  await page.waitForTimeout(500);
};
await open("an open page", url, async (page) => {
  await says(page.locator(".since"), "ago", "relative times");
  const time = page.locator("main time").first();
  await time.hover();
  check(/\d/.test(await time.getAttribute("title")), "no time in the reader's zone");
  await page.evaluate(() => (window.mark = "the same document"));
  await page.locator("main a[href^='/incidents/']").last().focus();
  const focused = await page.evaluate(() => document.activeElement.getAttribute("href"));
  const region = page.locator("[aria-live=polite]");
  check((await region.textContent()) === "", "an announcement though nothing changed");
  await refreshed(page);
  check((await region.textContent()) === "", "an announcement though nothing changed");
  await ask("publish");
  await refreshed(page);
  await says(page.locator("h1"), "Mail is slow", "the page");
  await says(region, /^\S.*Mail is slow$/, "the live region");
  check((await page.title()).includes("Mail is slow"), "the title was not updated");
  check((await page.evaluate(() => window.mark)) === "the same document", "the page was reloaded");
  check((await page.evaluate(() => document.activeElement.getAttribute("href"))) === focused, "the focus was lost");
  check((await page.locator(".note").count()) === 0, "a current page is marked as old");
});
await open("a frozen copy", outage.address, (page) => says(page.locator("body > .note"), "This copy is dated", "frozen"), old);
await open("a copy from the future", outage.address, (page) => says(page.locator("body > .note"), "This copy is dated", "future"), early);
outage.gone.push("/log/checkpoint");
await open("a copy without a log", outage.address, (page) => says(page.locator(".note"), "couldn’t confirm", "no log"));

// Offline.
const worked = async (page, count) => {
  await page.evaluate(() => navigator.serviceWorker.ready);
  const kept = () => page.evaluate(async () => (await (await caches.open("outband")).keys()).length);
  await settled(kept, count, "saved copies");
};
await open("a saved copy", url, async (page) => {
  await worked(page, 2);
  await page.goto(at("/incidents/outage"));
  await worked(page, 3);
  await ask("kill");
  for (const path of ["/", "/incidents/outage"]) {
    await page.goto(at(path));
    await says(page.locator("body > .note"), /^Saved copy from \d{4}-\d\d-\d\d \d\d:\d\d UTC/, path);
    await says(page.locator("h1"), "Mail is slow", path);
  }
  const other = await page.context().newPage();
  check(await other.goto(at("/history")).then(() => false, () => true), "a page that was never saved loads");
  await ask("restart");
  await page.goto(url);
  await says(page.locator("h1"), "Mail is slow", "after the restart");
  check((await page.locator(".note").count()) === 0, "a page from the host is marked as saved");
});
await open("an embed of a killed host", await foreign(url), async (page) => {
  await says(banner(page), "Mail is slow", "before the kill");
  await ask("kill");
  await page.clock.runFor(121_000);
  await says(banner(page), "Status unknown. See https://", "after the kill");
});
await open("the kill switch", calm.address, async (page) => {
  await worked(page, 2);
  calm.gone.push("/sw.js");
  await page.goto(calm.address);
  await settled(() => page.evaluate(async () => (await caches.keys()).length), 0, "copies after the kill switch");
  await settled(
    () => page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length),
    0,
    "workers after the kill switch",
  );
});

await browser.close();
servers.forEach((server) => server.closeAllConnections() ?? server.close());
for (const fault of faults) console.error(fault);
process.exit(faults.length === 0 ? 0 : 1);
