//! The native host: a store, a clock and sockets around a station, on an ordinary machine.
//!
//! It holds no rule: every request goes to the station, and what the station answers is sent as it is. The edge host,
//! `outband-worker`, does the same with what its platform has.

mod clock;
mod host;
mod http;
mod runtime;
mod store;
mod ticker;

pub use clock::Clock;
pub use host::{Host, STORE, listen};
pub use runtime::{runtime, stop_asked};
