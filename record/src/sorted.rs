//! Maps and sets in sorted vectors, with a small code size. Each instantiation of the standard library's adds 5 kB to
//! the edge module, and these are short or grow at their end: inserting elsewhere takes time in proportion to the
//! length.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::iter::Zip;
use std::{mem, slice, vec};

/// A set in a sorted vector.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Set<T>(Vec<T>);

/// A map in two vectors, sorted by key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Map<K, V> {
    keys: Set<K>,
    /// Each in the place of its key.
    values: Vec<V>,
}

impl<T> Set<T> {
    /// An empty set.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The items in order.
    pub fn iter(&self) -> slice::Iter<'_, T> {
        self.0.iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number of items.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Removes all items.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Where an item is, or belongs.
    fn place<Q: Ord + ?Sized>(&self, item: &Q) -> Result<usize, usize>
    where
        T: Borrow<Q>,
    {
        match self.0.last().map(|last| last.borrow().cmp(item)) {
            Some(Ordering::Less) | None => Err(self.0.len()),
            Some(_) => self.0.binary_search_by(|other| other.borrow().cmp(item)),
        }
    }

    /// Whether it contains an item.
    pub fn contains<Q: Ord + ?Sized>(&self, item: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.place(item).is_ok()
    }

    /// Removes an item, and returns it.
    pub fn take<Q: Ord + ?Sized>(&mut self, item: &Q) -> Option<T>
    where
        T: Borrow<Q>,
    {
        self.place(item).ok().map(|place| self.0.remove(place))
    }
}

impl<T: Ord> Set<T> {
    /// Adds an item; `false` if an equal one was there, which stays.
    pub fn insert(&mut self, item: T) -> bool {
        let place = self.place(&item);
        place.is_err_and(|place| {
            self.0.insert(place, item);
            true
        })
    }
}

impl<K, V> Map<K, V> {
    /// An empty map.
    pub const fn new() -> Self {
        Self { keys: Set::new(), values: Vec::new() }
    }

    /// The pairs in order of the keys.
    pub fn iter(&self) -> Zip<slice::Iter<'_, K>, slice::Iter<'_, V>> {
        self.keys.iter().zip(&self.values)
    }

    /// The keys in order.
    pub fn keys(&self) -> slice::Iter<'_, K> {
        self.keys.iter()
    }

    /// The values in order of the keys.
    pub fn values(&self) -> slice::Iter<'_, V> {
        self.values.iter()
    }

    /// The values themselves, in order of the keys.
    pub fn into_values(self) -> vec::IntoIter<V> {
        self.values.into_iter()
    }

    /// Whether there are no pairs.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The number of pairs.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is a value for a key.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.keys.contains(key)
    }

    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.keys.place(key).ok().and_then(|place| self.values.get(place))
    }

    /// The value of a key, for changing.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.keys.place(key).ok().and_then(|place| self.values.get_mut(place))
    }

    /// Removes a key, and returns its value.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let place = self.keys.place(key).ok()?;
        self.keys.0.remove(place);
        Some(self.values.remove(place))
    }
}

impl<K: Ord, V> Map<K, V> {
    /// Sets the value of a key, and returns the one before.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.keys.place(&key) {
            Ok(place) => self.values.get_mut(place).map(|old| mem::replace(old, value)),
            Err(place) => {
                self.keys.0.insert(place, key);
                self.values.insert(place, value);
                None
            }
        }
    }

    /// The value of a key, which is set first if there is none.
    #[expect(clippy::indexing_slicing, reason = "there is a value in the place of each key")]
    pub fn or_insert_with(&mut self, key: K, value: impl FnOnce() -> V) -> &mut V {
        let place = self.keys.place(&key).unwrap_or_else(|place| {
            self.keys.0.insert(place, key);
            self.values.insert(place, value());
            place
        });
        &mut self.values[place]
    }

    /// Keeps only the pairs that `keep` accepts.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        let before = mem::take(self);
        self.extend(before.into_iter().filter(|(key, value)| keep(key, value)));
    }

    /// The value of a key, which is set to its type's default first if there is none.
    pub fn or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        self.or_insert_with(key, V::default)
    }
}

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Ord> Extend<T> for Set<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        for item in items {
            self.insert(item);
        }
    }
}

impl<K: Ord, V> Extend<(K, V)> for Map<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, pairs: I) {
        for (key, value) in pairs {
            self.insert(key, value);
        }
    }
}

impl<T: Ord> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut set = Self::new();
        set.extend(items);
        set
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut map = Self::new();
        map.extend(pairs);
        map
    }
}

impl<T> IntoIterator for Set<T> {
    type Item = T;
    type IntoIter = vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'s, T> IntoIterator for &'s Set<T> {
    type Item = &'s T;
    type IntoIter = slice::Iter<'s, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K, V> IntoIterator for Map<K, V> {
    type Item = (K, V);
    type IntoIter = Zip<vec::IntoIter<K>, vec::IntoIter<V>>;

    fn into_iter(self) -> Self::IntoIter {
        self.keys.into_iter().zip(self.values)
    }
}

impl<'m, K, V> IntoIterator for &'m Map<K, V> {
    type Item = (&'m K, &'m V);
    type IntoIter = Zip<slice::Iter<'m, K>, slice::Iter<'m, V>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever is done to them, they agree with the standard library's.
        #[test]
        fn they_do_what_the_standard_ones_do(steps in prop::collection::vec((0..6, 0_u8..12, 0..9), 0..60)) {
            let (mut map, mut set, mut other_map, mut other_set) =
                (Map::new(), Set::new(), BTreeMap::new(), BTreeSet::new());
            for (step, key, value) in steps {
                match step {
                    0 => prop_assert_eq!(map.insert(key, value), other_map.insert(key, value)),
                    1 => prop_assert_eq!(map.remove(&key), other_map.remove(&key)),
                    2 => prop_assert_eq!(set.take(&key), other_set.take(&key)),
                    3 => {
                        let (ours, theirs) = (map.or_default(key), other_map.entry(key).or_default());
                        prop_assert_eq!(&*ours, &*theirs);
                        (*ours, *theirs) = (*ours + value, *theirs + value);
                    }
                    4 => {
                        map.retain(|other, before| other != &key && *before != value);
                        other_map.retain(|other, before| other != &key && *before != value);
                    }
                    _ => prop_assert_eq!(set.insert(key), other_set.insert(key)),
                }
                prop_assert_eq!(map.get(&key), other_map.get(&key));
                prop_assert_eq!(map.get_mut(&key), other_map.get_mut(&key));
                prop_assert_eq!(map.contains_key(&key), other_map.contains_key(&key));
                prop_assert_eq!(set.contains(&key), other_set.contains(&key));
                prop_assert_eq!((map.len(), map.is_empty()), (other_map.len(), other_map.is_empty()));
                prop_assert_eq!((set.len(), set.is_empty()), (other_set.len(), other_set.is_empty()));
            }
            prop_assert!(map.iter().eq(&other_map) && map.keys().eq(other_map.keys()));
            prop_assert!(set.iter().eq(&other_set) && map.values().eq(other_map.values()));
            prop_assert_eq!(map.clone().into_values().collect::<Vec<_>>(), map.values().copied().collect::<Vec<_>>());
            prop_assert_eq!(map.clone().into_iter().collect::<Map<_, _>>(), map);
            prop_assert_eq!(set.clone().into_iter().rev().collect::<Set<_>>(), set);
        }
    }
}
