//! What to do once `init` has written everything.

use std::path::Path;

use super::{LOG_KEY, ROOT, ROSTER, SITE, STATION_KEY};
use crate::client::settings::Settings;
use crate::terminal::{colour, shell};

/// The next commands: on this machine where the notes go to it, else at the edge. Never both with the same keys, since
/// one log key must not sign two histories.
pub(super) fn tell(dir: &Path, settings: &Settings) {
    let good = colour::GOOD;
    let dir = shell::word(&dir.display().to_string());
    anstream::println!(
        "{good}{dir} is ready.{good:#} Its keys/ folder is the only copy of four secrets: back it up, never commit it.
{dir}/{ROOT} is what readers need to verify the page; tell it them by other ways than the page itself.
"
    );
    if settings.endpoints.iter().all(|url| is_here(url)) { here(&dir) } else { at_the_edge(&dir, settings) }
}

fn here(dir: &str) {
    let outband = shell::program();
    anstream::println!(
        "Next, on this machine:

  {outband} serve --data {dir}
  {outband} send --dir {dir} {dir}/{ROSTER} {dir}/{SITE}
  {outband} publish --dir {dir}

Keys that were tried here are for trying: set up anew, in another directory, for the page that the public is to read."
    );
}

fn at_the_edge(dir: &str, settings: &Settings) {
    let (quiet, outband) = (colour::QUIET, shell::program());
    let (origin, root_keys) = (&settings.origin, settings.root_keys.join(" "));
    anstream::println!(
        "Next, in wrangler.toml:

  [vars]
  ORIGIN = \"{origin}\"
  ROOT_KEYS = \"{root_keys}\"

then, with the secrets read from their files:

  npx wrangler secret put LOG_KEY < {dir}/keys/{LOG_KEY}
  npx wrangler secret put STATION_KEY < {dir}/keys/{STATION_KEY}
  npx wrangler deploy
  {outband} send --dir {dir} {dir}/{ROSTER} {dir}/{SITE}

{quiet}Not on this machine with these keys: the log would have two histories, and nobody could believe either. To try it
here, run `init` again with --dir trial --endpoint http://127.0.0.1:8080.{quiet:#}"
    );
}

/// Whether a base URL leads to this machine.
fn is_here(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    ["127.", "localhost", "[::1]"].iter().any(|own| host.starts_with(own))
}
