//! The demo, as a newcomer runs it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::{server, signal, text};

/// A running demo, and its output until it went live.
fn demo(temporary: &Path) -> (Child, Vec<String>) {
    let mut child = server()
        .args(["demo", "--port", "0", "--within", "1"])
        .env("TMPDIR", temporary)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the demo starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let mut printed = Vec::new();
    while !printed.last().is_some_and(|line: &String| line.starts_with("Ctrl-C")) {
        printed.push(lines.next().expect("more lines").expect("a line"));
    }
    (child, printed)
}

fn sh(command: &str) -> String {
    let run = Command::new("sh").args(["-c", command]).stdin(Stdio::null()).output().expect("a shell");
    let logged = text(&run.stdout);
    assert!(run.status.success(), "{command}: {logged}{}", text(&run.stderr));
    logged
}

#[test]
fn the_demo_replays_its_story_and_its_commands_work() {
    let temporary = tempfile::tempdir().expect("a directory");
    let (child, printed) = demo(temporary.path());
    let command = |part: &str| {
        let line = printed.iter().find(|line| line.starts_with("  ") && line.contains(part));
        line.unwrap_or_else(|| panic!("no {part} in {printed:#?}")).clone()
    };
    let agent: ureq::Agent = ureq::Agent::config_builder().build().into();
    let url = printed[0].strip_prefix("listening on ").expect("the URL comes first");
    let get = |path: &str| {
        agent.get(format!("{url}{path}")).call().expect("a page").body_mut().read_to_string().expect("text")
    };
    let index = get("/");
    assert!(index.contains("Larkfield Hosted Mail"), "{index}");
    let history: String = ["/", "/history"].map(get).concat();
    let incidents: Vec<&str> =
        history.split("\"/incidents/").skip(1).filter_map(|rest| rest.split(['"', '#']).next()).collect();
    assert!(!incidents.is_empty());
    for incident in incidents {
        let page = get(&format!("/incidents/{incident}"));
        assert!(!page.contains("(received "), "{incident} was received late: {page}");
    }
    assert!(sh(&command(" verify ")).contains("verified: all"));
    assert!(sh(&format!("{} --yes", command(" publish "))).contains("Published (entry "));
    assert!(get("/status.txt").contains("Calendars load slowly"));
    signal("INT", &child.id().to_string());
    let ended = child.wait_with_output().expect("it ends");
    assert!(ended.status.success());
    let errors = text(&ended.stderr);
    assert!(!errors.contains("note accepted"), "the host's log between the story's lines: {errors}");
}

#[test]
fn the_demo_leaves_nothing_behind_however_it_ends() {
    for name in ["HUP", "INT", "TERM"] {
        let temporary = tempfile::tempdir().expect("a directory");
        let (mut child, printed) = demo(temporary.path());
        let left = || std::fs::read_dir(temporary.path()).expect("a directory").count();
        assert_eq!(left(), 1, "{printed:#?}");
        signal(name, &child.id().to_string());
        assert!(child.wait().expect("it ends").success(), "SIG{name}");
        assert_eq!(left(), 0, "SIG{name} left something behind");
    }
}

#[test]
fn the_demo_takes_a_free_port_if_its_own_is_taken() {
    // Taken by this test, or by another program.
    let _taken = std::net::TcpListener::bind("127.0.0.1:8080");
    let temporary = tempfile::tempdir().expect("a directory");
    let mut demo = server()
        .args(["demo", "--within", "1"])
        .env("TMPDIR", temporary.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    let output = demo.stdout.take().expect("piped");
    BufReader::new(output).read_line(&mut line).expect("a first line");
    assert!(line.starts_with("listening on http://127.0.0.1:") && !line.contains(":8080"), "{line}");
    demo.kill().expect("killed");
    demo.wait().expect("it ends");
}
