//! The cases. Those in `EVERY_HOST` run unchanged against both hosts.

mod added;
mod begin;
mod browser;
mod by_hand;
mod command;
mod console;
mod limits;
mod moments;
mod panics;
mod places;
mod publish;
mod read;
mod readers;
mod refuse;
mod statuspage;
mod subscribers;
mod survive;
mod twins;

use anyhow::Result;

use crate::host::Kind;
use crate::session::Session;
use crate::tools::Tools;

/// A case, and how it is listed.
#[derive(Debug)]
pub struct Job {
    /// The group it is counted in.
    pub group: &'static str,
    /// The property that it checks.
    pub name: &'static str,
    /// The case.
    pub case: Case,
}

/// A case, by what it needs.
#[derive(Debug)]
pub enum Case {
    /// A new host.
    On(Kind, OnHost),
    /// Only the tools.
    Alone(Alone),
}

type Alone = fn(&Tools) -> Result<()>;
type OnHost = fn(&mut Session<'_>) -> Result<()>;

/// Slow cases first, so that they do not run alone at the end.
const EVERY_HOST: &[(&str, OnHost)] = &[
    ("the console posts from a phone, whatever its network does", console::on_a_phone),
    ("the cosignature is renewed without requests", moments::the_cosignature_is_renewed),
    ("100 updates by 8 concurrent clients form one history", publish::many_clients_are_one_history),
    ("the log continues past a full tile", publish::the_log_continues_past_a_full_tile),
    ("a host killed while publishing keeps what it acknowledged", survive::killed_while_publishing),
    ("an upgrade re-renders everything while serving", survive::an_upgrade_re_renders),
    ("a cache in front keeps the page while the host is dead", places::a_cache_in_front),
    ("a second station takes over and gives back", places::a_second_station),
    ("a promised update becomes overdue on time", moments::an_update_becomes_overdue),
    ("a maintenance window opens on time and stays open until completed", moments::a_window_opens_on_time),
    ("a restarted host catches up with the clock", moments::a_restart_catches_up),
    ("an empty host claims nothing, and accepts only roster and site", begin::an_empty_host),
    ("a roster with other roots is refused", begin::other_roots),
    ("every kind of text is published, shown and verified", publish::every_kind_of_text),
    ("an update reaches every kind of reader at once", publish::an_update_is_there_at_once),
    ("a repeated note gets its first receipt", publish::duplicates),
    ("a late note does not change the current state", publish::a_late_note),
    ("a note signed by ssh-keygen is accepted", publish::signed_by_ssh),
    ("a text is tidied, or all its problems are named", by_hand::a_text_is_checked),
    ("`/notes/new` publishes from an empty directory", by_hand::the_shell_script),
    ("a roster enrols keys, a removal revokes and flags them", publish::keys_come_and_go),
    ("a redaction removes the text from every file", publish::a_redaction),
    ("every refusal is a problem document and stores nothing", refuse::every_refusal),
    ("a host with a damaged store accepts nothing", refuse::a_damaged_store),
    ("unchanged files are answered by 304", read::conditional_requests),
    ("HEAD equals GET without the body", read::head),
    ("the query string never matters", read::query_strings),
    ("unknown paths get a page with status 404", read::not_found),
    ("other methods get 405 with the allowed ones", read::methods),
    ("every response has its headers", read::headers),
    ("tiles are served at every width ever published", read::tiles),
    ("a note may have 16 KiB, and no more is read", limits::sizes),
    ("clients that stall or disconnect delay nobody else", limits::stalling_clients),
    ("clients written for Statuspage report the truth at each stage", statuspage::the_clients),
    ("Statuspage's paths allow any origin and never redirect", statuspage::the_paths),
    ("feed-rs reads from the feeds what is in the log", readers::feed_rs),
    ("feedparser reads from the feeds what is in the log", readers::feedparser),
    ("newsboat shows each update as unread once", subscribers::newsboat),
    ("icalendar reads the maintenance calendar", subscribers::calendar),
    ("`outband verify` proves a host and names changed files", command::verify),
    ("a mirror served by nginx answers as the host does", places::a_mirror_by_nginx),
];

/// Cases for a single kind of host.
const ONE_HOST: &[(&str, Kind, OnHost)] = &[
    ("stalled senders and readers are disconnected", Kind::Native, limits::bodies_and_readers_that_stall),
    ("floods exhaust nothing and keep nobody out", Kind::Native, limits::floods),
    ("files are compressed for those who ask", Kind::Native, read::compressed),
    ("a lost alarm is set again", Kind::EdgeWithPanics, panics::a_lost_alarm),
    ("what readers look at first outlives the object", Kind::EdgeWithPanics, panics::a_failing_object),
    ("a copy outlives object and worker", Kind::EdgeWithPanics, panics::a_copy_outside_the_object),
    ("a panic in the worker costs only that request", Kind::EdgeWithPanics, panics::in_the_worker),
    ("a panic in the object costs only that request", Kind::EdgeWithPanics, panics::in_the_object),
    ("a panic within a commit rolls it back", Kind::EdgeWithPanics, panics::within_a_commit),
    ("panics do not affect concurrent publishers", Kind::EdgeWithPanics, panics::among_publishers),
    ("the worker answers in time for a silent object", Kind::EdgeWithPanics, panics::a_silent_object),
];

const ALONE: &[(&str, &str, Alone)] = &[
    ("edge alone", "errors name missing settings, never secrets", begin::missing_settings),
    ("both", "both hosts write the same bytes", twins::the_same_bytes),
    ("both", "both hosts treat odd requests the same", twins::the_same_answers),
    ("browser", "the answers fit on the first screen", browser::the_first_screen),
    ("browser", "an audit finds nothing to improve", browser::an_audit),
    ("browser", "the console works in Firefox and WebKitGTK", console::in_other_engines),
    ("browser", "scripts only add, embeds fail honestly", added::scripts_and_embeds),
];

/// All jobs, in the order in which they start.
pub fn all() -> Vec<Job> {
    let mut jobs = Vec::new();
    for (name, case) in EVERY_HOST {
        for (group, kind) in [("native", Kind::Native), ("edge", Kind::Edge)] {
            jobs.push(Job { group, name, case: Case::On(kind, *case) });
        }
    }
    jobs.extend(ONE_HOST.iter().map(|(name, kind, case)| Job {
        group: if *kind == Kind::Native { "native alone" } else { "edge alone" },
        name,
        case: Case::On(*kind, *case),
    }));
    jobs.extend(ALONE.iter().map(|(group, name, case)| Job { group, name, case: Case::Alone(*case) }));
    jobs
}
