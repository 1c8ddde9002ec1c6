//! What happens because time passes: a promised update falls overdue, a window opens, the cosignature is renewed;
//! and what an upgrade of the renderer leaves to be rendered anew.

use std::collections::BTreeSet;

use outband_record::time::Time;
use outband_site::data::{Pending, Renderer};
use outband_site::feeds::Channel;
use outband_site::pages;

use crate::Station;
use crate::checkpoint::Head;
use crate::error::StationError;
use crate::projection::Projection;
use crate::store::Store;

/// The checkpoint's time-stamped cosignature is renewed this often, so that a frozen copy can be told from a calm one.
const COSIGNATURE_SECONDS: u64 = 60;

/// How long after a tick that failed a host tries the next.
pub const TICK_AGAIN_SECONDS: u64 = 10;

/// Pieces of work in one step of a re-rendering: a tenth of a second at the edge, so that readers are not kept waiting.
const BUDGET_OF_A_TICK: u64 = 64;

impl Station {
    /// Does what is due at `now` (POSIX seconds) and says when to call again, always later than `now`.
    pub fn tick(&self, store: &mut dyn Store, now: u64) -> Result<u64, StationError> {
        self.rebuild(store, pages::RENDERER, now, BUDGET_OF_A_TICK)
    }

    /// The same for a renderer of a given version: where the files were written by another one, they are rendered
    /// anew in steps of at most `budget` pieces, and served as they are meanwhile.
    pub fn rebuild(
        &self,
        store: &mut dyn Store,
        version: &str,
        now: u64,
        budget: u64,
    ) -> Result<u64, StationError> {
        let last = self.own_head(store)?;
        if last.tree.size == 0 {
            return Ok(now.saturating_add(COSIGNATURE_SECONDS));
        }
        let head = Head { time: last.time.max(Time::from_posix(now)), ..last };
        let mut projection = Projection::open(store, &last)?;
        if projection.renderer.renderer != version {
            projection.renderer = Renderer { renderer: version.to_owned(), pending: None };
            projection.render_anew(0, head.tree.size);
        }
        projection.step_rendering(budget)?;
        let files = self.files(&mut projection, &head, Vec::new(), None)?;
        let busy = projection.renderer.pending.is_some();
        let moment = projection.next_moment(head.time).map_or(u64::MAX, Time::posix);
        store.commit(&files)?;
        let later = if busy { 1 } else { COSIGNATURE_SECONDS };
        Ok(moment.min(now.saturating_add(later)).max(now.saturating_add(1)))
    }
}

impl Projection<'_> {
    /// Takes up to `budget` pieces of a pending re-rendering: each entry that is the first concerned of its
    /// incident, then each month, each feed of a component or a language, and each archive; with the last of them,
    /// what says what is true now. What a note adds meanwhile comes before its like or after all, so that no piece
    /// is passed over; one may be done twice.
    pub(crate) fn step_rendering(&mut self, budget: u64) -> Result<(), StationError> {
        let Some(pending) = self.renderer.pending else { return Ok(()) };
        let entries = pending.to.saturating_sub(pending.from);
        let others = self.pieces();
        let total = entries.saturating_add(u64::try_from(others.len()).unwrap_or(u64::MAX));
        let until = pending.done.saturating_add(budget).min(total);
        for piece in pending.done..until {
            if piece < entries {
                self.render_entry_anew(pending, pending.from + piece)?;
                continue;
            }
            match usize::try_from(piece - entries).ok().and_then(|n| others.get(n)) {
                Some(Piece::Month(month)) => self.render_month_anew(month),
                Some(Piece::Channel(channel)) => {
                    self.changed.lists.insert(channel.clone());
                }
                Some(Piece::Rest) | None => {}
            }
        }
        self.changed.renderer = true;
        self.renderer.pending = (until < total).then_some(Pending { done: until, ..pending });
        if until == total {
            self.changed.everything();
        }
        Ok(())
    }

    /// The months in which something began, and those that have days, newest first.
    fn months_with_pages(&self) -> Vec<String> {
        // Months that begin with this step are written by it anyway.
        let measured = self.published.into_iter().flat_map(|published| self.measured_months(published));
        let mut months = BTreeSet::new();
        months.extend(self.history.iter().map(|month| month.month.clone()).chain(measured));
        months.into_iter().rev().collect()
    }

    fn render_month_anew(&mut self, month: &str) {
        if self.history.iter().any(|listed| listed.month == month) {
            self.changed.months.insert(month.to_owned());
        }
        if self.is_published(month) {
            self.changed.days.insert(month.to_owned());
        }
    }

    /// What is to be rendered anew after the entries.
    fn pieces(&self) -> Vec<Piece> {
        let months = self.months_with_pages().into_iter().map(Piece::Month);
        let channels = self.channels.iter().cloned().map(Piece::Channel);
        let archive = |number| {
            let rest = std::iter::repeat_n(Piece::Rest, PIECES_OF_AN_ARCHIVE - 1);
            std::iter::once(Piece::Channel(Channel::Archive(number))).chain(rest)
        };
        months.chain(channels).chain((1..=self.archives()).flat_map(archive)).collect()
    }

    fn render_entry_anew(&mut self, pending: Pending, index: u64) -> Result<(), StationError> {
        let Some(update) = self.update_at(index)? else { return Ok(()) };
        let Some(incident) = self.incident(&update.incident)? else { return Ok(()) };
        let first =
            incident.updates().iter().map(|logged| logged.index).find(|logged| *logged >= pending.from);
        if first == Some(index) {
            self.changed.incidents.insert(update.incident);
        }
        Ok(())
    }
}

/// A piece of a re-rendering.
#[derive(Clone)]
enum Piece {
    Month(String),
    Channel(Channel),
    /// The time that the piece before takes beyond that of one.
    Rest,
}

/// An archive is read from up to fifty incidents.
const PIECES_OF_AN_ARCHIVE: usize = 4;
