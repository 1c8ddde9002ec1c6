//! `last-seen.json` beside `outband.toml`: what the page showed when a command last asked. A shell completes names from
//! it, without asking again. Titles are not kept: they may be redacted later.
//!
//! ```json
//! {"components":["mail","support"],"open":["2013-09-03-mail"]}
//! ```

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;

use outband_record::text::{Site, Update};
use serde::{Deserialize, Serialize};

use crate::client::live::Open;

/// The file.
pub(crate) const FILE: &str = "last-seen.json";

/// Names, which come from a server that was not verified.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct LastSeen {
    /// Component paths.
    pub(crate) components: BTreeSet<String>,
    /// The slugs of open incidents.
    pub(crate) open: BTreeSet<String>,
}

impl LastSeen {
    /// What was kept in the page's directory; nothing if that cannot be read.
    pub(crate) fn read(directory: &Path) -> Self {
        let text = std::fs::read(directory.join(FILE)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Keeps what an endpoint shows. `site` is left as it was if it was not asked for.
    pub(crate) fn keep(directory: &Path, site: Option<&Site>, open: &[Open]) {
        let mut seen = Self::read(directory);
        if let Some(site) = site {
            seen.components = components(site);
        }
        seen.open = open.iter().map(|open| open.slug.to_string()).collect();
        seen.write(directory);
    }

    /// Keeps what has just been published.
    pub(crate) fn keep_published(directory: &Path, update: &Update) {
        let mut seen = Self::read(directory);
        if update.phase.is_final() {
            seen.open.remove(update.incident.as_str());
        } else if !update.is_drill() {
            seen.open.insert(update.incident.to_string());
        }
        seen.write(directory);
    }

    /// A failure only means that less can be completed.
    fn write(&self, directory: &Path) {
        let write = || -> anyhow::Result<()> {
            let mut next = tempfile::NamedTempFile::new_in(directory)?;
            next.write_all(&serde_json::to_vec(self)?)?;
            next.persist(directory.join(FILE))?;
            Ok(())
        };
        let _ = write();
    }
}

/// The paths of a site's components.
pub(crate) fn components(site: &Site) -> BTreeSet<String> {
    site.component.iter().map(|component| component.path.to_string()).collect()
}
