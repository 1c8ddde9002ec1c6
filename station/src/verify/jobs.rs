//! The expected files, in small jobs, so that a caller need not hold all of them, nor recompute them on one thread.

use std::collections::BTreeMap;
use std::sync::Arc;

use outband_record::authority::Authority;
use outband_record::log;
use outband_record::sorted::Set;
use outband_record::text::{Site, Slug};
use outband_record::time::Time;
use outband_record::timeline::Incident;
use outband_site::data::Redacted;
use outband_site::feeds::{Channel, Feeds, Written};
use outband_site::{Rendered, View};

use super::{EMPTY, Log, Proven, Replay, Unproven, check_stamps, unsigned};
use crate::projection::of_incident;
use crate::store::MemoryStore;

/// Some of the expected files. The thread that takes the job may have to compute them.
pub struct Job {
    work: Work,
    /// The name of the whole that it is part of.
    pub of: &'static str,
    /// How much of that has been handed out, this job included, in percent.
    pub percent: usize,
}

enum Work {
    Ready(Vec<Rendered>),
    Incidents(Arc<Shared>, Vec<(Slug, Arc<Incident>)>),
}

/// Takes a job, and blocks while too many are queued. Returns whether it takes more.
pub type HandOut<'h> = &'h mut dyn FnMut(Job) -> bool;

/// Files per job: few, so that all threads have equal work and stop soon after being asked to.
const FILES: usize = 16;
/// Incidents per job: each has about four files.
const INCIDENTS: usize = FILES / 4;

impl Job {
    /// Returns the files, computing them if necessary.
    pub fn files(self) -> Result<Vec<Rendered>, Unproven> {
        match self.work {
            Work::Ready(files) => Ok(files),
            Work::Incidents(shared, incidents) => shared.files(&incidents),
        }
    }
}

impl Log {
    /// Admits every entry again, each by those before it, and checks the checkpoint's signatures. `scratch` is an empty
    /// store.
    ///
    /// Hands out the files of the log itself, except the checkpoint: tiles and bundles, then the entries as they are
    /// admitted. An invalid entry is never handed out.
    pub fn prove<'s>(self, scratch: &'s MemoryStore, hand_out: HandOut<'_>) -> Result<Proven<'s>, Unproven> {
        let tiles = log::paths(self.checkpoint.tree.size);
        let all = tiles.len() + self.recomputed.leaves.len();
        let mut jobs = Jobs { of: "the log", all, done: 0, hand_out };
        for some in tiles.chunks(FILES) {
            let tile = |(path, name): &(String, String)| match self.recomputed.tiles.get(name).cloned() {
                Some(body) => Ok(Rendered { path: path.clone(), body }),
                None => Err(Unproven::Missing { path: path.clone() }),
            };
            jobs.submit(Work::Ready(some.iter().map(tile).collect::<Result<_, _>>()?), some.len());
        }
        let mut replay = Replay::new(self.roots.as_deref(), scratch);
        for some in self.recomputed.leaves.chunks(FILES) {
            let mut files = Vec::new();
            for leaf in some {
                let path = log::note_path(replay.next);
                replay.pass(&self.recomputed, leaf)?;
                // The file in place of a redacted entry follows from the redaction.
                if log::redacted(leaf).is_none() {
                    files.push(Rendered { path, body: leaf.clone() });
                }
            }
            jobs.submit(Work::Ready(files), some.len());
        }
        let (projection, newest) = replay.finish(&self.recomputed)?;
        let roster = projection.authority().map(Authority::roster);
        let roster = roster.ok_or_else(|| unsigned(EMPTY.to_owned()))?;
        let time = check_stamps(roster, &self.note, &self.bytes, newest, self.latest)?.max(self.earliest);
        Ok(Proven { projection, time, log: self })
    }

    /// Like [`Log::prove`], but returns every expected file by public path, except the checkpoint: those of the log
    /// and, if `pages`, documents, pages and feeds.
    pub fn expected<'s>(
        self,
        scratch: &'s MemoryStore,
        pages: bool,
    ) -> Result<(Proven<'s>, BTreeMap<String, Vec<u8>>), Unproven> {
        let mut jobs = Vec::new();
        let mut keep = |job| {
            jobs.push(job);
            true
        };
        let mut proven = self.prove(scratch, &mut keep)?;
        proven.rest(pages, &mut keep)?;
        let mut expected = BTreeMap::new();
        for job in jobs {
            expected.extend(job.files()?.into_iter().map(|file| (file.path, file.body)));
        }
        Ok((proven, expected))
    }
}

impl Proven<'_> {
    /// Hands out the expected files besides those of the log: the files in place of redacted entries and, if `pages`,
    /// documents, pages and feeds. Incidents come first, and their files are computed by the threads that take the
    /// jobs; meanwhile the rest is computed here.
    pub fn rest(&mut self, pages: bool, hand_out: HandOut<'_>) -> Result<(), Unproven> {
        let redacted: Vec<_> = self.redactions().iter().map(Redacted::note).collect();
        let incidents = if pages { self.projection.incidents.known() } else { Vec::new() };
        // Each note has a document besides the files of incidents.
        let notes = if pages { self.log.recomputed.leaves.len() } else { 0 };
        let all = redacted.len() + incidents.len() * INCIDENTS + notes;
        let mut jobs = Jobs { of: "the pages", all, done: 0, hand_out };
        jobs.submit_files(redacted);
        if !pages {
            return Ok(());
        }
        // An update is in its incident's feed and in an archive: the first thread to render it does so for both.
        let written: Arc<Written> = Arc::default();
        if let Some(view) = self.projection.view(self.time)? {
            let shared = Arc::new(Shared::of(&view, written.clone()));
            for some in incidents.chunks(INCIDENTS) {
                jobs.submit(Work::Incidents(shared.clone(), some.to_vec()), some.len() * INCIDENTS);
            }
        }
        self.projection.touch_everything();
        let files = self.projection.render_rest(self.time, written)?;
        jobs.submit_files(files);
        Ok(())
    }
}

/// Hands out submitted files until the receiver takes no more.
struct Jobs<'h> {
    of: &'static str,
    all: usize,
    done: usize,
    hand_out: HandOut<'h>,
}

impl Jobs<'_> {
    fn submit(&mut self, work: Work, files: usize) -> bool {
        self.done += files;
        let percent = (self.done * 100 / self.all.max(1)).min(99);
        (self.hand_out)(Job { work, of: self.of, percent })
    }

    fn submit_files(&mut self, files: Vec<Rendered>) {
        let mut files = files.into_iter();
        loop {
            let some: Vec<_> = files.by_ref().take(FILES).collect();
            let count = some.len();
            if some.is_empty() || !self.submit(Work::Ready(some), count) {
                return;
            }
        }
    }
}

/// What the files of an incident depend on, besides the incident itself.
struct Shared {
    site: Site,
    authority: Authority,
    now: Time,
    last_update: Option<Time>,
    redactions: Vec<Redacted>,
    channels: Set<Channel>,
    written: Arc<Written>,
}

impl Shared {
    fn of(view: &View<'_>, written: Arc<Written>) -> Self {
        Self {
            site: view.site.clone(),
            authority: view.authority.clone(),
            now: view.now,
            last_update: view.last_update,
            redactions: view.redactions.to_vec(),
            channels: view.channels.clone(),
            written,
        }
    }

    fn files(&self, incidents: &[(Slug, Arc<Incident>)]) -> Result<Vec<Rendered>, Unproven> {
        let Self { site, authority, now, last_update, redactions, channels, written } = self;
        let view = View {
            site,
            authority,
            now: *now,
            last_update: *last_update,
            redactions,
            channels,
            refused: &[],
        };
        let feeds = Feeds::sharing(&view, written.clone());
        let mut files = Vec::new();
        for (slug, incident) in incidents {
            files.extend(of_incident(&view, &feeds, slug, incident)?);
        }
        Ok(files)
    }
}
