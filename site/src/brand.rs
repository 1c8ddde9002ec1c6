use outband_record::text::Site;

/// The names a provider is known by. Resellers show its status to customers who do not know the provider.
pub(crate) struct Brand(Vec<String>);

impl Brand {
    /// The site's name, and the domains of its origin and of its URL.
    pub(crate) fn of(site: &Site) -> Self {
        let hosts = [site.origin.as_str(), site.url.host()];
        let mut known = vec![site.name.as_str().to_lowercase()];
        known.extend(hosts.iter().map(|host| domain(host).to_lowercase()));
        Self(known)
    }

    /// Whether `text` reveals the provider.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.0.iter().any(|known| text.contains(known))
    }
}

/// The last two labels: everything below them belongs to the same owner.
fn domain(host: &str) -> &str {
    let dot = host.rmatch_indices('.').nth(1);
    dot.and_then(|(at, _)| host.get(at + 1..)).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::domain;

    #[test]
    fn a_domain_is_what_stands_at_the_end() {
        for (host, end) in [
            ("status.mail.example", "mail.example"),
            ("a.b.mail.example", "mail.example"),
            ("mail.example", "mail.example"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(domain(host), end);
        }
    }
}
