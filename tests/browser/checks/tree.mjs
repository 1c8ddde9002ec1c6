// The accessibility tree, as a screen reader gets it.

import { differs } from "./snapshot.mjs";

export async function tree(page, visit) {
  if (!visit.kept) return undefined;
  return differs(await page.locator("body").ariaSnapshot(), `${visit.kept}.tree`, visit);
}
