// Takes screenshots of a gallery: every page wide and narrow, light and dark, and an index of all pictures, including
// those of the console that are in `pictures/console`.
//
//   node pictures.mjs <node_modules> <chromium> <gallery> [<part of a page's name>]

import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { launch } from "./chromium.mjs";
import { RESOLVE, each, open, serve } from "./gallery.mjs";

// Nobody scrolls further, and a picture of a thousand updates would be huge.
const TALLEST = 5000;

const [modules, executablePath, folder, part = ""] = process.argv.slice(2);
const screens = [1280, 390].flatMap((width) => ["light", "dark"].map((colorScheme) => ({ width, colorScheme })));
const gallery = await serve(folder);
const browser = await launch(modules, executablePath, [RESOLVE]);
const pages = gallery.pages.filter(({ name }) => name.includes(part));
mkdirSync(join(folder, "pictures"), { recursive: true });

await each(pages.flatMap((page) => screens.map((screen) => ({ page, screen }))), async ({ page, screen }) => {
  const { width, colorScheme } = screen;
  const viewport = { width, height: width === 1280 ? 800 : 844 };
  await open(browser, page, { viewport, colorScheme }, async (opened) => {
    const height = await opened.evaluate(() => document.documentElement.scrollHeight);
    const clip = { x: 0, y: 0, width, height: Math.min(Math.max(height, viewport.height), TALLEST) };
    await opened.screenshot({ path: join(folder, picture(page, screen)), fullPage: true, clip });
  });
});
await browser.close();
gallery.close();

const section = (name, images) => `<section><h2>${name}</h2>${images.join("\n")}</section>`;
const image = (file, width, alt) => `<a href="${file}"><img loading="lazy" width="${width}" src="${file}" alt="${alt}"></a>`;
const sections = pages.map((page) =>
  section(page.name, screens.map((screen) => image(picture(page, screen), screen.width / 4, `${screen.width} ${screen.colorScheme}`))));
const ofConsole = existsSync(join(folder, "pictures/console")) ? readdirSync(join(folder, "pictures/console")).sort() : [];
sections.push(section("Console", ofConsole.map((file) => image(`pictures/console/${file}`, 195, file))));
const count = pages.length * screens.length + ofConsole.length;
writeFileSync(
  join(folder, "index.html"),
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Gallery</title>
<style>body{font-family:sans-serif;background:#999}img{vertical-align:top;margin:0 1rem 1rem 0}</style>
<h1>${count} pictures</h1>${sections.join("\n")}</html>`,
);
console.log(`${count} pictures`);

function picture({ name }, { width, colorScheme }) {
  return `pictures/${name.replaceAll("/", "_")}-${width}-${colorScheme}.png`;
}
