//! What shells and `man` show: completions and man pages, from the command's own definition.

use std::path::Path;
use std::process::Command;

use crate::support::{BIN, Server, bad, found, good, outband, publish, set_up};
use crate::terminal::shell_at_a_terminal;

const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

#[test]
fn completions_are_scripts_that_ask_this_command() {
    let dir = tempfile::tempdir().expect("a directory");
    for shell in SHELLS {
        let script = good(dir.path(), &["completions", shell]);
        assert!(script.contains("OUTBAND_COMPLETE") && !script.contains(BIN), "{shell}: {script}");
    }
    assert_eq!(outband(dir.path(), &["completions", "cmd"]).status.code(), Some(2));
}

/// What bash offers for the last word of a line, as it splits the line itself.
fn offered(dir: &Path, line: &str) -> Vec<String> {
    let script = "eval \"$(outband completions bash)\"
complete_line() {
    COMP_LINE=$1 COMP_POINT=${#1}
    local spaced=${1//=/ = }
    COMP_WORDS=($spaced)
    [[ $1 == *[\\ =] && ${COMP_WORDS[-1]} != '=' ]] && COMP_WORDS+=('')
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    local current=${COMP_WORDS[COMP_CWORD]}
    [[ $current == '=' ]] && current=
    _clap_complete_outband outband \"$current\" ''
    printf '%s\\n' \"${COMPREPLY[@]}\"
}
complete_line \"$1\"";
    let folder = Path::new(BIN).parent().expect("a folder").display().to_string();
    let path = format!("{folder}:{}", std::env::var("PATH").expect("PATH"));
    let mut bash = Command::new("bash");
    // Any address would be asked through this proxy, which does not exist.
    let bash = bash.args(["--norc", "-c", script, "bash", line]).env("PATH", path);
    let bash = bash.env("HTTPS_PROXY", "http://127.0.0.1:1").current_dir(dir).output().expect("bash");
    assert!(bash.stderr.is_empty(), "{line}: {}", String::from_utf8_lossy(&bash.stderr));
    String::from_utf8_lossy(&bash.stdout).lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn bash_completes_the_names_of_a_page() {
    let dir = set_up();
    let offers = |line: &str| offered(dir.path(), line);
    let within = |words: &str| offers(&format!("outband publish --dir status.example.net {words}"));
    assert_eq!(offers("outband doc"), ["doctor"]);
    assert!(offers("outband publish --templ").contains(&"--template".to_owned()));
    assert_eq!(within("--affects su").len(), 6);
    assert!(within("--affects su").contains(&"support=outage".to_owned()));
    assert_eq!(within("--affects "), ["mail=", "support="]);
    assert_eq!(within("--affects mail=ou"), ["outage"]);
    assert_eq!(within("--affects mail=").len(), 6);
    assert_eq!(within("--unaffected m"), ["mail"]);
    assert_eq!(within("--phase inv"), ["investigating"]);
    assert_eq!(within("--template vo"), ["voice"]);
    assert_eq!(offers("outband publish --dir=status.example.net --unaffected m"), ["mail"]);
    assert_eq!(within("--incident 20"), [] as [&str; 0], "nothing is known to be open");
    assert_eq!(offers("outband publish --affects m"), [] as [&str; 0], "there is no page here");
}

/// Tab at a prompt, where the shell splits the words and puts the answer into the line.
#[test]
fn tab_completes_at_a_prompt() {
    let dir = set_up();
    let folder = Path::new(BIN).parent().expect("a folder").display().to_string();
    for (shell, options, ready) in
        [("bash", "--norc --noprofile -i", ""), ("zsh", "-f -i", "autoload -U compinit; compinit -u -D; ")]
    {
        let line = format!("PATH={folder}:$PATH PS1='> ' exec {shell} {options}");
        let page = "outband publish --dir status.example.net";
        let typed = [
            ("> ", format!("{ready}eval \"$(outband completions {shell})\"; echo rea''dy\r")),
            ("ready", format!("{page} --affects su\t")),
            // What follows what was typed; zsh shows only that.
            ("pport=", "out\t".to_owned()),
            ("age", "--phase mon\t".to_owned()),
            ("itoring", "--template vo\t".to_owned()),
            // To the beginning of the line, which is printed instead of run.
            ("ice", "\u{1}echo \r".to_owned()),
            ("support=outage --phase monitoring --template voice", "exit\r".to_owned()),
        ];
        let typed: Vec<(&str, &str)> = typed.iter().map(|(shown, keys)| (*shown, keys.as_str())).collect();
        let (_, shown) = shell_at_a_terminal(dir.path(), &line, &typed);
        assert!(
            shown.contains("net --affects support=outage --phase monitoring --template voice\n"),
            "{shell}: {shown}"
        );
    }
}

#[test]
fn fish_completes_the_names_of_a_page() {
    let dir = set_up();
    let folder = Path::new(BIN).parent().expect("a folder").display().to_string();
    let offers = |words: &str| {
        let script = format!(
            "set -p PATH {folder}; outband completions fish | source; complete --do-complete 'outband {words}'"
        );
        let fish = Command::new("fish").args(["--no-config", "-c", &script]).current_dir(dir.path()).output();
        let offered = String::from_utf8(fish.expect("fish").stdout).expect("UTF-8");
        offered.lines().map(|line| line.split('\t').next().unwrap_or(line).to_owned()).collect::<Vec<_>>()
    };
    let within = |words: &str| offers(&format!("publish --dir status.example.net {words}"));
    assert_eq!(offers("doc"), ["doctor"]);
    assert_eq!(within("--affects mail=ou"), ["mail=outage"]);
    assert_eq!(within("--unaffected m"), ["mail"]);
    assert_eq!(within("--phase inv"), ["investigating"]);
}

#[test]
fn open_incidents_are_completed_from_what_was_seen_last() {
    let dir = set_up();
    let server = Server::start(dir.path());
    found(dir.path(), &server.url);
    let offers = |words: &str| offered(dir.path(), &format!("outband {words}"));
    let done =
        publish(dir.path(), &server.url, &["--quick", "Mail is down", "--incident", "mail-1", "--new"]);
    assert!(done.status.success(), "{done:?}");
    let url = server.url.clone();
    let status = || good(dir.path(), &["status", "--dir", "status.example.net", "--to", &url]);
    assert_eq!(offers("resolve --dir status.example.net m"), ["mail-1"]);
    std::fs::remove_file(dir.path().join("status.example.net/last-seen.json")).expect("removed");
    assert_eq!(offers("update --dir status.example.net m"), [] as [&str; 0]);
    status();
    assert_eq!(offers("update --dir status.example.net m"), ["mail-1"]);
    assert_eq!(offers("publish --dir status.example.net --incident m"), ["mail-1"]);
    let resolve = ["resolve", "--dir", "status.example.net", "--to", &url, "--yes", "--title", "Mail works"];
    good(dir.path(), &resolve);
    assert_eq!(offers("resolve --dir status.example.net m"), [] as [&str; 0], "it is over");
    server.stop();
    assert_eq!(offers("publish --dir status.example.net --unaffected su"), ["support"], "no server is asked");
}

/// What a hostile server shows is no name, so that no shell runs it.
#[test]
fn only_names_are_completed() {
    let dir = set_up();
    let file = dir.path().join("status.example.net/last-seen.json");
    let seen = r#"{"components":["mail","m$(id)"],"open":["m;id","m\u001b","mail-1"]}"#;
    std::fs::write(&file, seen).expect("a file");
    let offers = |words: &str| offered(dir.path(), &format!("outband {words}"));
    assert_eq!(offers("publish --dir status.example.net --unaffected m"), ["mail"]);
    assert_eq!(offers("resolve --dir status.example.net m"), ["mail-1"]);
    std::fs::write(&file, "not JSON").expect("a file");
    assert_eq!(offers("publish --dir status.example.net --unaffected m"), ["mail"], "as it was set up");
}

#[test]
fn each_subcommand_has_a_man_page() {
    let dir = tempfile::tempdir().expect("a directory");
    let write = ["man", "share/man1"];
    good(dir.path(), &write);
    good(dir.path(), &write);
    let page = |name: &str| std::fs::read_to_string(dir.path().join("share/man1").join(name)).expect(name);
    assert!(page("outband.1").contains("doctor"));
    assert!(page("outband-doctor.1").contains("outband doctor \\-\\-json"), "its example");
    assert!(page("outband-roster-add.1").contains("\\-\\-person"));
    std::fs::write(dir.path().join("file"), "").expect("a file");
    assert!(bad(dir.path(), &["man", "file"]).contains("cannot write man pages to file"));
}
