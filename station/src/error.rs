use outband_keys::SignError;
use outband_record::log::LogError;
use outband_site::data::DataError;
use outband_site::pages::RenderError;

use crate::store::StoreError;

/// A failure on the station's side. Nothing was stored, and the files already published are still served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StationError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log's files are damaged.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A stored document is damaged or missing.
    #[error("{path}: {what}")]
    Document {
        /// Its public path.
        path: String,
        /// What is wrong.
        what: String,
    },
    /// A file could not be rendered.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// A key could not sign.
    #[error("{0}")]
    Sign(#[from] SignError),
}

impl StationError {
    pub(crate) fn document(path: &str, what: impl ToString) -> Self {
        Self::Document { path: path.to_owned(), what: what.to_string() }
    }

    pub(crate) fn data(path: &str) -> impl FnOnce(DataError) -> Self {
        move |error| Self::document(path, error)
    }
}
