//! Runs the commands that people are shown, as they are written: in the documents, on `/help`, in `--help`, and after
//! `init`. What cannot run here is listed with its reason.

mod examples;
mod script;
mod world;

use std::io::Write as _;

use crate::support::{self, good, text};
use script::{Script, fenced};
use world::{Then, World};

const README: &str = include_str!("../../../README.md");
const NATIVE: &str = include_str!("../../../docs/native.md");
const SECOND_PLACE: &str = include_str!("../../../docs/second-place.md");
const CONTRIBUTING: &str = include_str!("../../../CONTRIBUTING.md");

/// Questions, each with what is typed.
type Answers = &'static [(&'static str, &'static str)];

const SIGN: (&str, &str) = ("Sign and send?", "y");

const NEW_PASSPHRASE: [(&str, &str); 2] =
    [("New passphrase for", "correct horse\r"), ("The same passphrase again", "correct horse\r")];

/// `init`, which finds an SSH key.
const INIT: Answers = &[
    ("Host name of the status page", "status.example.net\r"),
    ("Your own main domain", "example.com\r"),
    ("Whose status page is it?", "Example Mail\r"),
    ("Your name in public key names", "alice\r"),
    ("Use these five?", "n"),
    ("Another component", "exchange Exchange\r"),
    ("Another component", "mail Mail\r"),
    ("Another component", "\r"),
    // The second of the list.
    ("With which key do you sign", "\u{1b}[B\r"),
    ("Time zone of the page", "\r"),
    ("Language of the page", "\r"),
    ("How can customers reach you", "tel:+1-555-0100\r"),
    ("How can customers reach you", "\r"),
    ("A colleague who may publish", "\r"),
    NEW_PASSPHRASE[0],
    NEW_PASSPHRASE[1],
];

/// `init` with the README's options.
const OF_A_TRIAL: Answers = &[
    ("With which key do you sign", "\r"),
    ("Time zone of the page", "\r"),
    ("Language of the page", "\r"),
    ("A colleague who may publish", "\r"),
];

/// `publish` without options, while nothing is open.
const PUBLISH: Answers = &[
    ("What is this about?", "\r"),
    ("What can't users do?", "Voice is down\r"),
    ("What stage is it at?", "\r"),
    ("What is affected?", "\r"),
    ("Whose fault is it?", "\r"),
    ("in the meantime?", "\r"),
    ("expect a fix?", "\r"),
    ("the next update?", "\r"),
    ("Anything else?", "\r"),
    SIGN,
];

const ONE_OF_TWO: Answers = &[("Which one?", "\r"), SIGN];
const PASSPHRASE: (&str, &str) = ("Passphrase for", "correct horse\r");
const CONFIRM: (&str, &str) = ("Sign with the root key and send? [Y/n]", "y");
const BY_ROOT: Answers = &[CONFIRM];
const BY_ROOT_WITH_PASSPHRASE: Answers = &[CONFIRM, PASSPHRASE];

const VENDOR: Then = Then::Skip("it needs an account with the vendor");
const ON_A_SERVER: Then = Then::Skip("it changes the system of a server");

#[test]
fn the_readme_runs_as_written() {
    let mut world = World::new();
    world.ssh_key();
    let script = Script {
        name: "README.md",
        blocks: fenced(README),
        then: &[
            ("cargo run --release -- demo", Then::Skip("it serves until Ctrl-C; demo.rs runs the demo")),
            (
                "npx wrangler deploy --dry-run",
                Then::Skip("it needs the vendor's tool; the gate's step dist runs it"),
            ),
            ("npx wrangler login", VENDOR),
            ("npx wrangler secret put", VENDOR),
            ("./outband roster rotate", Then::Skip("alice has one device here; roots.rs replaces keys")),
            ("./outband roster remove", Then::Skip("the log has no entry 41")),
            ("./outband countersign", Then::Skip("it needs several roots; roots.rs has them")),
            // A native host with the same keys takes its place.
            ("npx wrangler deploy", Then::Start("status")),
        ],
        before: &[
            ("./outband site edit", "export EDITOR=\"sed -i 's/^name:.*/name: Example/'\""),
            (
                "curl -sS --fail-with-body --data-binary @typed.txt",
                "cat > typed.txt <<END
outband update v1
id: $(od -An -N16 -tx1 /dev/urandom | tr -d ' \\n')
time: $(date -u +%FT%TZ)
incident: phones
phase: notice
title: Calls are slow
END",
            ),
        ],
        answers: &[
            ("outband site", BY_ROOT_WITH_PASSPHRASE),
            ("outband roster add", BY_ROOT_WITH_PASSPHRASE),
            ("outband init --dir status", INIT),
            ("outband init --origin", OF_A_TRIAL),
            ("outband publish --dir status\n", PUBLISH),
            ("outband publish --dir status --quick \"Mail is down in all", &[SIGN]),
            ("outband update", ONE_OF_TWO),
            ("outband resolve", ONE_OF_TWO),
        ],
    };
    let shown = world.run(&script, 15);
    assert_eq!(shown.matches("READERS SEE IT:").count(), 6, "{shown}");
    assert_eq!(shown.matches("\"receipt\"").count(), 2, "{shown}");
    assert!(shown.contains("files match the log"), "{shown}");
}

#[test]
fn the_guide_to_a_server_of_ones_own_runs_as_written() {
    let mut world = World::new();
    world.ssh_key();
    let script = Script {
        name: "docs/native.md",
        blocks: fenced(NATIVE),
        then: &[
            ("useradd", ON_A_SERVER),
            ("systemd-analyze", ON_A_SERVER),
            ("systemctl daemon-reload", ON_A_SERVER),
            (
                "runuser -u outband -- outband restore",
                Then::Skip("it needs a mirror; the examples of restore have one"),
            ),
            (
                "runuser -u outband -- outband serve",
                Then::Skip("it serves until Ctrl-C; recovery.rs runs it"),
            ),
            ("tar -C /var/lib", Then::Skip("it needs a second machine")),
            ("systemctl enable --now outband", Then::Start("var/lib/outband")),
            ("systemctl start outband", Then::Start("var/lib/outband")),
            ("systemctl restart outband", Then::Start("var/lib/outband")),
            ("systemctl stop outband", Then::Stop),
        ],
        before: &[
            (
                "install -m 755 outband /usr/local/bin/outband",
                "mkdir -p usr/local/bin; cp status/keys/log.key status/keys/station.key status/outband.toml .",
            ),
            (
                "install -o outband -g outband -m 600 /var/lib/outband-backups",
                "ln -s ../outband-backups/2* ../outband-backups/2013-09-03T110000Z",
            ),
            ("outband verify https://status.example.net --root \"$(cat root.pub)\"", "cp status/root.pub ."),
        ],
        answers: &[("outband init --origin", INIT.split_at(1).1)],
    };
    let shown = world.run(&script, 20);
    assert_eq!(shown.matches("READERS SEE IT:").count(), 1, "{shown}");
    assert_eq!(shown.matches("files match the log").count(), 2, "{shown}");
}

#[test]
fn the_guide_to_a_second_place_runs_as_written() {
    let mut world = World::new();
    world.ssh_key();
    world.found();
    let script = Script {
        name: "docs/second-place.md",
        blocks: fenced(SECOND_PLACE),
        then: &[
            ("useradd", ON_A_SERVER),
            ("systemctl daemon-reload", ON_A_SERVER),
            ("systemctl enable --now status-mirror", ON_A_SERVER),
            (
                "outband verify https://status.example.net https://status-example.org",
                Then::Skip("the second name is nobody's; mirror.rs compares two copies"),
            ),
        ],
        before: &[
            ("install -m 755 outband", "mkdir -p usr/local/bin srv"),
            ("runuser -u outband -- outband mirror", "cp status.example.net/root.pub ."),
            ("outband site add mirror", "cd status.example.net"),
            ("outband key new --dir status --station", "cd ..; ln -s status.example.net status"),
        ],
        answers: &[("outband site add mirror", BY_ROOT), ("outband roster add", BY_ROOT)],
    };
    let shown = world.run(&script, 6);
    assert_eq!(shown.matches(" files written, 0 removed").count(), 1, "{shown}");
}

#[test]
fn the_help_page_runs_as_written() {
    let mut world = World::new();
    world.ssh_key();
    world.found();
    let page = world.shell("curl -fsS https://status.example.net/help");
    let blocks: Vec<String> = page
        .split("<pre dir=\"ltr\"><code>")
        .skip(1)
        .filter_map(|rest| rest.split("</code>").next())
        .map(|code| {
            code.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'")
        })
        .map(|code| code.replace("&amp;", "&"))
        .collect();
    let powershell = Then::Skip("it needs PowerShell");
    let script = Script {
        name: "/help",
        blocks,
        then: &[
            ("Invoke-WebRequest", powershell),
            ("$slug = ", powershell),
            ("$title = ", powershell),
            ("powershell ", powershell),
        ],
        before: &[("outband status", "cd ~/status.example.net"), ("outband roster add", "cp ~/bob.pub .")],
        answers: &[
            ("outband publish\n", PUBLISH),
            ("outband update \"", &[SIGN]),
            ("outband resolve", &[SIGN]),
            ("outband roster add", BY_ROOT),
            ("outband roster remove", BY_ROOT),
        ],
    };
    let shown = world.run(&script, 14);
    assert_eq!(shown.matches("READERS SEE IT:").count(), 3, "{shown}");
    assert_eq!(shown.matches("\"receipt\"").count(), 3, "{shown}");
}

#[test]
fn the_steps_after_init_run_as_printed() {
    let mut world = World::new();
    let local = world.local();
    let init = [&support::INIT[..], &["--dir", "trial", "--endpoint", &local]].concat();
    let printed = good(world.path(), &init);
    // The first one serves, in a terminal of its own.
    let steps = printed.lines().filter_map(|line| line.strip_prefix("  "));
    let ends = |step: &str| if step.contains(" serve ") { " &" } else { "" };
    let steps: Vec<String> = steps.map(|step| format!("{step}{}", ends(step))).collect();
    let script = Script {
        name: "init's next steps",
        blocks: vec![steps.join("\n")],
        then: &[],
        before: &[],
        answers: &[("publish --dir trial", PUBLISH)],
    };
    let shown = world.run(&script, 3);
    assert!(shown.contains("READERS SEE IT:"), "{shown}");
}

#[test]
fn the_projects_own_chores_are_not_run_here() {
    let chores = fenced(CONTRIBUTING).join("\n");
    for chore in script::commands(&chores) {
        assert!(chore.starts_with("cargo "), "{chore}");
        say(&format!("CONTRIBUTING.md: not run: {chore}: a chore of the project"));
    }
}

/// Prints a line although tests capture what they print.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
