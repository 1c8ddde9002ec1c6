// axe-core: WCAG 2.2 AA, and what axe calls best practice.

const RULES = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  rules: { "target-size": { enabled: true } },
  resultTypes: ["violations"],
};

export async function axe(page, { require }) {
  return run(page, require, RULES);
}

// Nothing but colours differs in the dark, and these are the rules that look at colours.
export async function dark(page, { require }) {
  await page.emulateMedia({ colorScheme: "dark" });
  const faults = await run(page, require, only("color-contrast", "link-in-text-block"));
  await page.emulateMedia({ colorScheme: "light" });
  return faults;
}

// Contrast alone, as the page looks now.
export async function contrast(page, { require }) {
  return run(page, require, only("color-contrast"));
}

function only(...values) {
  return { runOnly: { type: "rule", values }, resultTypes: ["violations"] };
}

async function run(page, require, rules) {
  // The debugger's way in, which no policy of the page forbids.
  if (!(await page.evaluate("typeof axe === 'object'"))) await page.evaluate(require("axe-core").source);
  const { violations } = await page.evaluate((rules) => axe.run(rules), rules);
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ html, any, all }) => `${id}: ${help}: ${html} ${[...any, ...all].map(({ message }) => message).join("; ")}`));
}

// axe's work grows faster than the page: a thousand updates take it half a minute. They are alike, so after the first
// look the first of them stand for the rest.
const MANY = 5000;
const SIBLINGS = 40;

export async function thin(page) {
  await page.evaluate(
    ([many, siblings]) => {
      if (document.querySelectorAll("*").length < many) return;
      document.querySelectorAll(`body :nth-child(n + ${siblings})`).forEach((element) => element.remove());
    },
    [MANY, SIBLINGS],
  );
}
