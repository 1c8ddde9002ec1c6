//! End-to-end tests: both hosts as released, tested over HTTP.
//!
//! [`cases`] lists what is tested: each case runs once on the native host and once on the worker in a real `workerd`,
//! each time with a new site. It gets a [`session::Session`]: a running host, an author with all keys, and a client.
//! Where possible, other people's code reads the results: feed readers the feeds, `tlog_tiles` the log, a browser the
//! page.
//!
//! `cargo xtask test --only end-to-end` builds the hosts and passes their paths; [`tools`] lists the variables.

pub mod author;
pub mod cases;
pub mod flood;
pub mod history;
pub mod host;
pub mod http;
pub mod nginx;
pub mod place;
pub mod proof;
pub mod run;
pub mod scenario;
pub mod session;
pub mod tools;
pub mod workerd;
