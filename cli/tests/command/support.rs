//! Running the command, and its host as a process.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(crate) const BIN: &str = env!("CARGO_BIN_EXE_outband");

pub(crate) fn outband(dir: &Path, args: &[&str]) -> Output {
    command(dir, args).output().expect("the command starts")
}

/// The command in `dir`, where it also keeps the checkpoints that it has verified.
pub(crate) fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(BIN);
    command.args(args).current_dir(dir).env("OUTBAND_STATE", dir.join(KNOWN)).stdin(Stdio::null());
    command
}

/// The name of the file with the verified checkpoints.
pub(crate) const KNOWN: &str = "checkpoints.json";

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs a command that must succeed, and returns its standard output.
pub(crate) fn good(dir: &Path, args: &[&str]) -> String {
    let output = outband(dir, args);
    assert!(output.status.success(), "{args:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// Runs a command that must fail, and returns its standard error.
pub(crate) fn bad(dir: &Path, args: &[&str]) -> String {
    let output = outband(dir, args);
    assert_eq!(output.status.code(), Some(1), "{args:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stderr)
}

pub(crate) const INIT: [&str; 14] = [
    "init",
    "--no-passphrase",
    "--origin",
    "status.example.net",
    "--provider",
    "example.com",
    "--name",
    "Example Mail",
    "--person",
    "alice",
    "--component",
    "mail Mail",
    "--component",
    "support Support: phone and tickets",
];

pub(crate) fn set_up() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    good(dir.path(), &INIT);
    dir
}

/// A server that ends with the test, whether it passes or fails.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
    log: PathBuf,
}

impl Server {
    pub(crate) fn start(dir: &Path) -> Self {
        Self::try_start(dir, &[]).expect("it starts")
    }

    /// Starts it, or returns its error.
    pub(crate) fn try_start(dir: &Path, options: &[&str]) -> Result<Self, String> {
        Self::of(dir, &[&["--dir", "status.example.net", "--listen", "127.0.0.1:0"], options].concat())
    }

    /// The same with all options of `serve`.
    pub(crate) fn of(dir: &Path, options: &[&str]) -> Result<Self, String> {
        let log = dir.join("serve.log");
        let stderr = std::fs::File::options().create(true).append(true).open(&log).expect("a file");
        let mut child = server()
            .arg("serve")
            .args(options)
            .current_dir(dir)
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .expect("the server starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a first line");
        let Some(url) = line.trim().strip_prefix("listening on ") else {
            assert_eq!(child.wait().expect("it ends").code(), Some(1));
            return Err(std::fs::read_to_string(&log).expect("its log"));
        };
        Ok(Self { child, url: url.to_owned(), log })
    }

    /// Its standard error.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("its log")
    }

    pub(crate) fn stop(self) {
        self.ask_to_stop();
        self.await_end();
    }

    /// Ends it like a power cut.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("it ends");
    }

    pub(crate) fn ask_to_stop(&self) {
        signal("TERM", &self.child.id().to_string());
    }

    pub(crate) fn await_end(mut self) {
        assert!(self.child.wait().expect("it ends").success(), "SIGTERM stops it cleanly");
    }
}

/// Kills the server if a test fails.
impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until this is so.
#[track_caller]
pub(crate) fn until(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(30), "not within half a minute");
        std::thread::sleep(Duration::from_millis(50));
    }
}

pub(crate) fn signal(name: &str, pid: &str) {
    assert!(Command::new("kill").args([&format!("-{name}"), pid]).status().expect("kill").success());
}

/// Publishes with the settings of `set_up`, at `url`.
pub(crate) fn publish(dir: &Path, url: &str, words: &[&str]) -> Output {
    let publish = ["publish", "--dir", "status.example.net", "--to", url, "--yes"];
    outband(dir, &[&publish[..], words].concat())
}

/// Sends the roster and the site note.
pub(crate) fn found(dir: &Path, url: &str) {
    let (roster, site) = ("status.example.net/roster-1.note", "status.example.net/site-1.note");
    good(dir, &["send", "--to", url, roster, site]);
}

/// A server that lets `answer` write whatever it likes for each path that is asked for (for a note: with a newline and
/// the note). It ends with the test.
pub(crate) fn liar(answer: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (answer, mut stream) = (answer.clone(), stream.expect("a connection"));
            std::thread::spawn(move || {
                if let Some(path) = asked(&mut stream) {
                    answer(&path, &mut stream);
                }
            });
        }
    });
    url
}

/// A server in front of a station that changes its answers, by the path that is asked for. A status of 0 stands for the
/// station's own.
pub(crate) fn changed(
    station: &str,
    change: impl Fn(&str, &str, Vec<u8>) -> (u16, Vec<u8>) + Send + Sync + 'static,
) -> String {
    in_front_of(station, "", change)
}

/// A server in front of a station that states another date.
pub(crate) fn dated(station: &str, date: &str) -> String {
    in_front_of(station, &format!("date: {date}\r\n"), |_, _, body| (0, body))
}

fn in_front_of(
    station: &str,
    head: &str,
    change: impl Fn(&str, &str, Vec<u8>) -> (u16, Vec<u8>) + Send + Sync + 'static,
) -> String {
    let (station, head) = (station.to_owned(), head.to_owned());
    liar(move |request, stream| {
        let (path, note) = request.split_once('\n').unwrap_or((request, ""));
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let url = format!("{station}{path}");
        let answer = if path == "/notes" { agent.post(&url).send(note) } else { agent.get(&url).call() };
        let mut answer = answer.expect("an answer");
        let body = answer.body_mut().read_to_vec().expect("a body");
        let (status, body) = match change(path, note, body) {
            (0, body) => (answer.status().as_u16(), body),
            changed => changed,
        };
        respond_with(stream, status, &head, &body);
    })
}

/// The path of one request; for a note, with a newline and the note.
fn asked(stream: &mut TcpStream) -> Option<String> {
    let request = request(stream)?;
    let (_, body) = request.split_once("\r\n\r\n")?;
    let path = request.split(' ').nth(1)?;
    Some(if body.is_empty() { path.to_owned() } else { format!("{path}\n{body}") })
}

/// One whole request, with its body.
pub(crate) fn request(stream: &mut impl Read) -> Option<String> {
    let (mut request, mut bytes) = (Vec::new(), [0; 4096]);
    loop {
        let whole = text(&request);
        if let Some((head, body)) = whole.split_once("\r\n\r\n") {
            let length = |line: &str| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok();
            let length: usize = head.lines().find_map(length).unwrap_or(0);
            if body.len() >= length {
                return Some(whole);
            }
        }
        match stream.read(&mut bytes) {
            Ok(0) | Err(_) => return None,
            Ok(length) => request.extend(&bytes[..length]),
        }
    }
}

/// Sends a whole response. The client may have disconnected.
pub(crate) fn respond(stream: &mut TcpStream, status: u16, body: &[u8]) {
    respond_with(stream, status, "", body);
}

fn respond_with(stream: &mut TcpStream, status: u16, head: &str, body: &[u8]) {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} x\r\n{head}content-length: {length}\r\nconnection: close\r\n\r\n");
    let _ = stream.write_all(&[head.as_bytes(), body].concat());
}

/// The command for long-running processes, which end with this test even if it is killed.
pub(crate) fn server() -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--", BIN]).stdin(Stdio::null());
    command
}

/// Copies everything that is served of a log of `size` entries, under the names used in a mirror's directory.
pub(crate) fn mirror(store: &Path, url: &str, size: u64, copy: &Path) {
    let store = rusqlite::Connection::open(store).expect("the store");
    let mut rows = store.prepare("SELECT path FROM file").expect("the table");
    let stored = rows.query_map([], |row| row.get::<_, String>(0)).expect("rows");
    let stored = stored.map(|path| path.expect("a path")).filter(|path| !path.starts_with("/log/tile/"));
    let tiles = outband_record::log::paths(size).into_iter().map(|(public, _)| public);
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    for path in stored.chain(tiles) {
        let mut answer = agent.get(format!("{url}{path}")).call().expect("an answer");
        let file = copy.join(outband_site::paths::in_directory(&path));
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, answer.body_mut().read_to_vec().expect("a body")).expect("a file");
    }
}
