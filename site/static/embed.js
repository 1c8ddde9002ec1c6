// The banner for other people's pages. It never delays the page it is in, its styles do not leak out of its shadow
// root, and it claims nothing it does not know: without a fresh answer in time, the status is unknown.

const script = document.currentScript;
const PATIENCE = 5000;
const COLOURS = `
  p{margin:0;padding:.6rem .9rem;font:1rem/1.4 system-ui,sans-serif;background:#4b515a;color:#fff}
  a{color:inherit}
  .calm{background:#edece8;color:#1c1d20}
  .maintenance,.recovering{background:#1b4f8f}
  .degraded{background:#f4c33c;color:#261b00}
  .partial{background:#bb3c08}
  .outage{background:#ab0f1b}`;

const host = document.createElement("div");
host.lang = words.lang;
host.dir = words.dir;
const shadow = host.attachShadow({ mode: "open" });
const line = document.createElement("p");
line.setAttribute("role", "status");

const element = (name, text, more = {}) => Object.assign(document.createElement(name), { textContent: text }, more);
const link = (text, href) => element("a", text, { href });
// A style element, which the page's policy may forbid, only where there is nothing else.
try {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(COLOURS);
  shadow.adoptedStyleSheets = [sheet];
} catch {
  shadow.append(element("style", COLOURS));
}
shadow.append(line);

const time = (at) =>
  new Date(at).toLocaleString(words.lang, { weekday: "short", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });

// Goes where the page has put a placeholder, replacing its content; otherwise at the top of the page.
let place;
let before;
const show = (state, ...parts) => {
  const said = line.cloneNode();
  said.className = state;
  said.append(...parts);
  // What is said again would be read aloud again.
  if (host.isConnected && line.isEqualNode(said)) return;
  line.className = state;
  fill(line, ...said.childNodes);
  if (host.isConnected) return;
  place = document.querySelector("[data-outband]");
  before = place ? [...place.childNodes] : [];
  if (place) fill(place, host);
  else document.body.prepend(host);
};
const hide = () => {
  if (host.isConnected && place) fill(place, ...before);
  host.remove();
};

const ask = async (path, signal) => {
  const answer = await fetch(new URL(path, script.src), { cache: "no-cache", credentials: "omit", signal });
  if (!answer.ok) throw new Error(answer.status);
  return answer.text();
};
const look = async () => {
  try {
    const signal = within(PATIENCE);
    const answers = await Promise.all([ask("/banner.json", signal), ask("/log/checkpoint", signal)]);
    const banner = JSON.parse(answers[0]);
    const isStale = Math.abs(Date.now() / 1000 - stamp(answers[1])) > STALE;
    if (banner.v !== 1 || isStale) throw new Error("not to be relied on");
    if (banner.state === "calm" && script.dataset.calm === undefined) return hide();
    const headline = element("bdi", banner.headline, { lang: banner.lang || words.lang });
    const next = banner["next-update"];
    const promise = next && (banner.overdue ? words.overdue : words.next).replace("{time}", time(next));
    const asOf = banner["as-of"] && words.as_of.replace("{time}", time(banner["as-of"]));
    const others = banner.others > 0 && words.others.replace("{n}", banner.others);
    const small = [asOf, promise, others].filter(Boolean).map((text) => ` ${text}`);
    const stop = /[.!?؟…。！？]$/.test(banner.headline) ? [] : ["."];
    const word = banner.word ? [element("b", `${banner.word}: `)] : [];
    show(banner.state, ...word, headline, ...stop, ...small, " ", link(words.more, banner.url));
  } catch {
    const [begin, end] = words.unknown.split("{url}");
    show("unknown", begin, link(words.url, words.url), end);
  }
};
const again = async () => {
  if (!document.hidden) await look();
  setTimeout(again, 60e3 + 60e3 * Math.random());
};
if (document.body) again();
else addEventListener("DOMContentLoaded", again);
