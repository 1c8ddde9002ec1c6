//! The page's host names: whether their addresses or name servers are those of what the page reports on.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};

use anyhow::Result;
use outband_record::text::{Host, Origin};
use ureq::http::Uri;

use super::{Finding, dns};
use crate::client::endpoint::Endpoint;
use crate::client::network::Prefix;

const SHARED: &str = "An outage there takes the page down with it. Move it to another provider";

/// The hosts of the endpoints, and the origin, unless all endpoints are on this machine, as in a trial.
pub(super) fn of(origin: &Origin, endpoints: &[Endpoint]) -> BTreeSet<String> {
    let host = |endpoint: &Endpoint| {
        let uri: Uri = endpoint.url().parse().ok()?;
        Some(uri.host()?.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase())
    };
    let is_trial = endpoints.iter().all(|endpoint| Endpoint::is_local(endpoint.url()));
    let origin = (!is_trial).then(|| origin.to_string());
    endpoints.iter().filter_map(host).chain(origin).collect()
}

pub(super) fn check(
    hosts: &BTreeSet<String>,
    providers: &[Host],
    prefixes: &[Prefix],
    resolver: Option<SocketAddr>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    if prefixes.is_empty() {
        findings.push(not_compared("addresses", "Pass --provider-prefix with the provider's networks"));
    }
    if providers.is_empty() {
        findings.push(not_compared("name servers", "Pass --provider with the provider's domains"));
    }
    let resolver = resolver.map_or_else(dns::system_resolver, Ok);
    for host in hosts {
        if !prefixes.is_empty() {
            findings.push(check_addresses(host, prefixes));
        }
        if !providers.is_empty() && host.parse::<IpAddr>().is_err() {
            findings.push(check_name_servers(host, providers, &resolver));
        }
    }
    findings
}

fn not_compared(check: &'static str, advice: &'static str) -> Finding {
    Finding::warning(check, "page", "not compared with those of what the page reports on", advice)
}

fn check_addresses(host: &str, prefixes: &[Prefix]) -> Finding {
    const CHECK: &str = "addresses";
    let found = (host, 443).to_socket_addrs();
    let addresses: BTreeSet<IpAddr> = match found {
        Ok(found) => found.map(|address| address.ip()).collect(),
        Err(error) => {
            let what = format!("the name was not found ({error})");
            return Finding::problem(
                CHECK,
                host,
                what,
                "Readers do not find the page, unless only this network cannot look names up",
            );
        }
    };
    let inside = |address: &IpAddr| prefixes.iter().find(|prefix| prefix.contains(*address));
    if let Some((address, prefix)) = addresses.iter().find_map(|address| Some((address, inside(address)?))) {
        return Finding::problem(CHECK, host, format!("{address} is in {prefix}"), SHARED);
    }
    let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    Finding::good(CHECK, host, format!("none of the provider's: {}", addresses.join(", ")))
}

fn check_name_servers(host: &str, providers: &[Host], resolver: &Result<SocketAddr>) -> Finding {
    const CHECK: &str = "name servers";
    const UNKNOWN: &str =
        "Compare them yourself: if the page's fail with the provider's, its name cannot be found";
    if let Some(provider) = providers.iter().find(|provider| is_under(host, provider)) {
        return Finding::problem(CHECK, host, format!("the name itself is under {provider}"), SHARED);
    }
    let resolver = match resolver {
        Ok(resolver) => *resolver,
        Err(error) => return Finding::warning(CHECK, host, format!("not checked: {error:#}"), UNKNOWN),
    };
    let servers = match dns::name_servers(resolver, host) {
        Ok(servers) if servers.is_empty() => {
            return Finding::warning(CHECK, host, "none were found", UNKNOWN);
        }
        Ok(servers) => servers,
        Err(error) => return Finding::warning(CHECK, host, format!("not checked: {error:#}"), UNKNOWN),
    };
    for provider in providers {
        let theirs = match dns::name_servers(resolver, provider.as_str()) {
            Ok(theirs) => theirs,
            Err(error) => return Finding::warning(CHECK, host, format!("not checked: {error:#}"), UNKNOWN),
        };
        let is_shared = |server: &&String| is_under(server, provider) || theirs.contains(server);
        if let Some(server) = servers.iter().find(is_shared) {
            let what = format!("{server} is also {provider}'s");
            return Finding::problem(CHECK, host, what, SHARED);
        }
    }
    Finding::good(CHECK, host, format!("none of the provider's: {}", servers.join(", ")))
}

fn is_under(name: &str, domain: &Host) -> bool {
    name.strip_suffix(domain.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use outband_record::text::Value as _;

    use super::*;

    #[test]
    fn a_name_is_under_a_domain_by_whole_labels() {
        let domain = Host::parse("example.com").unwrap();
        for (name, expected) in [
            ("example.com", true),
            ("ns1.example.com", true),
            ("badexample.com", false),
            ("example.com.net", false),
        ] {
            assert_eq!(is_under(name, &domain), expected, "{name}");
        }
    }

    #[test]
    fn the_origin_is_looked_up_unless_it_is_a_trial() {
        let origin = Origin::parse("status.example.net").unwrap();
        let hosts = |urls: &[&str]| {
            let endpoints: Vec<_> = urls.iter().map(|url| Endpoint::new(url).unwrap()).collect();
            of(&origin, &endpoints).into_iter().collect::<Vec<_>>()
        };
        assert_eq!(hosts(&["http://127.0.0.1:8080", "http://[::1]:8080"]), ["127.0.0.1", "::1"]);
        assert_eq!(hosts(&["https://page.example.org"]), ["page.example.org", "status.example.net"]);
    }
}
