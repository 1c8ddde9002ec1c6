//! Re-rendering, step by step, after an upgrade of the renderer, a new site note or a revocation.

use outband_record::sorted::Set;
use outband_site::feeds::Channel;

use super::Projection;
use crate::error::StationError;
use crate::memory::{Pending, Renderer};

impl Projection<'_> {
    /// If another renderer wrote the store, schedules re-rendering of everything that follows from its `size` entries.
    pub(crate) fn upgrade(&mut self, renderer: &str, size: u64) {
        if self.renderer.renderer != renderer {
            *self.renderer.change() = Renderer { renderer: renderer.to_owned(), pending: None };
            // It may speak a language that the one before did not.
            self.begin_channels();
            self.schedule_rerendering(0, size);
        }
    }

    /// Schedules re-rendering of everything that follows from the entries `from..to`, in steps.
    pub(super) fn schedule_rerendering(&mut self, from: u64, to: u64) {
        let from = self.renderer.pending.map_or(from, |pending| pending.from.min(from));
        self.renderer.change().pending = (from < to).then_some(Pending { from, to, done: 0 });
    }

    /// Does up to `budget` pieces of a pending re-rendering: each entry that is the first of its incident in the range,
    /// then each month, each component with its feed, each feed of a language, and each archive; the last piece also renders the current
    /// status. A piece that a note adds meanwhile comes before others of its kind or last, so no piece is skipped,
    /// though one may be done twice.
    pub(crate) fn step_rendering(&mut self, budget: u64) -> Result<(), StationError> {
        let Some(pending) = self.renderer.pending else { return Ok(()) };
        let entries = pending.entries();
        let others = self.pieces();
        let total = entries.saturating_add(u64::try_from(others.len()).unwrap_or(u64::MAX));
        let until = pending.done.saturating_add(budget).min(total);
        for piece in pending.done..until {
            if piece < entries {
                self.rerender_entry(pending, pending.from + piece)?;
                continue;
            }
            match usize::try_from(piece - entries).ok().and_then(|n| others.get(n)) {
                Some(Piece::Month(month)) => self.rerender_month(month)?,
                Some(Piece::Channel(channel)) => self.lists.touch(channel.clone()),
                Some(Piece::Rest) | None => {}
            }
        }
        self.renderer.change().pending = (until < total).then_some(Pending { done: until, ..pending });
        if until == total {
            let all_components = self.all_components;
            self.touch_everything();
            // Their pages are rendered with their feeds.
            self.all_components = all_components;
        }
        Ok(())
    }

    /// The months in which something began or that have days, newest first.
    fn months_with_pages(&self) -> Vec<String> {
        // This step itself writes the months that it begins.
        let measured = self.published.into_iter().flat_map(|published| self.measured_months(published));
        let mut months = Set::new();
        months.extend(self.history.iter().map(|month| month.month.clone()).chain(measured));
        months.into_iter().rev().collect()
    }

    fn rerender_month(&mut self, month: &str) -> Result<(), StationError> {
        if self.is_listed(month) {
            self.months.touch(month.to_owned());
        }
        if self.is_published(month) {
            self.begin_spans(month)?;
        }
        Ok(())
    }

    /// The pieces to re-render after the entries.
    fn pieces(&self) -> Vec<Piece> {
        let months = self.months_with_pages().into_iter().map(Piece::Month);
        let channels = self.channels.all().cloned().map(Piece::Channel);
        let archive = |number| {
            let rest = std::iter::repeat_n(Piece::Rest, PIECES_OF_AN_ARCHIVE - 1);
            std::iter::once(Piece::Channel(Channel::Archive(number))).chain(rest)
        };
        months.chain(channels).chain((1..=self.archives()).flat_map(archive)).collect()
    }

    fn rerender_entry(&mut self, pending: Pending, index: u64) -> Result<(), StationError> {
        // What this step itself has added is rendered anyway.
        if index >= self.size {
            return Ok(());
        }
        let Some(update) = self.update_at(index)? else { return Ok(()) };
        let incident = self.listed(&update.incident)?;
        let first = incident.updates().iter().map(|logged| logged.index).find(|index| *index >= pending.from);
        if first == Some(index) {
            if !self.incidents.changed().contains(&update.incident) {
                self.rerendered.insert(update.incident.clone());
            }
            self.incidents.touch(update.incident);
        }
        Ok(())
    }
}

/// A piece of a re-rendering.
#[derive(Clone)]
enum Piece {
    Month(String),
    Channel(Channel),
    /// A placeholder for the extra time that the piece before it takes.
    Rest,
}

/// An archive takes the time of several pieces: it is read from up to fifty incidents.
const PIECES_OF_AN_ARCHIVE: usize = 4;
