// Serves the output of `cargo run -p outband-site --example gallery` as the hosts would: each site under its own name,
// `http://<site>.localhost:<port>/`, with the policy that the hosts send. It has no scripts: pages must be complete
// without them, and snapshots need pages that do not change.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

// Browsers resolve these names anyway, but would try IPv6 first.
export const RESOLVE = "--host-resolver-rules=MAP *.localhost 127.0.0.1";

// How long a page may take to load on a busy machine, in milliseconds.
const PATIENCE = 120_000;

const HEADERS = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

export async function serve(folder, extra = []) {
  const { sites } = JSON.parse(readFileSync(join(folder, "gallery.json")));
  const served = new Map();
  for (const site of [...sites, ...extra]) {
    for (const { path, file, type, policy } of site.files) {
      const headers = { "content-type": type, "content-security-policy": policy, ...HEADERS };
      served.set(`${site.name}.localhost${path}`, { file: join(folder, file), headers });
    }
  }
  const server = createServer((request, response) => {
    const [host] = request.headers.host.split(":");
    const [path] = request.url.split("?");
    const found = served.get(host + path);
    const answer = found ?? served.get(`${host}/404`);
    response.writeHead(found ? 200 : 404, answer?.headers ?? {});
    response.end(answer ? readFileSync(answer.file) : "");
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  const looks = (site) =>
    site.look.map((path) => ({
      name: (site.name + path).replace(/\/$/, ""),
      url: `http://${site.name}.localhost:${port}${path}`,
      file: served.get(`${site.name}.localhost${path}`).file,
      now: site.now,
    }));
  return { pages: sites.flatMap(looks), extra: extra.flatMap(looks), close: () => server.close() };
}

// Opens a page in a browser whose clock is fixed at the site's time.
export async function open(browser, { url, now }, settings, look) {
  const context = await browser.newContext({ serviceWorkers: "block", ...settings });
  try {
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(`script error: ${error}`));
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) complaints.push(`the policy forbids: ${message.text()}`);
    });
    await page.clock.setFixedTime(now);
    await page.goto(url, { waitUntil: "load" });
    await look(page, complaints);
  } finally {
    await context.close();
  }
}

// Runs `work` for every job, a few at a time.
export async function each(jobs, work) {
  const rest = [...jobs];
  const worker = async () => {
    while (rest.length > 0) await work(rest.shift());
  };
  await Promise.all(Array.from({ length: 3 }, worker));
}
