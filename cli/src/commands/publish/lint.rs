//! Remarks on a valid update, shown before it is signed. They never keep it from being signed.

use outband_record::text::{IncidentKind, Site, Update};

use super::context::Context;

/// What its author should look at again.
pub(super) fn remarks(update: &Update, context: &Context<'_>) -> Vec<String> {
    let twin = context.open_with_title(update.title.as_str()).filter(|slug| **slug != update.incident);
    let twin = twin
        .map(|slug| format!("{slug} is open and has the same title; to continue it, use --incident {slug}"));
    let hosts = context.site.as_ref().map(|site| foreign_hosts(update, site)).unwrap_or_default();
    let hosts = hosts.iter().map(|host| format!("the link to {host} leads away from this page's own names"));
    twin.into_iter().chain(missing(update, context).into_iter().map(str::to_owned)).chain(hosts).collect()
}

/// What readers will miss.
fn missing(update: &Update, context: &Context<'_>) -> Vec<&'static str> {
    let body = update.body.as_deref().unwrap_or_default().to_lowercase();
    let is_first = context.state().is_none();
    let asks = is_first
        && update.translates.is_none()
        && update.retracts.is_none()
        && !update.phase.is_final()
        && update.phase.kind() != IncidentKind::Notice;
    let is_incident = update.phase.kind() == IncidentKind::Incident;
    let apologises = ["apolog", "sorry", "inconvenience"].iter().any(|word| body.contains(word));
    let says_little = update.workaround.is_none() && update.eta.is_none() && body.len() < 200;
    let names_a_cause = ["caused by", "due to", "because of"].iter().any(|words| body.contains(words));
    let says_how_sure = update.cause.is_some() || update.fault.is_some();
    let says_how_sure =
        says_how_sure || context.state().is_some_and(|state| state.cause.is_some() || state.fault.is_some());
    [
        (asks && update.affects.is_empty(), "no --affects: readers won't know what is affected"),
        (
            asks && is_incident && update.scope.is_none(),
            "no --scope: readers won't know who is affected, and how many",
        ),
        (
            asks && is_incident && update.fault.is_none(),
            "no --fault: readers won't know whether to look at their own systems",
        ),
        (
            asks && is_incident && update.workaround.is_none(),
            "no --workaround: readers won't know what to do meanwhile",
        ),
        (
            asks && is_incident && update.eta.is_none(),
            "no --eta: readers won't know when to expect a fix (\"2h possible\" or \"unknown WHY\")",
        ),
        (
            apologises && says_little,
            "the text apologizes, but says neither what users can do meanwhile nor when to expect a fix",
        ),
        (
            names_a_cause && !says_how_sure,
            "the text names a cause, but no --cause or --fault says whether it is suspected or confirmed",
        ),
    ]
    .into_iter()
    .filter_map(|(applies, remark)| applies.then_some(remark))
    .collect()
}

/// The hosts of links in the text that are none of the site's own: they may be down too, or not be yours.
fn foreign_hosts<'u>(update: &'u Update, site: &Site) -> Vec<&'u str> {
    let texts = update.body.as_deref().into_iter().chain(update.workaround.iter().map(|text| text.as_str()));
    let own: Vec<&str> = std::iter::once(site.url.as_str())
        .chain(site.mirror.iter().map(|url| url.as_str()))
        .filter_map(host)
        .chain(site.front.iter().map(|host| host.as_str()))
        .collect();
    let mut hosts: Vec<&str> = texts
        .flat_map(str::split_whitespace)
        .filter_map(|word| host(word.trim_start_matches(['(', '<', '"'])))
        .filter(|host| !own.contains(host))
        .collect();
    hosts.sort_unstable();
    hosts.dedup();
    hosts
}

fn host(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    rest.split(['/', '?', '#', ')', '>', ',', '"'])
        .next()
        .map(|host| host.trim_end_matches('.'))
        .filter(|host| !host.is_empty())
}

#[cfg(test)]
mod tests {
    use outband_record::text::Origin;
    use outband_record::text::Value as _;
    use outband_record::time::Time;

    use super::super::defaults;
    use super::super::draft::Draft;
    use super::*;

    fn update(text: &str) -> Update {
        let mut draft = Draft::parse(text).unwrap();
        let origin = Origin::parse("status.example.net").unwrap();
        let now = Time::parse("2013-09-03T11:00:00Z").unwrap();
        defaults::fill(&mut draft, &Context::default(), &origin, now).unwrap();
        draft.update().unwrap()
    }

    fn remarks_on(text: &str) -> Vec<String> {
        remarks(&update(text), &Context::default())
    }

    #[test]
    fn a_first_update_is_asked_for_what_readers_ask() {
        assert_eq!(remarks_on("title: Mail is down").len(), 5);
        let whole = "title: Mail is down\naffects: mail outage\nscope: all US customers\nfault: unknown\nworkaround: Use the phone\neta: unknown cause not found";
        assert_eq!(remarks_on(whole), [""; 0]);
    }

    #[test]
    fn nothing_absurd_is_asked_of_a_maintenance_or_a_notice() {
        let window = "window: 2013-09-09T22:00:00Z/2013-09-10T00:00:00Z";
        let found = remarks_on(&format!("title: New switches\nphase: scheduled\n{window}"));
        assert!(found.len() == 1 && found[0].starts_with("no --affects"), "{found:?}");
        assert_eq!(remarks_on("title: Office closed\nphase: notice"), [""; 0]);
        assert_eq!(remarks_on("title: Mail works\nphase: resolved"), [""; 0]);
    }

    #[test]
    fn empty_words_are_named() {
        let found = |text: &str| remarks_on(&format!("title: Mail\nphase: notice\n{text}"));
        assert!(found("\nWe apologize for any inconvenience.")[0].contains("apologizes"));
        assert_eq!(found("workaround: Use the phone\n\nWe are sorry. Use the phone."), [""; 0]);
        assert!(found("\nThis is due to a cable cut.")[0].contains("names a cause"));
        assert_eq!(found("cause: suspected\n\nThis is due to a cable cut."), [""; 0]);
    }

    #[test]
    fn links_to_other_hosts_are_named() {
        let lines = "origin: status.example.net\nid: 6f1ed002ab5595859014ebf0951522d9\ntime: 2013-09-03T11:00:00Z\nname: Example\nurl: https://status.example.net\nlang: en\nzone: UTC0\ncomponent: mail Mail\n";
        let site = Site::parse(&format!("{}\n{lines}", Site::FIRST_LINE)).unwrap();
        let update = update(
            "title: Mail\n\nSee https://status.example.net/help and (https://evil.example/x), not http://evil.example.",
        );
        assert_eq!(foreign_hosts(&update, &site), ["evil.example"]);
    }
}
