//! Looking up names, once for many requests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::http::uri::Authority;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Asks the system, and remembers the answer for a while. The client looks a name up for every request, even on a
/// connection that it keeps, each time in a thread of its own: for thousands of files, that is most of the work. An old
/// answer is still used when the system has none any more: name servers fail like everything else.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    known: Arc<Mutex<Known>>,
}

/// By scheme and authority, as in a URL, since when.
type Known = BTreeMap<(String, String), (Instant, ResolvedSocketAddrs)>;

/// Short enough to follow a name that is moved away from what has failed.
const KEPT: Duration = Duration::from_secs(30);

impl Names {
    /// Asks again from now on: a server did not answer at the address that was known.
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
        let asked = DefaultResolver::default().resolve(uri, config, timeout);
        let addresses = asked.or_else(|error| known.map(|(_, addresses)| addresses).ok_or(error))?;
        self.known().insert(place, (Instant::now(), addresses.clone()));
        Ok(addresses)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use ureq::Agent;
    use ureq::unversioned::transport::DefaultConnector;

    use super::*;

    /// A name that is too long for any system to look it up.
    fn unknown() -> String {
        format!("{}.example", "long".repeat(16))
    }

    /// Names of which one was looked up so long ago, and a server that answers there once.
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
    fn what_was_found_is_not_looked_up_again_for_a_while() {
        let nobody = "localhost:1";
        assert!(answers(nobody, known(nobody, Duration::ZERO)));
        assert!(!answers(nobody, known(nobody, KEPT)));
    }

    #[test]
    fn what_was_known_is_used_where_the_system_knows_nothing_until_it_fails() {
        let name = unknown();
        assert!(answers(&name, known(&name, KEPT)));
        let names = known(&name, Duration::ZERO);
        names.forget();
        assert!(!answers(&name, names));
    }
}
