//! Four real disruptions, reported in full by invented companies, from the first update to the last. Each is a log that
//! begins with a site note and has all incidents of that time.

use std::collections::BTreeMap;
use std::convert::Infallible;

use outband_record::text::Site;
use outband_record::timeline::{Incident, LoggedUpdate, is_taken_over};

use super::{Stage, logged, named, time};

/// Hosted mail, voice and files: a routing table spreads its corruption to all datacenters, for the second time in two
/// weeks.
pub(crate) const A: &str = concat!(
    "==== 1 2013-01-01T00:00:00Z carol/root\n",
    include_str!("site.txt"),
    include_str!("scenarios/a-before.txt"),
    include_str!("outage.txt"),
    include_str!("scenarios/a-day.txt"),
    include_str!("resolved.txt"),
    include_str!("scenarios/a-after.txt"),
);
/// A mail continuity service: customers' own queues fill up, and its console is down too.
pub(crate) const B: &str = include_str!("scenarios/b.txt");
/// A voice service blames its supplier, who denies it.
pub(crate) const C: &str = include_str!("scenarios/c.txt");
/// A mail suite: a slow filter, and five days later a maintenance, a failure that no monitoring shows, and overload.
pub(crate) const D: &str = include_str!("scenarios/d.txt");

/// The worst moment of each scenario, and a time after its last update.
pub(crate) const A_WORST: &str = "2013-09-03T12:06:00Z";
pub(crate) const A_END: &str = "2013-09-20T12:00:00Z";
pub(crate) const B_WORST: &str = "2013-09-17T11:00:00Z";
pub(crate) const B_END: &str = "2013-09-20T12:00:00Z";
pub(crate) const C_WORST: &str = "2009-04-13T19:00:00Z";
pub(crate) const C_END: &str = "2009-04-17T12:00:00Z";
pub(crate) const D_WORST: &str = "2012-11-13T20:00:00Z";
pub(crate) const D_END: &str = "2012-12-05T12:00:00Z";

/// The scenario's site at `now`, with all updates received by then. Entries are numbered in order of receipt, as in a
/// log: the roster is 0, the site note 1.
pub(crate) fn stage(scenario: &str, now: &str) -> Stage {
    let now = time(now);
    let mut entries = scenario.split("==== ").filter(|entry| !entry.is_empty());
    let (_, site) = entries.next().and_then(|entry| entry.split_once('\n')).expect("a site note");
    let mut log: Vec<LoggedUpdate> = entries.map(logged).filter(|logged| logged.received <= now).collect();
    log.sort_by_key(|logged| logged.received);
    let mut incidents = BTreeMap::<_, Vec<LoggedUpdate>>::new();
    let site = Site::parse(site).expect("the site note");
    let mut before = Vec::new();
    for (index, logged) in (2..).zip(log) {
        let updates = incidents.entry(logged.update.incident.clone()).or_default();
        let logged = named(LoggedUpdate { index, ..logged }, &site, updates, &before);
        updates.push(logged.clone());
        before.push(logged);
    }
    let newest_first = incidents.into_values().rev();
    let mut incidents: Vec<_> =
        newest_first.map(|logged| Incident::from_updates(logged).expect("an incident")).collect();
    take_over(&mut incidents);
    Stage::of(site, now, incidents)
}

/// Marks incidents that continue in another one as over, as the station does.
fn take_over(incidents: &mut [Incident]) {
    let courses: BTreeMap<_, _> = incidents
        .iter()
        .filter_map(|incident| Some((incident.slug()?.clone(), incident.course()?)))
        .collect();
    for incident in incidents {
        let course = |slug: &_| Ok::<_, Infallible>(courses.get(slug).cloned());
        let taken_over = incident.slug().is_some_and(|slug| is_taken_over(slug, course) == Ok(true));
        incident.set_taken_over(taken_over);
    }
}
