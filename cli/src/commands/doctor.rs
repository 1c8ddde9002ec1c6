//! `outband doctor`: whether this machine can publish and the page would survive an outage, before there is one.

mod certificate;
mod dns;
mod endpoint;
mod hosts;
mod keys;
mod mirrors;

use std::net::SocketAddr;

use anyhow::{Context as _, Result, anyhow};
use outband_keys::{VerifierKey, printable};
use outband_record::text::{Host, Origin, Value as _};
use serde::Serialize;

use crate::client::delivery::Destination;
use crate::client::live;
use crate::client::network::Prefix;
use crate::client::settings::Role;
use crate::signers::signer::Signer;
use crate::terminal::{self, BAD, CAUTION, GOOD, OrJson as _};

/// Check, before an outage, that you could publish and that readers could read
///
/// Checks this machine's key files and its clock; at each endpoint that it is a station of this page, that the station
/// is alive, that the roster has your key and those of two people, that feed readers get the feed, and that the
/// certificate lasts; that the page shares no addresses and no name servers with what it reports on; and the mirrors
/// that the site note names. Nothing is signed or sent.
///
/// Name servers are asked for over UDP, at the first resolver in /etc/resolv.conf; elsewhere, as on Windows, name one
/// with --resolver. Through a proxy, certificates are not checked.
///
/// Exit status: 0 no problems, though there may be warnings; 1 at least one problem, or the settings cannot be read.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outband doctor --dir status.example.net --provider example.com --provider-prefix 198.51.100.0/24
  outband doctor --json")]
pub(crate) struct Doctor {
    #[command(flatten)]
    destination: Destination,
    /// A domain that goes down with what the page reports on; may be repeated
    #[arg(long, value_name = "DOMAIN", value_parser = host)]
    provider: Vec<Host>,
    /// Addresses that go down with it, such as 198.51.100.0/24; may be repeated
    #[arg(long, value_name = "CIDR", value_parser = prefix)]
    provider_prefix: Vec<Prefix>,
    /// The resolver to ask for name servers, such as 9.9.9.9 (default: the first in /etc/resolv.conf)
    #[arg(long, value_name = "ADDRESS", value_parser = dns::parse_resolver)]
    resolver: Option<SocketAddr>,
    /// Print the results as JSON
    #[arg(long)]
    json: bool,
}

/// What the page is, by the settings.
struct Page {
    origin: Origin,
    log: Option<VerifierKey>,
    operator: Option<Signer>,
}

/// The result of one check.
#[derive(Serialize)]
struct Finding {
    check: &'static str,
    /// What was checked: a file, a URL or a host name.
    about: String,
    level: Level,
    what: String,
    /// What it means if it is not good, and what to do.
    advice: Option<&'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Good,
    Warning,
    Problem,
}

impl Doctor {
    pub(crate) fn run(self) -> Result<()> {
        let (directory, endpoints) = self.destination.open().or_json(self.json)?;
        let page = Page {
            origin: directory.origin().or_json(self.json)?,
            log: directory.log_key().or_json(self.json)?,
            operator: directory.key_file(None, Role::Operator).and_then(|file| Signer::open(&file)).ok(),
        };
        let mut findings = keys::check(&directory.settings.keys);
        let examined = live::of_each(&endpoints, |endpoint| endpoint::check(endpoint, &page));
        findings.extend(examined.into_iter().flat_map(|(_, findings)| findings));
        let hosts = hosts::of(&page.origin, &endpoints);
        findings.extend(hosts::check(&hosts, &self.provider, &self.provider_prefix, self.resolver));
        findings.extend(mirrors::check(&endpoints, &page));
        self.report(&findings)
    }

    fn report(&self, findings: &[Finding]) -> Result<()> {
        let count = |level| findings.iter().filter(|finding| finding.level == level).count();
        let (problems, warnings) = (count(Level::Problem), count(Level::Warning));
        let [found, doubtful] = [plural(problems, "problem"), plural(warnings, "warning")];
        let done = if problems > 0 { Err(anyhow!("{found} and {doubtful}")) } else { Ok(()) };
        if self.json {
            let document =
                serde_json::json!({"problems": problems, "warnings": warnings, "checks": findings});
            terminal::print_json_of(document, &done);
            return done;
        }
        findings.iter().for_each(Finding::print);
        if done.is_ok() {
            anstream::println!("No problems, {doubtful}");
        }
        done
    }
}

fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

impl Finding {
    fn good(check: &'static str, about: &str, what: impl AsRef<str>) -> Self {
        Self::new(Level::Good, check, about, what.as_ref(), None)
    }

    fn warning(check: &'static str, about: &str, what: impl AsRef<str>, advice: &'static str) -> Self {
        Self::new(Level::Warning, check, about, what.as_ref(), Some(advice))
    }

    fn problem(check: &'static str, about: &str, what: impl AsRef<str>, advice: &'static str) -> Self {
        Self::new(Level::Problem, check, about, what.as_ref(), Some(advice))
    }

    /// What servers and files say is shown as text, and a secret key in the wrong place not at all.
    fn new(level: Level, check: &'static str, about: &str, what: &str, advice: Option<&'static str>) -> Self {
        Self { check, about: printable(about), level, what: printable(what), advice }
    }

    fn print(&self) {
        let (style, level) = match self.level {
            Level::Good => (GOOD, "good   "),
            Level::Warning => (CAUTION, "warning"),
            Level::Problem => (BAD, "problem"),
        };
        let advice = self.advice.map(|advice| format!(". {advice}")).unwrap_or_default();
        let Self { check, about, what, .. } = self;
        anstream::println!("{style}{level}{style:#}  {check:12}  {about}: {what}{advice}");
    }
}

fn host(text: &str) -> Result<Host> {
    Host::parse(text).with_context(|| format!("it must be {}", Host::EXPECTED))
}

fn prefix(text: &str) -> Result<Prefix> {
    Prefix::parse(text).context("it must be a network, such as 198.51.100.0/24 or 2001:db8::/32")
}
