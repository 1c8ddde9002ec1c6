// The module's instance. A panic ends it, and everything that belongs to it.

import compiled from "./rust_bg.wasm";
import * as rust from "./rust.js";

rust.initSync({ module: compiled });

let count = 0;

/// Which instance is running: what an earlier one made must not be used.
export const instance = () => count;

/// Calls Rust. A panic ends the instance, whose memory may be half-changed; the next call gets a new one.
export function guarded(call) {
  try {
    return call();
  } catch (error) {
    console.error(`A new instance takes over after: ${error.message}`);
    count += 1;
    rust.__wbg_reset_state();
    return undefined;
  }
}
