//! Composing updates: what is continued, what is refused before it is signed, what is kept.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::support::{BIN, Server, bad, changed, dated, found, good, outband, publish, set_up, text};
use crate::terminal::{at_a_terminal, shell_at_a_terminal};

const DIR: [&str; 2] = ["--dir", "status.example.net"];

/// A page with a running station.
pub(crate) struct Page {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) server: Server,
}

impl Page {
    pub(crate) fn new() -> Self {
        let dir = set_up();
        let server = Server::start(dir.path());
        found(dir.path(), &server.url);
        Self { dir, server }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// A command about this page.
    pub(crate) fn words<'w>(&'w self, words: &[&'w str]) -> Vec<&'w str> {
        let to = ["--to", self.server.url.as_str()];
        [&words[..1], &DIR, &to, &words[1..]].concat()
    }

    pub(crate) fn good(&self, words: &[&str]) -> String {
        good(self.path(), &self.words(words))
    }

    pub(crate) fn bad(&self, words: &[&str]) -> String {
        bad(self.path(), &self.words(words))
    }

    pub(crate) fn open(&self, slug: &str, title: &str) {
        self.good(&[
            "publish",
            "--incident",
            slug,
            "--new",
            "--title",
            title,
            "--affects",
            "mail=down",
            "--yes",
        ]);
    }

    /// Whether the command succeeds, and all that it shows.
    pub(crate) fn at_a_terminal(&self, words: &[&str], answers: &[(&str, &str)]) -> (bool, String) {
        let (ended, shown) = at_a_terminal(self.path(), &self.words(words), answers);
        (ended.success(), shown)
    }

    pub(crate) fn notes(&self, folder: &str) -> Vec<PathBuf> {
        let files = fs::read_dir(self.path().join("status.example.net/notes").join(folder));
        files.into_iter().flatten().map(|file| file.expect("a name").path()).collect()
    }

    fn draft(&self) -> PathBuf {
        self.path().join("status.example.net/notes/draft.txt")
    }

    /// A script to be used as an editor.
    fn editor(&self, script: &str) -> String {
        let file = self.path().join("editor.sh");
        fs::write(&file, script).expect("a script");
        format!("sh {}", file.display())
    }

    fn edit(&self, editor: &str, words: &[&str]) -> Output {
        let mut command = crate::support::command(self.path(), &self.words(words));
        command.env_remove("VISUAL").env("EDITOR", editor).output().expect("the command starts")
    }
}

#[test]
fn a_name_that_is_not_there_is_never_made_by_accident() {
    let page = Page::new();
    page.open("2026-11-29-mail", "Mail is down");
    let words =
        ["publish", "--incident", "2026-11-29-mial", "--title", "Mail", "--phase", "resolved", "--yes"];
    let error = page.bad(&words);
    assert!(
        error.contains("there is no incident 2026-11-29-mial; did you mean 2026-11-29-mail?\n")
            && error.contains("add --new")
            && error.ends_with("Nothing was signed or sent.\n"),
        "{error}"
    );
    let error = page.bad(&["publish", "--incident", "2026-11-29-mail", "--new", "--title", "Mail", "--yes"]);
    assert!(error.contains("exists already. Leave out --new"), "{error}");
    fs::write(page.path().join("update.txt"), "incident: 2026-11-29-mial\ntitle: Mail\n").expect("a file");
    let error = page.bad(&["publish", "--file", "update.txt", "--yes"]);
    assert!(error.contains("did you mean 2026-11-29-mail?"), "{error}");
}

#[test]
fn two_outages_of_one_title_on_one_day_are_two_incidents() {
    let page = Page::new();
    let mut pages = Vec::new();
    for _ in 0..3 {
        let said = page.good(&["publish", "--quick", "Mail is down", "--affects", "mail=down", "--yes"]);
        let seen =
            said.lines().find_map(|line| line.strip_prefix("READERS SEE IT: ")).expect(&said).to_owned();
        pages.push(seen);
    }
    assert!(pages[0].ends_with("-mail-is-down"), "{pages:?}");
    assert_eq!(pages[1..], [format!("{}-2", pages[0]), format!("{}-3", pages[0])]);
    let output = outband(page.path(), &page.words(&["publish", "--quick", "mail is DOWN", "--dry-run"]));
    let shown = text(&output.stderr);
    assert!(shown.contains(" is open and has the same title; to continue it, use --incident "), "{shown}");
}

#[test]
fn words_are_understood_or_named_before_anything_is_signed() {
    let page = Page::new();
    let error = page.bad(&["publish", "--quick", "Mail", "--affects", "mial=outage", "--yes"]);
    assert!(error.contains("no component \"mial\"; did you mean mail?"), "{error}");
    let error = page.bad(&["publish", "--quick", "Mail", "--phase", "identifed", "--yes"]);
    assert!(error.contains("did you mean identified?"), "{error}");
    let error = page.bad(&["publish", "--quick", "Mail", "--next-update", "soonish", "--yes"]);
    assert!(
        error.contains("next-update: this is not clear\n  \"soonish\" is not a time; use 45m"),
        "{error}"
    );
    assert!(page.notes("").is_empty(), "nothing was signed");
    let words =
        ["publish", "--quick", "Mail", "--affects", "Mail=slow", "--next-update", "2 hours", "--dry-run"];
    let output = outband(page.path(), &page.words(&words));
    let shown = text(&output.stderr);
    assert!(shown.contains("affects: mail degraded\n"), "{shown}");
    assert!(shown.contains("affects: \"Mail slow\" is taken to mean mail degraded"), "{shown}");
    assert!(shown.contains("By your clock: next update "), "{shown}");
}

#[test]
fn a_dry_run_as_json_says_that_nothing_is_signed() {
    let page = Page::new();
    let said = page.good(&["publish", "--quick", "Mail", "--dry-run", "--json"]);
    let said: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(said["signed"], false);
    assert!(said["text"].as_str().expect("a text").contains("title: Mail\n"));
    assert!(said["remarks"][0].as_str().expect("a remark").contains("--affects"));
}

#[test]
fn the_only_open_incident_is_updated_and_resolved_in_a_few_words() {
    let page = Page::new();
    let error = page.bad(&["resolve", "--title", "Mail works", "--yes"]);
    assert!(error.contains("nothing is open"), "{error}");
    page.open("mail", "Mail is down");
    let error = page.bad(&["update", "Mail flows again in Dallas.", "--yes"]);
    assert!(error.contains("--title and --phase must be given"), "{error}");
    let (done, shown) = page.at_a_terminal(&["update", "Mail flows again in Dallas."], &[SIGN]);
    assert!(done && shown.contains("READERS SEE IT:"), "{shown}");
    assert!(shown.contains("phase: investigating\ntitle: Mail is down\n"), "{shown}");
    page.open("support", "Nobody answers the phone");
    let error = page.bad(&["resolve", "--title", "Mail works", "--yes"]);
    assert!(error.contains("several are open; name one: "), "{error}");
    let said = page.good(&["resolve", "mail", "No mail was lost.", "--title", "Mail works", "--yes"]);
    assert!(said.contains("READERS SEE IT:") && said.contains("/incidents/mail"), "{said}");
    assert!(!said.contains("You promised"), "nothing is promised: {said}");
    let said = page.good(&["resolve", "--title", "The phone is answered", "--yes"]);
    assert!(said.contains("/incidents/support"), "{said}");
}

/// The last question, and a yes.
pub(crate) const SIGN: (&str, &str) = ("Sign and send?", "y");

/// The first question; Enter takes what is the most urgent.
const ABOUT: (&str, &str) = ("What is this about?", "\r");

/// The questions about an incident that still needs updates, each with Enter.
const QUESTIONS: [(&str, &str); 8] = [
    ("What can't users do?", "\r"),
    ("What stage is it at?", "\r"),
    ("What is affected?", "\r"),
    ("Whose fault is it?", "\r"),
    ("in the meantime?", "\r"),
    ("expect a fix?", "\r"),
    ("the next update?", "\r"),
    ("Anything else?", "\r"),
];

/// The questions, with other answers to some of them.
fn answers(changed: &[(usize, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let mut answers = QUESTIONS.to_vec();
    for (at, answer) in changed {
        answers[*at].1 = answer;
    }
    answers
}

/// The keys that are pressed besides those words.
fn keys(typed: &[(&str, &str)], words: &str) -> usize {
    typed.iter().map(|(_, keys)| keys.len()).sum::<usize>() - words.len()
}

#[test]
fn a_new_incident_takes_its_title_and_twelve_keys() {
    let page = Page::new();
    let mut typed = answers(&[(0, "Mail is down\r"), (2, " \r")]);
    typed.insert(3, ("Mail is…", "\r"));
    let typed = [&[ABOUT][..], &typed, &[SIGN]].concat();
    assert_eq!(keys(&typed, "Mail is down"), 12);
    let (done, shown) = page.at_a_terminal(&["publish"], &typed);
    assert!(done && shown.contains("affects: mail outage\n") && shown.contains("READERS SEE IT:"), "{shown}");
}

#[test]
fn bare_publish_asks_what_it_is_about_and_proposes_what_holds() {
    let page = Page::new();
    page.open("mail", "Mail is down");
    let mut typed = answers(&[(7, "Still looking.\r")]);
    typed.insert(3, ("Mail is…", "\r"));
    let typed = [&[ABOUT][..], &typed, &[SIGN]].concat();
    assert_eq!(keys(&typed, "Still looking."), 11);
    let (done, shown) = page.at_a_terminal(&["publish"], &typed);
    assert!(done, "{shown}");
    assert!(shown.contains("Mail is down: investigating for 0 min, next update in "), "{shown}");
    assert!(shown.contains("incident: mail\nphase: investigating\ntitle: Mail is down\n"), "{shown}");
    assert!(!shown.contains("affects: "), "what holds is not stated again: {shown}");
    assert!(shown.contains("\n\nStill looking.\n") && shown.contains("READERS SEE IT:"), "{shown}");
    assert!(!page.draft().exists(), "it is signed");
}

#[test]
fn what_was_typed_survives_a_no_and_an_interruption() {
    let page = Page::new();
    let mut typed = answers(&[(0, "Mail is down\r"), (4, "Use the phone\r"), (5, "\u{3}")]);
    typed.truncate(6);
    let (done, shown) = page.at_a_terminal(&["publish"], &[&[ABOUT][..], &typed].concat());
    assert!(!done && shown.contains("\u{1b}[?25h\ncancelled\n"), "{shown}");
    assert_eq!(shown.matches("Nothing was signed or sent.").count(), 1, "{shown}");
    let draft = fs::read_to_string(page.draft()).expect("a draft");
    assert!(
        draft.contains("title: Mail is down\n") && draft.contains("workaround: Use the phone\n"),
        "{draft}"
    );
    // The draft comes first, and everything in it is proposed again.
    let typed = answers(&[(7, "We look.\r")]);
    let no = [("Sign and send?", "n")];
    let (done, shown) = page.at_a_terminal(&["publish"], &[&[ABOUT][..], &typed, &no].concat());
    assert!(!done && shown.contains("Go on with the saved draft: Mail is down"), "{shown}");
    let draft = fs::read_to_string(page.draft()).expect("a draft");
    assert!(draft.contains("workaround: Use the phone\n") && draft.ends_with("\nWe look.\n"), "{draft}");
    let (done, shown) = page.at_a_terminal(&["publish"], &[&[ABOUT][..], &answers(&[]), &[SIGN]].concat());
    assert!(done && shown.contains("READERS SEE IT:"), "{shown}");
    assert!(!page.draft().exists() && page.notes("sent").len() == 2, "the note and its receipt");
}

#[test]
fn an_interruption_says_what_was_not_done_at_each_question() {
    for asked in 0..QUESTIONS.len() {
        let page = Page::new();
        let mut typed = answers(&[(0, "Mail is down\r"), (asked, "\u{3}")]);
        typed.truncate(asked + 1);
        let (done, shown) = page.at_a_terminal(&["publish"], &[&[ABOUT][..], &typed].concat());
        assert!(!done && shown.contains("\u{1b}[?25h\ncancelled\n"), "{asked}: {shown}");
        assert!(shown.ends_with("Nothing was signed or sent.\n"), "{asked}: {shown}");
    }
}

#[test]
fn an_answer_is_checked_at_its_question() {
    let page = Page::new();
    let mut typed = answers(&[(0, "Mail is down\r"), (5, "soon\r")]);
    typed.insert(6, ("\"soon\" is not a time; use 45m", "\u{15}2h\r"));
    let (done, shown) = page.at_a_terminal(&["publish"], &[&[ABOUT][..], &typed, &[SIGN]].concat());
    assert!(done && shown.contains(" likely\n"), "{shown}");
}

#[test]
fn an_editor_opens_again_with_the_problem_and_keeps_the_text() {
    let page = Page::new();
    // The first time it writes a component that does not exist, the second time it mends that.
    let editor = page.editor(
        "cp \"$1\" \"seen-$(ls seen-* 2>/dev/null | wc -l)\"\nif grep -q '^#! ' \"$1\"; then sed -i 's/^affects:.*/affects: mail down/' \"$1\"; else sed -i 's/^title:.*/title: Mail is down/; s/^affects:.*/affects: mial down/' \"$1\"; fi\n",
    );
    let failed = page.edit(&editor, &["publish", "--edit", "--yes"]);
    let error = text(&failed.stderr);
    assert!(error.contains("did you mean mail?") && !failed.status.success(), "{error}");
    assert!(fs::read_to_string(page.draft()).expect("a draft").contains("affects: mial down\n"));
    let line =
        format!("EDITOR='{editor}' '{BIN}' publish --edit --to {} --dir status.example.net", page.server.url);
    let (done, shown) = shell_at_a_terminal(page.path(), &line, &[("Edit it again?", "y"), SIGN]);
    assert!(done.success() && shown.contains("READERS SEE IT:"), "{shown}");
    let second = fs::read_to_string(page.path().join("seen-2")).expect("the second attempt");
    assert!(second.starts_with("#! ") && second.contains("did you mean mail?"), "{second}");
    assert!(second.contains("title: Mail is down\n"), "{second}");
}

#[test]
fn an_editor_that_fails_aborts() {
    let page = Page::new();
    let editor = page.editor("sed -i 's/^title:.*/title: Mail is down/' \"$1\"; exit 1\n");
    let failed = page.edit(&editor, &["publish", "--edit", "--yes"]);
    let error = text(&failed.stderr);
    assert!(!failed.status.success() && error.contains("failed or was aborted"), "{error}");
    assert!(error.ends_with("Nothing was signed or sent.\n"), "{error}");
    assert!(fs::read_to_string(page.draft()).expect("a draft").contains("title: Mail is down\n"));
    let error = text(&page.edit("/no/such/editor", &["publish", "--edit", "--yes"]).stderr);
    assert!(error.contains("the editor /no/such/editor"), "{error}");
}

#[test]
fn a_colleague_s_update_in_the_meantime_is_shown() {
    let page = Page::new();
    page.open("mail", "Mail is down");
    let editor = page.editor(&format!(
        "'{BIN}' update mail 'By a colleague.' --title 'Mail is slow' --phase identified --yes --to {} --dir status.example.net >&2\n",
        page.server.url
    ));
    let output = page.edit(
        &editor,
        &["publish", "--edit", "--incident", "mail", "--title", "Mail", "--phase", "investigating", "--yes"],
    );
    let said = text(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("published an update on this since you began: identified, Mail is slow"), "{said}");
}

#[test]
fn notes_are_kept_apart_by_what_became_of_them() {
    let page = Page::new();
    let dead = [
        "publish",
        "--dir",
        "status.example.net",
        "--to",
        "http://127.0.0.1:1",
        "--quick",
        "Mail is down",
        "--yes",
    ];
    let error = bad(page.path(), &dead);
    assert!(
        error.contains("no endpoint could be reached") && error.ends_with("READERS DO NOT SEE IT.\n"),
        "{error}"
    );
    assert_eq!((page.notes("unsent").len(), page.notes("sent").len()), (1, 0));
    let next = outband(page.path(), &page.words(&["publish", "--quick", "Files are down", "--yes"]));
    assert!(text(&next.stderr).contains("not sent yet: "), "{}", text(&next.stderr));
    let status = page.good(&["status"]);
    assert!(status.contains("Unsent   1; send with "), "{status}");
    let sent = page.good(&["send", "--unsent"]);
    assert!(sent.contains("Published (entry 3)"), "{sent}");
    assert_eq!((page.notes("unsent").len(), page.notes("sent").len()), (0, 4), "each with its receipt");
    assert!(page.good(&["send", "--unsent"]).contains("There is nothing to send."));
}

#[test]
fn a_disk_that_cannot_be_written_does_not_stop_publishing() {
    let page = Page::new();
    fs::write(page.path().join("status.example.net/notes"), "in the way").expect("a file");
    let output = outband(page.path(), &page.words(&["publish", "--quick", "Mail is down", "--yes"]));
    let said = text(&output.stderr);
    assert!(output.status.success() && text(&output.stdout).contains("READERS SEE IT:"), "{said}");
    assert!(
        said.contains("The signed note is not saved") && said.contains("title: Mail is down\n"),
        "{said}"
    );
}

#[test]
fn a_clock_that_is_far_off_is_not_signed() {
    let page = Page::new();
    for (date, way) in
        [("Tue, 03 Sep 2013 11:00:00 GMT", "behind"), ("Thu, 03 Sep 2093 11:00:00 GMT", "ahead")]
    {
        let url = dated(&page.server.url, date);
        let output = publish(page.path(), &url, &["--quick", "Mail is down"]);
        let error = text(&output.stderr);
        assert!(!output.status.success() && error.contains("--trust-clock"), "{way}: {error}");
        assert!(error.ends_with("Nothing was signed or sent.\n"), "{way}: {error}");
        let output = publish(page.path(), &url, &["--quick", "Mail is down", "--trust-clock"]);
        assert!(text(&output.stderr).contains("if your clock is wrong, set it first"), "{way}");
        assert!(output.status.success(), "{way}: {}", text(&output.stderr));
    }
}

#[test]
fn status_shows_what_needs_an_operator() {
    let page = Page::new();
    let calm = page.good(&["status"]);
    for line in [
        "Newest   no updates yet",
        "Open     nothing",
        "Clock    this machine's agrees",
        "enrolled",
        "Unsent   none",
    ] {
        assert!(calm.contains(line), "{line:?} is missing from {calm}");
    }
    page.open("mail", "Mail is down");
    let open = page.good(&["status"]);
    assert!(open.contains("Open     Mail is down\n         investigating for 0 min (mail)\n"), "{open}");
    assert!(open.contains("next update in "), "{open}");
    let json: serde_json::Value = serde_json::from_str(&page.good(&["status", "--json"])).expect("JSON");
    let said = &json["endpoints"][0];
    assert_eq!(
        (&said["open"][0]["slug"], &said["open"][0]["overdue"], &said["enrolled"], &json["unsent"]),
        (&"mail".into(), &false.into(), &true.into(), &serde_json::json!([]))
    );
    let dead = outband(page.path(), &["status", "--dir", "status.example.net", "--to", "http://127.0.0.1:1"]);
    assert!(!dead.status.success());
    assert!(text(&dead.stderr).contains("no endpoint answered, so open incidents are not known"));
}

#[test]
fn status_says_what_is_overdue() {
    let page = Page::new();
    page.open("mail", "Mail is down");
    let url = changed(&page.server.url, |path, _, body| {
        if path != "/data/status.json" {
            return (0, body);
        }
        let mut status: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        status["open"][0]["holds"]["next-update"] = "2013-09-03T11:30:00Z".into();
        (200, status.to_string().into_bytes())
    });
    let status = good(page.path(), &["status", "--dir", "status.example.net", "--to", &url]);
    assert!(status.contains("next update overdue by "), "{status}");
}

#[test]
fn a_prepared_text_is_published() {
    let page = Page::new();
    let output = outband(page.path(), &page.words(&["publish", "--template", "mail", "--dry-run"]));
    let shown = text(&output.stderr);
    assert!(shown.contains("title: Mail is down\naffects: mail outage\n"), "{shown}");
    let error = page.bad(&["publish", "--template", "mial"]);
    assert!(error.contains("no prepared text \"mial\"; did you mean mail?"), "{error}");
    assert!(error.contains("all-clear, mail, maintenance, network, slow, voice"), "{error}");
    let said = page.good(&["publish", "--template", "mail", "--scope", "everybody", "--yes"]);
    assert!(said.contains("READERS SEE IT:"), "{said}");
}

#[test]
fn a_dash_that_is_no_hyphen_is_named() {
    let page = Page::new();
    let output = outband(page.path(), &["publish", "\u{2014}quick", "Mail is down"]);
    assert!(text(&output.stderr).contains("a dash that is not a hyphen"), "{}", text(&output.stderr));
}
