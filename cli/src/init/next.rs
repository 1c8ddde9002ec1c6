//! What to do once `init` has written everything.

use std::path::Path;

use super::{LOG_KEY, ROSTER, SITE, STATION_KEY};
use crate::colour;
use crate::settings::Settings;

/// The next three commands, and what the edge host needs.
pub(super) fn tell(dir: &Path, settings: &Settings) {
    let (good, quiet) = (colour::GOOD, colour::QUIET);
    let dir = shell_word(&dir.display().to_string());
    let root_keys = settings.root_keys.join(" ");
    let origin = &settings.origin;
    anstream::println!(
        "{good}{dir} is ready.{good:#} Its keys/ folder is the only copy of four secrets: back it up, never commit it.

Next, to try it on this machine:

  outband serve --data {dir}
  outband send --to {LOCAL} {dir}/{ROSTER} {dir}/{SITE}
  outband publish --dir {dir} --to {LOCAL}

{quiet}To put it online, in wrangler.toml:{quiet:#}

  [vars]
  ORIGIN = \"{origin}\"
  ROOT_KEYS = \"{root_keys}\"

{quiet}then, with the secrets read from their files:{quiet:#}

  wrangler secret put LOG_KEY < {dir}/keys/{LOG_KEY}
  wrangler secret put STATION_KEY < {dir}/keys/{STATION_KEY}
  wrangler deploy

{quiet}and the same two notes, to {}.{quiet:#}",
        settings.endpoints.join(", ")
    );
}

/// Where `outband serve` listens without options.
const LOCAL: &str = "http://127.0.0.1:8080";

/// As a shell takes it.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/~@%+=:,".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
