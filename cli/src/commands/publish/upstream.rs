//! What a supplier says on its own outband page, as the beginning of an update here. Nothing of it is verified: it is
//! data, which is parsed, shown, and read by a person before anything is signed.

use anyhow::{Context as _, Result, bail};
use outband_keys::{printable, quoted};
use outband_record::text::{
    Certainty, Fault, Id, IncidentKind, SingleLine, Site, Slug, Update, Url, Value as _,
};
use outband_record::timeline::{Incident, IncidentState};
use outband_site::{data, paths};
use outband_station::memory;

use super::context::Context;
use super::defaults;
use super::draft::Draft;
use crate::client::endpoint::Endpoint;
use crate::terminal::{self, QUIET};
use crate::when::When;

/// An incident on another outband page, by its URL.
#[derive(Debug, PartialEq, Eq)]
struct Address {
    base: String,
    slug: Slug,
    /// The update that the URL names.
    update: Option<Id>,
}

/// What a supplier says.
struct Said<'i> {
    /// What readers know it as.
    name: String,
    site: Option<Site>,
    state: IncidentState<'i>,
    /// The update to quote.
    update: &'i Update,
    /// Where readers find it.
    url: String,
}

/// Fills in the lines that the draft does not have yet by what the page at `url` says.
pub(super) fn fill(draft: &mut Draft, url: &str, context: &Context<'_>, when: &When) -> Result<()> {
    let address = Address::parse(url)?;
    let supplier = Endpoint::new(&address.base)?;
    let incident = fetch(&supplier, &address.slug)?;
    let said = Said::read(&supplier, &address, &incident)?;
    anstream::eprintln!(
        "{QUIET}From {}, whose page is not verified here:{QUIET:#} {}",
        printable(&said.name),
        printable(&said.url)
    );
    said.put_into(draft, context, when)
}

impl Address {
    /// The URL of an incident's page, of an update on it, or of the same for programs.
    fn parse(url: &str) -> Result<Self> {
        let url = url.trim();
        let (place, anchor) =
            url.split_once('#').map_or((url, None), |(place, anchor)| (place, Some(anchor)));
        let place = place.split('?').next().unwrap_or(place).trim_end_matches('/');
        let is_web = place.starts_with("https://") || place.starts_with("http://");
        let found = FOLDERS.iter().find_map(|folder| place.split_once(folder)).filter(|_| is_web);
        let slug = found.and_then(|(_, name)| {
            Slug::parse(ENDS.iter().fold(name, |name, end| name.trim_end_matches(*end)))
        });
        let (Some((base, _)), Some(slug)) = (found, slug) else {
            bail!(
                "{} is not the address of an incident on an outband page, such as https://status.supplier.net/incidents/2013-09-03-mail",
                quoted(url)
            );
        };
        let update = match anchor.and_then(|anchor| anchor.strip_prefix("u-")) {
            Some(id) => Some(Id::parse(id).with_context(|| {
                format!("{} does not name an update: an id has 32 hexadecimal digits", quoted(url))
            })?),
            None => None,
        };
        Ok(Self { base: base.to_owned(), slug, update })
    }
}

/// Where incidents are, the longest first.
const FOLDERS: [&str; 3] = ["/data/incidents/", "/incidents/", "/drill/"];
/// What may follow an incident's name.
const ENDS: [&str; 4] = [".json", ".atom", ".html", "/say"];

fn fetch(supplier: &Endpoint, slug: &Slug) -> Result<Incident> {
    let path = paths::incident_json(slug);
    let url = supplier.url();
    let Some(file) = supplier.get(&path, true)? else {
        bail!("{url} has no incident {slug}, or is no outband page: there is no {path}");
    };
    let incident = data::parse_incident(&file.body)
        .with_context(|| format!("{url}{path} is not what an outband page publishes"))?;
    if incident.slug() != Some(slug) {
        bail!("{url}{path} is about another incident");
    }
    Ok(incident)
}

impl<'i> Said<'i> {
    fn read(supplier: &Endpoint, address: &Address, incident: &'i Incident) -> Result<Self> {
        let Some(state) = incident.state() else { bail!("everything that it said about this is withdrawn") };
        let update = match &address.update {
            Some(id) if incident.retracted_by(id).is_some() => bail!("it has withdrawn this update"),
            Some(id) => &incident.by_id(id).with_context(|| format!("it has no update {id}"))?.update,
            None => &state.newest.update,
        };
        let site = supplier.get(paths::SITE_JSON, false).ok().flatten();
        let site = site.and_then(|file| memory::parse_site(&file.body).ok()).map(|entry| entry.site);
        let name = site.as_ref().map_or(update.origin.as_str(), |site| site.name.as_str()).to_owned();
        let page = paths::incident(&address.slug, incident.is_drill());
        let url = format!("{}{page}#u-{}", supplier.url(), update.id);
        Ok(Self { name, site, state, update, url })
    }

    fn put_into(&self, draft: &mut Draft, context: &Context<'_>, when: &When) -> Result<()> {
        let (state, update) = (&self.state, self.update);
        draft.fill("phase", update.phase.as_str())?;
        draft.fill("title", update.title.as_str())?;
        let has_begun = state.kind == IncidentKind::Incident && state.started <= when.now;
        if has_begun && draft.value("incident").is_none() {
            draft.fill("started", &state.started.to_string())?;
        }
        if let Some(ended) = state.ended.filter(|_| update.phase.is_final()) {
            draft.fill("ended", &ended.to_string())?;
        }
        if let Some(window) = &state.window {
            draft.fill("window", &window.value.to_string())?;
        }
        if let Some(eta) = state.eta.filter(|eta| eta.value.end().is_none_or(|end| end > when.now)) {
            draft.fill("eta", &eta.value.to_string())?;
        }
        if state.drill {
            draft.fill("drill", "yes")?;
        }
        self.put_cause(draft)?;
        self.put_affects(draft, context.site.as_ref())?;
        self.put_words(draft, context.site.as_ref())?;
        // Readers here should not wait longer than the supplier's own.
        let next = defaults::next_update(draft, context, when.now);
        let theirs = state.next_update.filter(|theirs| *theirs > when.now);
        if let Some(next) = next.map(|next| theirs.map_or(next, |theirs| theirs.min(next))) {
            draft.fill("next-update", &next.to_string())?;
        }
        Ok(())
    }

    /// What is the supplier's own fault is upstream of this page. That it is somebody else's, nobody has confirmed.
    fn put_cause(&self, draft: &mut Draft) -> Result<()> {
        let certainty = match self.state.fault.map(|fault| fault.value) {
            _ if self.state.kind != IncidentKind::Incident => return Ok(()),
            Some(Fault::Customer(_)) => return Ok(()),
            Some(Fault::Ours(certainty)) => *certainty,
            Some(Fault::Upstream(..) | Fault::Unknown) | None => Certainty::Suspected,
        };
        if let Some(name) = SingleLine::parse(&self.name) {
            draft.fill("fault", &Fault::Upstream(name, certainty).to_string())?;
        }
        if let Some(cause) = self.state.cause {
            draft.fill("cause", cause.value.as_str())?;
        }
        match Url::parse(&self.url) {
            Some(url) => draft.fill("reply", url.as_str()),
            None => Ok(()),
        }
    }

    /// The conditions of components that this page has too, by their path or their name.
    fn put_affects(&self, draft: &mut Draft, own: Option<&Site>) -> Result<()> {
        if draft.value("affects").is_some() {
            return Ok(());
        }
        for (path, condition) in &self.state.conditions {
            let theirs = self.site.as_ref().and_then(|site| site.component.iter().find(|c| c.path == **path));
            let name = theirs.map(|component| component.name.as_str());
            let is_named = |known: &str| name.is_some_and(|name| name.eq_ignore_ascii_case(known));
            let components = || own.into_iter().flat_map(|site| &site.component);
            let by_path = components().find(|component| component.path == **path);
            let mut by_name = components().filter(|component| is_named(component.name.as_str()));
            match (by_path, by_name.next(), by_name.next()) {
                (Some(ours), ..) | (None, Some(ours), None) => {
                    draft.add("affects", &format!("{} {}", ours.path, condition.value))?;
                }
                _ => terminal::warn(&format!(
                    "it also says: {} {}, which is no component of this page",
                    name.unwrap_or(path.as_str()),
                    condition.value
                )),
            }
        }
        Ok(())
    }

    /// Its words, under a line that says whose they are.
    fn put_words(&self, draft: &mut Draft, own: Option<&Site>) -> Result<()> {
        let lang = self.update.lang.as_ref().or(self.site.as_ref().map(|site| &site.lang));
        if let (Some(lang), Some(own)) = (lang, own)
            && *lang != own.lang
        {
            terminal::warn(&format!("its words are in another language ({lang}): translate them"));
        }
        if draft.body().is_none() {
            let time = self.update.time;
            let words = self.update.body.as_deref().unwrap_or(self.update.title.as_str());
            draft.set_body(&format!("{} wrote at {time} ({}):\n\n{words}", self.name, self.url));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incident_is_found_by_every_address_that_it_has() {
        let id = "6f1ed002ab5595859014ebf0951522d9";
        for (end, update) in [
            ("/incidents/mail", None),
            ("/incidents/mail/", None),
            ("/incidents/mail?x=1", None),
            (&*format!("/incidents/mail#u-{id}"), Some(id)),
            ("/incidents/mail.atom", None),
            ("/incidents/mail.json", None),
            ("/incidents/mail/say", None),
            ("/data/incidents/mail.json", None),
            ("/drill/mail", None),
        ] {
            for base in ["https://status.supplier.net", "http://127.0.0.1:8080/page"] {
                let address = Address::parse(&format!("{base}{end}")).unwrap();
                let found = address.update.as_ref().map(Id::as_str);
                assert_eq!((&*address.base, address.slug.as_str(), found), (base, "mail", update), "{end}");
            }
        }
    }

    /// Otherwise the newest update would be quoted in its place.
    #[test]
    fn an_anchor_that_names_no_update_is_refused() {
        for id in ["", "6f1e", "6F1ED002AB5595859014EBF0951522D9"] {
            let error =
                Address::parse(&format!("https://status.supplier.net/incidents/mail#u-{id}")).unwrap_err();
            assert!(error.to_string().contains("does not name an update"), "{id}: {error}");
        }
    }

    #[test]
    fn other_addresses_are_refused() {
        for url in [
            "",
            "mail",
            "https://status.supplier.net",
            "https://status.supplier.net/history",
            "https://status.supplier.net/incidents/",
            "https://status.supplier.net/incidents/a b",
            "ftp://status.supplier.net/incidents/mail",
            "https://status.supplier.net/incidents/../../etc/passwd",
        ] {
            let error = Address::parse(url).unwrap_err().to_string();
            assert!(error.contains("is not the address of an incident"), "{url}: {error}");
        }
    }
}
