//! What must hold. Everything in `EVERY_HOST` holds on both hosts, word for word the same.

mod added;
mod begin;
mod browser;
mod command;
mod limits;
mod moments;
mod panics;
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

/// A case, on one host or for itself.
#[derive(Debug)]
pub struct Job {
    /// Under which heading it is counted.
    pub group: &'static str,
    /// What holds if it passes.
    pub name: &'static str,
    /// The case.
    pub case: Case,
}

/// What a case needs.
#[derive(Debug)]
pub enum Case {
    /// A new host.
    On(Kind, OnHost),
    /// Nothing but the tools.
    Alone(Alone),
}

type Alone = fn(&Tools) -> Result<()>;
type OnHost = fn(&mut Session<'_>) -> Result<()>;

/// The slow ones first, so that nothing waits for them alone at the end.
const EVERY_HOST: &[(&str, OnHost)] = &[
    ("the cosignature is renewed with nobody asking", moments::the_cosignature_is_renewed),
    ("100 updates by 8 clients at once are one history", publish::many_clients_are_one_history),
    ("the log goes on over a full tile", publish::the_log_goes_on_over_a_full_tile),
    ("killed while publishing, it keeps what it acknowledged", survive::killed_while_publishing),
    ("an upgrade renders everything anew, and serves meanwhile", survive::an_upgrade_renders_anew),
    ("a promised update falls overdue at its moment, not before", moments::an_update_falls_overdue),
    (
        "a maintenance window opens by the clock",
        moments::a_window_opens_by_itself_and_work_ends_when_it_is_said_to,
    ),
    ("after a restart it catches up with the clock", moments::a_restart_catches_up),
    ("an empty host says so, and takes only roster and site", begin::an_empty_host),
    ("a roster with other roots is refused", begin::other_roots),
    ("every kind of text is published, shown and verified", publish::every_kind_of_text),
    ("an update is there for every reader at once", publish::an_update_is_there_at_once),
    ("the same note again gets the first receipt", publish::duplicates),
    ("a late note changes nothing that holds", publish::a_late_note),
    ("a note that ssh-keygen signed is accepted", publish::signed_by_ssh),
    ("a roster enrols, a removal ends and flags", publish::keys_come_and_go),
    ("a redaction takes the words out of every file", publish::a_redaction),
    ("every refusal is a problem document, and stores nothing", refuse::every_refusal),
    ("a damaged store claims nothing and accepts nothing", refuse::a_damaged_store),
    ("what has not changed is answered by 304", read::conditional_requests),
    ("HEAD is GET without the body", read::head),
    ("the query string never matters", read::query_strings),
    ("nothing there is a page with status 404", read::not_found),
    ("other methods are told what is allowed", read::methods),
    ("every answer carries its headers", read::headers),
    ("tiles are served at each width that was ever published", read::tiles),
    ("a note of 16 KiB is taken, and no more is read", limits::sizes),
    ("clients that stall or break off hinder nobody", limits::stalling_clients),
    ("clients written for Statuspage say what is true, at each stage", statuspage::the_clients),
    ("Statuspage's paths answer any origin, and lead nowhere else", statuspage::the_paths),
    ("feed-rs reads the feeds as the log has them", readers::feed_rs),
    ("feedparser reads the feeds as the log has them", readers::feedparser),
    ("newsboat shows each update unread once", subscribers::newsboat),
    ("Python reads the calendar of maintenance", subscribers::calendar),
    ("`outband verify` proves the host, and names a changed file", command::verify),
];

/// What one host shows and the other does not.
const ONE_HOST: &[(&str, Kind, OnHost)] = &[
    ("a body or a reader that stalls is let go", Kind::Native, limits::bodies_and_readers_that_stall),
    ("an alarm that was lost is set again", Kind::EdgeWithPanics, panics::a_lost_alarm),
    ("a panic in the worker costs that request", Kind::EdgeWithPanics, panics::in_the_worker),
    ("a panic in the object costs that request", Kind::EdgeWithPanics, panics::in_the_object),
    ("a panic within a commit leaves nothing behind", Kind::EdgeWithPanics, panics::within_a_commit),
    ("panics among publishers cost none of them", Kind::EdgeWithPanics, panics::among_publishers),
    ("an object that is silent is answered for in time", Kind::EdgeWithPanics, panics::a_silent_object),
];

const ALONE: &[(&str, &str, Alone)] = &[
    ("edge alone", "missing settings are named, secrets never", begin::missing_settings),
    ("both", "both hosts write the same bytes", twins::the_same_bytes),
    ("both", "both hosts take the same requests for the same", twins::the_same_answers),
    ("browser", "the answers stand in the first screen", browser::the_first_screen),
    ("browser", "scripts only add, embeds fail honest", added::scripts_and_embeds),
];

/// Everything, in the order in which it is begun.
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
