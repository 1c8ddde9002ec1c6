// Measures in a real browser what a reader sees first.
//
//   node first_screen.mjs <node_modules> <chromium> <url>
//
// The answers to everyone's questions must fit on the first screen of a phone and of a laptop, with and without
// JavaScript. The page must need a single request, contact no other origin, and cause no errors in the console.
// JavaScript may add relative times, but must change no other text.

import { launch } from "./chromium.mjs";
import { fits } from "./fits.mjs";

const [modules, executablePath, url] = process.argv.slice(2);

const SCREENS = [
  { width: 390, height: 844 },
  { width: 1280, height: 800 },
];
const LATE = 800;
const MOST_SHIFT = 0.02;
const NARROWEST = { width: 320, height: 568 };
const QUESTIONS = ["Is it just me?", "What is affected?", "When will it be fixed?", "When will I hear more?", "Is my data safe?"];

const faults = [];
let served;

const browser = await launch(modules, executablePath);
for (const viewport of SCREENS) {
  for (const javaScriptEnabled of [true, false]) {
    for (const colorScheme of ["light", "dark"]) {
      const what = `${viewport.width}×${viewport.height}, JavaScript ${javaScriptEnabled ? "on" : "off"}, ${colorScheme}`;
      await open({ viewport, javaScriptEnabled, colorScheme }, what, (page) => measure(page, viewport, what));
    }
  }
}
await open({ viewport: NARROWEST }, `${NARROWEST.width} wide`, async (page) => {
  faults.push(...(await fits(page, NARROWEST, `${NARROWEST.width} wide`)));
});
await nothingMoves();
await browser.close();
console.log(faults.join("\n"));
process.exit(faults.length === 0 ? 0 : 1);

async function open(settings, what, look) {
  const context = await browser.newContext(settings);
  const page = await context.newPage();
  const requests = [];
  page.on("request", (request) => request.url().startsWith("data:") || requests.push(request.url()));
  page.on("console", (message) => faults.push(`${what}: console: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`${what}: ${error}`));
  await page.goto(url, { waitUntil: "networkidle" });
  await look(page);
  const foreign = requests.filter((request) => new URL(request).origin !== new URL(url).origin);
  const isWhole = settings.javaScriptEnabled ?? true ? foreign.length === 0 : requests.length === 1;
  if (!isWhole || requests[0] !== url) faults.push(`${what}: unexpected requests: ${requests.join(" ")}`);
  const words = await page.evaluate(read, null);
  served ??= words;
  if (words !== served) faults.push(`${what}: the page has a different text: ${words}`);
  await context.close();
}

// The text of the page, without what scripts add.
function read() {
  const page = document.documentElement.cloneNode(true);
  for (const added of page.querySelectorAll(".since, .again, .copy, .live, style, script")) added.remove();
  return page.textContent.replaceAll(/\s+/g, " ").trim();
}

// What scripts add, here long after the page was drawn, moves nothing that was there (Layout Instability API).
async function nothingMoves() {
  const context = await browser.newContext({ viewport: SCREENS[0] });
  const page = await context.newPage();
  await page.route("**/page.js", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, LATE));
    await route.continue();
  });
  await page.addInitScript(() => {
    globalThis.shift = 0;
    const add = (list) => list.getEntries().forEach(({ value }) => (globalThis.shift += value));
    new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
  });
  const addresses = [url];
  for (const address of addresses) {
    await page.goto(address);
    await page.locator(".since:not(:empty)").waitFor();
    await page.locator(".copy").first().waitFor();
    await page.waitForTimeout(500);
    const shift = await page.evaluate(() => globalThis.shift);
    if (shift > MOST_SHIFT) faults.push(`${address}: what scripts add moves the page by ${shift}`);
    const incident = await page.locator("main a[href^='/incidents/']").first().getAttribute("href");
    if (address === url) addresses.push(new URL(incident, url).href);
  }
  await context.close();
}

async function measure(page, viewport, what) {
  const verdict = page.locator("h1");
  await within(verdict, viewport, `${what}: the verdict`);
  const size = await verdict.evaluate((element) => parseFloat(getComputedStyle(element).fontSize));
  if (size < 20) faults.push(`${what}: the verdict is ${size} pixels tall`);
  for (const question of QUESTIONS) {
    const answer = page.locator("dl > div", { has: page.locator("dt", { hasText: question }) }).first();
    await within(answer, viewport, `${what}: ${question}`);
    const said = await answer.locator("dd").allInnerTexts();
    if (said.join("").trim() === "") faults.push(`${what}: ${question} is not answered`);
  }
  faults.push(...(await fits(page, viewport, what)));
}

async function within(locator, { width, height }, what) {
  const box = (await locator.count()) === 1 ? await locator.boundingBox() : null;
  if (box === null) return faults.push(`${what} is missing`);
  const inside = box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height;
  if (!inside || box.height < 10) faults.push(`${what} does not fit on the first screen: ${JSON.stringify(box)}`);
}
