//! Changing what the page covers.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::support::{BIN, Server, bad, command, found, good, outband, set_up, text};
use crate::terminal::shell_at_a_terminal;

/// A page with a running station.
struct Page {
    dir: tempfile::TempDir,
    server: Server,
}

impl Page {
    fn new() -> Self {
        let dir = set_up();
        let server = Server::start(dir.path());
        found(dir.path(), &server.url);
        Self { dir, server }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn words<'w>(&'w self, words: &[&'w str]) -> Vec<&'w str> {
        [words, &["--dir", "status.example.net", "--to", &self.server.url]].concat()
    }

    fn good(&self, words: &[&str]) -> String {
        good(self.path(), &self.words(words))
    }

    fn bad(&self, words: &[&str]) -> String {
        bad(self.path(), &self.words(words))
    }

    /// What is shown beside the result.
    fn shown(&self, words: &[&str]) -> String {
        let output = outband(self.path(), &self.words(words));
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stderr)
    }

    fn show(&self) -> String {
        self.good(&["site", "show"])
    }

    fn editor(&self, script: &str) -> String {
        let file = self.path().join("editor.sh");
        fs::write(&file, script).expect("a script");
        format!("sh {}", file.display())
    }

    fn edit(&self, editor: &str) -> Output {
        let mut command = command(self.path(), &self.words(&["site", "edit", "--yes"]));
        command.env_remove("VISUAL").env("EDITOR", editor).output().expect("the command starts")
    }

    fn draft(&self) -> std::path::PathBuf {
        self.path().join("status.example.net/notes/site.txt")
    }
}

#[test]
fn lines_are_set_added_and_removed() {
    let page = Page::new();
    let shown = page.shown(&["site", "set", "cadence", "critical", "15", "--yes"]);
    assert!(shown.contains("It changes:\n+ cadence: critical 15\n"), "{shown}");
    let shown = page.shown(&["site", "set", "cadence", "critical", "20", "--yes"]);
    assert!(shown.contains("- cadence: critical 15\n+ cadence: critical 20\n"), "{shown}");
    page.good(&["site", "add", "component", "billing", "Billing", "--yes"]);
    page.good(&["site", "set", "component", "mail", "E-mail and calendars", "--yes"]);
    page.good(&["site", "add", "mirror", "https://mirror.example.org", "--yes"]);
    page.good(&["site", "set", "hint", "mail", "server names beginning with mx", "--yes"]);
    let site = page.show();
    for line in [
        "cadence: critical 20\n",
        "component: mail E-mail and calendars\n",
        "component: billing Billing\n",
        "mirror: https://mirror.example.org\n",
        "hint: mail server names beginning with mx\n",
    ] {
        assert!(site.contains(line), "{site}");
    }
    page.good(&["site", "remove", "component", "billing", "--yes"]);
    page.good(&["site", "remove", "mirror", "https://mirror.example.org", "--yes"]);
    let json: serde_json::Value =
        serde_json::from_str(&page.good(&["site", "show", "--json"])).expect("JSON");
    assert_eq!(json["lines"]["mirror"], serde_json::json!([]));
    assert_eq!(json["lines"]["component"].as_array().expect("components").len(), 2);
    let said = good(page.path(), &["verify", &page.server.url]);
    assert!(said.contains("verified: all"), "{said}");
}

#[test]
fn a_change_that_cannot_be_made_is_refused_before_it_is_signed() {
    let page = Page::new();
    for (words, says) in [
        (&["site", "set", "cadense", "critical 15"][..], "no line \"cadense\"; did you mean cadence?"),
        (&["site", "set", "cadence", "critcal 15"], "it must be an impact and a number of minutes"),
        (&["site", "add", "component", "mail Mail"], "there is already `component: mail Mail`"),
        (&["site", "remove", "component", "mial"], "did you mean mail?"),
        (&["site", "remove", "name", "Example"], "one name line"),
        (&["site", "set", "component", "mail Mail"], "this changes nothing"),
        (&["site", "set", "name", "a\u{202e}b"], "the character U+202E is not allowed"),
    ] {
        let error = page.bad(&[words, &["--yes"]].concat());
        assert!(error.contains(says) && error.ends_with("Nothing was signed or sent.\n"), "{error}");
    }
    let error = page.bad(&["site", "set", "name", "Mail"]);
    assert!(error.contains("Use --yes to sign without confirmation"), "{error}");
    let dry = page.good(&["site", "set", "name", "Mail", "--dry-run", "--json"]);
    let dry: serde_json::Value = serde_json::from_str(&dry).expect("JSON");
    assert_eq!(dry["changes"], serde_json::json!(["- name: Example Mail", "+ name: Mail"]));
    assert!(page.show().contains("name: Example Mail\n"), "nothing was sent");
}

#[test]
fn removing_a_component_of_an_open_incident_warns() {
    let page = Page::new();
    page.good(&["publish", "--quick", "Mail is down", "--affects", "mail=down", "--yes"]);
    let shown = page.shown(&["site", "remove", "component", "support", "--dry-run"]);
    assert!(!shown.contains("warning:"), "{shown}");
    let shown = page.shown(&["site", "remove", "component", "mail", "--dry-run"]);
    assert!(
        shown.contains("warning: the open incident ") && shown.contains(" affects mail, which this removes"),
        "{shown}"
    );
}

#[test]
fn an_editor_opens_again_with_the_problem() {
    let page = Page::new();
    let editor = page.editor(
        "cp \"$1\" \"seen-$(ls seen-* 2>/dev/null | wc -l)\"\nif grep -q '^#! ' \"$1\"; then sed -i 's/^cadence:.*/cadence: major 45/' \"$1\"; else sed -i 's/^cadence:.*/Cadence: large 45/' \"$1\"; fi\n",
    );
    let failed = page.edit(&editor);
    let error = text(&failed.stderr);
    assert!(!failed.status.success() && error.contains("an impact and a number of minutes"), "{error}");
    assert!(fs::read_to_string(page.draft()).expect("a draft").contains("Cadence: large 45\n"));
    let line =
        format!("EDITOR='{editor}' '{BIN}' site edit --to {} --dir status.example.net", page.server.url);
    let typed = [("Go on with the saved draft", "y"), ("Sign with the root key and send?", "y")];
    fs::remove_file(page.path().join("seen-0")).expect("the first attempt");
    let draft = fs::read_to_string(page.draft()).expect("a draft");
    fs::write(page.draft(), draft.replace("large", "larger")).expect("a draft");
    let again = [&typed[..1], &[("Edit it again?", "y")], &typed[1..]].concat();
    let (done, shown) =
        shell_at_a_terminal(page.path(), &line.replace(&editor, &page.editor(SECOND)), &again);
    assert!(done.success() && shown.contains("+ cadence: major 45"), "{shown}");
    let second = fs::read_to_string(page.path().join("second-1")).expect("the second attempt");
    assert!(second.starts_with("#! ") && second.contains("a number of minutes"), "{second}");
    assert!(!page.draft().exists(), "it is signed");
    assert!(page.show().contains("cadence: major 45\n"));
}

/// Leaves the error in the first time, and mends it the second time.
const SECOND: &str = "cp \"$1\" \"second-$(ls second-* 2>/dev/null | wc -l)\"\nif grep -q '^#! ' \"$1\"; then sed -i 's/^Cadence:.*/cadence: major 45/' \"$1\"; fi\n";

#[test]
fn an_editor_that_fails_or_changes_nothing_signs_nothing() {
    let page = Page::new();
    let failed = page.edit(&page.editor("sed -i 's/^name:.*/name: Mail/' \"$1\"; exit 1\n"));
    let error = text(&failed.stderr);
    assert!(!failed.status.success() && error.contains("failed or was aborted"), "{error}");
    assert!(error.ends_with("Nothing was signed or sent.\n"), "{error}");
    assert!(fs::read_to_string(page.draft()).expect("a draft").contains("name: Mail\n"));
    fs::remove_file(page.draft()).expect("removed");
    let same = page.edit("true");
    assert!(
        same.status.success() && text(&same.stdout) == "Nothing was changed.\n",
        "{}",
        text(&same.stderr)
    );
    assert!(!page.draft().exists());
}
