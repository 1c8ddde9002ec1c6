//! Every changed byte of a copy is found.

use std::collections::BTreeMap;

use outband_keys::VerifierKey;
use outband_record::text::{Condition, Phase};
use outband_site::paths;
use outband_station::verify::{self, Difference, How, Incomparable, Log, Proven, Source as _, Unproven};
use outband_station::{MemoryStore, ProblemType};

use crate::copies::Copy;
use crate::harness::Harness;
use crate::texts::{affects, by_alice, key, past, update};

fn prove<'s>(copy: &Copy, scratch: &'s MemoryStore) -> Result<Proven<'s>, Unproven> {
    Proven::from_source(copy, Some(&roots()), scratch)
}

fn expected(copy: &Copy) -> BTreeMap<String, Vec<u8>> {
    let scratch = MemoryStore::default();
    let (_, expected) = Log::read(copy, Some(&roots())).unwrap().expected(&scratch, true).unwrap();
    expected
}

fn roots() -> [VerifierKey; 2] {
    [key("carol/root").verifier(), key("dave/root").verifier()]
}

/// All differences of a copy, found in the same way as by `outband verify`.
fn wrong(copy: &Copy) -> Result<Vec<Difference>, Unproven> {
    let scratch = MemoryStore::default();
    let comparable = verify::incomparable(copy)?.is_none();
    let roots = roots();
    let (proven, expected) = Log::read(copy, Some(&roots))?.expected(&scratch, comparable)?;
    let mut wrong = Vec::new();
    for (path, body) in &expected {
        wrong.extend(verify::compare(path, body, copy.read(path)?.as_deref()));
    }
    if comparable {
        wrong.extend(proven.unexpected(copy, &expected.keys().map(String::as_str).collect())?);
    }
    Ok(wrong)
}

/// Six entries: a roster, a site note, an open incident, a notice that is over, and a maintenance.
fn copy() -> Copy {
    let mut harness = Harness::set_up();
    let mut first = update(1, harness.now, "core", Phase::Investigating);
    first.affects.push(affects("mail", Condition::Partial));
    for update in [
        first,
        update(2, harness.now + 1, "core", Phase::Identified),
        past(3, harness.now + 2, "edge"),
        update(4, harness.now + 3, "upgrade", Phase::Scheduled),
    ] {
        harness.now += 1;
        harness.accept(&by_alice(&update.print()));
    }
    harness.pass(7200);
    let mut public = harness.verify();
    public.insert(paths::CHECKPOINT.to_owned());
    let files =
        public.into_iter().map(|path| (path.clone(), harness.read(&path).unwrap().unwrap())).collect();
    Copy { files, ..Copy::default() }
}

#[test]
fn every_changed_byte_of_a_copy_is_found() {
    let mut copy = copy();
    let scratch = MemoryStore::default();
    let expected = expected(&copy);
    let is_whole = |files: &BTreeMap<String, Vec<u8>>| {
        expected
            .iter()
            .all(|(path, body)| verify::compare(path, body, files.get(path).map(Vec::as_slice)).is_none())
    };
    assert!(is_whole(&copy.files));

    // The recomputation reads only the log's checkpoint and bundles: the expected content of every other file does not
    // depend on the file itself.
    let mut read = copy.read.take();
    read.sort();
    assert_eq!(read, [paths::CHECKPOINT, "/log/tile/entries/000.p/6"]);

    let mut changes = 0;
    for path in copy.files.keys().cloned().collect::<Vec<_>>() {
        let length = copy.files[&path].len();
        for at in 0..length {
            let is_read = read.contains(&path);
            // Every bit of the files that the proof is based on; for files that are only compared, one bit of each byte
            // is enough.
            for bit in if is_read { 0..8 } else { at % 8..at % 8 + 1 } {
                copy.files.get_mut(&path).unwrap()[at] ^= 1 << bit;
                let found = match is_read {
                    true => prove(&copy, &scratch).is_err(),
                    false => verify::compare(&path, &expected[&path], Some(&copy.files[&path])).is_some(),
                };
                assert!(found, "bit {bit} of byte {at} of {path} was changed unnoticed");
                copy.files.get_mut(&path).unwrap()[at] ^= 1 << bit;
                changes += 1;
            }
        }
    }
    assert!(changes > 20_000, "{changes}");
    assert!(is_whole(&copy.files));
}

/// Files that are changed, cut short, extended or missing, tested from the copy to the reported error.
#[test]
fn every_changed_truncated_or_missing_file_is_named() {
    let mut copy = copy();
    assert_eq!(wrong(&copy), Ok(vec![]));
    for path in copy.files.keys().cloned().collect::<Vec<_>>() {
        let whole = copy.files.remove(&path).unwrap();
        // A change in a file that the proof is based on is an error; pages of a copy that names another renderer are
        // not compared.
        let is_found = |copy: &Copy| match wrong(copy) {
            Err(_) => true,
            Ok(_) if verify::incomparable(copy).unwrap().is_some() => true,
            Ok(wrong) => wrong.len() == 1 && wrong[0].path == path,
        };
        assert!(is_found(&copy), "{path} is missing");
        let mut changed = whole.clone();
        changed[whole.len() / 2] ^= 1;
        let longer = [whole.as_slice(), b"\n"].concat();
        for body in [&changed, &whole[..whole.len() - 1], &whole[1..], &[], &longer] {
            copy.files.insert(path.clone(), body.to_vec());
            assert!(is_found(&copy), "{path} has {} bytes instead of {}", body.len(), whole.len());
        }
        copy.files.insert(path, whole);
    }
}

#[test]
fn files_added_to_a_copy_are_named() {
    let mut copy = copy();
    for (path, how) in [
        ("/incidents/all-is-well", Some(How::Unexpected)),
        ("/log/7.note", Some(How::Unexpected)),
        ("/log/tile/entries/000.p/7", Some(How::Unexpected)),
        ("/log/tile/0/000", Some(How::Unexpected)),
        // A file that a mirror kept from when the log was shorter.
        ("/log/tile/0/000.p/3", None),
    ] {
        copy.files.insert(path.to_owned(), copy.files["/log/tile/0/000.p/6"][..96].to_vec());
        let name = format!("/{}", paths::in_directory(path));
        let expected: Vec<_> =
            how.into_iter().map(|how| Difference { path: name.clone(), how, cause: None }).collect();
        assert_eq!(wrong(&copy), Ok(expected));
        copy.files.remove(path);
    }
    let path = "/log/tile/0/000.p/3".to_owned();
    copy.files.insert(path.clone(), vec![0; 96]);
    assert_eq!(wrong(&copy), Ok(vec![Difference { path, how: How::From(0), cause: None }]));
}

/// A copy is refused if its log belongs to another station or begins with other roots.
#[test]
fn a_log_with_other_roots_is_not_proven() {
    let copy = copy();
    let scratch = MemoryStore::default();
    let error = Proven::from_source(&copy, Some(&[key("carol/root").verifier()]), &scratch).err().unwrap();
    assert!(
        matches!(&error, Unproven::Entry { index: 0, refusal } if refusal.problem == ProblemType::OtherRoots),
        "{error}"
    );
    assert!(Proven::from_source(&copy, None, &scratch).is_ok(), "trusted on first use");
}

/// A copy's renderer name decides whether its pages are compared, so every change of it is reported or found as a
/// difference.
#[test]
fn a_copy_cannot_silently_avoid_the_comparison_of_its_pages() {
    let mut copy = copy();
    let whole = copy.files[paths::RENDERER_JSON].clone();
    assert_eq!(verify::incomparable(&copy), Ok(None));
    let expected = expected(&copy);
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        copy.files.insert(paths::RENDERER_JSON.to_owned(), changed.clone());
        let is_said = verify::incomparable(&copy).unwrap().is_some();
        let found = verify::compare(paths::RENDERER_JSON, &expected[paths::RENDERER_JSON], Some(&changed));
        assert!(is_said || found.is_some(), "byte {at}");
    }
    let document = String::from_utf8(whole).unwrap();
    let own = format!("\"renderer\":\"{}\"", outband_site::pages::RENDERER);
    for (from, to, expected) in [
        (own.as_str(), r#""renderer":"9\u001b[32m""#, "written by renderer 9\\u{1b}[32m, this program is"),
        (r#""pending":null"#, r#""pending":{"from":0,"to":9,"done":1}"#, "being re-rendered"),
    ] {
        assert!(document.contains(from), "{document}");
        copy.files.insert(paths::RENDERER_JSON.to_owned(), document.replace(from, to).into_bytes());
        let why = verify::incomparable(&copy).unwrap().unwrap();
        assert!(why.to_string().contains(expected), "{why}");
        assert_eq!(why == Incomparable::Unfinished, from.contains("pending"));
    }
    for nothing in [b"nonsense".as_slice(), b"", b"{}", b"{\"v\":1,\"renderer\":7,\"pending\":null}"] {
        copy.files.insert(paths::RENDERER_JSON.to_owned(), nothing.to_vec());
        assert_eq!(verify::incomparable(&copy), Ok(None), "compared, and found to differ");
    }
    copy.files.remove(paths::RENDERER_JSON);
    assert_eq!(verify::incomparable(&copy), Ok(None), "compared, and found to be missing");
}

/// What a CDN makes of a real page has a name.
#[test]
fn a_script_added_to_a_page_is_named() {
    let copy = copy();
    let page = String::from_utf8(copy.files["/"].clone()).unwrap();
    let added = page.replace("</body>", "<script src=\"/cdn-cgi/challenge.js\"></script></body>");
    let difference = verify::compare("/", page.as_bytes(), Some(added.as_bytes())).unwrap();
    assert_eq!(difference.cause, Some(verify::Cause::Script), "{added}");
}
