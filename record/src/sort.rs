//! Sorting with a small code size. Each instantiation of the standard library's sorts adds 5 kB to the edge module, and
//! the lists here are too short to benefit from their speed.

use std::cmp::Ordering;
use std::mem;

/// Stable sort by `compare`.
pub fn sort_by<T>(list: &mut Vec<T>, compare: impl Fn(&T, &T) -> Ordering) {
    let order = order(list.len(), &|a, b| match (list.get(a), list.get(b)) {
        (Some(a), Some(b)) => compare(a, b),
        (_, _) => Ordering::Equal,
    });
    let mut unsorted: Vec<_> = mem::take(list).into_iter().map(Some).collect();
    list.extend(order.into_iter().filter_map(|place| unsorted.get_mut(place)?.take()));
}

/// Stable sort by a key.
pub fn sort_by_key<T, K: Ord>(list: &mut Vec<T>, key: impl Fn(&T) -> K) {
    sort_by(list, |a, b| key(a).cmp(&key(b)));
}

/// The indices `0..count` in sorted order. Not generic, so that only one instantiation of the sort is compiled.
fn order(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<_> = (0..count).collect();
    places.sort_by(|a, b| compare(*a, *b));
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_items_keep_their_order() {
        for length in [0, 1, 2, 100] {
            let numbers = || (0..length).map(|n| (n * 37 % 10, n));
            let (mut ours, mut theirs): (Vec<_>, Vec<_>) = (numbers().collect(), numbers().collect());
            sort_by_key(&mut ours, |(key, _)| *key);
            theirs.sort_by_key(|(key, _)| *key);
            assert_eq!(ours, theirs);
        }
    }
}
