//! What the answers in Statuspage's shapes need from the store.

use outband_record::text::Slug;
use outband_site::paths;
use outband_site::statuspage::Kept;

use crate::error::StationError;
use crate::projection::Projection;
use crate::store;

impl Projection<'_> {
    /// Makes sure that everything listed is at hand, or was kept from the last publication: its answers are read back
    /// instead of the documents of 50 incidents and as many maintenances. Another site note, or another renderer,
    /// writes each of them anew.
    pub(crate) fn load_statuspage(&mut self) -> Result<(), StationError> {
        let Some(origin) = self.site.as_ref().map(|entry| entry.site.origin.clone()) else { return Ok(()) };
        self.kept = Kept::default();
        if !self.changed.site {
            for path in [paths::API_INCIDENTS, paths::API_MAINTENANCES] {
                if let Some(file) = store::read(self.store, path)? {
                    self.kept.add(&file.body);
                }
            }
        }
        let listed: Vec<Slug> =
            self.statuspage.incidents().chain(self.statuspage.maintenances()).cloned().collect();
        for slug in listed {
            if !self.kept.has(&origin, &slug) {
                self.incident(&slug)?;
            }
        }
        Ok(())
    }
}
