//! Checks the Statuspage-compatible documents against the schemas in `site/schemas/`.

#![allow(clippy::expect_used, reason = "the station's tests use this too, and tests fail by panicking")]

use std::path::Path;

use boon::{Compiler, SchemaIndex, Schemas};
use outband_site::paths;
use serde_json::Value as Json;

pub(crate) const ANSWERS: [&str; 8] = [
    paths::API_SUMMARY,
    paths::API_STATUS,
    paths::API_COMPONENTS,
    paths::API_INCIDENTS,
    paths::API_UNRESOLVED,
    paths::API_MAINTENANCES,
    paths::API_UPCOMING,
    paths::API_ACTIVE,
];

/// The schemas of all documents.
pub(crate) struct Shapes {
    schemas: Schemas,
    by_path: Vec<(&'static str, SchemaIndex)>,
}

impl Shapes {
    pub(crate) fn load() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../site/schemas");
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.enable_format_assertions();
        let mut compile = |path: &'static str| {
            let file = folder.join(path.trim_start_matches('/'));
            let schema = compiler.compile(&file.display().to_string(), &mut schemas);
            (path, schema.unwrap_or_else(|error| panic!("{path}: {error:#}")))
        };
        let by_path = ANSWERS.into_iter().map(&mut compile).collect();
        Self { schemas, by_path }
    }

    /// The first violation of a document's schema, if any.
    pub(crate) fn fault(&self, path: &str, answer: &Json) -> Option<String> {
        let (_, schema) =
            self.by_path.iter().find(|(known, _)| *known == path).expect("the path of a document");
        self.schemas.validate(answer, *schema).err().map(|error| format!("{path}: {error:#}\n{answer:#}"))
    }
}
