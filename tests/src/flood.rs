//! Floods: what one stranger with a laptop can send, and how a host fares meanwhile.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use outband_keys::{MAX_NOTE_BYTES, Note};

use crate::author::sign;
use crate::session::Session;

/// A kind of flood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flood {
    /// 16 kB that are no note, over 600 connections.
    Garbage,
    /// Notes that are signed by a key that nobody enrolled.
    UnknownKey,
    /// Notes with the name and the id of an enrolled key, and another text's signature.
    BadSignature,
    /// The same for an incident with 150 updates.
    BadSignatureOfALongIncident,
    /// The same for a key of ECDSA, whose signatures take longest to verify.
    BadEcdsa,
    /// Published notes, sent again.
    Replay,
    /// Reads of the page with random query strings.
    Queries,
    /// 1,100 connections that send nothing.
    Idle,
    /// 2,500 connections that send a head one byte at a time.
    Slow,
}

/// How a host fared.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Answers that the flood got.
    pub answers: u64,
    /// How long it lasted.
    pub lasted: Duration,
    /// Processor time that the host used.
    pub used: Duration,
    /// How long publications took, in order.
    pub publications: Vec<Duration>,
    /// How long readers waited for the page, in order.
    pub reads: Vec<Duration>,
    /// The host's peak memory, in bytes.
    pub peak: u64,
}

/// Updates of the long incident.
const LONG: usize = 150;
const LONG_SLUG: &str = "long";

/// The operator publishes, and a reader reads, this long after the last answer.
const PAUSE: Duration = Duration::from_millis(40);

impl Flood {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Garbage,
        Self::UnknownKey,
        Self::BadSignature,
        Self::BadSignatureOfALongIncident,
        Self::BadEcdsa,
        Self::Replay,
        Self::Queries,
        Self::Idle,
        Self::Slow,
    ];

    /// What it sends.
    pub fn name(self) -> &'static str {
        match self {
            Self::Garbage => "garbage of 16 kB, 600 connections",
            Self::UnknownKey => "notes by an unknown key",
            Self::BadSignature => "a known name, a bad signature",
            Self::BadSignatureOfALongIncident => "the same, incident of 150 updates",
            Self::BadEcdsa => "the same, a key of ECDSA",
            Self::Replay => "published notes again",
            Self::Queries => "reads with random queries",
            Self::Idle => "1,100 idle connections",
            Self::Slow => "2,500 slow connections",
        }
    }

    fn connections(self) -> usize {
        match self {
            Self::Garbage => 600,
            Self::Idle => 1100,
            Self::Slow => 2500,
            _ => 64,
        }
    }

    /// The requests that it repeats; none for floods of connections.
    fn requests(self, session: &Session<'_>) -> Result<Vec<Vec<u8>>> {
        let author = &session.author;
        let bad = |slug: &str| -> Result<Vec<u8>> {
            let lines = [author.alice.sign_note("Another text.\n")?];
            Ok(post(Note::compose(&author.investigating(slug), &lines).as_bytes()))
        };
        Ok(match self {
            Self::Garbage => vec![post(&vec![b'x'; MAX_NOTE_BYTES])],
            Self::UnknownKey => {
                vec![post(sign(&author.investigating("new"), &[&author.mallory])?.as_bytes())]
            }
            Self::BadSignature => vec![bad("new")?],
            Self::BadSignatureOfALongIncident => vec![bad(LONG_SLUG)?],
            Self::BadEcdsa => {
                let text = author.investigating("new");
                vec![post(format!("{text}\n{}\n", of_dana("line")?).as_bytes())]
            }
            Self::Replay => published(session, 64)?,
            Self::Queries => (0..512).map(|n| get(&format!("/?{n}x{}", n * 7919 % 1000))).collect(),
            Self::Idle | Self::Slow => Vec::new(),
        })
    }
}

/// The newest entries as requests.
fn published(session: &Session<'_>, count: u64) -> Result<Vec<Vec<u8>>> {
    let size = session.checkpoint()?.tree.size;
    let indices = size.saturating_sub(count).max(2)..size;
    indices.map(|index| Ok(post(&session.get(&format!("/log/{index}.note"))?.body))).collect()
}

fn post(body: &[u8]) -> Vec<u8> {
    let head = format!("POST /notes HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").into_bytes()
}

/// A signed note of another text, by an ECDSA key of Dana's.
const BY_DANA: &str = include_str!("../../keys/tests/vectors/note-ssh-ecdsa-stored.txt");

/// A part of [`BY_DANA`]: the key, or the line that is its signature.
fn of_dana(part: &str) -> Result<&'static str> {
    let mut lines = BY_DANA.lines();
    let found = lines.find_map(|line| line.strip_prefix(part)?.strip_prefix(": "));
    found.with_context(|| format!("the vector has no {part}"))
}

/// Sets the host up, with Dana as a third operator, and publishes an incident with many updates.
pub fn set_up(session: &Session<'_>) -> Result<()> {
    let author = &session.author;
    let roster = author.roster_with(&format!("operator: {}\n", of_dana("key")?));
    for text in [roster, author.site()] {
        session.accept(&sign(&text, &[&author.carol])?)?;
    }
    for _ in 0..LONG {
        session.publish(&session.author.investigating(LONG_SLUG))?;
    }
    Ok(())
}

/// Measures the host for `lasting`, under this flood or in calm.
pub fn measure(session: &Session<'_>, flood: Option<Flood>, lasting: Duration) -> Result<Report> {
    let requests = flood.map(|flood| flood.requests(session)).transpose()?.unwrap_or_default();
    let address = session.host.address();
    let (over, answers, opened) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    open_files()?;
    let process = Process::of(session)?;
    let mut report = thread::scope(|scope| -> Result<Report> {
        let stop = Stop(&over);
        match flood {
            Some(flood @ (Flood::Idle | Flood::Slow)) => {
                let (over, opened) = (&over, &opened);
                scope.spawn(move || hold(address, flood, over, opened));
            }
            _ => {
                for n in 0..flood.map_or(0, Flood::connections) {
                    let (requests, over, answers) = (&requests, &over, &answers);
                    let repeat = move || repeat(address, requests, n, over, answers);
                    thread::Builder::new().stack_size(128 << 10).spawn_scoped(scope, repeat)?;
                }
            }
        }
        thread::sleep(Duration::from_millis(500).min(lasting));
        if let Some(flood @ (Flood::Idle | Flood::Slow)) = flood {
            let begun = Instant::now();
            let wanted = flood.connections() as u64;
            while opened.load(Ordering::Relaxed) < wanted {
                let opened = opened.load(Ordering::Relaxed);
                ensure!(begun.elapsed() < GIVE_UP, "{}: only {opened} could be opened", flood.name());
                thread::sleep(Duration::from_millis(50));
            }
        }
        process.forget_peak()?;
        let (start, used, before) = (Instant::now(), process.used()?, answers.load(Ordering::Relaxed));
        let until = start + lasting;
        let reads = scope.spawn(move || timed(until, || read(session)));
        let publications = timed(until, || publish(session));
        let reads = reads.join().map_err(|_| anyhow::anyhow!("the reader panicked"))?;
        let report = Report {
            answers: answers.load(Ordering::Relaxed) - before,
            lasted: start.elapsed(),
            used: process.used()?.saturating_sub(used),
            publications: publications?,
            reads: reads?,
            peak: process.peak()?,
        };
        drop(stop);
        Ok(report)
    })?;
    report.publications.sort();
    report.reads.sort();
    Ok(report)
}

/// Lets this process open as many files as the system allows.
fn open_files() -> Result<()> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    Ok(setrlimit(Resource::Nofile, limit)?)
}

/// Ends the flood, also if the measurement fails.
struct Stop<'f>(&'f AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The times that `work` takes, until then.
fn timed(until: Instant, mut work: impl FnMut() -> Result<()>) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    while Instant::now() < until || times.is_empty() {
        let start = Instant::now();
        work()?;
        times.push(start.elapsed());
        thread::sleep(PAUSE);
    }
    Ok(times)
}

/// Publishes as an operator does: on a new connection, and again if the host says so.
fn publish(session: &Session<'_>) -> Result<()> {
    // Notices that are over: the pages stay as they are, however many publications a run has.
    let slug = format!("short-{}", session.author.id());
    let note = sign(&session.author.past(&slug, "Mail was slow"), &[&session.author.alice])?;
    let start = Instant::now();
    loop {
        match exchange(session.host.address(), &post(note.as_bytes())) {
            Ok(200 | 201) => return Ok(()),
            Ok(503) | Err(_) if start.elapsed() < GIVE_UP => thread::sleep(Duration::from_millis(5)),
            answer => bail!("a publication ended with {answer:?}"),
        }
    }
}

fn read(session: &Session<'_>) -> Result<()> {
    let start = Instant::now();
    loop {
        match exchange(session.host.address(), &get("/")) {
            Ok(200) => return Ok(()),
            Err(_) if start.elapsed() < GIVE_UP => thread::sleep(Duration::from_millis(5)),
            answer => bail!("a read ended with {answer:?}"),
        }
    }
}

/// Nobody may wait longer than this.
const GIVE_UP: Duration = Duration::from_secs(30);

/// Sends a request on a new connection, from another address than the flood's; returns the status once the whole answer
/// has been read.
fn exchange(address: SocketAddr, request: &[u8]) -> Result<u16> {
    use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    bind(&socket, &SocketAddr::from(([127, 0, 0, 2], 0)))?;
    connect(&socket, &address)?;
    let mut connection = set(TcpStream::from(socket))?;
    connection.write_all(request)?;
    answer(&mut connection)
}

fn open(address: SocketAddr) -> std::io::Result<TcpStream> {
    set(TcpStream::connect_timeout(&address, GIVE_UP)?)
}

fn set(connection: TcpStream) -> std::io::Result<TcpStream> {
    connection.set_nodelay(true)?;
    connection.set_read_timeout(Some(GIVE_UP))?;
    connection.set_write_timeout(Some(GIVE_UP))?;
    Ok(connection)
}

/// Reads one answer.
fn answer(connection: &mut TcpStream) -> Result<u16> {
    let mut bytes = Vec::new();
    let mut part = [0; 16 << 10];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).to_lowercase();
            let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let is_complete = match length {
                Some(length) => bytes.len() >= end + 4 + length.trim().parse::<usize>()?,
                None => bytes.ends_with(b"0\r\n\r\n"),
            };
            if is_complete {
                return status.context("no status");
            }
        }
        match connection.read(&mut part)? {
            0 => bail!("the host closed the connection"),
            count => bytes.extend(part.iter().take(count)),
        }
    }
}

/// A real flood brings its own processors. Here its threads get the priority of those by which the native host answers
/// strangers, so that they do not compete with its writer.
fn give_way() {
    let _ = rustix::process::setpriority_process(None, 10);
}

/// Sends these requests in turn on one connection, which is made again when it is lost.
fn repeat(address: SocketAddr, requests: &[Vec<u8>], first: usize, over: &AtomicBool, answers: &AtomicU64) {
    give_way();
    let mut connection = None;
    for request in requests.iter().cycle().skip(first) {
        if over.load(Ordering::Relaxed) {
            return;
        }
        let sent = (|| -> Result<u16> {
            let connection = match &mut connection {
                Some(connection) => connection,
                none => none.insert(open(address)?),
            };
            connection.write_all(request)?;
            answer(connection)
        })();
        match sent {
            Ok(_) => drop(answers.fetch_add(1, Ordering::Relaxed)),
            Err(_) => {
                connection = None;
                thread::sleep(Duration::from_millis(5));
            }
        }
    }
}

/// Keeps connections open, and opens those again that the host closes.
fn hold(address: SocketAddr, flood: Flood, over: &AtomicBool, opened: &AtomicU64) -> Result<()> {
    give_way();
    let head: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ";
    let mut connections: Vec<TcpStream> = Vec::new();
    let mut sent = 0;
    while !over.load(Ordering::Relaxed) {
        connections.retain_mut(|connection| {
            let written = match flood {
                Flood::Slow => connection.write(head.get(sent..=sent).unwrap_or(b"x")),
                _ => Ok(1),
            };
            let mut byte = [0; 1];
            let is_open =
                matches!(connection.read(&mut byte), Err(error) if error.kind() == ErrorKind::WouldBlock);
            is_open && written.is_ok()
        });
        while connections.len() < flood.connections() && !over.load(Ordering::Relaxed) {
            let Ok(connection) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) else {
                break;
            };
            connection.set_nonblocking(true)?;
            connections.push(connection);
            opened.fetch_add(1, Ordering::Relaxed);
        }
        // Those opened later begin with another byte, which makes their heads invalid: a closed connection like others.
        sent = (sent + 1) % (head.len() + 32);
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

impl Report {
    /// The middle of these times, which are in order.
    pub fn median(times: &[Duration]) -> Duration {
        times.get(times.len() / 2).copied().unwrap_or_default()
    }

    /// The longest of them.
    pub fn worst(times: &[Duration]) -> Duration {
        times.last().copied().unwrap_or_default()
    }
}

/// The host's process, as the kernel accounts for it.
struct Process(u32);

impl Process {
    fn of(session: &Session<'_>) -> Result<Self> {
        session.host.pid().map(Self).context("the host is not running")
    }

    fn file(&self, name: &str) -> String {
        format!("/proc/{}/{name}", self.0)
    }

    /// Processor time so far.
    fn used(&self) -> Result<Duration> {
        let stat = std::fs::read_to_string(self.file("stat"))?;
        let (_, after_name) = stat.rsplit_once(')').context("stat")?;
        let ticks = |at| after_name.split_whitespace().nth(at).and_then(|ticks| ticks.parse::<u64>().ok());
        // Fields 14 and 15 of proc(5), in hundredths of a second on every Linux.
        let (user, system) = (ticks(11).context("utime")?, ticks(12).context("stime")?);
        Ok(Duration::from_millis((user + system) * 10))
    }

    /// Only root may, since the host keeps its memory from being read. Otherwise the peak is that of its whole life.
    fn forget_peak(&self) -> Result<()> {
        match std::fs::write(self.file("clear_refs"), "5") {
            Err(error) if error.kind() != ErrorKind::PermissionDenied => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Peak memory in bytes since [`Process::forget_peak`].
    fn peak(&self) -> Result<u64> {
        let status = std::fs::read_to_string(self.file("status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("VmHWM")?;
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes << 10)
    }
}

/// The native host's limit under any flood, in bytes.
pub const MAX_PEAK: u64 = 120 << 20;

/// Fails if the host used more memory than it may.
pub fn within_memory(flood: Flood, report: &Report) -> Result<()> {
    let megabytes = report.peak >> 20;
    ensure!(report.peak <= MAX_PEAK, "{}: {megabytes} MB of {} MB", flood.name(), MAX_PEAK >> 20);
    Ok(())
}
