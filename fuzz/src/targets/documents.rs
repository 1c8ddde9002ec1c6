//! Documents under `/data/` that are read back: a damaged one is either refused or can be printed and read again.

use std::fmt::Display;
use std::str;

use outband_record::text::{Id, Slug, Value};
use outband_site::feeds::Channel;
use outband_site::pages::RenderError;
use outband_site::{Rendered, data, paths};
use outband_station::memory;

use super::Verdict;

/// Makes an input: the document's path, and its bytes from the next line on.
pub(super) fn published(path: &str, body: &[u8]) -> Option<Vec<u8>> {
    path.starts_with("/data/").then(|| [path.as_bytes(), b"\n", body].concat())
}

pub(super) fn read(bytes: &[u8]) -> Verdict {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return Ok(false) };
    let (path, body) = bytes.split_at_checked(end).unwrap_or_default();
    let Ok(path) = str::from_utf8(path) else { return Ok(false) };
    document(path, body.get(1..).unwrap_or_default())
}

fn document(path: &str, body: &[u8]) -> Verdict {
    match path {
        paths::CHANNELS_JSON => return settles(body, memory::parse_channels, memory::channels),
        paths::DRILLS_JSON => return settles(body, memory::parse_drills, |drills| memory::drills(drills)),
        paths::HISTORY_JSON => return settles(body, data::parse_months, |months| data::months(months)),
        paths::NEWEST_JSON => return settles(body, memory::parse_newest, memory::newest),
        paths::REDACTIONS_JSON => return settles(body, memory::parse_redactions, memory::redactions),
        paths::RENDERER_JSON => return settles(body, memory::parse_renderer, memory::renderer),
        paths::ROSTER_JSON => return settles(body, memory::parse_roster, memory::roster),
        paths::SITE_JSON => return settles(body, memory::parse_site, memory::site),
        paths::WATCH_JSON => return settles(body, memory::parse_watch, |watched| memory::watch(watched)),
        _ => {}
    }
    let in_folder = path.strip_prefix("/data/").and_then(|path| path.strip_suffix(".json")?.split_once('/'));
    match in_folder {
        Some(("components" | "languages" | "updates", _)) => {
            settles(body, memory::parse_update_refs, |refs| memory::update_refs(&Channel::Archive(1), refs))
        }
        Some(("history", month)) => settles(body, data::parse_cards, |cards| data::cards(month, cards)),
        Some(("incidents", slug)) => {
            let Some(slug) = Slug::parse(slug) else { return Ok(false) };
            settles(body, data::parse_incident, |incident| data::incident(&slug, incident))
        }
        Some(("notes", id)) => {
            let Some(id) = Id::parse(id) else { return Ok(false) };
            settles(body, memory::parse_note, |note| memory::note(&id, note))
        }
        Some(("uptime", month)) => settles(body, memory::parse_spans, |spans| memory::spans(month, spans)),
        _ => Ok(false),
    }
}

/// Checks that a printed document is read and printed the same again. (The input itself may differ, since unknown
/// members are ignored.)
fn settles<T, E: Display>(
    body: &[u8],
    parse: impl Fn(&[u8]) -> Result<T, E>,
    print: impl Fn(&T) -> Result<Rendered, RenderError>,
) -> Verdict {
    let Ok(document) = parse(body) else { return Ok(false) };
    let print =
        |document| print(document).map_err(|error| format!("it is read but cannot be printed: {error}"));
    let printed = print(&document)?.body;
    let again = parse(&printed).map_err(|error| format!("it is printed but cannot be read back: {error}"))?;
    super::prints_back(&printed, &print(&again)?.body)
}
