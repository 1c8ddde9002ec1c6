//! What was verified before, and another copy of the same log.

use std::path::Path;

use crate::logs::{Log, START, key};
use crate::support::{KNOWN, command, good, outband, text};

/// The exit status, and everything that was printed.
fn verify(dir: &Path, args: &[&str]) -> (i32, String) {
    let output = outband(dir, &[&["verify"][..], args].concat());
    (output.status.code().expect("it ends"), text(&output.stdout) + &text(&output.stderr))
}

/// A log of three entries, a continuation, and two logs that contradict it, as copies in `dir`.
fn copies(dir: &Path) -> Log {
    let three = Log::begun("log1").and(1, "Mail is down");
    three.write(dir.join("three"));
    three.and(2, "Mail works").write(dir.join("four"));
    let fork = Log::begun("log1").and(1, "All is well");
    fork.write(dir.join("fork"));
    fork.and(2, "Mail works").write(dir.join("longer-fork"));
    Log::begun("log2").and(1, "Mail is down").write(dir.join("other-key"));
    three
}

#[test]
fn a_log_must_continue_the_one_verified_before() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path();
    copies(dir);
    let state = ["--state", "state.json"];
    for copy in ["three", "three", "four"] {
        let (code, said) = verify(dir, &[&[copy][..], &state].concat());
        assert_eq!(code, 0, "{copy}: {said}");
    }
    let kept = std::fs::read_to_string(dir.join("state.json")).expect("the file");
    let document: serde_json::Value = serde_json::from_str(&kept).expect("JSON");
    let known = &document["checkpoints"][0];
    assert_eq!((&known["size"], &known["time"]), (&4.into(), &"2013-09-03T11:02:00Z".into()), "{kept}");
    assert!(known["checkpoint"].as_str().is_some_and(|note| note.contains("\n\n— status.example.net/log1 ")));

    for (copy, says, sizes) in [
        ("three", "rollback: this log has 3 entries, the one verified earlier has 4", "4-3"),
        ("longer-fork", "split view: this log has 4 entries, like the one verified earlier", "4-4"),
        ("other-key", "split view: this log is signed by another key", "4-3"),
    ] {
        let (code, said) = verify(dir, &[&[copy][..], &state].concat());
        assert_eq!(code, 1, "{said}");
        assert!(said.contains(says) && !said.contains("verified: all"), "{said}");
        let evidence =
            said.lines().find_map(|line| line.strip_prefix("evidence: both signed checkpoints are in "));
        let evidence = evidence.expect(&said);
        assert!(evidence.starts_with(&format!("state.json.evidence-{sizes}-")), "{evidence}");
        let evidence = std::fs::read_to_string(dir.join(evidence)).expect("the evidence");
        let evidence: serde_json::Value = serde_json::from_str(&evidence).expect("JSON");
        for side in ["known", "found"] {
            let note = evidence[side]["checkpoint"].as_str().expect("a signed checkpoint");
            assert!(note.contains("\n\n— status.example.net/log"), "{side}: {note}");
        }
        assert_eq!(std::fs::read_to_string(dir.join("state.json")).expect("the file"), kept, "{copy}");
        let (_, said) = verify(dir, &[&[copy, "--json"][..], &state].concat());
        assert!(said.contains("\"proven\":false") && said.contains(says), "{said}");
    }

    std::fs::remove_file(dir.join("state.json")).expect("removed");
    assert_eq!(verify(dir, &[&["three"][..], &state].concat()).0, 0);
    let (code, said) = verify(dir, &[&["longer-fork"][..], &state].concat());
    assert!(code == 1 && said.contains("the first 3 of this log's 4 entries are not those"), "{said}");
}

/// Nothing that failed replaces what was verified, and nothing is half written.
#[test]
fn only_what_was_verified_is_kept() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path();
    let three = copies(dir);
    let state = ["--state", "state.json"];
    assert_eq!(verify(dir, &[&["three"][..], &state].concat()).0, 0);
    let kept = std::fs::read(dir.join("state.json")).expect("the file");
    std::fs::write(dir.join("four/status.txt"), "All is well.\n").expect("a file");
    assert_eq!(verify(dir, &[&["four"][..], &state].concat()).0, 1);
    three.at(START + 600).write(dir.join("later"));
    assert_eq!(verify(dir, &[&["later", "--max-age", "1m"][..], &state].concat()).0, 1, "it is too old");
    assert_eq!(std::fs::read(dir.join("state.json")).expect("the file"), kept);
    assert_eq!(verify(dir, &[&["later"][..], &state].concat()).0, 0);
    let later = std::fs::read(dir.join("state.json")).expect("the file");
    assert!(text(&later).contains("2013-09-03T11:10:00Z"), "{}", text(&later));
    assert_eq!(verify(dir, &[&["three"][..], &state].concat()).0, 0, "the same log, of an earlier minute");
    assert_eq!(std::fs::read(dir.join("state.json")).expect("the file"), later, "it never goes back");
    let names = std::fs::read_dir(dir).expect("names").map(|entry| entry.expect("a name").file_name());
    let left = names.filter(|name| name.to_string_lossy().starts_with(".tmp")).count();
    assert_eq!(left, 0, "a temporary file was left");

    std::fs::write(dir.join("state.json"), text(&later).replace("\"size\": 3", "\"size\": 2"))
        .expect("a file");
    let (code, said) = verify(dir, &[&["three"][..], &state].concat());
    assert!(code == 2 && said.contains("is not a file of verified checkpoints"), "{code} {said}");
    assert!(said.ends_with("Nothing was verified.\n"), "{said}");
    let unwritable = ["three", "--state", "three/status.txt/state.json"];
    assert_ne!(verify(dir, &unwritable).0, 0, "a file that was asked for must be written");
}

/// The user's own file knows logs whose roots were given, and tells logs of the same name apart by their keys.
#[test]
fn with_known_roots_the_users_own_file_is_used() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path();
    copies(dir);
    let root = key("carol/root").verifier().to_string();
    let kept = || std::fs::read_to_string(dir.join(KNOWN)).ok();
    assert_eq!(verify(dir, &["four"]).0, 0);
    assert_eq!(kept(), None, "anybody could fill it");
    assert_eq!(verify(dir, &["four", "--root", &root]).0, 0);
    assert!(kept().is_some_and(|known| known.contains("\"size\": 4")));
    assert_eq!(verify(dir, &["other-key", "--root", &root]).0, 0);
    let (code, said) = verify(dir, &["three", "--root", &root]);
    assert!(code == 1 && said.contains("rollback"), "{said}");
    let quiet = command(dir, &["verify", "three", "--root", &root]).env("OUTBAND_STATE", "").output();
    assert!(quiet.expect("it ends").status.success(), "an empty setting keeps nothing");
    let home = dir.join("home");
    let mut at_home = command(dir, &["verify", "three", "--root", &root]);
    at_home.env_remove("OUTBAND_STATE").env_remove("XDG_STATE_HOME").env("HOME", &home);
    assert!(at_home.output().expect("it ends").status.success());
    assert!(home.join(".local/state/outband/checkpoints.json").is_file());
    std::fs::write(dir.join(KNOWN), "nonsense").expect("a file");
    let (code, said) = verify(dir, &["three", "--root", &root]);
    assert!(code == 0 && said.contains("warning:") && said.contains("was not changed"), "{code} {said}");
}

#[test]
fn two_copies_are_compared_with_each_other() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path();
    copies(dir);
    for (copies, says) in [
        (["three", "three"], "both copies have the same log"),
        (["three", "four"], "the shorter log is the beginning of the longer one"),
        (["four", "three"], "the shorter log is the beginning of the longer one"),
    ] {
        assert!(good(dir, &[&["verify"][..], &copies].concat()).contains(says), "{copies:?}");
    }
    for (copies, says) in [
        (["four", "longer-fork"], "split view: this log has 4 entries, like the one"),
        (["three", "longer-fork"], "split view: the first 3 of this log's 4 entries"),
        (["longer-fork", "three"], "split view: the first 3 of this log's 4 entries"),
        (["three", "other-key"], "split view: this log is signed by another key"),
    ] {
        let (code, said) = verify(dir, &[&copies[..], &["--state", "state.json"]].concat());
        assert!(
            code == 1 && said.contains(says) && said.contains("contradict each other"),
            "{copies:?}: {said}"
        );
        assert!(!dir.join("state.json").exists(), "one of them is a lie");
        let (code, said) = verify(dir, &[&copies[..], &["--json"]].concat());
        let document: serde_json::Value = serde_json::from_str(&said).expect(&said);
        assert_eq!((code, &document["proven"]), (1, &false.into()));
        assert!(document["why"].as_str().is_some_and(|why| why.contains(says)), "{said}");
        let notes = [0, 1].map(|at| document["copies"][at]["checkpoint"].as_str().map(str::len));
        assert!(notes.iter().all(Option::is_some), "the evidence: {said}");
    }
    std::fs::write(dir.join("three/status.txt"), "All is well.\n").expect("a file");
    assert_eq!(verify(dir, &["four", "three"]).0, 1, "each is proven");
    let (code, said) = verify(dir, &["four", "http://127.0.0.1:1"]);
    assert!(
        code == 2 && said.contains("verified: all") && said.contains("not compared with each other"),
        "{said}"
    );
}

#[test]
fn an_old_copy_fails_if_it_must_not_be_old_and_a_future_one_is_reported() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path();
    let log = copies(dir);
    let (code, said) = verify(dir, &["three", "--max-age", "3m"]);
    assert!(code == 1 && said.contains("FAILED: too old") && said.contains("--max-age allows 3"), "{said}");
    assert!(!said.contains("verified: all") && !said.contains("ahead"), "{said}");
    assert_eq!(verify(dir, &["three", "--max-age", "100000d"]).0, 0);
    let (code, said) = verify(dir, &["three", "--max-age", "soon"]);
    assert!(code == 2 && said.contains("such as 3m"), "{said}");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock").as_secs();
    log.at(now + 60 * 60).write(dir.join("future"));
    let (code, said) = verify(dir, &["future", "--max-age", "3m"]);
    assert!(code == 0 && said.contains("warning: future: the station's last signature is "), "{said}");
    let (_, said) = verify(dir, &["future", "--json"]);
    let ahead = said.split("\"ahead_seconds\":").nth(1).and_then(|rest| rest.split(',').next());
    assert!(
        ahead.and_then(|seconds| seconds.parse::<u64>().ok()).is_some_and(|seconds| seconds > 60),
        "{said}"
    );
    // The year 2200: every month until then would have a page.
    log.at(7_258_118_400).write(dir.join("far"));
    let (code, said) = verify(dir, &["far"]);
    assert!(code == 1 && said.contains("2200-01-01T00:00:00Z, which has not come"), "{said}");
}
