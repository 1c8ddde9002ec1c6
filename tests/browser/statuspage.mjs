// Runs clients written for Statuspage on a host.
//
//   node statuspage.mjs <node_modules> <chromium> <url>
//
// npm's `statuspage.io` requests everything it can; Atlassian's own widget is shown in a browser, in both of its
// appearances, on a page of another origin. Prints what they report as one line of JSON.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";

const [modules, executablePath, url] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { chromium } = require("playwright-core");
const { Statuspage } = require("statuspage.io");

const QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const LOOKS = ["basic", "badge"];
const PATIENCE = 20_000;

console.log(JSON.stringify({ client: await askClient(), widget: await lookAtWidget() }));

async function askClient() {
  const statuspage = new Statuspage("any");
  statuspage.setApiUrl(url);
  const { api } = statuspage;
  const { status } = await api.getStatus();
  const summary = await api.getSummary();
  const { components } = await api.getComponents();
  const { incidents: unresolved } = await api.incidents.getUnresolved();
  const { incidents } = await api.incidents.getAll();
  // This client always requests the upcoming maintenances, even for active ones; those are in the summary.
  const { scheduled_maintenances: upcoming } = await api.scheduledMaintenances.getUpcoming();
  const brief = ({ name, status, impact }) => `${name}: ${status}, ${impact}`;
  return {
    status: [status.indicator, status.description],
    summary: [summary.status.indicator, summary.status.description],
    page: summary.page.name,
    unwell: components.filter(({ status }) => status !== "operational").map(({ name, status }) => `${name}: ${status}`),
    unresolved: unresolved.map(brief),
    incidents: incidents.map(brief),
    newest: incidents[0]?.incident_updates[0].body ?? null,
    upcoming: upcoming.map(brief),
    maintenances: summary.scheduled_maintenances.map(brief),
  };
}

async function lookAtWidget() {
  const widget = readFileSync(`${modules}/@statuspage/status-widget/dist/index.js`);
  const elements = LOOKS.map((look) => `<statuspage-widget src="${url}" appearance="${look}"></statuspage-widget>`);
  const files = {
    "/": ["text/html", `<!doctype html><title>A page that shows a widget</title>${elements.join("")}<script src="/widget.js"></script>`],
    "/widget.js": ["text/javascript", widget],
  };
  const server = createServer(({ url }, answer) => {
    const [type, body] = files[url] ?? ["text/plain", ""];
    answer.writeHead(url in files ? 200 : 404, { "content-type": `${type}; charset=utf-8` }).end(body);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", ...QUIET] });
  try {
    const page = await browser.newPage();
    page.on("pageerror", (error) => console.error(`page error: ${error}`));
    page.on("console", (message) => console.error(`console: ${message.text()}`));
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const said = {};
    for (const look of LOOKS) {
      const element = page.locator(`statuspage-widget[appearance=${look}]`);
      const indicator = element.locator(".status-indicator");
      await indicator.waitFor({ timeout: PATIENCE });
      const classes = (await indicator.getAttribute("class")).split(" ").filter((name) => name !== "status-indicator");
      const words = look === "basic" ? element.locator(".status-text") : indicator;
      said[look] = [classes.join(" "), (await words.textContent()).trim()];
    }
    return said;
  } finally {
    await browser.close();
    server.close();
  }
}
