// Draws the pictures for programs that know no SVG: the site's icons, from the console's, and for each state the picture
// that chats show with a link, from the shape and the colours of its page. Run it when one of these changes.
//
//   node icons.mjs <node_modules> <chromium> <site/static> <gallery>

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync, crc32 } from "node:zlib";

import { launch } from "./chromium.mjs";

import { RESOLVE, serve } from "./gallery.mjs";

const [modules, executablePath, folder, gallery] = process.argv.slice(2);
const drawing = readFileSync(join(folder, "console/icon.svg"), "utf8");
const browser = await launch(modules, executablePath, [RESOLVE]);

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

// The size at which chats show a large picture, and how many shades it has at most, from its background to its shape.
const CARD = { width: 600, height: 315 };
const SHADES = 16;

// A card from a page of its state: the shape, or the tab's icon where there is none, on the band's colour.
async function card(page) {
  const { shape, background, colour } = await page.evaluate(() => {
    const band = document.querySelector(".band");
    const { backgroundColor, color } = getComputedStyle(band);
    const icon = decodeURIComponent(document.querySelector("link[rel=icon]").href.split(",")[1]);
    const shape = band.querySelector("svg")?.innerHTML ?? icon.match(/<path[^>]*>/)[0].replace(/fill='[^']*'/, "class='solid'");
    return { shape, background: backgroundColor, colour: color };
  });
  const style = `body{margin:0;background:${background}}svg{display:block;width:200px;height:200px;margin:57px auto;overflow:visible}
    .solid{fill:${colour}}.mark{fill:none;stroke:${background};stroke-width:2.6;stroke-linecap:round;stroke-linejoin:round}`;
  // On a page of its own, since that one's policy forbids the style.
  const canvas = await browser.newPage({ viewport: CARD });
  await canvas.setContent(`<!doctype html><style>${style}</style><svg viewBox="0 0 24 24">${shape}</svg>`);
  const picture = (await canvas.screenshot()).toString("base64");
  const pixels = await canvas.evaluate(async (picture) => {
    const image = new Image();
    image.src = `data:image/png;base64,${picture}`;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const drawing = canvas.getContext("2d");
    drawing.drawImage(image, 0, 0);
    return [...drawing.getImageData(0, 0, image.width, image.height).data];
  }, picture);
  await canvas.close();
  return indexed(pixels, ...[background, colour].map((rgb) => rgb.match(/\d+/g).map(Number)));
}

// A PNG with a palette of the shades between two colours, four bits a pixel.
function indexed(pixels, from, to) {
  const widest = [0, 1, 2].sort((a, b) => Math.abs(to[b] - from[b]) - Math.abs(to[a] - from[a]))[0];
  const shade = (place) => Math.round(((pixels[4 * place + widest] - from[widest]) / (to[widest] - from[widest])) * (SHADES - 1));
  const between = (n) => from.map((one, at) => Math.round(one + ((to[at] - one) * n) / (SHADES - 1)));
  const rows = [];
  for (let y = 0; y < CARD.height; y += 1) {
    rows.push(0);
    for (let x = 0; x < CARD.width; x += 2) rows.push((shade(y * CARD.width + x) << 4) | shade(y * CARD.width + x + 1));
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(CARD.width, 0);
  head.writeUInt32BE(CARD.height, 4);
  head.set([4, 3, 0, 0, 0], 8);
  const palette = Array.from({ length: SHADES }, (_, n) => between(n)).flat();
  const parts = [["IHDR", head], ["PLTE", palette], ["IDAT", deflateSync(Buffer.from(rows), { level: 9 })], ["IEND", []]];
  return Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), ...parts.map(([name, data]) => chunk(name, Buffer.from(data)))]);
}

function chunk(name, data) {
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  const named = Buffer.concat([Buffer.from(name), data]);
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

const served = await serve(gallery);
mkdirSync(join(folder, "card"), { recursive: true });
const drawn = new Set();
for (const { url } of served.pages) {
  const page = await browser.newPage({ colorScheme: "light" });
  await page.goto(url);
  const state = await page.evaluate(() => document.querySelector("main > .band") && document.body.className);
  if (state && state !== "plain" === Boolean(await page.locator(".band svg").count()) && !drawn.has(state)) {
    drawn.add(state);
    writeFileSync(join(folder, "card", `${state}.png`), await card(page));
  }
  await page.close();
}
served.close();
console.log([...drawn].sort().join(" "));
await browser.close();
