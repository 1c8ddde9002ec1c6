//! End to end: both hosts as they are shipped, from outside, over HTTP.
//!
//! [`cases`] says what must hold, each case once for the native host and once for the worker in a real `workerd`,
//! each on a new site. A case is given a [`session::Session`]: a running host, an author with all keys, and a client.
//! What the cases look at is read by others' code where there is any: feeds by feed readers, the log by `tlog_tiles`
//! on its own, the page by a browser.
//!
//! `cargo xtask test --only end-to-end` builds what is run and says where it is; [`tools`] lists the settings.

pub mod author;
pub mod cases;
pub mod history;
pub mod host;
pub mod http;
pub mod place;
pub mod proof;
pub mod run;
pub mod scenario;
pub mod session;
pub mod tools;
pub mod workerd;
