//! The mirrors that the site note names: whether they can be reached, and how old their copies are.

use anyhow::{Context as _, Result};
use outband_keys::VerifierKey;
use outband_site::paths;
use outband_station::memory;

use super::endpoint::{check_age, check_log};
use super::{Finding, Page};
use crate::client::endpoint::Endpoint;
use crate::client::live;
use crate::signers::signing;

const CHECK: &str = "mirror";

/// Takes the list from the first endpoint that has one.
pub(super) fn check(endpoints: &[Endpoint], page: &Page) -> Vec<Finding> {
    let Some((mirrors, stations)) = endpoints.iter().find_map(|endpoint| named(endpoint).ok()) else {
        let what = "not checked: no endpoint shows a site note and a roster";
        return vec![Finding::warning(CHECK, "site note", what, "Run this again when an endpoint answers")];
    };
    let (opened, mut findings) = (mirrors.iter().map(|url| (url, Endpoint::new(url))), Vec::new());
    let mut reachable = Vec::new();
    for (url, mirror) in opened {
        match mirror {
            Ok(mirror) => reachable.push(mirror),
            Err(error) => findings.push(broken(url, &error)),
        }
    }
    let checked = live::of_each(&reachable, |mirror| check_mirror(mirror, page, &stations));
    findings.extend(checked.into_iter().map(|(_, finding)| finding));
    findings
}

/// The URLs of the mirrors, and the station keys of the roster in force.
fn named(endpoint: &Endpoint) -> Result<(Vec<String>, Vec<VerifierKey>)> {
    let site = endpoint.get(paths::SITE_JSON, true)?.context("it has no site note")?;
    let site = memory::parse_site(&site.body)?.site;
    let authority = live::authority(endpoint)?.context("it has no roster")?;
    Ok((site.mirror.iter().map(ToString::to_string).collect(), authority.roster().station.clone()))
}

fn check_mirror(mirror: &Endpoint, page: &Page, stations: &[VerifierKey]) -> Finding {
    let url = mirror.url();
    let shown = live::checkpoint(mirror).and_then(|shown| {
        let shown = shown.context("it has no checkpoint")?;
        check_log(&shown, page)?;
        Ok(shown)
    });
    match shown {
        Ok(shown) => check_age(CHECK, url, &shown, stations, shown.server_time.unwrap_or_else(signing::now)),
        Err(error) => broken(url, &error),
    }
}

fn broken(url: &str, error: &anyhow::Error) -> Finding {
    Finding::problem(
        CHECK,
        url,
        format!("{error:#}"),
        "Repair it, or publish a site note without it: readers are sent there when the page is down",
    )
}
