//! Mutations: new inputs from old ones.

use crate::random::Random;

/// The longest input, in bytes: four times the size limit of a note.
const MAX_BYTES: usize = 65_536;

/// The maximum number of changes in one input.
const MAX_CHANGES: usize = 4;

/// Parts of the formats, and text that often breaks parsers.
const TOKENS: &[&str] = &[
    "\n",
    "\r\n",
    "\n\n",
    " ",
    ": ",
    "\t",
    "\0",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\u{301}",
    "é",
    "🥊",
    "— ",
    "+",
    "=",
    "/",
    "0",
    "-1",
    "00",
    "255",
    "256",
    "65536",
    "18446744073709551616",
    "x000/",
    ".p/",
    "entries",
    "{",
    "}",
    "[]",
    "null",
    "\"",
    "\\",
    "9999-12-31T23:59:59Z",
    "0000-01-01T00:00:00Z",
    "====",
    "-----BEGIN SSH SIGNATURE-----\n",
];

/// Changes `input` in a few places, partly by inserting parts of `other`.
pub fn mutate(input: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=random.below(MAX_CHANGES) {
        change(&mut bytes, other, random);
    }
    bytes.truncate(MAX_BYTES);
    bytes
}

fn change(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let at = random.below(bytes.len() + 1);
    match random.below(8) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        1 => bytes.insert(at, u8::try_from(random.below(256)).unwrap_or_default()),
        2 => {
            let token = random.pick(TOKENS).copied().unwrap_or_default();
            bytes.splice(at..at, token.bytes());
        }
        3 => {
            let end = (at + 1 + random.below(16)).min(bytes.len());
            bytes.drain(at.min(end)..end);
        }
        4 => {
            let part = part(other, random).to_vec();
            bytes.splice(at..at, part);
        }
        5 => bytes.truncate(at),
        6 => lines(bytes, random, |lines, from, to| {
            if let Some(line) = lines.get(from).cloned() {
                lines.insert(to, line);
            }
        }),
        _ => lines(bytes, random, |lines, from, to| {
            let line = lines.remove(from);
            lines.insert(to.min(lines.len()), line);
        }),
    }
}

/// Some consecutive bytes of `other`.
fn part<'o>(other: &'o [u8], random: &mut Random) -> &'o [u8] {
    let start = random.below(other.len());
    let end = (start + random.below(200)).min(other.len());
    other.get(start..end).unwrap_or_default()
}

/// Lets `change` move lines: it gets the lines and two valid indices.
fn lines(bytes: &mut Vec<u8>, random: &mut Random, change: impl FnOnce(&mut Vec<Vec<u8>>, usize, usize)) {
    let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    if lines.is_empty() {
        return;
    }
    let (from, to) = (random.below(lines.len()), random.below(lines.len()));
    change(&mut lines, from, to);
    *bytes = lines.concat();
}

#[cfg(test)]
mod tests {
    use super::*;

    const INPUT: &[u8] = b"outband update v1\norigin: status.example.net\n";

    #[test]
    fn a_seed_makes_the_same_inputs_each_time() {
        let made = |seed| {
            let mut random = Random::new(seed);
            (0..50).map(|_| mutate(INPUT, b"other\nlines\n", &mut random)).collect::<Vec<_>>()
        };
        assert_eq!(made(1), made(1));
        assert_ne!(made(1), made(2));
        assert!(made(1).iter().filter(|input| *input != INPUT).count() > 40);
    }

    #[test]
    fn empty_inputs_grow_and_none_grows_too_far() {
        let mut random = Random::new(3);
        assert!((0..50).any(|_| !mutate(b"", b"", &mut random).is_empty()));
        let long = vec![b'a'; MAX_BYTES];
        assert!((0..50).all(|_| mutate(&long, &long, &mut random).len() <= MAX_BYTES));
    }
}
