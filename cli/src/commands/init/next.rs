//! The next steps after `init`.

use std::path::Path;

use super::{LOG_KEY, ROOT, ROSTER, SITE, STATION_KEY};
use crate::client::endpoint::Endpoint;
use crate::client::settings::Settings;
use crate::terminal::messages::{self, GOOD, QUIET};

/// Prints the next commands: on this machine if the endpoint is local, otherwise at the edge. Never both with the same
/// keys, since one log key must not sign two histories.
pub(super) fn print(dir: &Path, settings: &Settings) {
    let dir = messages::word(&dir.display().to_string());
    anstream::println!(
        "{GOOD}{dir} is ready.{GOOD:#} Its keys/ folder holds the only copy of four secrets: back it up, and never commit it.
Readers need {dir}/{ROOT} to verify the page; share it with them by some other route than the page itself.
"
    );
    if settings.endpoints.iter().all(|url| Endpoint::is_local(url)) {
        here(&dir)
    } else {
        at_the_edge(&dir, settings)
    }
}

fn here(dir: &str) {
    let outband = messages::program();
    anstream::println!(
        "Next, on this machine:

  {outband} serve --data {dir}
  {outband} send --dir {dir} {dir}/{ROSTER} {dir}/{SITE}
  {outband} publish --dir {dir}

These are throwaway keys. For the public page, run init again in a new directory."
    );
}

fn at_the_edge(dir: &str, settings: &Settings) {
    let outband = messages::program();
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

{QUIET}Do not also serve this page locally with these keys: two histories would contradict each other. To try it here, run
init again with --dir trial --endpoint http://127.0.0.1:8080.{QUIET:#}"
    );
}
