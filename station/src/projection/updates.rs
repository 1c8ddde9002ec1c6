//! Applying an update: to its incident, to incidents that depend on that one, to feeds and months.

use std::sync::Arc;

use outband_record::sorted::Set;
use outband_record::text::{Slug, Update};
use outband_record::timeline::{Incident, LoggedUpdate, Names, is_taken_over};
use outband_site::data::{Card, Month};
use outband_site::feeds;

use super::{Entry, Projection};
use crate::error::StationError;

/// `/drill` shows this many of the newest drills.
const DRILLS: usize = 20;

impl Projection<'_> {
    pub(super) fn apply_update(&mut self, update: &Update, entry: Entry<'_>) -> Result<(), StationError> {
        let logged = LoggedUpdate {
            index: entry.index,
            update: update.clone(),
            signers: entry.signers,
            received: entry.received,
            listed: self.newest.next_date(entry.received),
            names: self.names(update)?,
            leaf: entry.leaf,
            is_pending: entry.is_pending,
        };
        let slug = &update.incident;
        let concerned = self.concerned(slug)?;
        let mut before = Vec::new();
        for slug in &concerned {
            self.rerendered.take(slug);
            before.push(self.card(slug)?);
            self.remember_spans(slug)?;
        }
        self.add(&logged)?;
        if self.is_orphan(update)? {
            return Ok(());
        }
        if let Some(other) = &update.continues_in {
            self.name(other, slug)?;
        }
        for slug in &concerned {
            self.take_over(slug)?;
        }
        let incident = self.listed(slug)?;
        if incident.is_drill() {
            self.apply_drill(slug);
            return Ok(());
        }
        // Until then, nothing was known of any.
        self.all_components |= self.newest.last_update.is_none();
        self.newest.change().listed = Some(logged.listed);
        if update.translates.is_none() {
            if let Some(state) = incident.state() {
                self.statuspage.change().apply(&logged, &state);
            }
            self.newest.change().add(logged.clone(), feeds::NEWEST);
        }
        self.file_ref(&logged)?;
        self.revise_lists(&incident, update)?;
        self.now = true;
        for (concerned, before) in concerned.iter().zip(before) {
            let after = self.card(concerned)?;
            if concerned == slug || after != before {
                self.file_card(before.as_ref(), after)?;
            }
        }
        Ok(())
    }

    /// What an update refers to, as it is called now.
    fn names(&self, update: &Update) -> Result<Names, StationError> {
        let Some(site) = self.site() else { return Ok(Names::default()) };
        let own = self.incident(&update.incident)?;
        let before = own.as_ref().map_or(&[][..], |incident| incident.updates());
        Names::of(update, site, before, |slug| {
            let other = self.incident(slug)?;
            Ok(other.and_then(|other| other.state().map(|state| state.title.value.to_string())))
        })
    }

    /// Adds the update to its incident, creating the incident if necessary.
    fn add(&mut self, logged: &LoggedUpdate) -> Result<(), StationError> {
        let slug = &logged.update.incident;
        if let Some(incident) = self.incidents.change(&self.files, slug)? {
            incident.add(logged.clone());
            return Ok(());
        }
        let mut incident = Incident::begin(logged.clone());
        if self.redactions.named.contains_key(slug) {
            for name in self.redactions.change().named.remove(slug).unwrap_or_default() {
                incident.add_name(name);
            }
        }
        self.incidents.set(slug, incident);
        Ok(())
    }

    /// Whether it translates a redacted update: such a translation is shown on the incident's page only.
    fn is_orphan(&self, update: &Update) -> Result<bool, StationError> {
        let Some(of) = &update.translates else { return Ok(false) };
        Ok(self.listed(&update.incident)?.by_id(of).is_none())
    }

    fn card(&self, slug: &Slug) -> Result<Option<Card>, StationError> {
        let incident = self.incident(slug)?;
        Ok(incident.and_then(|incident| incident.state().map(|state| Card::of(&state))))
    }

    /// `slug` and every incident that continues in it or was stated to, directly or through others: an update of `slug`
    /// may change whether they are over.
    pub(crate) fn concerned(&self, slug: &Slug) -> Result<Set<Slug>, StationError> {
        let (mut concerned, mut next) = (Set::new(), vec![slug.clone()]);
        concerned.insert(slug.clone());
        while let Some(slug) = next.pop() {
            let names = match self.incident(&slug)? {
                Some(incident) => incident.named_by().clone(),
                None => self.redactions.named.get(&slug).cloned().unwrap_or_default(),
            };
            next.extend(names.into_iter().filter(|other| concerned.insert(other.clone())));
        }
        Ok(concerned)
    }

    /// Records that `slug` was stated to continue in `other`.
    fn name(&mut self, other: &Slug, slug: &Slug) -> Result<(), StationError> {
        match self.incident(other)? {
            Some(incident) if incident.named_by().contains(slug) => {}
            Some(_) => {
                if let Some(incident) = self.incidents.change(&self.files, other)? {
                    incident.add_name(slug.clone());
                }
            }
            // All of its updates were redacted; the name is kept for later updates about it.
            None => {
                self.redactions.change().named.or_default(other.clone()).insert(slug.clone());
            }
        }
        Ok(())
    }

    fn take_over(&mut self, slug: &Slug) -> Result<(), StationError> {
        let course = |slug: &Slug| {
            let incident = self.incident(slug)?;
            Ok::<_, StationError>(incident.and_then(|incident| incident.course()))
        };
        let taken_over = is_taken_over(slug, course)?;
        let is_news = self.incident(slug)?.is_some_and(|incident| incident.is_taken_over() != taken_over);
        if is_news && let Some(incident) = self.incidents.change(&self.files, slug)? {
            incident.set_taken_over(taken_over);
        }
        Ok(())
    }

    fn apply_drill(&mut self, slug: &Slug) {
        let drills = self.drills.change();
        if !drills.contains(slug) {
            drills.insert(0, slug.clone());
            drills.truncate(DRILLS);
        }
    }

    /// Files an incident's card under the month of its beginning, which an update may change.
    fn file_card(&mut self, before: Option<&Card>, after: Option<Card>) -> Result<(), StationError> {
        let Some(card) = after else { return Ok(()) };
        let (from, to) = (before.map(Card::month), card.month());
        if let Some(from) = from.as_ref().filter(|from| **from != to) {
            let mut cards = Arc::unwrap_or_clone(self.month(from)?);
            cards.retain(|filed| filed.slug != card.slug);
            self.months.set(from, cards);
        }
        let mut cards = Arc::unwrap_or_clone(self.month(&to)?);
        cards.retain(|filed| filed.slug != card.slug);
        let later = |filed: &Card| (filed.started, &filed.slug) > (card.started, &card.slug);
        cards.insert(cards.partition_point(later), card);
        self.months.set(&to, cards);
        if from.as_ref() != Some(&to) {
            self.count_months([from.unwrap_or_else(|| to.clone()), to])?;
        }
        Ok(())
    }

    fn count_months(&mut self, touched: impl IntoIterator<Item = String>) -> Result<(), StationError> {
        for month in touched {
            let count = u64::try_from(self.month(&month)?.len()).unwrap_or(u64::MAX);
            let was_filled = self.filled_months().any(|listed| listed.month == month);
            // The months that pages of components list change.
            self.all_components |= was_filled != (count > 0);
            let history = self.history.change();
            history.retain(|listed| listed.month != month);
            // An emptied month stays listed: its page still exists and must be rendered with the others.
            let place = history.partition_point(|listed| listed.month > month);
            history.insert(place, Month { month, count });
        }
        Ok(())
    }
}
