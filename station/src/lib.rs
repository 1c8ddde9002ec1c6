//! The broadcaster without its host.
//!
//! A host (the edge worker, the native server) owns a [`Store`], the clock and the sockets. It hands every
//! request to [`Station::handle`] and calls [`Station::tick`] at the moment that the last of both calls named. All rules
//! are here, so that two hosts cannot differ in an answer.
//!
//! [`verify`] recomputes all that a station publishes from its log alone, by the same code.

mod admission;
mod checkpoint;
mod error;
mod http;
mod projection;
mod publish;
mod redact;
mod station;
mod store;
pub mod verify;

pub use error::StationError;
pub use http::{HostError, ProblemType, Refusal, Request, Response};
pub use station::{ConfigError, Handled, Outcome, Station, TICK_AGAIN_SECONDS};
pub use store::{File, MemoryStore, Store, StoreError};

/// Bytes of a request body that a host must be willing to read, and at which it may stop: one more than a note
/// may have, so that the station itself can tell a note that is too large from one that just fits.
pub const MAX_BODY: usize = outband_keys::MAX_NOTE_BYTES + 1;
