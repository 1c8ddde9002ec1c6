// Draws the site's icons from the console's, for programs that know no SVG: run it when that one changes.
//
//   node icons.mjs <node_modules> <chromium> <site/static>

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { launch } from "./chromium.mjs";

const [modules, executablePath, folder] = process.argv.slice(2);
const drawing = readFileSync(join(folder, "console/icon.svg"), "utf8");
const browser = await launch(modules, executablePath);

async function draw(side) {
  const page = await browser.newPage({ viewport: { width: side, height: side } });
  const style = `body{margin:0}svg{display:block;width:${side}px;height:${side}px}`;
  await page.setContent(`<!doctype html><style>${style}</style>${drawing}`);
  const picture = await page.screenshot({ omitBackground: true });
  await page.close();
  return picture;
}

// An ICO file with one picture, a PNG: a header of 6 bytes, an entry of 16, and the picture.
function ico(side, picture) {
  const head = Buffer.alloc(22);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(1, 4);
  head.writeUInt8(side, 6);
  head.writeUInt8(side, 7);
  head.writeUInt16LE(1, 10);
  head.writeUInt16LE(32, 12);
  head.writeUInt32LE(picture.length, 14);
  head.writeUInt32LE(head.length, 18);
  return Buffer.concat([head, picture]);
}

writeFileSync(join(folder, "apple-touch-icon.png"), await draw(180));
writeFileSync(join(folder, "favicon.ico"), ico(32, await draw(32)));
await browser.close();
