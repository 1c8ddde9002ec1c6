// axe-core: WCAG 2.2 AA, and axe's best practices.

const RULES = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  rules: { "target-size": { enabled: true } },
  resultTypes: ["violations"],
};

export async function axe(page, { require }) {
  return run(page, require, RULES);
}

// Dark mode only changes colours, so only the rules about colours are run.
export async function dark(page, { require }) {
  await page.emulateMedia({ colorScheme: "dark" });
  const faults = await run(page, require, only("color-contrast", "link-in-text-block"));
  await page.emulateMedia({ colorScheme: "light" });
  return faults;
}

// Contrast alone, in the page's current state.
export async function contrast(page, { require }) {
  return run(page, require, only("color-contrast"));
}

function only(...values) {
  return { runOnly: { type: "rule", values }, resultTypes: ["violations"] };
}

async function run(page, require, rules) {
  // Injected through the debugger, which ignores the page's policy.
  if (!(await page.evaluate("typeof axe === 'object'"))) await page.evaluate(require("axe-core").source);
  const { violations } = await page.evaluate((rules) => axe.run(rules), rules);
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ html, any, all }) => `${id}: ${help}: ${html} ${[...any, ...all].map(({ message }) => message).join("; ")}`));
}

// axe's work grows faster than the page: a thousand updates take half a minute. They are alike, so after the first look
// only the first few are kept.
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
