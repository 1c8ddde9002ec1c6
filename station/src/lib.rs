//! The broadcaster without its host.
//!
//! A host (the edge worker, the native server) owns a [`Store`], the clock and the sockets. It hands every
//! request to [`Station::handle`] and calls [`Station::tick`] at the moment that the last call named. All rules
//! are here, so that two hosts cannot differ in an answer.
//!
//! [`verify`] recomputes all that a station publishes from its log alone, by the same code.

mod admit;
mod answer;
mod book;
mod changed;
mod channels;
mod checkpoint;
mod config;
mod days;
mod fault;
mod filing;
mod http;
mod kind;
mod receive;
mod recent;
mod redact;
mod refusal;
mod render;
mod statuspage;
mod store;
mod tick;
mod unable;
pub mod verify;

pub use config::{ConfigError, Station};
pub use fault::Fault;
pub use http::{Request, Response};
pub use kind::Kind;
pub use refusal::Refusal;
pub use store::{File, MemoryStore, Store, StoreError};
pub use tick::TICK_AGAIN_SECONDS;
pub use unable::Unable;

/// Bytes of a request body that a host must be willing to read, and at which it may stop: one more than a note
/// may have, so that the station itself can tell a note that is too large from one that just fits.
pub const MAX_BODY: usize = outband_keys::MAX_NOTE_BYTES + 1;
