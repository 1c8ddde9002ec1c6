//! Tests of the public interface, one file per subject, with a station that keeps its files in memory.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    reason = "tests fail by panicking, in their own helper functions too; tables are long"
)]

mod admission;
mod answers;
#[path = "../../keys/tests/authenticator.rs"]
mod authenticator;
mod boot;
mod bytes;
mod channels;
mod check;
mod continuation;
mod copies;
mod cost;
mod damage;
mod duplicates;
mod follow;
mod forgeries;
mod harness;
mod history;
mod host_errors;
mod lists;
mod memory;
mod missing;
mod moments;
mod order;
mod pending;
mod preview;
mod problems;
mod progress;
mod rebuild;
mod redact;
mod refusals;
mod restore;
mod screen;
mod spoilt;
mod ssh_types;
mod statuspage;
mod steps;
mod stores;
mod texts;
mod uptime;

use texts::ORIGIN;
