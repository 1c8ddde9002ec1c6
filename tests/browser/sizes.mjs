// Measures what readers load: the size of each page raw, with gzip and with brotli, in calm, in the worst hour of an
// outage, and with 50 open incidents on a site with 200 components.
//
//   node sizes.mjs <node_modules> <chromium> <gallery>
//
// Each page needs only one request, so this is all that a reader loads.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";

const gallery = process.argv[4];
const STATES = ["calm", "outage", "crowded"];
const PAGES = ["/", "/history", "/status.txt", "/updates.atom", "/embed", "/embed/plain", "/badge.svg", "/banner.json"];

// Limit for the gzipped index in the first two states.
const MAX_INDEX = 14_000;
const MAX_EMBED = 2048;

const faults = [];
const { sites } = JSON.parse(readFileSync(join(gallery, "gallery.json")));
console.log(`${"bytes".padEnd(44)}${["raw", "gzip", "brotli"].map((head) => head.padStart(9)).join("")}`);
for (const state of STATES) {
  const { files } = sites.find((site) => site.name === state);
  const incident = files.find(({ path }) => /^\/incidents\/[^/]+$/.test(path));
  for (const path of [...PAGES, incident?.path].filter(Boolean)) {
    const body = readFileSync(join(gallery, files.find((file) => file.path === path).file));
    const sizes = [body.length, gzipSync(body, { level: 9 }).length, brotliCompressSync(body).length];
    console.log(`${`${state} ${path}`.padEnd(44)}${sizes.map((size) => String(size).padStart(9)).join("")}`);
    if (path === "/" && state !== "crowded" && sizes[1] > MAX_INDEX) faults.push(`${state} ${path}: ${sizes[1]} bytes gzipped`);
    if (path === "/embed" && sizes[0] > MAX_EMBED) faults.push(`${state} ${path}: ${sizes[0]} bytes`);
  }
}
console.log(faults.join("\n"));
process.exit(faults.length === 0 ? 0 : 1);
