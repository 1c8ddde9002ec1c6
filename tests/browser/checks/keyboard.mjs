// A walk with the Tab key: every link in text order, each within the window with a visible focus ring, and no keyboard
// trap.

// For a page with thousands of links, the first ones suffice.
const LONGEST_WALK = 100;

export async function keyboard(page) {
  const count = await page.evaluate(watch);
  const steps = Math.min(count, LONGEST_WALK);
  for (let step = 0; step < steps; step += 1) await page.keyboard.press("Tab");
  const walk = await page.evaluate(() => window.walk);
  const faults = [];
  const astray = Array.from({ length: steps }, (_, step) => step).find((step) => walk[step]?.place !== step);
  if (astray !== undefined) faults.push(`stop ${astray} is out of order: ${JSON.stringify(walk[astray])}`);
  for (const { text, ring, seen } of walk) {
    if (!ring) faults.push(`nothing shows that ${JSON.stringify(text)} has the focus`);
    if (!seen) faults.push(`${JSON.stringify(text)} has the focus but is out of sight`);
  }
  if (steps === count && count > 1) {
    const holds = () => page.evaluate(() => document.activeElement === window.stops.at(-1));
    await page.keyboard.press("Tab");
    if (await holds()) faults.push("the last stop traps the focus");
  }
  await page.evaluate(() => document.activeElement?.blur());
  return faults;
}

function watch() {
  const focusable = document.querySelectorAll("a[href], button, input, select, textarea, summary, iframe, [tabindex]");
  window.stops = [...focusable].filter((stop) => stop.tabIndex >= 0 && !stop.closest("[inert]") && stop.checkVisibility({ visibilityProperty: true }));
  window.walk = [];
  document.addEventListener("focusin", ({ target }) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(target);
    // "auto" is the browser's default ring.
    const ring = outlineStyle === "auto" || (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2);
    const stop = { place: window.stops.indexOf(target), text: target.textContent.trim() || target.outerHTML, ring, seen: true };
    window.walk.push(stop);
    // The browser scrolls to the focused element only after this event.
    setTimeout(() => {
      const { top, bottom } = target.getBoundingClientRect();
      if (document.activeElement === target) stop.seen = bottom > 0 && top < innerHeight;
    });
  });
  return window.stops.length;
}
