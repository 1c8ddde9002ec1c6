//! Requests and responses: reading a stored file, and the problem documents of refusals.

mod host_error;
mod message;
mod problem;
mod read;
mod refusal;

pub use host_error::HostError;
pub use message::{Request, Response};
pub use problem::ProblemType;
pub(crate) use read::NOTES;
pub use refusal::Refusal;
