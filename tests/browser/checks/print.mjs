// On paper: the complete text, with the page's address, in readable ink.

import { contrast } from "./axe.mjs";

export async function print(page, visit) {
  const read = () => page.evaluate(() => (document.querySelector("main") ?? document.body).innerText);
  const before = await read();
  await page.emulateMedia({ media: "print" });
  const faults = await contrast(page, visit);
  // More than on screens: what is folded there.
  const after = await read();
  const lost = before.split("\n").filter((line) => !after.includes(line.trim()));
  if (lost.length > 0) faults.push(`some text is lost: ${lost[0]}`);
  const address = await page.evaluate(() => document.querySelector("link[rel=canonical]")?.getAttribute("href"));
  const shown = await page.evaluate(() => document.body.innerText);
  if (address && !shown.includes(address)) faults.push(`the address ${address} is not printed`);
  const sheets = await page.pdf({ format: "A4" });
  if (!sheets.subarray(0, 5).equals(Buffer.from("%PDF-"))) faults.push("it cannot be printed");
  await page.emulateMedia({ media: "screen" });
  return faults;
}
