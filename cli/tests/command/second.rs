//! A second station: it shows the page, takes updates while the first one is away, and passes them on.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::support::{Server, bad, found, good, outband, publish, set_up, text, until};

fn get(url: &str, path: &str) -> String {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    match agent.get(format!("{url}{path}")).call() {
        Ok(mut answer) => answer.body_mut().read_to_string().expect("a text"),
        Err(_) => String::new(),
    }
}

/// Makes the second station's key, enrols it, and returns the options of its host.
fn enrolled(dir: &Path, first: &str) -> Vec<String> {
    let new = ["key", "new", "--origin", "status.example.net", "--station", "station2", "station2.key"];
    let key = good(dir, &new);
    let roster = ["roster", "add", "--dir", "status.example.net", "--to", first, "--yes", "--station"];
    good(dir, &[&roster[..], &[key.trim()]].concat());
    let roots = std::fs::read_to_string(dir.join("status.example.net/root.pub")).expect("the roots");
    std::fs::create_dir_all(dir.join("second")).expect("a folder");
    let options = ["--dir", "second", "--origin", "status.example.net", "--root-keys", roots.trim()];
    let options = options.into_iter().chain(["--station-key-file", "station2.key", "--follow", first]);
    options.map(ToOwned::to_owned).collect()
}

fn start(dir: &Path, options: &[String], listen: &str) -> Server {
    let options: Vec<&str> = options.iter().map(String::as_str).chain(["--listen", listen]).collect();
    Server::of(dir, &options).expect("it starts")
}

#[test]
fn it_shows_the_page_and_takes_updates_while_the_first_one_is_away() {
    let dir = set_up();
    let dir = dir.path();
    let first = Server::start(dir);
    found(dir, &first.url);
    let options = enrolled(dir, &first.url);
    let say = |url: &str, title: &str| publish(dir, url, &["--quick", title, "--affects", "mail=outage"]);
    assert!(say(&first.url, "Mail is down").status.success());
    let second = start(dir, &options, "127.0.0.1:0");
    until(|| get(&second.url, "/status.txt").contains("Mail is down"));
    assert!(
        good(dir, &["verify", &first.url, &second.url]).contains("agreed: both copies have the same log")
    );
    let begun = Instant::now();
    assert!(say(&first.url, "Mail is still down").status.success());
    until(|| get(&second.url, "/status.txt").contains("Mail is still down"));
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());

    let address = first.url.trim_start_matches("http://").to_owned();
    first.kill();
    let to_both = |title: &str| {
        let words = ["--quick", title, "--affects", "support=outage", "--to", &second.url];
        publish(dir, &format!("http://{address}"), &words)
    };
    let said = to_both("Support is down");
    let shown = text(&said.stdout);
    assert!(said.status.success(), "{shown}{}", text(&said.stderr));
    assert!(shown.contains("Published (not yet in the log) at 1 of 2 endpoints"), "{shown}");
    assert!(shown.contains("READERS SEE IT"), "{shown}");
    let page = get(&second.url, "/");
    assert!(page.contains("Support is down") && page.contains("not yet in the log"), "{page}");
    let proof = good(dir, &["verify", &second.url]);
    assert!(
        proof.contains("pending: 1 signed, not in the log yet") && proof.contains("verified: all"),
        "{proof}"
    );

    // Killed and started again, it still has it.
    let own = second.url.trim_start_matches("http://").to_owned();
    second.kill();
    let second = start(dir, &options, &own);
    until(|| get(&second.url, "/").contains("not yet in the log"));

    let first = Server::of(dir, &["--dir", "status.example.net", "--listen", &address]).expect("it starts");
    until(|| get(&first.url, "/status.txt").contains("Support is down"));
    until(|| !get(&second.url, "/").contains("not yet in the log"));
    assert!(
        good(dir, &["verify", &first.url, &second.url]).contains("agreed: both copies have the same log")
    );
    let entry = get(&first.url, "/log/5.note");
    assert!(entry.contains("/station1 ") && entry.contains("/station2 "), "{entry}");
}

#[test]
fn what_is_missing_to_start_is_named() {
    let dir = set_up();
    let dir = dir.path();
    let first = Server::start(dir);
    found(dir, &first.url);
    let error = bad(dir, &["serve", "--dir", "second", "--follow", &first.url]);
    assert!(error.contains("not started") && error.contains("ORIGIN is not set"), "{error}");
    let error = outband(dir, &["key", "new", "--origin", "status.example.net", "a.key"]);
    assert_eq!(error.status.code(), Some(2));
    assert!(text(&error.stderr).contains("--person <PERSON>"), "{}", text(&error.stderr));
    // A station that the roster does not list.
    let new = ["key", "new", "--origin", "status.example.net", "--station", "station2", "station2.key"];
    good(dir, &new);
    let roots = std::fs::read_to_string(dir.join("status.example.net/root.pub")).expect("the roots");
    let options = ["--dir", "second", "--origin", "status.example.net", "--root-keys", roots.trim()];
    let options = options.into_iter().chain(["--station-key-file", "station2.key", "--follow", &first.url]);
    let options: Vec<String> = options.map(ToOwned::to_owned).collect();
    std::fs::create_dir(dir.join("second")).expect("a folder");
    let second = start(dir, &options, "127.0.0.1:0");
    until(|| second.log().contains("not following: the roster has no line `station: "));
    let refused = publish(dir, &second.url, &["--quick", "Mail is down", "--affects", "mail=outage"]);
    assert!(!refused.status.success());
    assert!(
        text(&refused.stderr).contains("has not followed the first one so far"),
        "{}",
        text(&refused.stderr)
    );
}
