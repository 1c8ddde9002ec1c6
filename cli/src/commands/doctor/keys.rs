//! The key files that the settings name.

use std::path::Path;

use super::Finding;
use crate::client::settings::KeyFiles;
use crate::signers::signer::Signer;
use crate::terminal::shown;

const CHECK: &str = "key";

pub(super) fn check(keys: &KeyFiles) -> Vec<Finding> {
    let named = [
        (&keys.operator, "Without it, this machine cannot sign updates"),
        (
            &keys.root,
            "Without it, this machine cannot sign rosters and site notes. If the key is kept elsewhere, remove its line from outband.toml",
        ),
        (
            &keys.log,
            "Without it, this machine cannot serve the page. If it need not, remove the key's line from outband.toml",
        ),
        (
            &keys.station,
            "Without it, this machine cannot serve the page. If it need not, remove the key's line from outband.toml",
        ),
    ];
    let check = |(path, without): (&Option<_>, _)| path.as_deref().map(|path| check_file(path, without));
    let mut findings: Vec<Finding> = named.into_iter().filter_map(check).collect();
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
fn check_file(path: &Path, without: &'static str) -> Finding {
    match Signer::open(path) {
        Ok(key) => {
            Finding::good(CHECK, &shown(path), format!("{} ({})", key.public_part(), key.form().remark()))
        }
        Err(error) => Finding::problem(CHECK, &shown(path), format!("{error:#}"), without),
    }
}
