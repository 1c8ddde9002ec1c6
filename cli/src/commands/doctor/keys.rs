//! The key files that the settings name.

use std::path::Path;

use super::Finding;
use crate::client::settings::KeyFiles;
use crate::signers::signer::{Form, Signer};
use crate::terminal::shown;

const CHECK: &str = "key";

const NO_HOST: &str =
    "Without it, this machine cannot serve the page. If it need not, remove the key's line from outband.toml";

const PLAIN: &str = "Anyone who can read the file can sign. `outband key passphrase` gives it a passphrase";

/// Who uses a key: a person, who has a passphrase for it, or a host, which starts without one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    ByPerson,
    ByHost,
}

pub(super) fn check(keys: &KeyFiles) -> Vec<Finding> {
    let named = [
        (&keys.operator, Kept::ByPerson, "Without it, this machine cannot sign updates"),
        (
            &keys.root,
            Kept::ByPerson,
            "Without it, this machine cannot sign rosters and site notes. If the key is kept elsewhere, remove its line from outband.toml",
        ),
        (&keys.log, Kept::ByHost, NO_HOST),
        (&keys.station, Kept::ByHost, NO_HOST),
    ];
    let named = named.into_iter().filter_map(|(path, kept, without)| Some((path.as_deref()?, kept, without)));
    let mut findings: Vec<Finding> =
        named.map(|(path, kept, without)| check_file(path, kept, without)).collect();
    if keys.operator.is_none() {
        findings.push(Finding::warning(
            CHECK,
            "operator",
            "outband.toml names no operator key",
            "Publish with --key FILE, or from a machine that has one",
        ));
    }
    findings
}

/// Shows the public part only.
fn check_file(path: &Path, kept: Kept, without: &'static str) -> Finding {
    match Signer::open(path) {
        Ok(key) => {
            let what = format!("{} ({})", key.public_part(), key.form().remark());
            if kept == Kept::ByPerson && key.form() == Form::Plain {
                return Finding::warning(CHECK, &shown(path), what, PLAIN);
            }
            Finding::good(CHECK, &shown(path), what)
        }
        Err(error) => Finding::problem(CHECK, &shown(path), format!("{error:#}"), without),
    }
}
