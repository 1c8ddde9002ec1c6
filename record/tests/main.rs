//! Integration tests, one subject per file.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panicking, in their own helper functions too"
)]

mod grammar;
mod names;
mod properties;
mod spec;
mod text;
mod tidy;
