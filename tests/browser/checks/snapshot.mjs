// Compares a page's text with a snapshot file.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export function differs(said, name, { snapshots, accept }) {
  const file = join(snapshots, `${name}.snap`);
  const text = `${said.trimEnd()}\n`;
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (before === text) return [];
  if (accept) {
    mkdirSync(snapshots, { recursive: true });
    writeFileSync(file, text);
    rmSync(`${file}.new`, { force: true });
    return [];
  }
  const [now, then] = [text.split("\n"), before.split("\n")];
  const line = now.findIndex((line, place) => line !== then[place]);
  return [`${name}.snap differs from line ${line + 1} on; it was:\n  ${then[line] ?? ""}\nand now is:\n  ${now[line] ?? ""}\nINSTA_UPDATE=always accepts it`];
}
