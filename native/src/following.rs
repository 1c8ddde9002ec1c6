//! Following the station that has the log's key: a thread that reads its log, and passes on to it what this one has
//! accepted. It never holds up the writer: what crosses the network has been read before the writer hears of it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use outband_station::verify::{Source, SourceError};
use outband_station::{File, FollowError, Followed, ProblemType, Store, StoreError};

use crate::head::with_suffix;
use crate::host::Host;
use crate::journal;
use crate::store::SqliteStore;
use crate::writer::Writer;

/// The way to the station that has the log's key.
pub trait Upstream: Source + Send {
    /// Sends it a note.
    fn pass_on(&self, note: &[u8]) -> PassedOn;
}

/// What became of a note that was passed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PassedOn {
    /// The log has it.
    Logged,
    /// The log will not take it.
    Refused(ProblemType),
    /// It is to be sent again, and so are others about the same incident.
    NotNow(String),
    /// Nobody can be reached.
    Unreachable(String),
}

/// How often the log is looked at. A note that has just been accepted is passed on at once.
const INTERVAL: Duration = Duration::from_secs(2);

/// Follows until the host is gone.
pub(crate) fn start(host: &Arc<Host>, upstream: Box<dyn Upstream>) -> io::Result<thread::Thread> {
    let host = Arc::downgrade(host);
    let following = move || follow(&host, upstream.as_ref());
    Ok(thread::Builder::new().name("follower".to_owned()).spawn(following)?.thread().clone())
}

fn follow(host: &Weak<Host>, upstream: &dyn Upstream) {
    let mut told = Some(String::new());
    while let Some(host) = host.upgrade() {
        let trouble = catch_unwind(AssertUnwindSafe(|| round(&host, upstream)));
        let trouble = trouble.unwrap_or_else(|_| Some("what was read made this program panic".to_owned()));
        if trouble != told {
            match &trouble {
                Some(trouble) => journal::say(&format_args!("not following: {trouble}. Trying again")),
                None => journal::say(&"following the station with the log's key"),
            }
            told = trouble;
        }
        drop(host);
        thread::park_timeout(INTERVAL);
    }
}

/// Reads what is new, and then passes on what waits: not to a log that is behind the one here, or contradicts it, since
/// that would go on from there. Returns what went wrong.
fn round(host: &Arc<Host>, upstream: &dyn Upstream) -> Option<String> {
    if let Err(why) = read(host, upstream) {
        return Some(why);
    }
    match pass_on(host, upstream) {
        (false, trouble) => trouble,
        // The log has it now.
        (true, trouble) => trouble.or_else(|| read(host, upstream).err()),
    }
}

fn read(host: &Arc<Host>, upstream: &dyn Upstream) -> Result<(), String> {
    let recorded = Recorded { of: upstream, read: RefCell::default() };
    let now = host.now();
    // Not one state of the store, which would have to be kept for as long as the network takes: the writer judges again.
    let follow = |reader: &mut SqliteStore| Ok(host.station().follow(&recorded, &mut Unchanged(reader), now));
    let followed = host.with_reader(follow).map_err(|error| error.to_string())?;
    match followed {
        Ok(Followed::Extended { .. }) => {}
        Ok(Followed::Behind { found, held }) => {
            return Err(format!(
                "it has only {found} of {held} entries, as if it had been restored from a backup"
            ));
        }
        Ok(Followed::Unchanged | Followed::Renewed) => return Ok(()),
        Err(FollowError::Contradiction { held, found }) => return Err(contradicted(host, &held, &found)),
        Err(error) => return Err(error.to_string()),
    }
    let replay = Replay(recorded.read.into_inner());
    let written = host.write(move |host, writer| host.station().follow(&replay, writer, host.now()));
    match written {
        Some(Ok(_)) => Ok(()),
        Some(Err(error)) => Err(error.to_string()),
        None => Err("the writer is busy".to_owned()),
    }
}

/// Passes on what waits: of one incident in order, and nothing of it after one that is to be sent again. Returns whether
/// the log has more than before, and what went wrong.
fn pass_on(host: &Arc<Host>, upstream: &dyn Upstream) -> (bool, Option<String>) {
    let waiting = host.with_reader(|reader| reader.snapshot(|reader| host.station().to_pass_on(reader)));
    let waiting = match waiting {
        Ok(Ok(waiting)) => waiting,
        Ok(Err(error)) => return (false, Some(error.to_string())),
        Err(error) => return (false, Some(error.to_string())),
    };
    let (mut is_logged, mut trouble, mut held_back) = (false, None, Vec::new());
    for note in waiting {
        let incident = incident_of(&note);
        if held_back.contains(&incident) {
            continue;
        }
        match upstream.pass_on(&note) {
            PassedOn::Logged => is_logged = true,
            PassedOn::Refused(problem) => {
                journal::say(&format_args!(
                    "an update that this station had accepted was refused by the one with the log's key: {}",
                    problem.as_str()
                ));
                let refused = move |host: &Host, writer: &mut Writer| {
                    host.station().was_refused(writer, &note, problem)
                };
                if !matches!(host.write(refused), Some(Ok(()))) {
                    trouble = Some("a refusal could not be recorded".to_owned());
                }
            }
            PassedOn::NotNow(why) => {
                held_back.push(incident);
                trouble = Some(why);
            }
            PassedOn::Unreachable(why) => {
                return (is_logged, Some(format!("an update cannot be passed on ({why})")));
            }
        }
    }
    (is_logged, trouble)
}

/// The line of an update that names its incident.
fn incident_of(note: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(note);
    text.lines().find(|line| line.starts_with("incident: ")).map(ToOwned::to_owned)
}

/// Keeps both signed checkpoints of a log with two histories beside the store.
fn contradicted(host: &Host, held: &str, found: &str) -> String {
    let path = with_suffix(host.path(), "-two-histories.txt");
    let kept = OpenOptions::new().write(true).create_new(true).open(&path);
    let kept = kept.and_then(|mut file| write!(file, "{held}\n{found}").and_then(|()| file.sync_all()));
    let where_to = match kept {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => format!("could not be kept: {error}"),
        _ => format!("are in {}", path.display()),
    };
    format!(
        "ITS LOG CONTRADICTS THE ONE HERE: its key has signed two histories. Both signed checkpoints {where_to}"
    )
}

/// What was read, by path.
type Read = BTreeMap<String, Option<Vec<u8>>>;

/// A source that records what is read from it.
struct Recorded<'u> {
    of: &'u dyn Upstream,
    read: RefCell<Read>,
}

impl Source for Recorded<'_> {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let found = self.of.read(path)?;
        self.read.borrow_mut().insert(path.to_owned(), found.clone());
        Ok(found)
    }

    fn names(&self) -> Result<Option<Vec<String>>, SourceError> {
        Ok(None)
    }
}

/// What was read before.
struct Replay(Read);

impl Source for Replay {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let found = self.0.get(path).cloned();
        found.ok_or_else(|| SourceError {
            path: path.to_owned(),
            what: "the log changed meanwhile".to_owned(),
        })
    }

    fn names(&self) -> Result<Option<Vec<String>>, SourceError> {
        Ok(None)
    }
}

/// A store in which nothing is written: only what would be read matters.
struct Unchanged<'s>(&'s SqliteStore);

impl Store for Unchanged<'_> {
    fn get(&self, path: &str) -> Result<Option<File>, StoreError> {
        self.0.get(path)
    }

    fn commit(&mut self, _: &[File]) -> Result<(), StoreError> {
        Ok(())
    }
}
