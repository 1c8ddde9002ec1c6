//! What shells and `man` show: completions and man pages, from the command's own definition.

use std::process::Command;

use crate::support::{bad, good, outband};

#[test]
fn completions_are_scripts_of_their_shell() {
    let dir = tempfile::tempdir().expect("a directory");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = good(dir.path(), &["completions", shell]);
        assert!(script.contains("doctor") && script.contains("provider-prefix"), "{shell}: {script}");
    }
    let script = good(dir.path(), &["completions", "bash"]);
    let complete =
        "COMP_WORDS=(outband doc) COMP_CWORD=1; _outband outband doc outband; echo \"${COMPREPLY[@]}\"";
    let bash = Command::new("bash").args(["-c", &format!("{script}\n{complete}")]).output().expect("bash");
    assert_eq!(String::from_utf8_lossy(&bash.stdout), "doctor\n", "{bash:?}");
    assert_eq!(outband(dir.path(), &["completions", "cmd"]).status.code(), Some(2));
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
