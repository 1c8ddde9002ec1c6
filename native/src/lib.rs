//! The native host: a store, a clock and sockets around a station, on an ordinary machine.
//!
//! It implements no rules: every request goes to the station, and the station's response is sent unchanged. The edge
//! host, `outband-worker`, does the same with the means of its platform.

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
