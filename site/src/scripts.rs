//! The scripts in `static/`, each with its few messages in the site's language.
//!
//! Pages are complete without them. `/page.js` keeps an open page up to date and warns when it is old, `/sw.js` keeps
//! copies for offline use, and `/embed.js` is the banner for other people's pages. `/notes/new` is for operators whose
//! machine has a shell, and no `outband`.

use serde_json::{Value as Json, json};

use crate::messages::Messages;
use crate::pages::base;
use crate::template::bare;
use crate::{Rendered, View, paths};

/// Included in the scripts that have to distinguish a stale copy from a quiet page.
const STAMP: &str = bare!("static/stamp.js");
const PAGE: &str = bare!("static/page.js");
const SERVICE_WORKER: &str = bare!("static/sw.js");
const EMBED: &str = bare!("static/embed.js");
const NEW_SH: &str = include_str!("../static/new.sh");
const NEW_PS1: &str = include_str!("../static/new.ps1");

/// All scripts for readers. They only change with the site note.
pub fn scripts(view: &View<'_>) -> Vec<Rendered> {
    let words = Messages::of(&view.site.lang);
    let page = json!({
        "stale": words.text("script_stale"),
        "unconfirmed": words.text("script_unconfirmed"),
        "updated": words.text("script_updated"),
        "copy": words.text("script_copy"),
        "copy_link": words.text("script_copy_link"),
        "copied": words.text("script_copied"),
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
        "others": words.text("embed_others"),
        "more": words.text("embed_more"),
    });
    vec![
        script(paths::PAGE_JS, "words", &[STAMP, PAGE], &page),
        script(paths::SERVICE_WORKER, "words", &[SERVICE_WORKER], &service_worker),
        script(paths::EMBED_JS, "words", &[STAMP, EMBED], &embed),
    ]
}

/// The scripts for operators' shells. An origin is a host name: no shell expands anything in it.
pub fn shell_scripts(view: &View<'_>) -> [Rendered; 2] {
    let sources = [(paths::NEW_SH, NEW_SH), (paths::NEW_PS1, NEW_PS1)];
    sources.map(|(path, source)| Rendered::text(path, source.replace("@ORIGIN@", view.site.origin.as_str())))
}

/// Wraps the sources in a function of one value, so that their names do not leak into the page they run in.
pub(crate) fn script(path: &str, name: &str, sources: &[&str], value: &Json) -> Rendered {
    // All JSON has been valid JavaScript since 2019; earlier, two line separators were not, and no message contains
    // them.
    Rendered::text(path, format!("(({name}) => {{\n{}}})({value});\n", sources.concat()))
}
