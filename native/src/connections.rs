//! Open connections: there is always room for a newcomer, if not always at once.
//!
//! A connection waits for its client, or the station works for it. Only waiting ones are closed, those of the network
//! with the most connections first, and of these the one that has waited longest. A network that has all it may have
//! and keeps them busy gets a new one only as fast as its old ones have had their time: until then its newcomers queue.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::backlog::MAX_QUEUED;

/// Open connections, at most, if the system lets this process open so many files.
pub(crate) const MAX_CONNECTIONS: usize = 1024;
/// Files that are not connections: the store, its log, one file for each reader.
const OTHER_FILES: usize = 128;
/// Those of one network. A proxy in front of this host is one network; its idle connections give way first.
pub(crate) const MAX_OF_A_NETWORK: usize = 128;
/// How long a connection of a full network may be open before a newcomer may take its place: long enough for a request,
/// and short enough that a crowd of 600 behind one address waits a second.
pub(crate) const MIN_TIME: Duration = Duration::from_millis(250);
/// A network with so many connections waits [`REFUSAL_TIME`] for each answer that refuses a request: it asks more than a
/// person does, and for nothing.
const MANY_OF_A_NETWORK: usize = 32;
/// See [`MANY_OF_A_NETWORK`]. Less than [`MIN_TIME`], so that the answer can be read.
const REFUSAL_TIME: Duration = Duration::from_millis(40);
/// Bytes of responses whose clients have not sent another request: what a client does not read stays in memory.
const MAX_RESPONSE_BYTES: usize = 48 << 20;

/// Time limit for a request's head, and for the next one's on a kept connection.
const HEAD_TIME: Duration = Duration::from_secs(15);
/// The same while half of the connections are taken.
const HEAD_TIME_IN_A_CROWD: Duration = Duration::from_secs(4);

/// A newcomer's place.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) place: Place,
    /// Completes when the connection must be closed.
    pub(crate) closed: oneshot::Receiver<()>,
}

/// The open connections of a host.
#[derive(Debug)]
pub(crate) struct Connections {
    max: usize,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    by_id: HashMap<u64, Connection>,
}

#[derive(Debug)]
struct Connection {
    network: IpAddr,
    /// Since when it is open.
    since: Instant,
    /// Since when it has waited for its client; `None` while the station works for it.
    waiting: Option<Instant>,
    /// Size of the last response.
    bytes: usize,
    /// Dropped to close it.
    _close: oneshot::Sender<()>,
}

/// A connection's place, which is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    connections: Arc<Connections>,
    id: u64,
    /// Time limit for a request's head.
    pub(crate) head_time: Duration,
}

impl Connections {
    pub(crate) fn new() -> Arc<Self> {
        let files = most_files().saturating_sub(OTHER_FILES);
        Self::at_most(files.saturating_sub(MAX_QUEUED).max(files / 2).min(MAX_CONNECTIONS))
    }

    pub(crate) fn at_most(max: usize) -> Arc<Self> {
        Arc::new(Self { max, open: Mutex::default() })
    }

    /// A place for a newcomer. `None` if there is no room, and no other connection may be closed yet.
    pub(crate) fn admit(self: &Arc<Self>, network: IpAddr, now: Instant) -> Option<Admitted> {
        let mut open = self.open();
        let counts = open.of_each_network(|_| 1);
        if counts.get(&network).is_some_and(|count| *count >= MAX_OF_A_NETWORK) {
            let has_had_its_time =
                |connection: &Connection| now.saturating_duration_since(connection.since) >= MIN_TIME;
            open.close_one(|connection| connection.network == network && has_had_its_time(connection))?;
        } else if open.by_id.len() >= self.max {
            let largest = counts.values().copied().max();
            open.close_one(|connection| counts.get(&connection.network).copied() == largest)
                .or_else(|| open.close_one(|_| true))?;
        }
        let is_crowded = open.by_id.len() >= self.max / 2;
        let (close, closed) = oneshot::channel();
        let id = open.next;
        open.next += 1;
        open.by_id
            .insert(id, Connection { network, since: now, waiting: Some(now), bytes: 0, _close: close });
        let head_time = if is_crowded { HEAD_TIME_IN_A_CROWD } else { HEAD_TIME };
        Some(Admitted { place: Place { connections: self.clone(), id, head_time }, closed })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        // Each change is complete before anything can panic.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn of_each_network(&self, count: impl Fn(&Connection) -> usize) -> HashMap<IpAddr, usize> {
        let mut counts = HashMap::new();
        for connection in self.by_id.values() {
            *counts.entry(connection.network).or_default() += count(connection);
        }
        counts
    }

    /// Closes the one of these that has waited longest.
    fn close_one(&mut self, of: impl Fn(&Connection) -> bool) -> Option<()> {
        let waiting = self.by_id.iter().filter(|(_, connection)| of(connection));
        let waiting = waiting.filter_map(|(id, connection)| Some((connection.waiting?, *id)));
        let (_, id) = waiting.min()?;
        self.by_id.remove(&id).map(drop)
    }
}

impl Place {
    /// The station begins to work for it.
    pub(crate) fn begin(&self) {
        if let Some(connection) = self.connections.open().by_id.get_mut(&self.id) {
            (connection.waiting, connection.bytes) = (None, 0);
        }
    }

    /// How long an answer that refuses its request is kept back.
    pub(crate) fn refusal_time(&self) -> Duration {
        let open = self.connections.open();
        let network = open.by_id.get(&self.id).map(|connection| connection.network);
        let of_network = |connection: &&Connection| Some(connection.network) == network;
        let is_many = open.by_id.values().filter(of_network).count() >= MANY_OF_A_NETWORK;
        if is_many { REFUSAL_TIME } else { Duration::ZERO }
    }

    /// It has a response of so many bytes.
    pub(crate) fn end(&self, bytes: usize, now: Instant) {
        let mut open = self.connections.open();
        if let Some(connection) = open.by_id.get_mut(&self.id) {
            (connection.waiting, connection.bytes) = (Some(now), bytes);
        }
        loop {
            let bytes = open.of_each_network(|connection| connection.bytes);
            let most = bytes.values().copied().max().unwrap_or_default();
            if bytes.values().sum::<usize>() <= MAX_RESPONSE_BYTES {
                return;
            }
            let holds_most = |connection: &Connection| {
                connection.bytes > 0 && bytes.get(&connection.network).copied() == Some(most)
            };
            if open.close_one(holds_most).is_none() {
                return;
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.open().by_id.remove(&self.id);
    }
}

/// How many files this process may open; more than the usual 1,024 if the system lets it.
#[cfg(unix)]
fn most_files() -> usize {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = u64::try_from(MAX_CONNECTIONS + MAX_QUEUED + OTHER_FILES).unwrap_or(u64::MAX);
    let wanted = limit.maximum.map_or(wanted, |maximum| wanted.min(maximum));
    if limit.current.is_some_and(|current| current < wanted) {
        limit.current = Some(wanted);
        // If that fails, there are fewer connections.
        let _ = setrlimit(Resource::Nofile, limit);
    }
    getrlimit(Resource::Nofile).current.and_then(|current| current.try_into().ok()).unwrap_or(usize::MAX)
}

#[cfg(not(unix))]
fn most_files() -> usize {
    usize::MAX
}

/// The network that one client controls: an IPv4 address, or an IPv6 address's first 64 bits.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn is_closed(admitted: &mut Admitted) -> bool {
        admitted.closed.try_recv() == Err(oneshot::error::TryRecvError::Closed)
    }

    fn host(last: u8) -> IpAddr {
        Ipv4Addr::new(192, 0, 2, last).into()
    }

    /// Connections from one address, one a millisecond.
    fn crowd(
        connections: &Arc<Connections>,
        address: IpAddr,
        count: usize,
        start: Instant,
    ) -> Vec<Option<Admitted>> {
        let at = |n: usize| start + Duration::from_millis(n as u64);
        (0..count).map(|n| connections.admit(address, at(n))).collect()
    }

    #[test]
    fn the_longest_waiting_of_a_full_network_gives_way() {
        let (connections, start) = (Connections::at_most(MAX_CONNECTIONS), Instant::now());
        let mut other = connections.admit(host(2), start).unwrap();
        let mut open: Vec<_> =
            crowd(&connections, host(1), MAX_OF_A_NETWORK, start).into_iter().flatten().collect();
        // The first is at work, so the second has waited longest.
        open[0].place.begin();
        let newcomer = connections.admit(host(1), start + Duration::from_secs(1));
        assert!(newcomer.is_some());
        let closed: Vec<usize> = (0..open.len()).filter(|n| is_closed(&mut open[*n])).collect();
        assert_eq!(closed, [1]);
        assert!(!is_closed(&mut other));
    }

    #[test]
    fn a_network_whose_connections_are_all_at_work_gets_no_more() {
        let (connections, start) = (Connections::at_most(MAX_CONNECTIONS), Instant::now());
        let open = crowd(&connections, host(1), MAX_OF_A_NETWORK, start);
        for admitted in open.iter().flatten() {
            admitted.place.begin();
        }
        assert!(connections.admit(host(1), start).is_none());
        assert!(connections.admit(host(2), start).is_some());
        drop(open);
        assert!(connections.admit(host(1), start).is_some());
    }

    #[test]
    fn a_connection_gives_way_to_its_own_network_only_after_its_time() {
        let (connections, start) = (Connections::at_most(MAX_CONNECTIONS), Instant::now());
        let mut open: Vec<_> = (0..MAX_OF_A_NETWORK).map(|_| connections.admit(host(1), start)).collect();
        assert!(connections.admit(host(1), start + MIN_TIME - Duration::from_millis(1)).is_none());
        assert!(!open.iter_mut().flatten().any(is_closed));
        assert!(connections.admit(host(1), start + MIN_TIME).is_some());
    }

    /// Otherwise a crowd that never pauses would keep its whole network out.
    #[test]
    fn a_connection_that_is_busy_again_and_again_gives_way_between_two_requests() {
        let (connections, start) = (Connections::at_most(MAX_CONNECTIONS), Instant::now());
        let open: Vec<_> = (0..MAX_OF_A_NETWORK).map(|_| connections.admit(host(1), start)).collect();
        let later = start + MIN_TIME;
        for admitted in open.iter().flatten() {
            admitted.place.begin();
        }
        assert!(connections.admit(host(1), later).is_none(), "all are at work");
        open[7].as_ref().unwrap().place.end(0, later);
        assert!(connections.admit(host(1), later).is_some());
    }

    #[test]
    fn refusals_are_kept_back_from_a_network_with_many_connections() {
        let (connections, start) = (Connections::at_most(MAX_CONNECTIONS), Instant::now());
        let few = crowd(&connections, host(1), MANY_OF_A_NETWORK - 1, start);
        let of = |open: &[Option<Admitted>]| open[0].as_ref().map(|one| one.place.refusal_time());
        assert_eq!(of(&few), Some(Duration::ZERO));
        let many = crowd(&connections, host(2), MANY_OF_A_NETWORK, start);
        assert_eq!((of(&few), of(&many)), (Some(Duration::ZERO), Some(REFUSAL_TIME)));
    }

    #[test]
    fn when_all_places_are_taken_the_largest_network_gives_way() {
        let (connections, start) = (Connections::at_most(MAX_CONNECTIONS), Instant::now());
        let mut small = connections.admit(host(10), start).unwrap();
        let mut networks: Vec<Vec<_>> =
            (1..=8).map(|n| crowd(&connections, host(n), MAX_OF_A_NETWORK - 1, start)).collect();
        networks.push(crowd(&connections, host(9), 7, start));
        assert_eq!(connections.open().by_id.len(), MAX_CONNECTIONS);
        let mut newcomers: Vec<_> =
            (0..80).map(|n| connections.admit(host(100 + n), start).unwrap()).collect();
        assert_eq!(connections.open().by_id.len(), MAX_CONNECTIONS);
        assert!(!is_closed(&mut small));
        let closed: Vec<usize> = networks
            .iter_mut()
            .map(|network| {
                network.iter_mut().flatten().filter_map(|one| is_closed(one).then_some(())).count()
            })
            .collect();
        assert_eq!(closed, [10, 10, 10, 10, 10, 10, 10, 10, 0]);
        assert!(newcomers.iter_mut().all(|newcomer| !is_closed(newcomer)));
    }

    #[test]
    fn heads_must_arrive_sooner_in_a_crowd() {
        let (connections, start) = (Connections::at_most(MAX_CONNECTIONS), Instant::now());
        let first = connections.admit(host(1), start).unwrap();
        assert_eq!(first.place.head_time, HEAD_TIME);
        let crowds: Vec<_> = (2..=6).map(|n| crowd(&connections, host(n), 110, start)).collect();
        assert_eq!(connections.admit(host(1), start).unwrap().place.head_time, HEAD_TIME_IN_A_CROWD);
        drop(crowds);
        assert_eq!(connections.admit(host(1), start).unwrap().place.head_time, HEAD_TIME);
    }

    #[test]
    fn responses_that_nobody_reads_are_bounded() {
        let (connections, start) = (Connections::at_most(MAX_CONNECTIONS), Instant::now());
        let mut open: Vec<_> = crowd(&connections, host(1), 8, start).into_iter().flatten().collect();
        for (n, admitted) in open.iter().enumerate() {
            admitted.place.begin();
            admitted.place.end(MAX_RESPONSE_BYTES / 4, start + Duration::from_secs(n as u64));
        }
        let closed: Vec<bool> = open.iter_mut().map(is_closed).collect();
        assert_eq!(closed, [true, true, true, true, false, false, false, false]);
        open[4].place.begin();
        open[5].place.end(MAX_RESPONSE_BYTES / 2, start + Duration::from_secs(9));
        assert!(!open.iter_mut().skip(4).any(is_closed), "the fifth asked again: its response is gone");
    }

    #[test]
    fn the_network_with_most_unread_bytes_gives_way_first() {
        let (connections, start) = (Connections::at_most(MAX_CONNECTIONS), Instant::now());
        let at = |second| start + Duration::from_secs(second);
        let mut slow = connections.admit(host(1), start).unwrap();
        slow.place.end(MAX_RESPONSE_BYTES / 4, start);
        let mut greedy: Vec<_> = (0..4).map(|_| connections.admit(host(2), start).unwrap()).collect();
        for (second, admitted) in (1..).zip(&greedy) {
            admitted.place.end(MAX_RESPONSE_BYTES / 4, at(second));
        }
        assert!(!is_closed(&mut slow));
        assert!(is_closed(&mut greedy[0]) && !is_closed(&mut greedy[1]));
    }

    #[test]
    fn a_network_is_an_ipv4_address_or_64_bits_of_ipv6() {
        let same = |one: &str, other: &str| network(one.parse().unwrap()) == network(other.parse().unwrap());
        assert!(same("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"));
        assert!(!same("2001:db8:1:2::1", "2001:db8:1:3::1"));
        assert!(!same("192.0.2.1", "192.0.2.2"));
        assert!(same("::ffff:192.0.2.1", "192.0.2.1"));
    }
}
