// Checks every page of a gallery for every kind of reader: by sight, by ear, by keyboard, on paper, in a terminal.
//
//   node pages.mjs <node_modules> <chromium> <gallery> [<part of a page's name>]
//
// INSTA_UPDATE=always accepts the current text of the pages as the new snapshots in checks/snapshots.

import { statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

import { axe, dark, thin } from "./checks/axe.mjs";
import { forcedColours } from "./checks/forced_colours.mjs";
import { html } from "./checks/html.mjs";
import { keyboard } from "./checks/keyboard.mjs";
import { print } from "./checks/print.mjs";
import { reflow } from "./checks/reflow.mjs";
import { terminals } from "./checks/terminals.mjs";
import { tree } from "./checks/tree.mjs";
import { launch } from "./chromium.mjs";
import { RESOLVE, each, open, serve } from "./gallery.mjs";

const wide = { width: 1280, height: 800 };
const narrow = { width: 390, height: 844 };
const narrowest = { width: 320, height: 568 };
// Run in this order on a page that is loaded once.
const CHECKS = [
  ["html", wide, html],
  ["terminals", wide, terminals],
  ["tree", wide, tree],
  ["axe, 1280 light", wide, axe],
  ["reflow", narrowest, reflow],
  ["thin", wide, thin],
  ["keyboard", wide, keyboard],
  ["axe, 1280 dark", wide, dark],
  ["axe, 390 light", narrow, axe],
  ["axe, 390 dark", narrow, dark],
  ["forced colours", wide, forcedColours],
  ["print", wide, print],
];

// Pages with snapshots of their accessibility tree and of their text in terminals.
const KEPT = {
  "index-outage": "outage",
  "index-calm": "calm",
  incident: "outage/incidents/2013-09-03-core-network",
  month: "over/history/2013-09",
  history: "over/history",
  drill: "drill/drill",
};

// What each check must find on the page in which everything is wrong.
const MUST_FAIL = {
  policy: [/the policy forbids/],
  "axe, 1280 light": [/color-contrast/, /image-alt/, /target-size/],
  "axe, 1280 dark": [/color-contrast/],
  "axe, 390 light": [/target-size/],
  "axe, 390 dark": [/color-contrast/],
  tree: [/differs/],
  keyboard: [/out of order/, /nothing shows/],
  html: [/no-dup-id/],
  terminals: [/lynx.*first/s, /w3m.*first/s],
  "forced colours": [/is lost/],
  print: [/is lost/, /address/],
  reflow: [/pixels wide/, /further apart/],
};

const [modules, chromium, folder, part = ""] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const bad = (name, policy) => {
  const file = relative(folder, join(here, "checks/bad.html"));
  return { name, look: ["/"], now: "2013-09-03T12:00:00Z", files: [{ path: "/", file, type: "text/html; charset=utf-8", policy }] };
};
const gallery = await serve(folder, [bad("bad", "img-src data:"), bad("bad-for-policy", "default-src 'none'")]);
const browser = await launch(modules, chromium, [RESOLVE]);
const tools = { require: createRequire(`${modules}/`), snapshots: join(here, "checks/snapshots") };

let faults = 0;
const fault = (words) => {
  faults += 1;
  console.log(words);
};
const counts = new Map();
// Longest pages first, so that they do not run alone at the end.
const longest = gallery.pages.filter(({ name }) => name.includes(part)).sort((one, other) => statSync(other.file).size - statSync(one.file).size);
await each(longest, async (page) => {
  const kept = Object.keys(KEPT).find((name) => KEPT[name] === page.name);
  for (const [check, found] of await examine(page, { kept, accept: process.env.INSTA_UPDATE === "always" })) {
    counts.set(check, (counts.get(check) ?? 0) + 1);
    found.forEach((words) => fault(`${page.name}: ${check}: ${words}`));
  }
});
const seen = new Map();
await each(gallery.extra, async (page) => {
  for (const [check, found] of await examine(page, { kept: "index-outage", accept: false })) {
    seen.set(check, (seen.get(check) ?? "") + found.join("\n"));
  }
});
for (const [check, expected] of Object.entries(MUST_FAIL)) {
  for (const missing of expected.filter((words) => !words.test(seen.get(check) ?? ""))) {
    fault(`${check} does not find ${missing} on the bad page; it finds: ${seen.get(check)}`);
  }
}
for (const name of Object.values(KEPT).filter((name) => !gallery.pages.some((page) => page.name === name))) {
  fault(`the gallery has no page ${name}`);
}
await browser.close();
gallery.close();

console.log(`${longest.length} pages`);
for (const [check, count] of [...counts].sort()) console.log(`${String(count).padStart(5)} × ${check}`);
console.log(`${faults} faults`);
process.exit(faults === 0 ? 0 : 1);

async function examine(page, more) {
  const results = [];
  await open(browser, page, { viewport: wide }, async (opened, complaints) => {
    for (const [name, viewport, check] of CHECKS) {
      await opened.setViewportSize(viewport);
      const found = await check(opened, { ...tools, ...page, ...more, viewport });
      if (found) results.push([name, found]);
    }
    results.push(["policy", complaints]);
  });
  return results;
}
