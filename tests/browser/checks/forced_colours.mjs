// The colours of the reader's own system instead of the page's: every word is still there, and can be read.

import { contrast } from "./axe.mjs";

export async function forcedColours(page, visit) {
  const read = () => page.evaluate(() => document.body.innerText);
  const before = await read();
  await page.emulateMedia({ forcedColors: "active" });
  const faults = await contrast(page, visit);
  if ((await read()) !== before) faults.push("something that is to be read is lost");
  await page.emulateMedia({ forcedColors: "none" });
  return faults;
}
