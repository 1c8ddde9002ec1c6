//! A machine on which documents are tried: a home, `outband` on its path, and the network in which status.example.net
//! and mirror.example.org are this machine.

use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use super::script::{Script, commands};
use super::{Answers, say, text};
use crate::servers::{Authority, Proxy, relay};
use crate::support::{self, BIN, KNOWN, Server, good};
use crate::terminal::shell_at_a_terminal;

/// What happens with a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Run,
    /// It cannot run here, for this reason.
    Skip(&'static str),
    /// The test starts the host that serves from this directory, in its place.
    Start(&'static str),
    /// The test stops the host, in its place.
    Stop,
}

pub(super) struct World {
    home: tempfile::TempDir,
    /// The address used in place of 127.0.0.1:8080, which may be taken.
    local: String,
    proxy: Proxy,
    /// The host of status.example.net.
    host: Option<Server>,
    url: Arc<Mutex<Option<String>>>,
}

impl World {
    pub(super) fn new() -> Self {
        let home = tempfile::tempdir().expect("a directory");
        let url = Arc::new(Mutex::new(None::<String>));
        let of_host = url.clone();
        let answer = move |request: &str| match of_host.lock().expect("a URL").as_deref() {
            Some(url) => relay(url)(request),
            None => b"HTTP/1.1 502 x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_vec(),
        };
        let names = ["status.example.net", "mirror.example.org"];
        let port = Authority::new(home.path()).serve_hosts((4000, 1, 1), &names, answer);
        symlink(BIN, home.path().join("outband")).expect("a link");
        let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
        let local = format!("http://{free}");
        Self { home, local, proxy: Proxy::towards(port), host: None, url }
    }

    pub(super) fn path(&self) -> &Path {
        self.home.path()
    }

    /// The URL used in place of `http://127.0.0.1:8080`.
    pub(super) fn local(&self) -> String {
        self.local.clone()
    }

    /// Makes an SSH key for this person, and one for a colleague, bob.
    pub(super) fn ssh_key(&self) {
        let make = "mkdir -p -m 700 .ssh && ssh-keygen -q -t ed25519 -N '' -f .ssh/id_ed25519
ssh-keygen -q -t ed25519 -N '' -f bob && rm bob";
        self.shell(make);
    }

    /// Sets up the page with the SSH key, in the directory status.example.net, and serves it; the directory page is as
    /// `init` left it.
    pub(super) fn found(&mut self) {
        let more = ["--ssh-key", ".ssh/id_ed25519.pub", "--component", "exchange Exchange"];
        good(self.path(), &[&support::INIT[..], &more].concat());
        self.shell("cp -r status.example.net page");
        self.start("status.example.net");
        self.shell("cd status.example.net; outband send roster-1.note site-1.note");
    }

    /// Runs an example of a help text: in the page's directory, unless it names that.
    pub(super) fn try_example(&self, command: &str, before: &str, answers: Answers) {
        let is_within = !command.contains(" status.example.net") && !before.contains("cd ");
        let folder = if is_within { "cd status.example.net\n" } else { "" };
        let session = Session { script: format!("{folder}{before}\n{command}\n"), answers: answers.to_vec() };
        session.end(self);
    }

    /// Runs shell commands that are no document's.
    pub(super) fn shell(&self, commands: &str) -> String {
        let script = format!("{}{commands}", self.exports());
        let mut sh = Command::new("sh");
        let sh = sh.args(["-e", "-c", &script]).current_dir(self.path());
        let done = sh.env("OUTBAND_STATE", self.path().join(KNOWN)).output().expect("sh");
        assert!(done.status.success(), "{commands}: {}{}", text(&done.stdout), text(&done.stderr));
        text(&done.stdout)
    }

    fn exports(&self) -> String {
        let (home, proxy) = (self.path().display(), self.proxy.address);
        let folder = Path::new(BIN).parent().expect("a folder").display();
        format!(
            "unset CURL_CA_BUNDLE SSL_CERT_DIR http_proxy https_proxy all_proxy ALL_PROXY no_proxy NO_PROXY
export HOME={home} PATH={folder}:$PATH HTTPS_PROXY=http://{proxy} SSL_CERT_FILE={home}/ca.pem\n"
        )
    }

    /// Starts the host, or starts it again.
    pub(super) fn start(&mut self, data: &str) {
        self.stop();
        let listen = self.local.trim_start_matches("http://");
        let host = Server::of(self.path(), &["--dir", data, "--listen", listen]).expect("it starts");
        *self.url.lock().expect("a URL") = Some(host.url.clone());
        self.host = Some(host);
    }

    fn stop(&mut self) {
        *self.url.lock().expect("a URL") = None;
        if let Some(host) = self.host.take() {
            host.stop();
        }
    }

    /// Runs all commands of a document that can run, at least as many as that, and says so. Returns what was shown.
    pub(super) fn run(&mut self, script: &Script<'_>, least: usize) -> String {
        let mut session = Session::default();
        let (mut shown, mut count) = (String::new(), 0);
        for block in &script.blocks {
            session.begin(block);
            for command in commands(block) {
                count += usize::from(!matches!(script.then(&command), Then::Skip(_)));
                match script.then(&command) {
                    Then::Run => session.add(&command, script, self),
                    Then::Skip(why) => say(&format!("{}: not run: {command}: {why}", script.name)),
                    Then::Start(data) => {
                        shown.push_str(&std::mem::take(&mut session).end(self));
                        self.start(data);
                    }
                    Then::Stop => {
                        shown.push_str(&std::mem::take(&mut session).end(self));
                        self.stop();
                    }
                }
            }
            session.end_block(block);
        }
        shown.push_str(&session.end(self));
        say(&format!("{}: {count} commands run", script.name));
        assert!(count >= least, "{}: only {count} commands", script.name);
        shown
    }

    /// A command with the names of this machine: a free port, folders of its own, and no other users.
    fn here(&self, command: &str) -> String {
        let home = self.path().display();
        let mut command = command.replace("http://127.0.0.1:8080", &self.local);
        for other_user in ["-o outband -g outband ", "runuser -u outband -- "] {
            command = command.replace(other_user, "");
        }
        for folder in ["/srv/", "/var/lib/", "/usr/local/bin/"] {
            command = command.replace(&format!(" {folder}"), &format!(" {home}{folder}"));
        }
        match command.strip_suffix(" &") {
            Some(server) => self.in_background(server),
            None => command,
        }
    }

    /// A server that ends with the shell, and is there before the next command is typed.
    fn in_background(&self, server: &str) -> String {
        let (url, address) = (&self.local, self.local.trim_start_matches("http://"));
        let listen =
            if server.contains(" --listen ") { String::new() } else { format!(" --listen {address}") };
        format!(
            "{server}{listen} &
trap 'kill $!' EXIT
until curl -s -o /dev/null {url}/healthz; do sleep 0.1; done"
        )
    }
}

/// Commands for one shell at a terminal.
#[derive(Default)]
struct Session {
    script: String,
    answers: Vec<(&'static str, &'static str)>,
}

impl Session {
    /// A script of its own runs in a shell of its own.
    fn begin(&mut self, block: &str) {
        if block.starts_with("#!") {
            self.script.push_str("(\n");
        }
    }

    fn end_block(&mut self, block: &str) {
        if block.starts_with("#!") {
            self.script.push_str(")\n");
        }
    }

    fn add(&mut self, command: &str, script: &Script<'_>, world: &World) {
        for command in script.before(command).into_iter().chain([command]) {
            self.script.push_str(&format!("{}\n", world.here(command)));
        }
        let answers: Answers = script.answers(command);
        self.answers.extend(answers);
    }

    fn end(self, world: &World) -> String {
        let script = format!("{}set -e\n{}", world.exports(), self.script);
        let (ended, shown) = shell_at_a_terminal(world.path(), &script, &self.answers);
        assert!(ended.success(), "{}\n{shown}", self.script);
        shown
    }
}
