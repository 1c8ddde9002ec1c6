// 320 pixels wide, which is also 1280 pixels at 400 % zoom; then with the largest spacing of letters, words and lines
// that WCAG 1.4.12 requires pages to support.

import { fits } from "../fits.mjs";

const APART = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-bottom: 2em !important }";

export async function reflow(page, { viewport }) {
  const faults = await fits(page, viewport, `${viewport.width} wide`);
  await page.evaluate((apart) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(apart);
    document.adoptedStyleSheets = [sheet];
  }, APART);
  faults.push(...(await fits(page, viewport, "letters further apart")));
  await page.evaluate(() => void (document.adoptedStyleSheets = []));
  return faults;
}
