// Asks the test that runs a script for an action: writes a line, and returns the line that comes back.

import { createInterface } from "node:readline";

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

export const ask = async (what) => {
  console.log(what);
  return (await answers.next()).value;
};
