//! The components, each with its condition in words.

use std::cmp::Reverse;

use outband_record::sort::sort_by_key;
use outband_record::text::{Component, Condition};
use outband_record::timeline::Outlook;
use serde::Serialize;

use crate::words::{Locale, Phrase, condition};
use crate::{View, paths};

/// Up to this many components, all are listed; if there are more, only top-level components and those with a stated
/// condition.
const ALL_UP_TO: usize = 40;

/// Maximum number of rows, worst first, so that a page with hundreds of components still fits the first round trip.
const MOST_ROWS: usize = 60;

/// The table.
#[derive(Serialize)]
pub(super) struct Table {
    rows: Vec<Row>,
    /// How many components are not shown; `None` if all are.
    rest: Option<Phrase>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    lang: Option<String>,
    hint: Option<String>,
    depth: usize,
    word: &'static str,
    class: &'static str,
}

const NOTHING_SAID: &str = "none";
const SAID_TO_WORK: &str = "operational";

/// The components in the order of the site note. The table distinguishes components without a stated condition: no
/// known problems is not the same as working.
pub(super) fn table(view: &View<'_>, outlook: &Outlook<'_>) -> Table {
    let all = &view.site.component;
    let locale = Locale::page(view.site);
    let is_listed = |component: &&Component| {
        let is_top = component.path.parent().is_none();
        all.len() <= ALL_UP_TO || is_top || outlook.shown(&component.path) != outlook.unstated
    };
    let mut listed: Vec<_> = all.iter().filter(is_listed).enumerate().collect();
    sort_by_key(&mut listed, |(_, component)| Reverse(outlook.shown(&component.path)));
    listed.truncate(MOST_ROWS);
    sort_by_key(&mut listed, |(place, _)| *place);
    let left_out = all.len().saturating_sub(listed.len());
    let rest = (left_out > 0).then(|| {
        let words = locale.messages().fill("components_rest", &[("n", &left_out.to_string())]);
        Phrase::default().link(words, paths::STATUS_JSON)
    });
    Table {
        rows: listed.into_iter().map(|(_, component)| row(view, &locale, outlook, component)).collect(),
        rest,
    }
}

fn row(view: &View<'_>, locale: &Locale<'_>, outlook: &Outlook<'_>, component: &Component) -> Row {
    let is_stated = outlook.is_stated(&component.path);
    let (word, class) = match outlook.shown(&component.path) {
        Condition::Operational if is_stated => (locale.text("component_works"), SAID_TO_WORK),
        Condition::Operational => (locale.text("component_calm"), NOTHING_SAID),
        Condition::Unknown if view.last_update.is_none() => (locale.text("component_unsaid"), NOTHING_SAID),
        worse => (condition(locale.messages(), worse), worse.as_str()),
    };
    let hint = view.site.hint.iter().find(|hint| hint.component == component.path);
    Row {
        name: component.name.to_string(),
        lang: locale.foreign(None),
        hint: hint.map(|hint| hint.words.to_string()),
        depth: component.path.as_str().matches('/').count(),
        word,
        class,
    }
}
