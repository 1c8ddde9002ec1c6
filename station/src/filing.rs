//! Filing an update: into its incident, into what that decides of others, into feeds and months.

use outband_record::text::{Slug, Update};
use outband_record::timeline::{Incident, LoggedUpdate, is_taken_over};
use outband_site::data::{Card, Month};
use outband_site::feeds;

use crate::error::StationError;
use crate::projection::{Entry, Projection};

/// `/drill` shows this many of the newest drills.
const DRILLS: usize = 20;

impl Projection<'_> {
    pub(crate) fn apply_update(&mut self, update: &Update, entry: Entry<'_>) -> Result<(), StationError> {
        let logged = LoggedUpdate {
            index: entry.index,
            update: update.clone(),
            signers: entry.signers,
            received: entry.received,
            leaf: entry.leaf,
        };
        let slug = &update.incident;
        let concerned = self.concerned(slug)?;
        let before: Vec<_> = concerned.iter().map(|slug| self.card(slug)).collect();
        concerned.iter().for_each(|slug| self.remember_spans(slug));
        match self.incidents.get_mut(slug) {
            Some(incident) => incident.add(logged.clone()),
            None => {
                let mut incident = Incident::begin(logged.clone());
                if let Some(names) = self.redactions.named.remove(slug) {
                    for name in names {
                        incident.add_name(name);
                    }
                    self.changed.redactions = true;
                }
                self.incidents.insert(slug.clone(), incident);
            }
        }
        self.changed.incidents.insert(slug.clone());
        if self.is_orphan(update) {
            return Ok(());
        }
        if let Some(other) = &update.continues_in {
            self.name(other, slug)?;
        }
        for slug in &concerned {
            self.take_over(slug)?;
        }
        if self.incidents.get(slug).is_some_and(Incident::is_drill) {
            self.apply_drill(slug);
            return Ok(());
        }
        if update.translates.is_none() {
            if let Some(state) = self.incidents.get(slug).and_then(Incident::state) {
                self.statuspage.apply(&logged, &state);
                self.changed.statuspage = true;
            }
            self.newest.add(logged.clone(), feeds::NEWEST);
            self.changed.newest = true;
        }
        self.file_places(&logged)?;
        self.changed.now = true;
        for (concerned, before) in concerned.iter().zip(before) {
            let after = self.card(concerned);
            if concerned == slug || after != before {
                self.file_card(before.as_ref(), after)?;
            }
        }
        Ok(())
    }

    /// Whether it translates what was redacted: it is on the incident's page, and nowhere else.
    fn is_orphan(&self, update: &Update) -> bool {
        let incident = self.incidents.get(&update.incident);
        update
            .translates
            .as_ref()
            .is_some_and(|id| incident.is_none_or(|incident| incident.by_id(id).is_none()))
    }

    fn card(&self, slug: &Slug) -> Option<Card> {
        self.incidents.get(slug).and_then(Incident::state).map(|state| Card::of(&state))
    }

    /// `slug`, and what goes on in it or was said to, be it by way of others: what is said of `slug` may decide anew
    /// whether that is over.
    fn concerned(&mut self, slug: &Slug) -> Result<Vec<Slug>, StationError> {
        let mut concerned = vec![slug.clone()];
        let mut looked_at = 0;
        while let Some(slug) = concerned.get(looked_at).cloned() {
            looked_at += 1;
            let names = match self.incident(&slug)? {
                Some(incident) => incident.named_by().clone(),
                None => self.redactions.named.get(&slug).cloned().unwrap_or_default(),
            };
            for other in names {
                if !concerned.contains(&other) {
                    concerned.push(other);
                }
            }
        }
        Ok(concerned)
    }

    /// `slug` was said to go on in `other`.
    fn name(&mut self, other: &Slug, slug: &Slug) -> Result<(), StationError> {
        self.incident(other)?;
        match self.incidents.get_mut(other) {
            Some(incident) => {
                if incident.add_name(slug.clone()) {
                    self.changed.incidents.insert(other.clone());
                }
            }
            // All of it was redacted; the name waits for what may still be said of it.
            None => {
                self.redactions.named.entry(other.clone()).or_default().insert(slug.clone());
                self.changed.redactions = true;
            }
        }
        Ok(())
    }

    fn take_over(&mut self, slug: &Slug) -> Result<(), StationError> {
        let taken_over = is_taken_over(slug, |slug| {
            Ok::<_, StationError>(self.incident(slug)?.and_then(Incident::course))
        })?;
        if self.incidents.get_mut(slug).is_some_and(|incident| incident.set_taken_over(taken_over)) {
            self.changed.incidents.insert(slug.clone());
        }
        Ok(())
    }

    fn apply_drill(&mut self, slug: &Slug) {
        self.changed.drills = true;
        if !self.drills.contains(slug) {
            self.drills.insert(0, slug.clone());
            self.drills.truncate(DRILLS);
        }
    }

    /// Puts an incident's card into the month of its beginning, which an update may move.
    fn file_card(&mut self, before: Option<&Card>, after: Option<Card>) -> Result<(), StationError> {
        let Some(card) = after else { return Ok(()) };
        let (from, to) = (before.map(Card::month), card.month());
        if let Some(from) = from.as_ref().filter(|from| **from != to) {
            let slug = card.slug.clone();
            self.month(from)?.retain(|filed| filed.slug != slug);
            self.changed.months.insert(from.clone());
        }
        let is_new_here = from.as_ref() != Some(&to);
        let cards = self.month(&to)?;
        cards.retain(|filed| filed.slug != card.slug);
        let later = |filed: &Card| (filed.started, &filed.slug) > (card.started, &card.slug);
        cards.insert(cards.partition_point(later), card);
        self.changed.months.insert(to.clone());
        if is_new_here {
            self.count_months([from.unwrap_or_else(|| to.clone()), to])?;
        }
        Ok(())
    }

    fn count_months(&mut self, touched: impl IntoIterator<Item = String>) -> Result<(), StationError> {
        for month in touched {
            let count = u64::try_from(self.month(&month)?.len()).unwrap_or(u64::MAX);
            self.history.retain(|listed| listed.month != month);
            // A month that was emptied stays: its page is still there, and must be rendered anew with the others.
            let place = self.history.partition_point(|listed| listed.month > month);
            self.history.insert(place, Month { month, count });
        }
        self.changed.history = true;
        Ok(())
    }
}
