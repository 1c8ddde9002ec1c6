// Texts as operators sign them, written by the grammar that the page carries (`outband grammar --json`): what is not in
// it cannot be written, and what is added to it needs no change here.

import { hex, random } from "./bytes.js";

// Prints a text: `values` has a string, or a list of strings, by the name of the line. Lines without a value are left
// out.
export const print = (type, values, body = "") => {
  let text = `${type.first_line}\n`;
  for (const { name } of type.lines) {
    for (const value of [values[name] ?? []].flat().filter((value) => value !== "")) text += `${name}: ${value}\n`;
  }
  const paragraphs = tidied(body);
  return paragraphs ? `${text}\n${paragraphs}\n` : text;
};

// Reads a text back as `[type, values, body]`, with a list for each line that may be repeated; null if no type of the
// grammar prints so.
export const read = (grammar, text) => {
  const [head, ...paragraphs] = text.split("\n\n");
  const [first, ...lines] = head.replace(/\n$/, "").split("\n");
  const type = grammar.types.find(({ first_line }) => first_line === first);
  if (!type) return null;
  const values = {};
  for (const line of lines) {
    const [, name, value] = /^([a-z-]+): (.*)$/.exec(line) ?? [];
    const known = type.lines.find((known) => known.name === name);
    if (!known) return null;
    if (known.occurs === "many") (values[name] ??= []).push(value);
    else values[name] ??= value;
  }
  const body = paragraphs.join("\n\n");
  return print(type, values, body) === text ? [type, values, body.replace(/\n$/, "")] : null;
};

// A value on a single line, as stations want it.
export const oneLine = (text) => text.replace(/[\s\p{Cc}\u2028\u2029]+/gu, " ").trim();

// A body as stations want it: no white space at the ends of lines, one empty line between paragraphs.
export const tidied = (text) =>
  text
    .replace(/\r\n?/g, "\n")
    .split("\n")
    .map((line) => line.replace(/\t/g, " ").trimEnd())
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .replace(/^\n+|\n+$/g, "");

// A time as texts have it, to the second.
export const utc = (milliseconds) => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;

export const newId = () => hex(random(16));

// A name in addresses: the day, and the first words of the title that can be part of an address.
const SLUG = 40;
export const slug = (title, milliseconds) => {
  const plain = title.normalize("NFKD").toLowerCase().replace(/[\u0300-\u036f'’]/g, "");
  const words = plain.match(/[a-z0-9]+/g) ?? [];
  let name = utc(milliseconds).slice(0, 10);
  for (const word of words) {
    if (name.length + 1 + word.length > SLUG) break;
    name += `-${word}`;
  }
  return name.length > 10 ? name : `${name}-${newId().slice(0, 6)}`;
};
