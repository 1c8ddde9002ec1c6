// Forced colours: with the system's colours instead of the page's, all text must still be there and readable.

import { contrast } from "./axe.mjs";

export async function forcedColours(page, visit) {
  const read = () => page.evaluate(() => document.body.innerText);
  const before = await read();
  await page.emulateMedia({ forcedColors: "active" });
  const faults = await contrast(page, visit);
  if ((await read()) !== before) faults.push("some text is lost");
  await page.emulateMedia({ forcedColors: "none" });
  return faults;
}
