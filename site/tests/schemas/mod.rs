//! The answers in Statuspage's shapes, held against the schemas in `site/schemas/`, by another's validator.

#![allow(
    clippy::expect_used,
    reason = "the station's tests use it too: what is missing here is a mistake in a test"
)]

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

/// The schema of each answer.
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

    /// What is wrong with an answer, if anything is.
    pub(crate) fn fault(&self, path: &str, answer: &Json) -> Option<String> {
        let (_, schema) = self.by_path.iter().find(|(known, _)| *known == path).expect("an answer's path");
        self.schemas.validate(answer, *schema).err().map(|error| format!("{path}: {error:#}\n{answer:#}"))
    }
}
