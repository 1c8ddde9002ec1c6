//! The command and its native host as processes: set up, serve, send, publish, verify, stop.

// These tests stop servers with signals, check file modes and type at a terminal.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot continue says why")]

mod completions;
mod compose;
mod damage;
mod demo;
mod doctor;
mod documents;
mod hostile;
mod init;
mod json;
mod known;
mod logs;
mod mirror;
mod network;
mod passphrase;
mod preview;
mod publish;
mod recovery;
mod roots;
mod second;
mod secrets;
mod serve;
mod servers;
mod signers;
mod site;
mod support;
mod terminal;
mod trust;
mod upstream;
mod verify;

use support::good;

#[test]
fn every_subcommand_explains_itself_with_an_example() {
    let dir = tempfile::tempdir().expect("a directory");
    let commands: [&[&str]; 36] = [
        &["init"],
        &["publish"],
        &["update"],
        &["resolve"],
        &["status"],
        &["sign"],
        &["send"],
        &["verify"],
        &["grammar"],
        &["serve"],
        &["mirror"],
        &["backup"],
        &["restore"],
        &["demo"],
        &["roster"],
        &["roster", "list"],
        &["roster", "add"],
        &["key"],
        &["key", "new"],
        &["key", "passphrase"],
        &["key", "list"],
        &["key", "export"],
        &["key", "allowed-signers"],
        &["roster", "remove"],
        &["roster", "rotate"],
        &["roster", "threshold"],
        &["site"],
        &["site", "show"],
        &["site", "edit"],
        &["site", "set"],
        &["site", "add"],
        &["site", "remove"],
        &["countersign"],
        &["doctor"],
        &["completions"],
        &["man"],
    ];
    for command in commands {
        let help = good(dir.path(), &[command, &["--help"]].concat());
        let example = format!("\n  outband {}", command.join(" "));
        assert!(help.contains("Example") && help.contains(&example), "{command:?}: {help}");
    }
}
