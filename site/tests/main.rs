//! Tests of what is rendered, one file per subject, with sites and updates from samples.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "tests fail by panicking, in their own helper functions too; tables are long"
)]

mod calendar;
mod changes;
mod components;
mod console;
mod dates;
mod embeds;
mod feeds;
mod help;
mod hostile;
mod languages;
mod lines;
mod pages;
mod renderer_name;
mod samples;
mod scenarios;
mod schemas;
mod statuspage;
mod uptime;
