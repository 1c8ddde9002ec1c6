// Launches the tests' browser without background traffic, which would look like requests by a page.

import { createRequire } from "node:module";

const QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export function launch(modules, executablePath, args = []) {
  const { chromium } = createRequire(`${modules}/`)("playwright-core");
  return chromium.launch({ executablePath, args: ["--no-sandbox", ...QUIET, ...args] });
}
