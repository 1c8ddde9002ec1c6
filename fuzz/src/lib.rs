//! Inputs that nobody thought of, for everything that reads what others wrote.
//!
//! A [`Target`] takes any bytes. It must not panic, and what it accepts must hold to the target's promise, mostly that
//! it prints back to the same bytes. Its corpus is the files in `fuzz/corpus/<target>/`, and the vectors that the
//! tested crates have; [`mutate`] makes more of them, the same ones for the same seed.
//!
//! `cargo test -p outband-fuzz` reads every corpus file and some mutations of each. `cargo xtask fuzz` goes on for as
//! long as it is told to, and keeps what it finds in the corpus, where the tests read it from then on.

pub mod corpus;
pub mod mutate;
pub mod random;
mod targets;

pub use targets::{TARGETS, Target, Verdict};
