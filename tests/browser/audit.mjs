// Has the browser's own audit tool judge the index and an incident on a simulated phone.
//
//   node audit.mjs <node_modules> <chromium> <url>
//
// It must find nothing to improve in accessibility, best practices and what search engines need. Its score for
// performance depends on how busy this machine is, and a busy one yields none: it is printed and decides nothing.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [modules, chromePath, url] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(createRequire(`${modules}/`).resolve(path)));
const { default: lighthouse } = await load("lighthouse");
const { launch } = await load("chrome-launcher");

const WHOLE = ["accessibility", "best-practices", "seo"];

const chrome = await launch({ chromePath, chromeFlags: ["--headless=new", "--no-sandbox", "--disable-gpu"], logLevel: "silent" });
const index = await (await fetch(url)).text();
const [incident] = index.match(/(?<=href=")\/incidents\/[^"]+/);
const faults = [];
for (const path of ["/", incident]) {
  const settings = { port: chrome.port, logLevel: "error", onlyCategories: ["performance", ...WHOLE] };
  const { lhr } = await lighthouse(new URL(path, url).href, settings);
  const score = (category) => lhr.categories[category].score;
  console.log(`${path}: performance ${score("performance") === null ? "not measured" : 100 * score("performance")}`);
  for (const category of WHOLE.filter((category) => score(category) !== 1)) {
    const { auditRefs } = lhr.categories[category];
    const failed = auditRefs.map(({ id }) => lhr.audits[id]).filter((audit) => audit.score !== null && audit.score < 1);
    for (const { title, details } of failed) faults.push(`${path}: ${category}: ${title}: ${JSON.stringify(details?.items)}`);
  }
}
chrome.kill();
console.log(faults.join("\n"));
process.exit(faults.length === 0 ? 0 : 1);
