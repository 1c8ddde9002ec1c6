//! The components, each with its condition in words.

use outband_record::text::{Component, Condition};
use outband_record::timeline::Outlook;
use serde::Serialize;

use crate::View;
use crate::words::{Voice, condition};

/// Up to this many components all are listed; of more, those at the top and those that something is said of.
const ALL_UP_TO: usize = 40;

/// A row of the table.
#[derive(Serialize)]
pub(super) struct Row {
    name: String,
    lang: Option<String>,
    hint: Option<String>,
    depth: usize,
    word: &'static str,
    class: &'static str,
}

const NOTHING_SAID: &str = "none";
const SAID_TO_WORK: &str = "operational";

/// The rows in the order of the site note. Where nothing was said of a component, it says so: that nobody knows of
/// a problem is not the same as working.
pub(super) fn rows(view: &View<'_>, outlook: &Outlook<'_>) -> Vec<Row> {
    let all = view.site.component.len() <= ALL_UP_TO;
    let voice = Voice::page(view.site);
    let row = |component: &Component| {
        let shown = outlook.shown(&component.path);
        let depth = component.path.as_str().matches('/').count();
        let is_listed = all || depth == 0 || shown != Condition::Operational;
        is_listed.then(|| {
            let stated =
                outlook.open.iter().any(|holding| holding.condition(&component.path, view.now).is_some());
            let (word, class) = match shown {
                Condition::Operational if stated => (voice.text("component_works"), SAID_TO_WORK),
                Condition::Operational if view.spoke.is_none() => {
                    (voice.text("component_unsaid"), NOTHING_SAID)
                }
                Condition::Operational => (voice.text("component_calm"), NOTHING_SAID),
                worse => (condition(voice.messages(), worse), worse.as_str()),
            };
            let hint = view.site.hint.iter().find(|hint| hint.component == component.path);
            Row {
                name: component.name.to_string(),
                lang: voice.foreign(None),
                hint: hint.map(|hint| hint.words.to_string()),
                depth,
                word,
                class,
            }
        })
    };
    view.site.component.iter().filter_map(row).collect()
}
