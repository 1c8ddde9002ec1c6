//! A cache for name lookups.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::http::uri::Authority;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Resolves names with the system's resolver, and caches the results for a while. Without it, the client would look a
/// name up for every request, even on an open connection, each time in a new thread: for thousands of files, that is
/// most of the work. An expired result is still used if the system's resolver fails, since name servers fail too.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    known: Arc<Mutex<Known>>,
}

/// Results by scheme and authority, as in a URL, each with the time of the lookup.
type Known = BTreeMap<(String, String), (Instant, ResolvedSocketAddrs)>;

/// How long a result is kept: short enough to notice when a name is moved away from a failed host.
const KEPT: Duration = Duration::from_secs(30);

impl Names {
    /// Clears the cache, after a server did not respond at the cached address.
    pub(crate) fn forget(&self) {
        self.known().clear();
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let part = |part: Option<&str>| part.unwrap_or_default().to_owned();
        let place = (part(uri.scheme_str()), part(uri.authority().map(Authority::as_str)));
        let known = self.known().get(&place).cloned();
        if let Some((since, addresses)) = &known
            && since.elapsed() < KEPT
        {
            return Ok(addresses.clone());
        }
        let asked =
            DefaultResolver::default().resolve(uri, config, timeout).map_err(|error| failed(uri, error));
        let addresses = asked.or_else(|error| known.map(|(_, addresses)| addresses).ok_or(error))?;
        self.known().insert(place, (Instant::now(), addresses.clone()));
        Ok(addresses)
    }
}

/// Says which name was not found, since it may be the proxy's.
fn failed(uri: &Uri, error: ureq::Error) -> ureq::Error {
    match error {
        ureq::Error::Io(why) => {
            let host = uri.host().unwrap_or_default();
            std::io::Error::new(why.kind(), format!("the name {host} was not found: {why}")).into()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use ureq::Agent;
    use ureq::unversioned::transport::DefaultConnector;

    use super::*;

    /// A name that is too long for any system to resolve.
    fn unknown() -> String {
        format!("{}.example", "long".repeat(16))
    }

    /// A cache with `name` looked up `ago`, and a server at that address that responds once.
    fn known(name: &str, ago: Duration) -> Names {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let names = Names::default();
        let mut addresses = DefaultResolver::default().empty();
        addresses.push(listener.local_addr().unwrap());
        let since = Instant::now().checked_sub(ago).unwrap();
        names.known().insert(("http".to_owned(), name.to_owned()), (since, addresses));
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 1024]).unwrap();
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
        });
        names
    }

    fn answers(name: &str, names: Names) -> bool {
        let agent = Agent::with_parts(Config::default(), DefaultConnector::default(), names);
        agent.get(format!("http://{name}/")).call().is_ok()
    }

    #[test]
    fn results_are_cached_for_a_while() {
        let nobody = "localhost:1";
        assert!(answers(nobody, known(nobody, Duration::ZERO)));
        assert!(!answers(nobody, known(nobody, KEPT)));
    }

    #[test]
    fn expired_results_are_used_if_the_lookup_fails_unless_forgotten() {
        let name = unknown();
        assert!(answers(&name, known(&name, KEPT)));
        let names = known(&name, Duration::ZERO);
        names.forget();
        assert!(!answers(&name, names));
    }
}
