//! Several roots on several machines: rosters that are signed by file, and keys that are replaced.

use std::fs;
use std::path::{Path, PathBuf};

use outband_keys::{KeyKind, KeyName, Note, SecretKey};

use crate::support::{INIT, Server, found, good, outband, text};

const DIR: &str = "status.example.net";

/// The exit code when others must sign.
const WAITING: i32 = 3;

/// A page with a running station, and other root holders' machines.
struct Page {
    dir: tempfile::TempDir,
    server: Server,
}

impl Page {
    /// Roots alice and bob, who must sign together.
    fn of_two() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let bob = key_file(dir.path(), "bob.key", "bob/root", 7);
        let root = format!("bob={bob}");
        let said = good(dir.path(), &[&INIT[..], &["--root", &root, "--root-threshold", "2"]].concat());
        assert!(said.contains("2 roots must sign roster 1") && said.contains("countersign"), "{said}");
        let machine = machine(dir.path(), "bob");
        let roster = format!("{DIR}/roster-1.note");
        let words = ["countersign", &roster, "--dir", &machine, "--root-key", "bob.key", "--yes"];
        let said = good(dir.path(), &words);
        assert!(said.contains("is complete. Once the host is running, send it first:"), "{said}");
        let server = Server::start(dir.path());
        let page = Self { dir, server };
        let early = page.run(&["send", &roster]);
        assert!(text(&early.stderr).contains("too-few-persons"), "{}", text(&early.stderr));
        let complete = page.only_note(&machine);
        page.good(&["send", &complete, &format!("{DIR}/site-1.note")]);
        page
    }

    fn of_one() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        good(dir.path(), &INIT);
        let server = Server::start(dir.path());
        found(dir.path(), &server.url);
        Self { dir, server }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Runs a command on alice's machine.
    fn run(&self, words: &[&str]) -> std::process::Output {
        self.run_at(DIR, words)
    }

    /// The same on another's.
    fn run_at(&self, machine: &str, words: &[&str]) -> std::process::Output {
        outband(self.path(), &[words, &["--dir", machine, "--to", &self.server.url]].concat())
    }

    fn good(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert!(output.status.success(), "{words:?}: {}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    }

    fn refused(&self, machine: &str, words: &[&str]) -> String {
        let output = self.run_at(machine, words);
        assert_eq!(output.status.code(), Some(1), "{words:?}: {}", text(&output.stdout));
        text(&output.stderr)
    }

    /// Begins a roster that others must sign too; returns its file and what was said.
    fn begin(&self, words: &[&str]) -> (String, String) {
        let output = self.run(&[words, &["--yes"]].concat());
        let said = text(&output.stdout);
        assert_eq!(output.status.code(), Some(WAITING), "{said}{}", text(&output.stderr));
        let file = said.lines().find_map(|line| line.split("saved as ").nth(1)).expect("a file");
        (file.to_owned(), said)
    }

    /// The file that `countersign` wrote in this directory.
    fn only_note(&self, machine: &str) -> String {
        let files = fs::read_dir(self.path().join(machine)).expect("a directory");
        let files: Vec<PathBuf> = files.map(|file| file.expect("a name").path()).collect();
        let mut notes = files.iter().filter(|file| file.extension().is_some_and(|found| found == "note"));
        notes.next().expect("a note").display().to_string()
    }

    fn roster(&self) -> serde_json::Value {
        let list = self.good(&["roster", "list", "--json"]);
        serde_json::from_str(&list).expect("JSON")
    }

    fn verify(&self) {
        let roots = fs::read_to_string(self.path().join(DIR).join("root.pub")).expect("the roots");
        let said = good(self.path(), &["verify", &self.server.url, "--root", &roots]);
        assert!(said.contains("verified: all"), "{said}");
    }
}

/// Writes the key of `<person>/<device>` to a file of its own; returns its public part.
fn key_file(dir: &Path, file: &str, name: &str, seed: u8) -> String {
    let (key, file) = (secret(name, seed), dir.join(file));
    fs::write(&file, key.encode().as_str()).expect("a key file");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(&file, private).expect("private");
    key.verifier().to_string()
}

fn secret(name: &str, seed: u8) -> SecretKey {
    let name = KeyName::parse(&format!("{DIR}/{name}")).expect("a name");
    SecretKey::from_seed(name, KeyKind::Note, [seed; 32])
}

/// Another machine, with nothing but the public settings.
fn machine(dir: &Path, name: &str) -> String {
    let settings = fs::read_to_string(dir.join(DIR).join("outband.toml")).expect("settings");
    let public = settings.split("\n[keys]").next().expect("the part before the key files");
    fs::create_dir(dir.join(name)).expect("a directory");
    fs::write(dir.join(name).join("outband.toml"), public).expect("settings");
    name.to_owned()
}

fn public(seed: u8, name: &str) -> String {
    secret(name, seed).verifier().to_string()
}

#[test]
fn a_roster_is_signed_on_two_machines_and_sent_by_the_last() {
    let page = Page::of_two();
    let carol = public(9, "carol/laptop");
    let (file, said) = page.begin(&["roster", "add", "--person", "carol", "--key", &carol]);
    assert!(file.ends_with("-alice.note"), "{file}");
    assert!(
        said.contains(
            "1 of 2 have signed of the roots in force; still to sign: status.example.net/bob/root\n"
        ),
        "{said}"
    );
    assert!(said.contains("outband countersign roster-2-"), "{said}");
    let early = page.run(&["send", &file]);
    assert!(text(&early.stderr).contains("too-few-persons"), "{}", text(&early.stderr));
    let output = page.run_at("bob", &["countersign", &file, "--root-key", "bob.key", "--yes"]);
    let (said, shown) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success() && said.contains("Accepted (entry 2)"), "{said}{shown}");
    assert!(
        shown.contains(&format!("It changes:\n- number: 1\n+ number: 2\n+ operator: {carol}\n")),
        "{shown}"
    );
    assert!(page.roster()["operator"].to_string().contains("carol/laptop"));
    page.verify();
}

#[test]
fn files_signed_apart_are_combined_in_any_order() {
    let page = Page::of_two();
    let carol = public(9, "carol/laptop");
    let (file, _) = page.begin(&["roster", "add", "--person", "carol", "--key", &carol]);
    // Bob signs without the network, and only the text.
    let whole = fs::read(page.path().join(&file)).expect("a note");
    let note = Note::parse(&whole).expect("a note");
    fs::write(page.path().join("roster.txt"), note.text()).expect("a text");
    good(page.path(), &["sign", "roster.txt", "--key", "bob.key", "-o", "from-bob.note"]);
    let output = page.run(&["countersign", "--combine", "from-bob.note", &file, "from-bob.note"]);
    let said = text(&output.stdout);
    assert!(output.status.success() && said.contains("Accepted (entry 2)"), "{said}{}", text(&output.stderr));
    assert_eq!(fs::read(page.path().join(&file)).expect("a note"), whole, "the files stay as they were");
    page.verify();
}

#[test]
fn signatures_that_do_not_count_are_named() {
    let page = Page::of_two();
    let path = page.path();
    let carol = public(9, "carol/laptop");
    let (file, _) = page.begin(&["roster", "add", "--person", "carol", "--key", &carol]);
    key_file(path, "mallory.key", "mallory/root", 66);
    let error = page.refused("bob", &["countersign", &file, "--root-key", "mallory.key", "--yes"]);
    assert!(error.contains("mallory/root is none of the keys that may sign this"), "{error}");
    assert!(
        error.contains("They are: status.example.net/alice/root, status.example.net/bob/root"),
        "{error}"
    );
    assert!(error.ends_with("Nothing was signed or sent.\n"), "{error}");
    let error = page.refused(DIR, &["countersign", &file, "--yes"]);
    assert!(error.contains("alice/root cannot be added; has it signed already?"), "{error}");

    let note = fs::read_to_string(path.join(&file)).expect("a note");
    let note = Note::parse(note.as_bytes()).expect("a note");
    let by = |text: &str, key: &SecretKey| Note::compose(text, &[key.sign_note(text).expect("signed")]);
    let (bob, mallory) = (secret("bob/root", 7), secret("mallory/root", 66));
    fs::write(path.join("stranger.note"), by(note.text(), &mallory)).expect("a note");
    let error = page.refused(DIR, &["countersign", "--combine", &file, "stranger.note"]);
    assert!(
        error.contains("stranger.note is signed only by status.example.net/mallory/root, who may not"),
        "{error}"
    );

    let other = note.text().replace("carol/laptop", "carol/phone").replace(&carol, &public(9, "carol/phone"));
    fs::write(path.join("other.note"), by(&other, &bob)).expect("a note");
    let error = page.refused(DIR, &["countersign", "--combine", &file, "other.note"]);
    assert!(error.contains("have different texts, and a signature counts only for its own"), "{error}");

    let elsewhere = Note::compose(note.text(), &[bob.sign_note("Another.\n").expect("signed")]);
    fs::write(path.join("bad.note"), elsewhere).expect("a note");
    let error = page.refused(DIR, &["countersign", "--combine", &file, "bad.note"]);
    assert!(
        error.contains("bad.note cannot be used") && error.contains("bob/root does not match the text"),
        "{error}"
    );
    assert_eq!(page.roster()["number"], 1);
}

#[test]
fn a_second_key_of_a_person_does_not_count_again() {
    let page = Page::of_two();
    let spare = public(8, "alice/spare");
    let words = ["roster", "add", "--root", "--person", "alice", "--key", &spare];
    let (file, _) = page.begin(&words);
    let sign = ["countersign", &file, "--root-key", "bob.key", "--yes"];
    assert!(page.run_at("bob", &sign).status.success());
    key_file(page.path(), "spare.key", "alice/spare", 8);
    let (file, _) = page.begin(&["roster", "threshold", "1"]);
    let error = page.refused("bob", &["countersign", &file, "--root-key", "spare.key", "--yes"]);
    assert!(error.contains("alice/spare belongs to somebody who has signed already"), "{error}");
}

#[test]
fn a_roster_that_was_overtaken_is_refused_before_it_is_signed() {
    let page = Page::of_two();
    let (first, second) = (public(9, "carol/laptop"), public(10, "dana/laptop"));
    let (held, _) = page.begin(&["roster", "add", "--person", "carol", "--key", &first]);
    let (sent, _) = page.begin(&["roster", "add", "--person", "dana", "--key", &second]);
    let sign = |file: &str| page.run_at("bob", &["countersign", file, "--root-key", "bob.key", "--yes"]);
    assert!(sign(&sent).status.success());
    let error = text(&sign(&held).stderr);
    assert!(error.contains("this is roster 2, but roster 2 is in force by now (entry 2)"), "{error}");
    let error = text(&sign(&sent).stderr);
    assert!(error.contains("this roster is in force already, as entry 2"), "{error}");
}

#[test]
fn json_says_who_is_missing_and_a_dry_run_signs_nothing() {
    let page = Page::of_two();
    let carol = public(9, "carol/laptop");
    let add = ["roster", "add", "--person", "carol", "--key", &carol, "--json"];
    let dry: serde_json::Value =
        serde_json::from_str(&page.good(&[&add[..], &["--dry-run"]].concat())).expect("JSON");
    assert_eq!((&dry["signed"], &dry["changes"][0]), (&false.into(), &"- number: 1".into()));
    let output = page.run(&[&add[..], &["--yes"]].concat());
    assert_eq!(output.status.code(), Some(WAITING));
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(said["sent"], false);
    let missing = serde_json::json!([{"of": "the roots in force", "need": 2, "have": 1, "from": ["status.example.net/bob/root"]}]);
    assert_eq!(said["missing"], missing);
}

#[test]
fn a_redaction_is_signed_by_two_as_well() {
    let page = Page::of_two();
    page.good(&["publish", "--quick", "Mail is down", "--affects", "mail=down", "--yes"]);
    let (file, _) = page.begin(&["redact", "2", "--reason", "named a customer"]);
    let output = page.run_at("bob", &["countersign", &file, "--root-key", "bob.key", "--yes"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    page.verify();
}

#[test]
fn an_operators_key_is_replaced_in_one_step() {
    let page = Page::of_one();
    let new = public(9, "alice/desktop");
    let said = page.good(&["roster", "rotate", "status.example.net/alice/laptop", "--key", &new, "--yes"]);
    assert!(said.contains("Accepted (entry 2)"), "{said}");
    let roster = page.roster();
    assert_eq!(roster["operator"], serde_json::json!([new]));
    assert!(roster["revoked"].to_string().contains("alice/laptop"), "{roster}");
    let error = page.refused(DIR, &["publish", "--quick", "Mail is down", "--affects", "mail=down", "--yes"]);
    assert!(error.contains("was removed by entry 2"), "{error}");
    let error =
        page.refused(DIR, &["roster", "rotate", "status.example.net/alice/desk", "--key", &new, "--yes"]);
    assert!(error.contains("did you mean status.example.net/alice/desktop"), "{error}");
}

#[test]
fn a_root_is_replaced_by_a_roster_that_both_keys_sign() {
    let page = Page::of_one();
    let new = key_file(page.path(), "ruth.key", "ruth/root", 20);
    let error =
        page.refused(DIR, &["roster", "rotate", "status.example.net/alice/root", "--key", &new, "--yes"]);
    assert!(error.contains("does not belong to alice"), "{error}");
    let new = key_file(page.path(), "ruth.key", "alice/root2", 20);
    let rotate = ["roster", "rotate", "status.example.net/alice/root", "--key", &new];
    let old = format!("{DIR}/keys/root.key");
    let output = page.run(&[&rotate[..], &["--yes"]].concat());
    assert_eq!(output.status.code(), Some(WAITING), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("0 of 1 have signed of the new roots"), "{}", text(&output.stdout));
    let said = page.good(&[&rotate[..], &["--root-key", &old, "--root-key", "ruth.key", "--yes"]].concat());
    assert!(
        said.contains(
            "ROOT_KEYS, root-keys in outband.toml and `outband verify --root` name the roots of\nroster 1"
        ),
        "{said}"
    );
    page.verify();
    let error = page.refused(DIR, &["site", "set", "name", "Mail", "--yes"]);
    assert!(error.contains("alice/root is none of the keys that may sign this"), "{error}");
    page.good(&["site", "set", "name", "Mail", "--root-key", "ruth.key", "--yes"]);
}

#[test]
fn roots_are_added_and_left_out_with_their_threshold() {
    let page = Page::of_one();
    let bob = key_file(page.path(), "bob.key", "bob/root", 7);
    let add = ["roster", "add", "--root", "--person", "bob", "--key", &bob, "--root-threshold", "2"];
    let own = format!("{DIR}/keys/root.key");
    page.good(&[&add[..], &["--root-key", &own, "--root-key", "bob.key", "--yes"]].concat());
    assert_eq!(page.roster()["root_threshold"], 2);
    let remove = ["roster", "remove", "status.example.net/bob/root"];
    let error = page.refused(DIR, &[&remove[..], &["--yes"]].concat());
    assert!(error.contains("--root-threshold"), "{error}");
    let error = page.refused(DIR, &[&remove[..], &["--since", "1", "--yes"]].concat());
    assert!(error.contains("is a root, and nothing that roots sign is flagged"), "{error}");
    let both = ["--root-threshold", "1", "--root-key", &own, "--root-key", "bob.key", "--yes"];
    page.good(&[&remove[..], &both].concat());
    assert_eq!(page.roster()["root"].as_array().expect("roots").len(), 1);
    page.verify();
    let error = page.refused(DIR, &["roster", "threshold", "2", "--of", "data-non", "--yes"]);
    assert!(error.contains("did you mean data-none?"), "{error}");
}

/// Ten rotations later the first entries verify, with the roots of roster 1.
#[test]
fn after_ten_rotations_the_first_entries_verify() {
    let page = Page::of_one();
    let path = page.path();
    page.good(&["publish", "--quick", "Mail is down", "--affects", "mail=down", "--yes"]);
    let first = fs::read(path.join(DIR).join("roster-1.note")).expect("a note");
    let (mut root, mut operator) = ("alice/root".to_owned(), "alice/laptop".to_owned());
    let mut key = format!("{DIR}/keys/root.key");
    for turn in 1..=10_u8 {
        let (new_root, new_operator) = (format!("alice/root{turn}"), format!("alice/laptop{turn}"));
        let file = format!("root{turn}.key");
        let public_root = key_file(path, &file, &new_root, 100 + turn);
        let rotate = |old: &str, new: &str, keys: &[&str]| {
            let old = format!("{DIR}/{old}");
            page.good(&[&["roster", "rotate", &old, "--key", new, "--yes"], keys].concat());
        };
        rotate(&root, &public_root, &["--root-key", &key, "--root-key", &file]);
        rotate(&operator, &public(150 + turn, &new_operator), &["--root-key", &file]);
        (root, operator, key) = (new_root, new_operator, file);
    }
    assert_eq!(page.roster()["number"], 21);
    page.verify();
    let agent: ureq::Agent = ureq::Agent::config_builder().build().into();
    let entry = agent.get(format!("{}/log/0.note", page.server.url)).call().expect("an answer");
    let entry = entry.into_body().read_to_vec().expect("a body");
    assert!(entry.starts_with(&first), "entry 0 is as it was signed, with a receipt");
    let error = page.refused(DIR, &["site", "set", "name", "Mail", "--yes"]);
    assert!(error.contains("alice/root is none of the keys"), "the first root signs no more: {error}");
}
