//! Newcomers that wait until their network's other connections have had their time.

use std::collections::{HashSet, VecDeque};
use std::mem;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use crate::connections::{Admitted, Connections, network};

/// Newcomers in the queue, at most.
pub(crate) const MAX_QUEUED: usize = 512;

/// Newcomers without a place yet.
#[derive(Debug)]
pub(crate) struct Backlog<T> {
    connections: Arc<Connections>,
    queued: VecDeque<(IpAddr, T)>,
}

impl<T> Backlog<T> {
    pub(crate) fn new(connections: Arc<Connections>) -> Self {
        Self { connections, queued: VecDeque::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queued.is_empty()
    }

    /// Gives a newcomer a place, or queues it, in place of the oldest if the queue is full.
    pub(crate) fn arrive(&mut self, newcomer: T, address: IpAddr, now: Instant) -> Option<(T, Admitted)> {
        let network = network(address);
        if let Some(admitted) = self.connections.admit(network, now) {
            return Some((newcomer, admitted));
        }
        if self.queued.len() >= MAX_QUEUED {
            self.queued.pop_front();
        }
        self.queued.push_back((network, newcomer));
        None
    }

    /// Those of the queue for whom there is a place now, the oldest first.
    pub(crate) fn admit(&mut self, now: Instant) -> Vec<(T, Admitted)> {
        let (mut full, mut left, mut admitted) = (HashSet::new(), VecDeque::new(), Vec::new());
        for (network, newcomer) in mem::take(&mut self.queued) {
            let place = (!full.contains(&network)).then(|| self.connections.admit(network, now)).flatten();
            match place {
                Some(place) => admitted.push((newcomer, place)),
                None => {
                    full.insert(network);
                    left.push_back((network, newcomer));
                }
            }
        }
        self.queued = left;
        admitted
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::connections::{MAX_CONNECTIONS, MAX_OF_A_NETWORK, MIN_TIME};

    fn host(last: u8) -> IpAddr {
        Ipv4Addr::new(192, 0, 2, last).into()
    }

    #[test]
    fn newcomers_without_a_place_queue_and_the_oldest_is_served_first() {
        let (connections, start) = (Connections::at_most(MAX_CONNECTIONS), Instant::now());
        let mut backlog = Backlog::new(connections.clone());
        let mut arrive = |name, at, now| backlog.arrive(name, host(at), now);
        let mut open: Vec<_> = (0..MAX_OF_A_NETWORK).filter_map(|_| arrive("crowd", 1, start)).collect();
        assert!(arrive("first", 1, start).is_none() && arrive("second", 1, start).is_none());
        let other = arrive("other", 2, start);
        assert!(other.is_some(), "a full network keeps no other out");
        assert!(backlog.admit(start).is_empty());
        open.pop();
        let admitted = backlog.admit(start);
        assert_eq!(admitted.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["first"]);
        let admitted = backlog.admit(start + MIN_TIME);
        assert_eq!(admitted.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["second"]);
        assert!(backlog.is_empty());
    }

    #[test]
    fn the_queue_is_bounded() {
        let (connections, start) = (Connections::at_most(MAX_CONNECTIONS), Instant::now());
        let mut backlog = Backlog::new(connections.clone());
        let open: Vec<_> = (0..MAX_OF_A_NETWORK + MAX_QUEUED + 9)
            .filter_map(|n| backlog.arrive(n, host(1), start))
            .collect();
        drop(open);
        let served: Vec<usize> = backlog.admit(start).into_iter().map(|(n, _)| n).collect();
        assert_eq!(served.first(), Some(&(MAX_OF_A_NETWORK + 9)), "the oldest of a full queue gave way");
    }
}
