//! One endpoint: whether it is a live station of this page, who can publish there, and what readers get.

use anyhow::{Context as _, Result, ensure};
use outband_keys::{VerifierKey, distinct_persons};
use outband_record::authority::Authority;
use outband_record::time::Time;
use outband_site::paths;
use ureq::http::Uri;

use super::{Finding, Page, certificate};
use crate::client::endpoint::Endpoint;
use crate::client::live::{self, MAX_CLOCK_SECONDS, ShownCheckpoint, WRONG_CLOCK_SECONDS};
use crate::client::network;
use crate::signers::signing;
use crate::terminal::ago;

/// A checkpoint is signed again each minute; from this age on, readers are warned that a page may be out of date.
const STALE_SECONDS: u64 = 3 * 60;
/// Certificates that renew themselves do so earlier.
const CERTIFICATE_DAYS: u64 = 21;
/// Slack's, which subscribes channels to feeds.
const BOT: &str = "Slackbot 1.0 (+https://api.slack.com/robots)";
const NO_STATION: &str =
    "Correct endpoints in outband.toml, or --to: each must be the base URL of a station of this page";
const DAY: u64 = 24 * 60 * 60;

pub(super) fn check(endpoint: &Endpoint, page: &Page) -> Vec<Finding> {
    let before = signing::now();
    let mut findings = match live::checkpoint(endpoint) {
        Ok(Some(shown)) => check_station(endpoint, page, &shown, before),
        Ok(None) => vec![Finding::problem("endpoint", endpoint.url(), "it has no log", NO_STATION)],
        Err(error) => vec![Finding::problem(
            "endpoint",
            endpoint.url(),
            format!("{error:#}"),
            "Nothing can be published there until it answers. If it is not set up yet, send it the roster and the site note that `outband init` wrote",
        )],
    };
    findings.push(check_feed(endpoint));
    findings.extend(check_certificate(endpoint.url()));
    findings
}

fn check_station(endpoint: &Endpoint, page: &Page, shown: &ShownCheckpoint, before: Time) -> Vec<Finding> {
    let url = endpoint.url();
    let is_station = check_log(shown, page).and_then(|()| takes_notes(endpoint));
    let station = match is_station {
        Ok(()) => Finding::good("endpoint", url, format!("it is a station of {}", page.origin)),
        Err(error) => Finding::problem("endpoint", url, format!("{error:#}"), NO_STATION),
    };
    let mut findings = vec![station, check_clock(url, shown.seconds_ahead_of(before))];
    match live::authority(endpoint) {
        Ok(Some(authority)) => {
            let now = shown.server_time.unwrap_or(before);
            findings.push(check_age("checkpoint", url, shown, &authority.roster().station, now));
            findings.extend(check_roster(url, page, &authority));
        }
        Ok(None) => findings.push(unreadable_roster(url, "it has no roster".to_owned())),
        Err(error) => findings.push(unreadable_roster(url, format!("{error:#}"))),
    }
    findings
}

fn unreadable_roster(url: &str, what: String) -> Finding {
    Finding::problem("roster", url, what, "Who can publish is not known")
}

/// Checks that a checkpoint is that of the page's log.
pub(super) fn check_log(shown: &ShownCheckpoint, page: &Page) -> Result<()> {
    let name = &shown.checkpoint.origin;
    let origin = name.rsplit_once('/').map_or(name.as_str(), |(origin, _)| origin);
    let wanted = page.origin.as_str();
    ensure!(origin == wanted, "it shows the log of {origin}, not that of {wanted}");
    if let Some(log) = &page.log {
        let signed = shown.note.verify(std::slice::from_ref(log));
        signed.context("its log is not signed by the log-key in outband.toml")?;
    }
    Ok(())
}

/// A station accepts POST at `/notes`, and says so; a mirror has nothing there.
fn takes_notes(endpoint: &Endpoint) -> Result<()> {
    let response = endpoint.request("/notes", &[])?;
    let allow = response.headers().get("allow").and_then(|allow| allow.to_str().ok());
    ensure!(allow == Some("POST"), "it shows the page but takes no notes, as a mirror does");
    Ok(())
}

fn check_clock(url: &str, ahead: Option<i64>) -> Finding {
    let Some(ahead) = ahead else {
        let what = "the server does not say what time it is";
        return Finding::warning("clock", url, what, "Compare this machine's clock with another one");
    };
    let apart = ahead.unsigned_abs();
    let way = if ahead > 0 { "behind" } else { "ahead of" };
    let what = format!("this machine's clock is {apart} s {way} the server's");
    let advice = "Set it: updates carry this machine's time, and from ten minutes on nothing is signed";
    if apart <= WRONG_CLOCK_SECONDS {
        return Finding::good("clock", url, "this machine's clock agrees with the server's");
    }
    let level = if apart <= MAX_CLOCK_SECONDS { Finding::warning } else { Finding::problem };
    level("clock", url, what, advice)
}

/// Checks how long ago one of these stations last signed the checkpoint.
pub(super) fn check_age(
    check: &'static str,
    url: &str,
    shown: &ShownCheckpoint,
    stations: &[VerifierKey],
    now: Time,
) -> Finding {
    let signed = shown.note.cosignatures(stations).ok();
    let Some(last) = signed.and_then(|signed| signed.iter().map(|stamped| stamped.time).max()) else {
        let what = "no station of the roster has signed its checkpoint";
        return Finding::problem(
            check,
            url,
            what,
            "Run `outband verify` with its URL: this may be another log",
        );
    };
    let last = Time::from_posix(last);
    if now.posix().saturating_sub(last.posix()) <= STALE_SECONDS {
        return Finding::good(check, url, "a station signed its checkpoint less than three minutes ago");
    }
    let what = format!("its checkpoint was last signed {} ago, at {last}", ago(last, now));
    Finding::warning(
        check,
        url,
        what,
        "Readers may see an old page: the station or its clock has stopped, a cache keeps old files, or the copy is no longer updated",
    )
}

fn check_roster(url: &str, page: &Page, authority: &Authority) -> Vec<Finding> {
    let operators = authority.operators();
    let mut findings = Vec::new();
    if let Some(key) = &page.operator {
        let name = key.name();
        findings.push(if key.is_enrolled(authority) {
            Finding::good("roster", url, format!("{name} is enrolled"))
        } else {
            let what = format!("{name} is not in the roster, so its notes will be refused");
            Finding::problem(
                "roster",
                url,
                what,
                "Have the holder of a root key enrol it with `outband roster add`",
            )
        });
    }
    let advice = "Have two people ready: enrol another one with `outband roster add`";
    findings.push(match distinct_persons(page.origin.as_str(), &operators) {
        0 => Finding::problem("roster", url, "nobody can publish", advice),
        1 => Finding::warning("roster", url, "only one person can publish", advice),
        persons => Finding::good("roster", url, format!("{persons} people can publish")),
    });
    findings
}

/// Checks that a program gets the feed, not a page that asks whether it is a person.
fn check_feed(endpoint: &Endpoint) -> Finding {
    let url = format!("{}{}", endpoint.url(), paths::ATOM);
    let response = match endpoint.request(paths::ATOM, &[("user-agent", BOT)]) {
        Ok(response) => response,
        Err(error) => {
            return Finding::problem("feed", &url, format!("{error:#}"), "Feed readers get no updates");
        }
    };
    let media_type = response.headers().get("content-type").and_then(|text| text.to_str().ok());
    let (status, media_type) = (response.status().as_u16(), media_type.unwrap_or("no media type"));
    if status == 200 && media_type.starts_with("application/atom+xml") {
        return Finding::good("feed", &url, "feed readers get the feed");
    }
    let what = format!("a feed reader gets status {status} with {media_type} instead of the feed");
    Finding::problem(
        "feed",
        &url,
        what,
        "Turn off bot protection and challenge pages for this host: subscribers learn nothing from them",
    )
}

/// Checks the certificate of an HTTPS endpoint.
fn check_certificate(url: &str) -> Option<Finding> {
    const CHECK: &str = "certificate";
    let uri: Uri = url.parse().ok().filter(|uri: &Uri| uri.scheme_str() == Some("https"))?;
    if !matches!(network::proxy(&uri, network::variable), Ok(None)) {
        let what = "not checked, because a proxy is in between";
        return Some(Finding::warning(CHECK, url, what, "Run this in a network without a proxy"));
    }
    let host = uri.host()?.trim_start_matches('[').trim_end_matches(']');
    let now = signing::now();
    let until = match certificate::valid_until(host, uri.port_u16().unwrap_or(443)) {
        Ok(until) => until,
        Err(error) => {
            let what = format!("not checked: {error:#}");
            return Some(Finding::warning(CHECK, url, what, "Check its last day in a browser"));
        }
    };
    let left = until.posix().saturating_sub(now.posix()) / DAY;
    let advice = "Renew it now, and find out why it was not renewed automatically";
    Some(match left {
        _ if until <= now => Finding::problem(CHECK, url, format!("it expired on {}", until.date()), advice),
        CERTIFICATE_DAYS.. => Finding::good(CHECK, url, format!("valid until {}", until.date())),
        _ => Finding::warning(CHECK, url, format!("it expires on {}, in {left} days", until.date()), advice),
    })
}
