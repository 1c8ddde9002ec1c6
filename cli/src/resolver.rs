//! Looking up names, once for many requests.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::http::uri::Authority;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Asks the system, and remembers the answer for a while. The client looks a name up for every request, even on a
/// connection that it keeps, each time in a thread of its own: of thousands of files, that is most of the work.
#[derive(Debug, Default)]
pub(crate) struct Remembering {
    system: DefaultResolver,
    known: Mutex<Known>,
}

/// By scheme and authority, as in a URL, since when.
type Known = BTreeMap<(String, String), (Instant, ResolvedSocketAddrs)>;

/// Short enough to follow a name that is moved away from what has failed.
const KEPT: Duration = Duration::from_secs(30);

impl Resolver for Remembering {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let part = |part: Option<&str>| part.unwrap_or_default().to_owned();
        let place = (part(uri.scheme_str()), part(uri.authority().map(Authority::as_str)));
        if let Some((since, addresses)) = self.known().get(&place)
            && since.elapsed() < KEPT
        {
            return Ok(addresses.clone());
        }
        let addresses = self.system.resolve(uri, config, timeout)?;
        self.known().insert(place, (Instant::now(), addresses.clone()));
        Ok(addresses)
    }
}

impl Remembering {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use ureq::Agent;
    use ureq::unversioned::transport::DefaultConnector;

    use super::*;

    /// Whether a name that no system knows is still found after it was looked up so long ago.
    fn is_found(ago: Duration) -> bool {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let resolver = Remembering::default();
        let mut addresses = resolver.system.empty();
        addresses.push(listener.local_addr().unwrap());
        let place = ("http".to_owned(), "status.invalid".to_owned());
        resolver.known().insert(place, (Instant::now().checked_sub(ago).unwrap(), addresses));
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 1024]).unwrap();
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
        });
        let agent = Agent::with_parts(Config::default(), DefaultConnector::default(), resolver);
        agent.get("http://status.invalid/").call().is_ok()
    }

    #[test]
    fn an_answer_is_used_for_a_while_and_then_asked_for_again() {
        assert!(is_found(Duration::ZERO));
        assert!(!is_found(KEPT));
    }
}
