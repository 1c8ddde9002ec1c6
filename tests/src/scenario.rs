//! A real outage in its worst hour, for measuring pages: the first screen, the size.

use anyhow::{Context as _, Result};

use crate::author::{in_seconds, now, sign};
use crate::session::Session;

/// The open incident.
pub const OPEN: &str = "core-network";

/// Sets up a hosted mail provider at noon, whose network has been down in every datacenter since the morning.
pub fn set_up(session: &Session<'_>) -> Result<()> {
    let author = &session.author;
    let (alice, carol) = (&author.alice, &author.carol);
    let site = author.site();
    let (begin, _) = site.split_once("component: ").context("the site has no components")?;
    session.accept(&sign(&author.roster(), &[carol])?)?;
    session.accept(&sign(&format!("{begin}{COMPONENTS}"), &[carol])?)?;
    let moment = |hours: u64| now().minus(hours * 3600);
    let title = "title: Mail and voice are interrupted in our US datacenters";
    let (began, over) = (moment(5 * 24 + 1), moment(5 * 24));
    let opened = format!("phase: investigating\n{title}\nnext-update: {over}\n");
    session.publish(&author.update_at(began, "core-routers", &opened))?;
    session.publish(&author.update_at(over, "core-routers", &format!("phase: resolved\n{title}\n")))?;
    let first = format!(
        "{FIRST}next-update: {}\neta: unknown first interventions have failed\nrecurrence-of: core-routers\n",
        moment(3)
    );
    session.publish(&author.update_at(moment(4), OPEN, &first))?;
    let newest = format!(
        "{NEWEST}next-update: {}\neta: {}/{} possible\n\n{WORDS}",
        in_seconds(3300),
        in_seconds(5400),
        in_seconds(5 * 3600)
    );
    session.accept(&sign(&author.update(OPEN, &newest), &[alice])?)?;
    Ok(())
}

/// Sets up a site with 200 components and 50 open incidents.
pub fn crowd(session: &Session<'_>) -> Result<()> {
    let Session { author, .. } = session;
    let site = author.site();
    let (begin, _) = site.split_once("component: ").context("the site has no components")?;
    let components: String = (0..20)
        .flat_map(|top| {
            let under =
                (0..9).map(move |part| format!("component: c{top}/part{part} Part {part} of {top}\n"));
            std::iter::once(format!("component: c{top} Component {top}\n")).chain(under)
        })
        .collect();
    session.accept(&sign(&author.roster(), &[&author.carol])?)?;
    session.accept(&sign(&format!("{begin}{components}"), &[&author.carol])?)?;
    for number in 0..50 {
        session.publish(&one_of_the_crowd(session, number))?;
    }
    Ok(())
}

/// Another update of an incident of the [`crowd`].
pub fn one_of_the_crowd(session: &Session<'_>, number: u64) -> String {
    let lines = format!(
        "phase: investigating\ntitle: Part {0} of {1} does not answer\naffects: c{1}/part{0} partial\n\
         next-update: {2}\n\nWe look into it.\n",
        number % 9,
        number % 20,
        in_seconds(1800)
    );
    session.author.update(&format!("many-{}", number % 50), &lines)
}

const COMPONENTS: &str = "component: exchange Exchange mail
component: exchange/us-east US East
component: exchange/us-west US West
component: exchange/eu-west EU West
component: voice Voice
component: files Files
component: messenger Messenger
component: portal Control panel
component: support Support: phone and tickets
";

const FIRST: &str = "phase: investigating
title: Mail, voice, files and messenger are down in all US datacenters
summary: All our US services are down because of a fault on our own network. Mail is held, not lost.
symptom: Outlook says \"Trying to connect\" or \"Disconnected\"
scope: More than 500,000 mailboxes, and voice, files and messenger in every US datacenter, as of this update
affects: exchange/us-east outage
affects: exchange/us-west outage
affects: voice outage
affects: files outage
affects: messenger outage
affects: portal outage
affects: support outage
unaffected: exchange/eu-west
fault: ours confirmed
cause: unknown
data: delay queued
workaround: For urgent matters use mobile phones and another mail address; do not change your DNS or mail settings
";

const NEWEST: &str = "phase: identified
title: Mail, voice, files and messenger are down in all US datacenters
summary: All our US services are still down. We found the cause, on our own network. No mail is lost.
cause: confirmed
data: loss none
data: breach none
";

const WORDS: &str =
    "We expect the first datacenter within the next hours, then one after the other. Our support phones \
and web site are still out of reach; use the number given here.
";
