//! What a case gets: one host, its author, and a client.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use outband_keys::Note;
use outband_record::log::{Checkpoint, Tree};
use outband_record::time::Time;

use crate::author::{Author, sign};
use crate::host::{Host, Kind};
use crate::http::{Answer, Client};
use crate::tools::Tools;

/// A host started for one case.
#[derive(Debug)]
pub struct Session<'t> {
    /// The programs that the case may run.
    pub tools: &'t Tools,
    /// The author of its notes.
    pub author: Author,
    /// A client of the host.
    pub client: Client,
    /// The host.
    pub host: Host,
}

/// The station's answer to an accepted note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The note's index in the log.
    pub index: u64,
    /// The receipt line.
    pub line: String,
    /// The time of receipt.
    pub received: Time,
    /// A remark for the operator.
    pub remark: Option<String>,
}

/// A checkpoint whose signatures have been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The log's state.
    pub tree: Tree,
    /// The time of the station's cosignature.
    pub time: Time,
}

impl<'t> Session<'t> {
    /// Starts a host on an empty store.
    pub fn start(kind: Kind, tools: &'t Tools) -> Result<Self> {
        let author = Author::new()?;
        let host = Host::start(kind, tools, &author)?;
        Ok(Self { tools, author, client: Client::new(host.address()), host })
    }

    /// Publishes roster 1 and the site note.
    pub fn set_up(&self) -> Result<()> {
        for text in [self.author.roster(), self.author.site()] {
            self.accept(&sign(&text, &[&self.author.carol])?)?;
        }
        Ok(())
    }

    /// Signs an update as alice, and has it accepted.
    pub fn publish(&self, text: &str) -> Result<Receipt> {
        self.accept(&sign(text, &[&self.author.alice])?)
    }

    /// Sends a note that must be accepted as new.
    pub fn accept(&self, note: &str) -> Result<Receipt> {
        let answer = self.client.post("/notes", note.as_bytes())?.expect(201);
        Receipt::read(&answer.with_context(|| note.to_owned())?)
    }

    /// GET of a path that must exist.
    pub fn get(&self, path: &str) -> Result<Answer> {
        self.client.get(path)?.expect(200).with_context(|| path.to_owned())
    }

    /// The text of a path that must exist.
    pub fn text(&self, path: &str) -> Result<String> {
        Ok(self.get(path)?.text()?.to_owned())
    }

    /// The current checkpoint, with its signatures checked.
    pub fn checkpoint(&self) -> Result<Signed> {
        checkpoint(&self.get("/log/checkpoint")?.body, &self.author)
    }

    /// Kills the host and starts it again on the same store.
    pub fn restart(&mut self) -> Result<()> {
        self.host.restart()?;
        // The connections to the old process are dead.
        self.client = Client::new(self.host.address());
        Ok(())
    }
}

impl Receipt {
    /// Reads the answer to a note.
    pub fn read(answer: &Answer) -> Result<Self> {
        let json = answer.json()?;
        let text = |name| json.get(name).and_then(|value| value.as_str()).map(str::to_owned);
        let read = || {
            let received = Time::parse(&text("received")?)?;
            let index = json.get("index")?.as_u64()?;
            Some(Self { index, line: text("receipt")?, received, remark: text("remark") })
        };
        read().with_context(|| format!("not a receipt: {json}"))
    }
}

/// Reads a checkpoint, signed by the log and cosigned by the station of `author`'s site.
pub fn checkpoint(bytes: &[u8], author: &Author) -> Result<Signed> {
    let note = Note::parse(bytes)?;
    note.verify(&[author.log.verifier()])?;
    let stations = [author.station.verifier()];
    let cosigned = note.cosignatures(&stations)?;
    let [stamped] = cosigned.as_slice() else { bail!("expected one cosignature, found {}", cosigned.len()) };
    Ok(Signed { tree: Checkpoint::parse(note.text())?.tree, time: Time::from_posix(stamped.time) })
}

/// Polls `found` until it returns something, for at most `patience`.
pub fn wait_for<T>(
    patience: Duration,
    what: &str,
    mut found: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let start = Instant::now();
    loop {
        if let Some(found) = found()? {
            return Ok(found);
        }
        ensure!(start.elapsed() < patience, "{what}: not within {patience:?}");
        thread::sleep(Duration::from_millis(50));
    }
}
