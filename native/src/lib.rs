//! The native host: a store, a clock and sockets around a station, on an ordinary machine.
//!
//! It holds no rule: every request goes to the station, and what the station answers is sent as it is. The edge host,
//! `outband-worker`, does the same with what its platform has.

mod clock;
mod error;
mod host;
mod http;
mod journal;
mod runtime;
mod store;
mod ticker;

pub use clock::Clock;
pub use error::OpenError;
pub use host::{Host, STORE};
pub use runtime::{runtime, stop_asked};
