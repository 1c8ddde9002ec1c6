//! The native host: a store, a clock and sockets around a station, on an ordinary machine.
//!
//! It implements no rules: every request goes to the station, and the station's response is sent unchanged. The edge
//! host, `outband-worker`, does the same on Cloudflare Workers.

mod backlog;
mod clock;
mod connections;
mod copies;
mod encoding;
mod error;
mod following;
mod head;
mod host;
mod http;
mod journal;
mod queue;
mod store;
mod writer;

pub use clock::Clock;
pub use copies::{CopyError, backup, restore};
pub use error::{Loss, OpenError};
pub use following::{PassedOn, Upstream};
pub use host::{Host, STORE, runtime, stop_asked};
pub use journal::Journal;
