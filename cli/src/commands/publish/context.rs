//! The context of a new update: the site note, the newest checkpoint, open incidents, the incident so far, the server's
//! clock.

use std::time::Duration;

use anyhow::{Result, bail};
use outband_keys::VerifierKey;
use outband_record::authority::Authority;
use outband_record::text::{IncidentKind, Site, Slug, Update, Value as _};
use outband_record::time::Time;
use outband_record::timeline::{Incident, IncidentState};
use outband_site::{data, paths};
use outband_station::{Preview, memory};

use super::preview;
use crate::client::endpoint::Endpoint;
use crate::client::known::Known;
use crate::client::live::{self, MAX_CLOCK_SECONDS, Open, WRONG_CLOCK_SECONDS};
use crate::client::newest::Newest;
use crate::nearest::did_you_mean;
use crate::signers::signer::Signer;
use crate::signers::signing;

/// The context as far as it is known. Nothing in it is required to publish.
#[derive(Default)]
pub(super) struct Context<'e> {
    /// The endpoint that answered.
    source: Option<&'e Endpoint>,
    /// The site note in force.
    pub(super) site: Option<Site>,
    /// The newest checkpoint that was verified here.
    pub(super) newest: Newest,
    /// Who may sign, as the endpoint says.
    authority: Option<Authority>,
    /// Open incidents, the most urgent first.
    pub(super) open: Vec<Open>,
    /// The incident that the update continues.
    continued: Option<Incident>,
    /// The server's clock at the time of its response.
    server_time: Option<Time>,
    /// Warnings for the operator.
    pub(super) warnings: Vec<String>,
}

impl<'e> Context<'e> {
    /// Asks the endpoints in turn until one answers.
    pub(super) fn ask(endpoints: &'e [Endpoint], log_key: Option<&VerifierKey>) -> Self {
        let mut found = Self::default();
        let known = Known::of_user_or_warn();
        if let Some(log) = log_key {
            found.newest = Newest::known(known.as_ref(), log);
        }
        for endpoint in endpoints {
            match found.ask_one(endpoint, log_key.map(|log| (log, known.as_ref()))) {
                Ok(()) => return found,
                Err(error) => found.warnings.push(format!("{error:#}")),
            }
        }
        found
    }

    fn ask_one(&mut self, endpoint: &'e Endpoint, log: Option<(&VerifierKey, Option<&Known>)>) -> Result<()> {
        let Some(checkpoint) = endpoint.get(paths::CHECKPOINT, true)? else {
            self.warnings.push(format!("{} is not set up yet: it has no log", endpoint.url()));
            return Ok(());
        };
        self.server_time = checkpoint.server_time;
        match log {
            Some((key, known)) => {
                self.newest.update(endpoint, &checkpoint.body, key, known);
                self.warnings.append(&mut self.newest.warnings);
            }
            None => self
                .warnings
                .push("outband.toml has no log-key; publishing without a log reference".to_owned()),
        }
        let site = endpoint.get(paths::SITE_JSON, false)?;
        self.site = site.and_then(|file| memory::parse_site(&file.body).ok()).map(|entry| entry.site);
        self.authority = live::authority(endpoint).ok().flatten();
        self.open = live::open(endpoint)?;
        self.source = Some(endpoint);
        Ok(())
    }

    /// Checks the incident that the update names: one that exists is continued, a new one must be meant to be new.
    pub(super) fn name_incident(&mut self, slug: &Slug, is_new: bool) -> Result<()> {
        if self.continued.as_ref().and_then(Incident::slug) == Some(slug) {
            return Ok(());
        }
        let Some(source) = self.source else {
            if !is_new {
                self.warnings.push(format!("no endpoint could say whether the incident {slug} exists"));
            }
            return Ok(());
        };
        self.continued = fetch(source, slug)?;
        match (self.continued.is_some(), is_new) {
            (true, true) => {
                bail!(
                    "the incident {slug} exists already. Leave out --new to continue it, or choose another name"
                )
            }
            (false, false) => bail!("{}", self.unknown(slug)),
            _ => Ok(()),
        }
    }

    fn unknown(&self, slug: &Slug) -> String {
        let open = || self.open.iter().map(|open| open.slug.as_str());
        let near = did_you_mean(slug.as_str(), open());
        let list: Vec<&str> = open().collect();
        let list =
            if list.is_empty() { "Nothing is open".to_owned() } else { format!("Open: {}", list.join(", ")) };
        format!("there is no incident {slug}{near}\n{list}. To begin a new one of this name, add --new")
    }

    /// The first of `slug`, `slug-2`, `slug-3` and so on that no incident has: two outages of one title on one day are
    /// two incidents.
    pub(super) fn free_slug(&self, slug: &str) -> Result<String> {
        let Some(source) = self.source else { return Ok(slug.to_owned()) };
        let names = (1..100).map(|n| if n == 1 { slug.to_owned() } else { format!("{slug}-{n}") });
        for name in names {
            let is_free = match Slug::parse(&name) {
                Some(slug) => fetch(source, &slug)?.is_none(),
                None => true,
            };
            if is_free {
                return Ok(name);
            }
        }
        bail!("the incidents {slug} to {slug}-99 exist; name this one with --incident and --new")
    }

    /// An open incident of this title, which a new one might repeat by mistake.
    pub(super) fn open_with_title(&self, title: &str) -> Option<&Slug> {
        let same = |open: &&Open| open.title.as_str().eq_ignore_ascii_case(title);
        self.open.iter().find(same).map(|open| &open.slug)
    }

    /// The state of the incident that the update continues.
    pub(super) fn state(&self) -> Option<IncidentState<'_>> {
        self.continued.as_ref()?.state()
    }

    /// The kind of the incident that the update continues.
    pub(super) fn kind(&self) -> Option<IncidentKind> {
        self.continued.as_ref()?.kind()
    }

    /// Warns if the roster does not have this key, so that stations will refuse what it signs.
    pub(super) fn check_key(&mut self, key: &Signer) {
        let Some(authority) = &self.authority else { return };
        if !key.is_enrolled(authority) {
            self.warnings.push(format!(
                "the roster does not have your key {}, so stations will refuse this. Ask who holds the root key to enrol it",
                key.name()
            ));
        }
    }

    /// The pages as they will be with this update.
    pub(super) fn preview(&self, update: &Update, key: &Signer) -> Result<Preview> {
        let Some(source) = self.source else {
            bail!("no endpoint shows the page now, and what else is on it is known only there")
        };
        let key = self.authority.as_ref().and_then(|authority| key.enrolled(authority));
        preview::of(source, update, key.as_ref())
    }

    /// The time of an update that comes after the newest one of its incident. Those of one second are in no order, so this
    /// waits for the next.
    pub(super) fn next_second(&self, now: Time) -> Time {
        let newest = self.state().map(|state| state.newest.effective_time());
        let Some(newest) = newest.filter(|newest| newest.posix().saturating_sub(now.posix()) <= 1) else {
            return now;
        };
        let mut next = now;
        while next <= newest {
            std::thread::sleep(Duration::from_millis(50));
            next = signing::now();
        }
        next
    }

    /// What others have published on this incident since it was fetched.
    pub(super) fn news(&self) -> Vec<String> {
        let (Some(source), Some(known)) = (self.source, &self.continued) else { return Vec::new() };
        let Some(now) = known.slug().and_then(|slug| fetch(source, slug).ok()?) else { return Vec::new() };
        let is_new = |index: u64| known.updates().iter().all(|update| update.index != index);
        let new = now.updates().iter().filter(|logged| is_new(logged.index));
        new.map(|logged| {
            let by: Vec<&str> = logged.signers.iter().map(|signer| signer.person.as_str()).collect();
            let update = &logged.update;
            format!(
                "{} published an update on this since you began: {}, {} ({})",
                by.join(" and "),
                update.phase,
                update.title,
                update.time
            )
        })
        .collect()
    }

    /// Warns if this machine's clock and the server's disagree, and refuses to sign a time that is far off: readers see
    /// it, and the order of updates depends on it.
    pub(super) fn check_clock(&mut self, now: Time, is_trusted: bool) -> Result<()> {
        let Some(server) = self.server_time else { return Ok(()) };
        let apart = server.posix().abs_diff(now.posix());
        let said =
            format!("this machine's clock says {now}, the server's says {server} ({apart} seconds apart)");
        if apart > MAX_CLOCK_SECONDS && !is_trusted {
            bail!(
                "{said}. Readers see the time that you sign. Set this clock; or, if it is the server's that is wrong, add --trust-clock"
            );
        }
        if apart > WRONG_CLOCK_SECONDS {
            self.warnings.push(format!(
                "{said}. Readers see the time that you sign; if your clock is wrong, set it first"
            ));
        }
        Ok(())
    }
}

fn fetch(source: &Endpoint, slug: &Slug) -> Result<Option<Incident>> {
    let Some(file) = source.get(&paths::incident_json(slug), true)? else { return Ok(None) };
    Ok(Some(data::parse_incident(&file.body)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_disagree_are_reported_before_signing() {
        let now = Time::parse("2013-09-03T11:00:00Z").unwrap();
        let checked = |server: Time, is_trusted: bool| {
            let mut context = Context { server_time: Some(server), ..Context::default() };
            context.check_clock(now, is_trusted).map(|()| context.warnings.len()).ok()
        };
        for shifted in [Time::plus, Time::minus] {
            assert_eq!(checked(shifted(now, WRONG_CLOCK_SECONDS), false), Some(0));
            assert_eq!(checked(shifted(now, WRONG_CLOCK_SECONDS + 1), false), Some(1));
            assert_eq!(checked(shifted(now, MAX_CLOCK_SECONDS), false), Some(1));
            assert_eq!(checked(shifted(now, MAX_CLOCK_SECONDS + 1), false), None);
            assert_eq!(checked(shifted(now, MAX_CLOCK_SECONDS + 1), true), Some(1));
        }
    }
}
