//! The scripts under `static/`, each with the few words that it says, in the site's language.
//!
//! A page is whole without them. `/page.js` keeps an open page current and tells its age, `/sw.js` keeps copies for
//! when there is no network, `/embed.js` is the banner in other people's pages.

use serde_json::{Value as Json, json};

use crate::messages::Messages;
use crate::pages::base;
use crate::template::push_lines;
use crate::{Rendered, View, paths};

/// What stands in front of the scripts that tell a frozen copy from a calm page.
const STAMP: &str = include_str!("../static/stamp.js");
const PAGE: &str = include_str!("../static/page.js");
const SERVICE_WORKER: &str = include_str!("../static/sw.js");
const EMBED: &str = include_str!("../static/embed.js");

/// Every script. They change with the site note alone.
pub fn scripts(view: &View<'_>) -> Vec<Rendered> {
    let words = Messages::of(&view.site.lang);
    let page = json!({
        "stale": words.text("script_stale"),
        "unconfirmed": words.text("script_unconfirmed"),
    });
    let service_worker = json!({ "saved": words.text("script_saved") });
    let embed = json!({
        "lang": words.text("lang"),
        "dir": words.text("dir"),
        "url": format!("{}/", base(view)),
        "unknown": words.text("embed_unknown"),
        "as_of": words.text("embed_as_of"),
        "next": words.text("embed_next"),
        "overdue": words.text("embed_overdue"),
        "more": words.text("embed_more"),
    });
    vec![
        script(paths::PAGE_JS, &[STAMP, PAGE], &page),
        script(paths::SERVICE_WORKER, &[SERVICE_WORKER], &service_worker),
        script(paths::EMBED_JS, &[STAMP, EMBED], &embed),
    ]
}

/// The sources as one function of `words`, so that none of their names are seen by the page that they run in.
/// Comments, which take whole lines, and indentation stay at home.
fn script(path: &str, sources: &[&str], words: &Json) -> Rendered {
    let mut text = String::from("((words) => {\n");
    for source in sources {
        let code: Vec<_> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        push_lines(&mut text, &code.join("\n"));
    }
    // JSON is JavaScript since 2019; before, two line separators were not, which no message has.
    text.push_str(&format!("}})({words});\n"));
    Rendered { path: path.to_owned(), body: text.into_bytes() }
}
