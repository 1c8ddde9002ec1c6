//! The console, with which operators post updates from a phone: `/console`, an app that can be installed.
//!
//! Its modules are those in `static/console`, without their comments. Everything that differs between sites is in the
//! page: the site, the grammar, the words. The page names the digest of each module, and the service worker that of
//! each file, so that a device runs either the console that was installed or none.

use askama::Template;
use outband_record::sorted::Map;
use outband_record::text::{Component, Condition, Grammar, Impact, Phase, Revocation, Update};
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

use crate::data::Grammars;
use crate::messages::Messages;
use crate::pages::base;
use crate::scripts::script;
use crate::template::{self, RenderError, bare, hash};
use crate::words::{condition, phase};
use crate::{Rendered, View, paths};

const WORKER: &str = bare!("static/console-sw.js");
const ICON: &str = include_str!("../static/console/icon.svg");

macro_rules! modules {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, bare!("static/console/", $name, ".js"))),+]
    };
}

/// The modules. The page names each after those that it imports, so that no import fetches a file whose digest it does
/// not name: WebKit refuses an import without one, and ignores those of preloaded modules and of import maps.
const MODULES: &[(&str, &str)] = modules![
    "bytes", "words", "text", "ssh", "store", "qr", "dom", "outbox", "keys", "compose", "device", "sent",
    "app",
];

/// The types of text that the console writes.
const WRITTEN: [Grammar; 2] = [Update::GRAMMAR, Revocation::GRAMMAR];

/// Hexadecimal digits of the console's digest that people compare.
const DIGITS: usize = 16;

#[derive(Template)]
#[template(path = "console.html")]
struct Page<'a> {
    t: &'static Messages,
    style: &'static str,
    site: &'a str,
    /// Other origins that the page may read and post to.
    places: Vec<String>,
    modules: Vec<Module>,
}

struct Module {
    path: String,
    integrity: String,
}

/// Where the page has what the modules read, as JSON. No site note can contain this, since it is escaped.
const DATA: &str = "<site>";

/// What an update may begin with.
const TEMPLATES: [(&str, Phase, Condition); 4] = [
    ("console_template_down", Phase::Investigating, Condition::Outage),
    ("console_template_slow", Phase::Investigating, Condition::Degraded),
    ("console_template_maintenance", Phase::Scheduled, Condition::Maintenance),
    ("console_template_notice", Phase::Notice, Condition::Operational),
];

/// All files of the console. They change with the site note only.
pub fn files(view: &View<'_>) -> Result<Vec<Rendered>, RenderError> {
    let mut files: Vec<_> = MODULES
        .iter()
        .map(|(name, source)| Rendered::text(paths::console_module(name), (*source).to_owned()))
        .collect();
    let modules =
        files.iter().map(|file| Module { path: file.path.clone(), integrity: hash(&file.body) }).collect();
    files.push(page(view, modules)?);
    files.push(Rendered::text(paths::CONSOLE_ICON, ICON.to_owned()));
    files.push(manifest(view)?);
    let worker = worker(&files);
    files.push(worker);
    Ok(files)
}

fn page(view: &View<'_>, modules: Vec<Module>) -> Result<Rendered, RenderError> {
    let messages = Messages::of(&view.site.lang);
    // Text within a script element ends with the first `</script`.
    let data = data(view, messages).to_string().replace('<', "\\u003c");
    let places = places(view).map(|place| origin(&place).to_owned()).collect();
    let (t, style, site) = (messages, template::CONSOLE_STYLE, view.site.name.as_str());
    let page = template::render(paths::CONSOLE, &Page { t, style, site, places, modules })?;
    Ok(Rendered::text(paths::CONSOLE, page.replacen(DATA, &data, 1)))
}

/// The site, and its mirrors: one of them may be a second station.
fn places(view: &View<'_>) -> impl Iterator<Item = String> {
    let mirrors = view.site.mirror.iter().map(|url| url.as_str().trim_end_matches('/').to_owned());
    std::iter::once(base(view).to_owned()).chain(mirrors)
}

/// An https link up to its path.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(host..).and_then(|rest| rest.find('/'));
    end.and_then(|end| url.get(..host + end)).unwrap_or(url)
}

fn data(view: &View<'_>, messages: &Messages) -> Json {
    let site = view.site;
    let component = |component: &Component| {
        let depth = component.path.as_str().matches('/').count().min(2);
        json!({ "path": component.path.as_str(), "name": component.name.as_str(), "depth": depth })
    };
    let phase_of = |value: &Phase| {
        let (name, kind) = (value.as_str(), value.kind().as_str());
        json!({ "name": name, "kind": kind, "text": phase(messages, *value), "promises": value.needs_next_update() })
    };
    let condition_of =
        |value: &Condition| json!({ "name": value.as_str(), "text": condition(messages, *value) });
    let template = |(name, phase, usual): (&'static str, Phase, Condition)| json!({ "name": messages.text(name), "lines": { "phase": phase.as_str() }, "usual": usual.as_str() });
    json!({
        "origin": site.origin.as_str(),
        "name": site.name.as_str(),
        "lang": messages.text("lang"),
        "places": places(view).collect::<Vec<_>>(),
        "cadence": site.cadence_minutes(Impact::Critical),
        "components": site.component.iter().map(component).collect::<Vec<_>>(),
        "phases": Phase::ALL.iter().map(phase_of).collect::<Vec<_>>(),
        "conditions": Condition::ALL.iter().rev().map(condition_of).collect::<Vec<_>>(),
        "templates": TEMPLATES.map(template),
        "labels": labels(messages),
        "words": object(messages.beginning("console_")),
        "grammar": Grammars::of(&WRITTEN),
    })
}

/// What readers know header lines as, by name; lines without a label are shown by their names.
fn labels(messages: &Messages) -> Json {
    let label = |name: &'static str| {
        let key = format!("fact_{}", name.replace('-', "_"));
        let short = key.rsplit_once('_').map_or("", |(short, _)| short);
        Some((name, messages.find(&key).or_else(|| messages.find(short))?))
    };
    object(Update::HEADERS.iter().filter_map(|header| label(header.name)))
}

fn object<'p>(pairs: impl Iterator<Item = (&'p str, &'p str)>) -> Json {
    let mut object = serde_json::Map::new();
    object.extend(pairs.map(|(name, value)| (name.to_owned(), value.into())));
    object.into()
}

fn manifest(view: &View<'_>) -> Result<Rendered, RenderError> {
    let messages = Messages::of(&view.site.lang);
    let name = messages.fill("console_app", &[("name", view.site.name.as_str())]);
    let document = json!({
        "name": name,
        "short_name": view.site.name.as_str(),
        "lang": messages.text("lang"),
        "dir": messages.text("dir"),
        "id": paths::CONSOLE,
        "start_url": paths::CONSOLE,
        "scope": paths::CONSOLE,
        "display": "standalone",
        "background_color": "#fcfbf8",
        "theme_color": "#121417",
        "icons": [{ "src": paths::CONSOLE_ICON, "sizes": "any", "type": "image/svg+xml", "purpose": "any" }],
    });
    Rendered::json(paths::CONSOLE_MANIFEST, serde_json::to_vec(&document))
}

/// The service worker, with the digest of each of these files, and one of all of them.
fn worker(files: &[Rendered]) -> Rendered {
    let digests: Map<_, _> = files.iter().map(|file| (file.path.as_str(), hash(&file.body))).collect();
    let mut all = Sha256::new();
    all.update(WORKER);
    for (path, digest) in &digests {
        all.update(format!("{path} {digest}\n"));
    }
    let version: String = all.finalize().iter().map(|byte| format!("{byte:02x}")).take(DIGITS / 2).collect();
    let value = json!({ "version": version, "files": object(digests.iter().map(|(path, digest)| (*path, digest.as_str()))) });
    script(paths::CONSOLE_WORKER, "installed", &[WORKER], &value)
}
