//! The station, independent of its host.
//!
//! A host (the edge worker, the native server) owns a [`Store`], the clock and the sockets. It passes every request to
//! [`Station::handle`] and calls [`Station::tick`] at the time that the latest of these calls asked for. All rules are
//! implemented here, so that two hosts cannot answer differently.
//!
//! [`verify`] recomputes everything a station publishes from its log alone, with the same code.

mod admission;
mod check;
mod checkpoint;
mod error;
mod follow;
mod genuine;
mod http;
pub mod memory;
mod pending;
mod preview;
mod projection;
mod publish;
mod redact;
mod station;
mod store;
pub mod verify;

pub use checkpoint::{checkpoint_of, extends, stored_checkpoint};
pub use error::StationError;
pub use follow::{FollowError, Followed, Follower, Stamp};
pub use genuine::{Enrolled, Genuine};
pub use http::{HostError, ProblemType, Refusal, Request, Response};
pub use outband_record::log::Checkpoint;
pub use outband_site::paths::HOT;
pub use pending::{Pending, parse_pending};
pub use preview::{Preview, preview};
pub use station::{ConfigError, Handled, Outcome, Station, TICK_AGAIN_SECONDS};
pub use store::{File, MemoryStore, Store, StoreError};

/// Number of bytes of a request body that a host must be willing to read, and after which it may stop: one more than
/// the largest note, so that the station itself can tell a note that is too large from one that just fits.
pub const MAX_BODY: usize = outband_keys::MAX_NOTE_BYTES + 1;
