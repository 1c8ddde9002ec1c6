//! Fuzzing for every parser of untrusted input.
//!
//! A [`Target`] takes any bytes. It must not panic, and what it accepts must satisfy the target's property, usually
//! that it prints back to the same bytes. Its corpus consists of the files in `fuzz/corpus/<target>/` and the test
//! vectors of the tested crates; [`mutate`] derives more inputs, always the same ones for the same seed.
//!
//! `cargo test -p outband-fuzz` reads every corpus file and some mutations of each. `cargo xtask fuzz` runs for a given
//! time, and adds the failing inputs it finds to the corpus, where the tests read them.

pub mod corpus;
pub mod mutate;
pub mod random;
mod targets;

pub use targets::{TARGETS, Target, Verdict};
