//! The examples in the help text of every subcommand.

use super::world::{Then, World};
use super::{Answers, BY_ROOT, NEW_PASSPHRASE, ONE_OF_TWO, PASSPHRASE, SIGN, say, script};
use crate::support::{good, mirror};

/// How an example is run.
struct Example {
    /// Its beginning.
    command: &'static str,
    then: Then,
    /// What it takes for granted.
    before: &'static str,
    answers: Answers,
}

const fn run(command: &'static str, before: &'static str, answers: Answers) -> Example {
    Example { command, then: Then::Run, before, answers }
}

const fn skip(command: &'static str, why: &'static str) -> Example {
    Example { command, then: Then::Skip(why), before: "", answers: &[] }
}

const OPTIONS_OF_INIT: Answers = &[
    ("With which key do you sign", "\r"),
    ("Time zone of the page", "\r"),
    ("Language of the page", "\r"),
    ("How can customers reach you", "\r"),
    NEW_PASSPHRASE[0],
    NEW_PASSPHRASE[1],
];

const FROM_TEMPLATE: Answers = &[
    ("What can't users do?", "\r"),
    ("What stage is it at?", "\r"),
    ("What is affected?", "\r"),
    ("Mail is…", "\r"),
    ("Whose fault is it?", "\r"),
    ("in the meantime?", "\r"),
    ("expect a fix?", "\r"),
    ("the next update?", "\r"),
    ("Anything else?", "\r"),
    SIGN,
];

const AGAIN: &str = "id: $(od -An -N16 -tx1 /dev/urandom | tr -d ' \\n')";
const ENDLESS: &str = "it serves until Ctrl-C; other tests run it";
const ENTRY_41: &str = "it is about entry 41 of a long log";
const FRESH: &str = "mkdir fresh; cd fresh; cp ../bob.pub .";
const LOST: &str = "rm -rf lost; mkdir lost; cp -r page lost/status.example.net; cp -r mirror lost/; cd lost";
const OPEN: &str =
    "outband publish --new --incident 2013-09-03-mail --phase investigating --title 'Mail is down' --yes";
const UPDATE: &str = "cat > update.txt <<END
outband update v1
origin: status.example.net
ID
time: $(date -u +%FT%TZ)
incident: calls
phase: notice
title: Calls are slow
END";
const DRAFT: &str = "printf 'title: Calls are slow\\nphase: notice\\n' > update.txt";
const EDITOR: &str =
    "export EDITOR=\"sed -i 's/^title:.*/title: Files are gone/; s/^phase:.*/phase: notice/'\"";
const SITE_EDITOR: &str = "export EDITOR=\"sed -i 's/^name:.*/name: Example $(date +%N)/'\"";
const LOGO: &str = "echo '<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>' > logo.svg";
const SEVERAL_ROOTS: &str = "it needs several roots, or two devices; roots.rs has them";
const BOBS_KEY: &str = "cp ~/bob.key ~/bob.key.pub .";
const ROSTER: &str = "cp keys/root.key .
new=\"ID\"
sed \"/^$/,\\$d; s/^number: 1/number: 2/; s/^id: .*/$new/\" roster-1.note > roster-2.txt";

/// In this order: what one leaves behind, the next may need.
const EXAMPLES: &[Example] = &[
    skip("outband demo", ENDLESS),
    run("outband init --help", "", &[]),
    run("outband init --origin", FRESH, OPTIONS_OF_INIT),
    skip("outband serve", ENDLESS),
    run("outband send --dir", "", &[]),
    run("outband status", "", &[]),
    run("outband publish --quick \"Mail is down in all", "", &[SIGN]),
    run("outband update \"", "", &[SIGN]),
    run("outband publish --incident", OPEN, &[SIGN]),
    run("outband update 2013", "", &[SIGN]),
    run("outband resolve 2013", "", &[SIGN]),
    run("outband publish --template", "", FROM_TEMPLATE),
    skip("outband publish --from", "it needs a supplier's page; upstream.rs has one"),
    run("outband resolve", "", ONE_OF_TWO),
    run("outband publish --edit", EDITOR, &[SIGN]),
    run("outband publish --file", DRAFT, &[]),
    run("outband publish --quick", "", &[SIGN]),
    run("outband sign update.txt", UPDATE, &[]),
    run("outband send --to", "", &[]),
    run("outband sign roster-2.txt", ROSTER, &[]),
    run("outband key new --origin status.example.net --station", "", &[]),
    run("outband key new", "", &NEW_PASSPHRASE),
    run("outband key export", BOBS_KEY, &[]),
    skip("outband key passphrase status", "the page here signs with an SSH key"),
    run("outband key passphrase bob.key --no-passphrase", BOBS_KEY, &[PASSPHRASE]),
    run("outband key passphrase", BOBS_KEY, &[PASSPHRASE, NEW_PASSPHRASE[0], NEW_PASSPHRASE[1]]),
    run("outband key", "", &[]),
    skip("outband roster remove status.example.net/bob/root", SEVERAL_ROOTS),
    skip("outband roster remove", ENTRY_41),
    skip("outband roster rotate", SEVERAL_ROOTS),
    skip("outband roster threshold", SEVERAL_ROOTS),
    skip("outband roster add --root", SEVERAL_ROOTS),
    skip("outband countersign", SEVERAL_ROOTS),
    skip("outband roster add --station", "its key is cut short; second.rs adds one"),
    skip("outband roster add 'status", "a phone shows the line; signers.rs has one"),
    run("outband roster add", "cp ~/bob.pub .", BY_ROOT),
    run("outband roster list", "", &[]),
    run("outband site set", LOGO, BY_ROOT),
    run("outband site add", "", BY_ROOT),
    run("outband site remove", "", BY_ROOT),
    run("outband site edit", SITE_EDITOR, BY_ROOT),
    run("outband site show", "", &[]),
    skip("outband redact", ENTRY_41),
    skip("outband doctor", "it asks name servers; doctor.rs has its own"),
    run("outband mirror --from", "", &[]),
    skip("outband mirror --watch", "it goes on until Ctrl-C; mirror.rs runs it"),
    run("outband backup", "", &[]),
    skip("outband verify https://status.example.net --root", "its key is cut short"),
    run("outband verify", "", &[]),
    run("outband restore", LOST, &[]),
    run("outband grammar", "", &[]),
    skip("outband completions fish", "it needs fish; completions.rs asks bash"),
    run("outband completions", "", &[]),
    run("outband man", "", &[]),
];

#[test]
fn every_example_in_a_help_text_runs_as_written() {
    let mut world = World::new();
    world.ssh_key();
    world.found();
    let mut shown = Vec::new();
    collect(&world, &mut Vec::new(), &mut shown);
    let mut count = 0;
    for example in EXAMPLES {
        let (these, rest) = shown.into_iter().partition(|line: &String| line.starts_with(example.command));
        shown = rest;
        for line in these {
            if let Then::Skip(why) = example.then {
                say(&format!("--help: not run: {line}: {why}"));
                continue;
            }
            if line.starts_with("outband backup") {
                copied(&world);
            }
            world.try_example(&line, &example.before.replace("ID", AGAIN), example.answers);
            count += 1;
        }
    }
    assert!(shown.is_empty(), "not in the list of this test: {shown:?}");
    say(&format!("--help: {count} examples run"));
    assert!(count > 30, "only {count} examples");
}

/// The examples of a subcommand and of those below it.
fn collect(world: &World, command: &mut Vec<String>, shown: &mut Vec<String>) {
    let words: Vec<&str> = command.iter().map(String::as_str).chain(["--help"]).collect();
    let help = good(world.path(), &words);
    let listed = help.split_once("\nCommands:\n").map_or("", |(_, rest)| rest);
    let names = listed.lines().take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
    for name in names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help") {
        command.push(name.to_owned());
        collect(world, command, shown);
        command.pop();
    }
    let examples: Vec<&str> = help.lines().skip_while(|line| !begins(line)).collect();
    let examples = examples.iter().skip(1).map(|line| line.trim_start()).collect::<Vec<_>>().join("\n");
    for example in script::commands(&examples) {
        if !shown.contains(&example) {
            shown.push(example);
        }
    }
}

/// Whether examples follow.
fn begins(line: &str) -> bool {
    ["Example:", "Examples:", "Start with:"].contains(&line)
}

/// A whole copy of the page, in the directory mirror.
fn copied(world: &World) {
    let store = world.path().join("status.example.net/outband.sqlite");
    let size = world.shell("curl -fsS https://status.example.net/log/checkpoint | sed -n 2p");
    let size = size.trim().parse().expect("a size");
    for place in ["mirror", "status.example.net/mirror"] {
        mirror(&store, &world.local(), size, &world.path().join(place));
    }
}
