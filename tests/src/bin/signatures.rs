//! Measures one verification of a note by each type of signature, on both hosts: part of `cargo xtask bench`.
//!
//! Parsing of the note and of the key is included, which a host does for each note too.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result};
use outband_keys::{Note, VerifierKey};
use outband_tests::host::Kind;
use outband_tests::session::Session;
use outband_tests::tools::Tools;

/// A note for each type: files of the vectors of `keys`.
const NOTES: [(&str, &str); 6] = [
    ("signed note, Ed25519", "note-one-signature.txt"),
    ("SSH key, Ed25519", "note-ssh-armour.txt"),
    ("SSH key, ECDSA", "note-ssh-ecdsa-armour.txt"),
    ("security key, Ed25519", "note-ssh-sk-ed25519-armour.txt"),
    ("security key, ECDSA", "note-ssh-sk-ecdsa-armour.txt"),
    ("passkey", "note-ssh-passkey-armour.txt"),
];

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../keys/tests/vectors");

/// How often the native host verifies each. The edge says how often it does.
const VERIFICATIONS: u32 = 2000;

fn main() -> Result<()> {
    let tools = Tools::from_env()?;
    let edge = Session::start(Kind::EdgeWithPanics, &tools)?;
    for (name, file) in NOTES {
        let vector = fs::read_to_string(Path::new(VECTORS).join(file)).context(file)?;
        let (header, note) = vector.split_once("---\n").context("a vector has a header")?;
        let key = header.lines().find_map(|line| line.strip_prefix("key: ")).context("a vector has a key")?;

        let start = Instant::now();
        for _ in 0..VERIFICATIONS {
            Note::parse(note.as_bytes())?.verify(&[key.parse::<VerifierKey>()?])?;
        }
        let native = start.elapsed() / VERIFICATIONS;

        let body = format!("{key}\n{note}");
        let verify = || -> Result<u32> {
            let answer = String::from_utf8(edge.client.post("/panic/verify", body.as_bytes())?.body)?;
            answer.parse().with_context(|| format!("{name}: the edge answers {answer:?}"))
        };
        // The runtime compiles hot functions again, better.
        verify()?;
        let start = Instant::now();
        let at_edge = verify().map(|times| start.elapsed() / times)?;

        println!(
            "{name:<22} verified in {:>4} µs native, {:>4} µs at the edge (workerd)",
            native.as_micros(),
            at_edge.as_micros()
        );
    }
    Ok(())
}
