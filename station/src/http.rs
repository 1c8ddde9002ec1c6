//! Requests and answers: reading a stored file, and the problem documents of what is refused.

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
