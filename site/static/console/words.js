// What the page carries: the site, the grammar, and the console's words in the site's language.

export const site = JSON.parse(document.querySelector("#site").textContent);

// A message with its names in braces filled in.
export const say = (key, values = {}) =>
  (site.words[key] ?? key).replace(/\{([a-z]+)\}/g, (braces, name) => values[name] ?? braces);

// What went wrong, in words that say what to do.
export class Problem extends Error {
  constructor(key, values, cause) {
    super(say(key, values), { cause });
    this.key = key;
  }
}

const clock = new Intl.DateTimeFormat(site.lang, { dateStyle: "medium", timeStyle: "short" });
export const when = (time) => clock.format(new Date(time));
