//! Keys with a passphrase: typed, read from a file, wrong, changed; and key files that were damaged.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::support::{BIN, INIT, Server, bad, found, good, outband, set_up, text};
use crate::terminal::{at_a_terminal, shell_at_a_terminal};

const RIGHT: &str = "correct horse battery";
const OPERATOR: &str = "status.example.net/keys/operator.key";
const HERE: [&str; 2] = ["--dir", "status.example.net"];
const FROM_FILE: [&str; 2] = ["--passphrase-file", "right"];

/// A page whose operator's key has a passphrase, which is in the file `right`.
fn locked() -> tempfile::TempDir {
    let dir = set_up();
    secret(dir.path(), "right", &format!("{RIGHT}\n"));
    good(dir.path(), &["key", "passphrase", OPERATOR, "--new-passphrase-file", "right"]);
    dir
}

/// A file that only its owner may read.
fn secret(dir: &Path, name: &str, contents: &str) {
    fs::write(dir.join(name), contents).expect("a file");
    fs::set_permissions(dir.join(name), fs::Permissions::from_mode(0o600)).expect("its mode");
}

fn mode(file: &Path) -> u32 {
    fs::metadata(file).expect("a file").permissions().mode() & 0o777
}

/// Writes an update to sign, and returns the words that sign it.
fn sign<'w>(dir: &Path, more: &[&'w str]) -> Vec<&'w str> {
    let update = format!(
        "outband update v1\norigin: status.example.net\nid: {:032x}\ntime: 2013-09-03T11:10:00Z\nincident: mail\nphase: notice\ntitle: Mail is slow\n",
        1
    );
    fs::write(dir.join("update.txt"), update).expect("a file");
    [&["sign", "update.txt"][..], &HERE, more].concat()
}

/// Runs the command where no terminal can be opened.
fn without_terminal(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new("setsid");
    command.args(["--wait", BIN]).args(args).current_dir(dir).stdin(Stdio::null());
    command.output().expect("setsid, of util-linux")
}

#[test]
fn publishing_asks_for_the_passphrase_and_shows_nothing_of_it() {
    let dir = locked();
    let dir = dir.path();
    let server = Server::start(dir);
    found(dir, &server.url);
    let publish = ["publish", "--quick", "Mail is down", "--yes", "--to", &server.url];
    let publish = [&publish[..], &HERE].concat();
    let answers = [
        ("Passphrase for", "wrong horse\r"),
        ("Wrong passphrase.", ""),
        ("Passphrase for", RIGHT),
        ("", "\r"),
    ];
    let (done, shown) = at_a_terminal(dir, &publish, &answers);
    assert!(done.success() && shown.contains("READERS SEE IT:"), "{shown}");
    assert!(!shown.contains("horse"), "{shown}");
    assert!(good(dir, &["verify", &server.url]).contains("verified: all"));
    assert!(good(dir, &[&publish[..], &FROM_FILE].concat()).contains("READERS SEE IT:"));
}

#[test]
fn a_passphrase_that_is_wrong_three_times_signs_nothing_and_keeps_the_draft() {
    let dir = locked();
    let dir = dir.path();
    let server = Server::start(dir);
    found(dir, &server.url);
    secret(dir, "editor", "#!/bin/sh\nsed -i 's/^title:.*/title: Mail is down/' \"$1\"\n");
    fs::set_permissions(dir.join("editor"), fs::Permissions::from_mode(0o700)).expect("its mode");
    let line =
        format!("EDITOR=./editor '{BIN}' publish --edit --yes --to {} --dir status.example.net", server.url);
    let wrong = [("Passphrase for", "wrong\r"); 3];
    let (done, shown) = shell_at_a_terminal(dir, &line, &wrong);
    assert_eq!(done.code(), Some(1), "{shown}");
    assert!(shown.contains("what you have written is kept in status.example.net/notes/draft.txt"), "{shown}");
    assert!(
        shown.contains("was wrong 3 times") && shown.ends_with("Nothing was signed or sent.\n"),
        "{shown}"
    );
    let draft = fs::read_to_string(dir.join("status.example.net/notes/draft.txt")).expect("the draft");
    assert!(draft.contains("title: Mail is down\n"), "{draft}");
    for folder in ["sent", "unsent", "refused"] {
        assert!(!dir.join("status.example.net/notes").join(folder).exists(), "{folder}");
    }
    secret(dir, "wrong", "wrong\n");
    let quick = ["publish", "--quick", "Mail is slow", "--body", "# 1 of 3", "--yes", "--to", &server.url];
    let quick = [&quick[..], &HERE].concat();
    let error = bad(dir, &[&quick[..], &["--passphrase-file", "wrong"]].concat());
    let again = error.split('`').nth(1).expect("the way on");
    let again: Vec<&str> = again.split(' ').skip(1).chain(["--yes"]).chain(FROM_FILE).collect();
    assert!(good(dir, &again).contains("READERS SEE IT:"), "{error}");
    let log = good(dir, &[&["status", "--json", "--to", &server.url], &HERE[..]].concat());
    assert!(log.contains("Mail is slow"), "{log}");
    let error = bad(dir, &sign(dir, &["--passphrase-file", "wrong"]));
    assert!(
        error.contains("the passphrase in wrong is not that of") && error.ends_with("Nothing was signed.\n"),
        "{error}"
    );
}

#[test]
fn without_a_terminal_the_way_out_is_named() {
    let dir = locked();
    let dir = dir.path();
    let output = without_terminal(dir, &sign(dir, &[]));
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("no terminal") && error.contains("--passphrase-file"), "{error}");
    assert!(error.ends_with("Nothing was signed.\n"), "{error}");
    let output = without_terminal(dir, &["key", "new", "bob.key", "--person", "bob", HERE[0], HERE[1]]);
    let error = text(&output.stderr);
    assert!(error.contains("--no-passphrase") && error.ends_with("Nothing was written.\n"), "{error}");
    assert!(!dir.join("bob.key").exists() && !dir.join("bob.key.pub").exists());
    // Which form a file has is said without its passphrase.
    let list = text(&without_terminal(dir, &["key", "list", HERE[0], HERE[1]]).stdout);
    assert!(
        list.contains("operator.key (with a passphrase)\n          status.example.net/alice/laptop+"),
        "{list}"
    );
    assert!(list.contains("root.key (without a passphrase)\n"), "{list}");
    let status = ["status", "--json", "--to", "http://127.0.0.1:1", HERE[0], HERE[1]];
    let status = text(&without_terminal(dir, &status).stdout);
    assert!(
        status.contains("\"key\":\"status.example.net/alice/laptop\",\"key_form\":\"passphrase\""),
        "{status}"
    );
    let doctor =
        text(&without_terminal(dir, &["doctor", "--to", "http://127.0.0.1:1", HERE[0], HERE[1]]).stdout);
    for key in [
        "good     key           status.example.net/keys/operator",
        "warning  key           status.example.net/keys/root",
    ] {
        assert!(doctor.contains(key), "{key}: {doctor}");
    }
}

/// The passphrase is typed at the terminal even if everything else is a pipe.
#[test]
fn pipes_leave_the_terminal_for_the_passphrase() {
    let dir = locked();
    let dir = dir.path();
    sign(dir, &[]);
    let line =
        format!("cat update.txt | '{BIN}' sign - --dir status.example.net 2> said | cat > update.note");
    let (done, shown) = shell_at_a_terminal(dir, &line, &[("Passphrase for", &format!("{RIGHT}\r"))]);
    assert!(done.success() && !shown.contains(RIGHT), "{shown}");
    let note = fs::read_to_string(dir.join("update.note")).expect("the note");
    assert!(note.contains("\n— status.example.net/alice/laptop "), "{note}");
    let line =
        format!("'{BIN}' sign update.txt --dir status.example.net --passphrase-file /dev/fd/3 3< right");
    let run = Command::new("sh").args(["-c", &line]).current_dir(dir).output().expect("a shell");
    assert!(run.status.success(), "{}", text(&run.stderr));
}

#[test]
fn a_damaged_key_file_says_so() {
    let dir = locked();
    let dir = dir.path();
    let file = dir.join(OPERATOR);
    let whole = fs::read_to_string(&file).expect("a key");
    let signed = |contents: &str| {
        fs::write(&file, contents).expect("a file");
        bad(dir, &sign(dir, &FROM_FILE))
    };
    let bytes = binary(&whole);
    let last = bytes.len() - 1;
    let with = |at: usize| {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        armoured(&bytes)
    };
    let lines: Vec<&str> = whole.lines().collect();
    for contents in [
        with(last),
        // The first byte of the nonce, after the header's authentication code.
        with(header(&bytes).len() + 48),
        lines[..lines.len() - 2].join("\n"),
        lines[0].to_owned(),
        whole.replacen("YWdl", "!!!!", 1),
        armoured(&bytes[..bytes.len() - 20]),
    ] {
        let error = signed(&contents);
        assert!(error.contains("it is damaged. Restore it from a backup"), "{contents}: {error}");
        assert!(error.ends_with("Nothing was signed.\n"), "{error}");
    }
    fs::write(&file, &whole).expect("a file");
    good(dir, &sign(dir, &FROM_FILE));
}

#[test]
fn a_file_that_asks_for_too_much_work_does_not_hang() {
    let dir = locked();
    let dir = dir.path();
    let file = dir.join(OPERATOR);
    let bytes = binary(&fs::read_to_string(&file).expect("a key"));
    let header = header(&bytes);
    assert!(header.contains(" 18\n"), "{header}");
    let heavy = [header.replacen(" 18\n", " 30\n", 1).as_bytes(), &bytes[header.len()..]].concat();
    fs::write(&file, armoured(&heavy)).expect("a file");
    let begun = Instant::now();
    let error = bad(dir, &sign(dir, &FROM_FILE));
    assert!(error.contains("takes work of 2^30 to check"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

/// The contents of an armoured file.
fn binary(armoured: &str) -> Vec<u8> {
    let base64: String = armoured.lines().filter(|line| !line.starts_with('-')).collect();
    BASE64_STANDARD.decode(base64).expect("base64")
}

fn armoured(bytes: &[u8]) -> String {
    let base64 = BASE64_STANDARD.encode(bytes);
    let lines: Vec<&str> =
        base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
    format!("-----BEGIN AGE ENCRYPTED FILE-----\n{}\n-----END AGE ENCRYPTED FILE-----\n", lines.join("\n"))
}

/// The header, up to its authentication code.
fn header(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let end = text.find("\n--- ").expect("the end of the header") + "\n--- ".len();
    text[..end].to_owned()
}

#[test]
fn an_empty_passphrase_is_refused() {
    let dir = locked();
    let dir = dir.path();
    let new = ["key", "new", "bob.key", "--person", "bob", HERE[0], HERE[1]];
    let answers = [
        ("New passphrase for bob.key:", "\r"),
        ("must not be empty", ""),
        ("New passphrase for bob.key:", "one\r"),
        ("The same passphrase again:", "another\r"),
        ("They are not the same", ""),
        ("New passphrase for bob.key:", "one\r"),
        ("The same passphrase again:", "one\r"),
    ];
    let (done, shown) = at_a_terminal(dir, &new, &answers);
    assert!(done.success() && shown.contains("status.example.net/bob/laptop+"), "{shown}");
    assert_eq!(mode(&dir.join("bob.key")), 0o600);
    assert!(
        fs::read_to_string(dir.join("bob.key"))
            .expect("a key")
            .starts_with("-----BEGIN AGE ENCRYPTED FILE-----\n")
    );
    secret(dir, "one", "one");
    secret(dir, "empty", "\nsecond line\n");
    let error = bad(
        dir,
        &["key", "passphrase", "bob.key", "--passphrase-file", "one", "--new-passphrase-file", "empty"],
    );
    assert!(
        error.contains("the first line of empty is empty") && error.ends_with("Nothing was written.\n"),
        "{error}"
    );
}

#[test]
fn a_file_with_a_passphrase_must_be_private_and_not_standard_input() {
    let dir = locked();
    let dir = dir.path();
    fs::set_permissions(dir.join("right"), fs::Permissions::from_mode(0o644)).expect("its mode");
    let error = bad(dir, &sign(dir, &FROM_FILE));
    assert!(
        error.contains("the passphrase file right has mode 0644") && error.ends_with("Nothing was signed.\n"),
        "{error}"
    );
    let output = outband(dir, &sign(dir, &["--passphrase-file", "-"]));
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("name a pipe as /dev/fd/3"), "{}", text(&output.stderr));
    let error = bad(dir, &sign(dir, &["--passphrase-file", "nowhere"]));
    assert!(error.contains("cannot read the passphrase in nowhere"), "{error}");
}

#[test]
fn init_gives_people_s_keys_a_passphrase_and_the_host_s_none() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path();
    let given = ["--zone", "UTC", "--lang", "en", "--contact", "tel:+1-555-0100"];
    let init: Vec<&str> = INIT.into_iter().filter(|word| *word != "--no-passphrase").chain(given).collect();
    let answers = [
        ("A colleague who may publish", "\r"),
        ("New passphrase for the root key and your own:", "correct horse battery\r"),
        ("The same passphrase again:", "correct horse battery\r"),
    ];
    let (done, shown) = at_a_terminal(dir, &init, &answers);
    assert!(done.success() && !shown.contains("horse"), "{shown}");
    let keys = dir.join("status.example.net/keys");
    for (key, begins) in [
        ("root", "-----BEGIN AGE "),
        ("operator", "-----BEGIN AGE "),
        ("log", "PRIVATE+KEY+"),
        ("station", "PRIVATE+KEY+"),
    ] {
        let file = keys.join(format!("{key}.key"));
        assert!(fs::read_to_string(&file).expect("a key").starts_with(begins), "{key}");
        assert_eq!(mode(&file), 0o600, "{key}");
    }
    // The host needs nobody, and the root key is asked for when it signs.
    let server = Server::start(dir);
    found(dir, &server.url);
    let roster = ["roster", "remove", "status.example.net/alice/laptop", "--yes", "--to", &server.url];
    let (done, shown) =
        at_a_terminal(dir, &[&roster[..], &HERE].concat(), &[("Passphrase for", "correct horse battery\r")]);
    assert!(done.success() && !shown.contains("horse"), "{shown}");
    let root = fs::read_to_string(dir.join("status.example.net/root.pub")).expect("a key");
    assert_eq!(fs::read_to_string(keys.join("root.key.pub")).expect("a key"), root);
}

#[test]
fn a_passphrase_is_changed_and_removed() {
    let dir = locked();
    let dir = dir.path();
    let file = dir.join(OPERATOR);
    std::os::unix::fs::symlink(&file, dir.join("link.key")).expect("a link");
    secret(dir, "next", "next\r\n");
    let change =
        ["key", "passphrase", "link.key", "--new-passphrase-file", "next", FROM_FILE[0], FROM_FILE[1]];
    good(dir, &change);
    assert!(dir.join("link.key").is_symlink(), "the file itself was replaced");
    assert_eq!(mode(&file), 0o600);
    assert!(bad(dir, &sign(dir, &FROM_FILE)).contains("is not that of"));
    good(dir, &sign(dir, &["--passphrase-file", "next"]));
    let (done, shown) = at_a_terminal(
        dir,
        &["key", "passphrase", OPERATOR, "--no-passphrase"],
        &[("Passphrase for", "next\r")],
    );
    assert!(done.success() && shown.contains("has no passphrase"), "{shown}");
    assert!(fs::read_to_string(&file).expect("a key").starts_with("PRIVATE+KEY+"));
    assert_eq!(mode(&file), 0o600);
    good(dir, &sign(dir, &[]));
    let names: Vec<_> = fs::read_dir(dir.join("status.example.net/keys")).expect("keys").flatten().collect();
    assert_eq!(names.len(), 6, "{names:?}");
}

#[test]
fn a_change_that_is_interrupted_loses_nothing() {
    let dir = locked();
    let dir = dir.path();
    let file = dir.join(OPERATOR);
    let before = fs::read(&file).expect("a key");
    // It is killed as soon as it writes to a file.
    let line = format!(
        "ulimit -f 0; exec '{BIN}' key passphrase {OPERATOR} --passphrase-file right --no-passphrase"
    );
    let run = Command::new("sh").args(["-c", &line]).current_dir(dir).output().expect("a shell");
    assert!(!run.status.success());
    assert_eq!(fs::read(&file).expect("a key"), before);
    // At the question, Ctrl-C leaves the terminal as it was.
    let line =
        format!("'{BIN}' key passphrase {OPERATOR} --passphrase-file right; echo \"ended $?\"; stty -a");
    let (_, shown) = shell_at_a_terminal(dir, &line, &[("New passphrase", "half\u{3}")]);
    assert!(shown.contains("cancelled\nNothing was written.\nended 130\n"), "{shown}");
    assert!(shown.contains(" echo ") && shown.contains(" icanon "), "{shown}");
    assert_eq!(fs::read(&file).expect("a key"), before);
    good(dir, &sign(dir, &FROM_FILE));
}

#[test]
fn the_public_key_beside_a_secret_one_is_needed_and_must_be_its_own() {
    let dir = locked();
    let dir = dir.path();
    let public = PathBuf::from(format!("{OPERATOR}.pub"));
    let mine = fs::read_to_string(dir.join(&public)).expect("a key");
    assert_eq!(good(dir, &["key", "export", OPERATOR]), mine);
    fs::copy(dir.join("status.example.net/root.pub"), dir.join(&public)).expect("another");
    let error = bad(dir, &sign(dir, &FROM_FILE));
    assert!(
        error.contains("is not the public key of") && error.ends_with("Nothing was signed.\n"),
        "{error}"
    );
    fs::remove_file(dir.join(&public)).expect("removed");
    let error = bad(dir, &sign(dir, &FROM_FILE));
    assert!(error.contains(&format!("`outband key export {OPERATOR} > {OPERATOR}.pub`")), "{error}");
    assert_eq!(good(dir, &["key", "export", OPERATOR, FROM_FILE[0], FROM_FILE[1]]), mine);
}

#[test]
fn only_keys_of_people_have_a_passphrase() {
    let dir = locked();
    let dir = dir.path();
    let log = "status.example.net/keys/log.key";
    good(dir, &["key", "passphrase", log, "--new-passphrase-file", "right"]);
    let error = bad(dir, &["serve", "--dir", "status.example.net", "--listen", "127.0.0.1:0"]);
    assert!(error.contains(&format!("`outband key passphrase {log} --no-passphrase`")), "{error}");
    secret(dir, "id", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n");
    let error = bad(dir, &["key", "passphrase", "id", "--new-passphrase-file", "right"]);
    assert!(error.contains("If it is an SSH key, use `ssh-keygen -p -f "), "{error}");
    // A key with a passphrase is not published either.
    let title = format!(
        "--quick={}",
        fs::read_to_string(dir.join(OPERATOR)).expect("a key").lines().nth(1).expect("a line")
    );
    let error = bad(dir, &["publish", HERE[0], HERE[1], &title, "--yes"]);
    assert!(error.contains("the text contains a secret key"), "{error}");
}
