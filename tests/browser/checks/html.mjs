// html-validate, with the rules of html-validate.json.

import { readFileSync } from "node:fs";

const config = JSON.parse(readFileSync(new URL("html-validate.json", import.meta.url)));
let validator;

export async function html(_, { require, file }) {
  validator ??= create(require("html-validate"));
  const { results } = await validator.validateString(readFileSync(file, "utf8"), file);
  return results.flatMap(({ messages }) => messages.map(({ ruleId, line, column, message }) => `${ruleId}, ${line}:${column}: ${message}`));
}

function create({ HtmlValidate, StaticConfigLoader }) {
  return new HtmlValidate(new StaticConfigLoader({ root: true, ...config }));
}
