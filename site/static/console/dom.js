// Elements, and the parts that views share.

import { Problem, say } from "./words.js";
import { strokes } from "./qr.js";

// The policy of the page forbids scripts and HTML made of texts, but for these two: the address of the service worker,
// and pages of this site that are parsed and never shown.
const same = (text) => text;
export const trusted = globalThis.trustedTypes?.createPolicy("console", { createScriptURL: same, createHTML: same }) ?? { createScriptURL: same, createHTML: same };

// An element: attributes, `on…` for events, and children. Texts are never parsed as HTML.
export const h = (name, properties = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "value" || key === "checked") element[key] = value;
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
};

// Gives an element these children. Those it already has, in the same order, are not touched, so that their state and the
// focus stay.
export const fill = (place, parts) => {
  for (const child of [...place.childNodes]) if (!parts.includes(child)) child.remove();
  parts.forEach((part, index) => place.childNodes[index] !== part && place.insertBefore(typeof part === "object" ? part : document.createTextNode(part), place.childNodes[index] ?? null));
};

export const button = (label, onclick, properties = {}) => h("button", { type: "button", onclick: guarded(onclick), ...properties }, label);
export const link = (label, href, properties = {}) => h("a", { href, ...properties }, label);
// What there is to do next, in reach of the thumb.
export const actions = (...children) => h("div", { class: "actions" }, ...children);

// What happened, for the eye and the ear.
const status = () => document.querySelector("#status");
export const tell = (text, kind = "") => {
  status().className = kind;
  status().replaceChildren(text);
};
export const failed = (error) => {
  if (!(error instanceof Problem)) console.error(error);
  tell(error instanceof Problem ? error.message : say("console_failed", { what: String(error?.message ?? error) }), "bad");
};

// Runs an action once at a time, and says what went wrong.
const guarded = (action) => async (event) => {
  const { currentTarget } = event;
  if (currentTarget.getAttribute("aria-busy")) return;
  currentTarget.setAttribute("aria-busy", "true");
  tell("");
  try {
    await action(event);
  } catch (error) {
    failed(error);
  } finally {
    currentTarget.removeAttribute("aria-busy");
  }
};

export const copy = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch (error) {
    throw new Problem("console_not_copied", {}, error);
  }
  tell(say("console_copied"));
};

// Buttons to copy a text and, where the browser can, to share it.
export const handing = (text, title) => [
  button(say("console_copy"), () => copy(text)),
  navigator.share && button(say("console_share"), () => navigator.share({ title, text }).catch(() => {})),
];

const SVG = "http://www.w3.org/2000/svg";
export const qrImage = (rows, label) => {
  const { path, side } = strokes(rows);
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of [["viewBox", `-4 -4 ${side} ${side}`], ["role", "img"], ["aria-label", label], ["class", "qr"]]) svg.setAttribute(name, value);
  const [paper, ink] = ["rect", "path"].map((name) => document.createElementNS(SVG, name));
  for (const [name, value] of [["x", -4], ["y", -4], ["width", side], ["height", side], ["fill", "#fff"]]) paper.setAttribute(name, value);
  for (const [name, value] of [["d", path], ["stroke", "#000"]]) ink.setAttribute(name, value);
  svg.append(paper, ink);
  return svg;
};
