// The page in lynx and w3m: the verdict must be in the first lines.

import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { differs } from "./snapshot.mjs";

const FIRST = 10;
const BROWSERS = {
  lynx: ["-dump", "-nolist", "-width=80", "-assume_charset=utf-8", "-display_charset=utf-8", "-force_html"],
  w3m: ["-dump", "-cols", "80", "-I", "UTF-8", "-O", "UTF-8", "-T", "text/html"],
};
// Pages with a snapshot of their whole text.
const WHOLE = ["index-outage", "index-calm", "incident"];

export async function terminals(page, visit) {
  const verdict = spaced(await page.locator("h1").first().textContent());
  const faults = [];
  for (const [browser, options] of Object.entries(BROWSERS)) {
    const { stdout } = await promisify(execFile)(browser, [...options, visit.file], { maxBuffer: 1 << 26 });
    const first = spaced(stdout.split("\n").filter((line) => line.trim() !== "").slice(0, FIRST).join(" "));
    if (!first.includes(verdict)) faults.push(`${browser} does not show ${JSON.stringify(verdict)} first: ${first}`);
    if (WHOLE.includes(visit.kept)) faults.push(...differs(stdout, `${visit.kept}.${browser}`, visit));
  }
  return faults;
}

function spaced(text) {
  return text.replace(/\s+/g, " ").trim();
}
