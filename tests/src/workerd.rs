//! The worker's bundle in a real `workerd`, with its Durable Object on disk.
//!
//! ```text
//! let mut edge = Workerd::start(&binary, &bundle, &[("ORIGIN", "status.example.net"), …])?;
//! let page = get(&edge.url("/"));
//! edge.restart()?; // kill -9, then the same files and the same port
//! ```
//!
//! It listens on loopback only, on a port chosen by the kernel, and ends when the value is dropped or the test's
//! process is killed.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use tempfile::TempDir;

use crate::place;

/// A running `workerd`, killed when this is dropped.
#[derive(Debug)]
pub struct Workerd {
    binary: PathBuf,
    folder: TempDir,
    port: u16,
    child: Option<Child>,
}

/// How long the first answer may take. A cold start takes half a second on an idle machine.
const START: Duration = Duration::from_secs(30);

/// How often to check whether it answers.
const POLL: Duration = Duration::from_millis(20);

impl Workerd {
    /// Starts `binary` with the bundle (a folder with `index.js` and the `.wasm` files it imports), each of `bindings`
    /// as a text binding of the worker, and an empty disk. Returns once it answers.
    pub fn start(binary: &Path, bundle: &Path, bindings: &[(&str, &str)]) -> io::Result<Self> {
        let folder = place::folder()?;
        let [disk, copy] = ["disk", "copy"].map(|name| folder.path().join(name));
        fs::create_dir_all(&disk)?;
        fs::create_dir_all(&copy)?;
        let modules = copy_modules(bundle, folder.path())?;
        fs::write(
            folder.path().join("config.capnp"),
            config(&modules, [&disk, &copy], compatibility_date()?, bindings),
        )?;
        let mut workerd = Self { binary: binary.to_owned(), folder, port: 0, child: None };
        workerd.run()?;
        Ok(workerd)
    }

    /// The address of a path: `http://127.0.0.1:<port><path>`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    /// The address it listens on; a restart keeps it.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// The folder of the Durable Object's databases.
    pub fn disk(&self) -> PathBuf {
        self.folder.path().join("disk")
    }

    /// The file in which its Workers KV has the copy of what readers look at first.
    pub fn copy(&self) -> PathBuf {
        self.folder.path().join("copy/hot")
    }

    /// The output of it and the worker so far: standard output and standard error.
    pub fn log(&self) -> String {
        ["stdout", "stderr"]
            .map(|name| fs::read_to_string(self.folder.path().join(name)).unwrap_or_default())
            .concat()
    }

    /// The id of its process, if it is running.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Ends it like a power cut. Does nothing if it is not running.
    pub fn kill(&mut self) -> io::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Kills it, if it is running, and starts it on the same disk and port. Returns once it answers.
    pub fn restart(&mut self) -> io::Result<()> {
        self.kill()?;
        self.run()
    }

    fn run(&mut self) -> io::Result<()> {
        let append = |name| fs::File::options().create(true).append(true).open(self.folder.path().join(name));
        let (stdout, stderr) = (append("stdout")?, append("stderr")?);
        let seen = stdout.metadata()?.len();
        let child = place::command(&self.binary)
            .arg("serve")
            .arg(self.folder.path().join("config.capnp"))
            .arg("--experimental")
            .arg(format!("--socket-addr=http=127.0.0.1:{}", self.port))
            // This makes it report the port that the kernel chose on standard output.
            .arg("--control-fd=1")
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            .spawn()?;
        self.child = Some(child);
        self.wait(seen)
    }

    fn wait(&mut self, seen: u64) -> io::Result<()> {
        let deadline = Instant::now() + START;
        while Instant::now() < deadline {
            if let Some(status) = self.child.as_mut().map(Child::try_wait).transpose()?.flatten() {
                return Err(io::Error::other(format!("workerd ended with {status}:\n{}", self.log())));
            }
            let stdout = fs::read(self.folder.path().join("stdout"))?;
            let news = stdout.get(usize::try_from(seen).unwrap_or(usize::MAX)..).unwrap_or_default();
            if let Some(port) = listening(&String::from_utf8_lossy(news)) {
                self.port = port;
                if answers(self.address()).is_ok() {
                    return Ok(());
                }
            }
            thread::sleep(POLL);
        }
        Err(io::Error::other(format!("workerd did not answer within {START:?}:\n{}", self.log())))
    }
}

impl Drop for Workerd {
    fn drop(&mut self) {
        if let Err(error) = self.kill() {
            eprintln!("workerd could not be killed: {error}");
        }
        if thread::panicking() {
            eprintln!("workerd's log:\n{}", self.log());
        }
    }
}

/// The port in workerd's own report: `{"event":"listen","socket":"http","port":40123}`.
fn listening(stdout: &str) -> Option<u16> {
    let report = stdout.lines().find(|line| line.contains("\"event\":\"listen\""))?;
    let (_, port) = report.split_once("\"port\":")?;
    port.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().ok()
}

fn answers(address: SocketAddr) -> io::Result<()> {
    let mut connection = TcpStream::connect(address)?;
    connection.set_read_timeout(Some(START))?;
    connection.write_all(b"HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    connection.read_exact(&mut [0; 1])
}

/// One service with one Durable Object class on disk. The modules are embedded from the configuration's own folder.
/// Workers KV cannot be had: a folder has its values.
fn config(modules: &[Module], folders: [&Path; 2], date: &str, bindings: &[(&str, &str)]) -> String {
    let modules: String = modules
        .iter()
        .map(|Module { name, kind }| format!("    (name = {name:?}, {kind} = embed {name:?}),\n"))
        .collect();
    let bindings: String = bindings
        .iter()
        .map(|(name, text)| format!("    (name = {name:?}, text = {}),\n", quoted(text)))
        .collect();
    let [disk, copy] = folders.map(|folder| quoted(&folder.to_string_lossy()));
    format!(
        r#"using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "disk", disk = (path = {disk}, writable = true)),
    (name = "copy", disk = (path = {copy}, writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const main :Workerd.Worker = (
  compatibilityDate = "{date}",
  modules = [
{modules}  ],
  bindings = [
    (name = "STATION", durableObjectNamespace = "StationObject"),
    (name = "COPY", kvNamespace = "copy"),
{bindings}  ],
  durableObjectNamespaces = [(className = "StationObject", uniqueKey = "outband", enableSql = true)],
  durableObjectStorage = (localDisk = "disk"),
);
"#
    )
}

/// The date in `wrangler.toml`, so that the tests run what is deployed.
fn compatibility_date() -> io::Result<&'static str> {
    let line = include_str!("../../wrangler.toml")
        .lines()
        .find_map(|line| line.strip_prefix("compatibility_date = "));
    line.map(|date| date.trim_matches('"'))
        .ok_or_else(|| io::Error::other("wrangler.toml has no compatibility_date"))
}

/// A file of the bundle, and its field in `Worker.Module`.
struct Module {
    name: String,
    kind: &'static str,
}

/// Copies the bundle, because a configuration embeds only files from its own folder. The script comes first, because
/// workerd runs the first module.
fn copy_modules(bundle: &Path, folder: &Path) -> io::Result<Vec<Module>> {
    let mut modules = vec![Module { name: "index.js".to_owned(), kind: "esModule" }];
    for file in fs::read_dir(bundle)? {
        let name = file?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".wasm") {
            modules.push(Module { name, kind: "wasm" });
        }
    }
    for Module { name, .. } in &modules {
        fs::copy(bundle.join(name), folder.join(name))?;
    }
    Ok(modules)
}

/// A text in Cap'n Proto's quotes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
