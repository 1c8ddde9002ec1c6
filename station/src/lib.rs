//! The broadcaster without its host.
//!
//! A host (the edge worker, the native server) owns a [`Store`], the clock and the sockets. It hands every
//! request to [`Station::handle`] and calls [`Station::tick`] at the moment that the last call named. All rules
//! are here, so that two hosts cannot differ in an answer.
//!
//! [`verify`] recomputes all that a station publishes from its log alone, by the same code.

mod admit;
mod answer;
mod changed;
mod channels;
mod checkpoint;
mod config;
mod days;
mod error;
mod filing;
mod host_error;
mod http;
mod problem;
mod projection;
mod receive;
mod recent;
mod redact;
mod refusal;
mod render;
mod statuspage;
mod store;
mod tick;
pub mod verify;

pub use config::{ConfigError, Station};
pub use error::StationError;
pub use host_error::HostError;
pub use http::{Request, Response};
pub use problem::ProblemType;
pub use refusal::Refusal;
pub use store::{File, MemoryStore, Store, StoreError};
pub use tick::TICK_AGAIN_SECONDS;

/// Bytes of a request body that a host must be willing to read, and at which it may stop: one more than a note
/// may have, so that the station itself can tell a note that is too large from one that just fits.
pub const MAX_BODY: usize = outband_keys::MAX_NOTE_BYTES + 1;
