//! Compares the two ways to compute the log with each other and with `tlog_tiles`' own storage.

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::prelude::*;
use tlog_tiles::{HashReader, Tile, TileHashReader, TileReader};

use super::path::{Name, Sequence};
use super::*;

/// Stored files by path.
type Shelf = BTreeMap<String, Vec<u8>>;

/// Leaves of many lengths, including 0 but not the length of a hash.
fn leaves(count: u64) -> Vec<Vec<u8>> {
    let leaf = |i: u64| format!("leaf {i} ").into_bytes().repeat(i as usize % 7);
    (0..count)
        .map(leaf)
        .map(|leaf| if leaf.len() == 32 { [leaf, vec![b'.']].concat() } else { leaf })
        .collect()
}

fn rebuilt(leaves: &[Vec<u8>]) -> (Tree, Shelf) {
    let Appended { tree, files } = rebuild(leaves.iter().map(Vec::as_slice)).unwrap();
    let count = files.len();
    let shelf = Shelf::from_iter(files);
    assert_eq!(shelf.len(), count, "two files have the same path");
    (tree, shelf)
}

fn from(shelf: &Shelf) -> impl Fn(&str) -> Result<Option<Vec<u8>>, LogError> {
    |path| Ok(shelf.get(path).cloned())
}

/// Appends to stored files, as a host would.
fn add(shelf: &mut Shelf, tree: &mut Tree, leaf: &[u8]) {
    let appended = append(&from(shelf), tree, leaf).unwrap();
    assert!((2..=5).contains(&appended.files.len()));
    shelf.extend(appended.files);
    *tree = appended.tree;
}

/// `tlog_tiles`' own storage: all hashes in one list.
#[derive(Default)]
struct Flat {
    size: u64,
    hashes: Vec<tlog_tiles::Hash>,
}

impl Flat {
    fn of(leaves: &[Vec<u8>]) -> Flat {
        let mut flat = Flat::default();
        leaves.iter().for_each(|leaf| flat.push(leaf));
        flat
    }

    fn push(&mut self, leaf: &[u8]) {
        self.hashes.extend(tlog_tiles::stored_hashes(self.size, leaf, self).unwrap());
        self.size += 1;
    }

    fn tree(&self) -> Tree {
        self.tree_at(self.size)
    }

    fn tree_at(&self, size: u64) -> Tree {
        Tree { size, root: Hash(tlog_tiles::tree_hash(size, self).unwrap().0) }
    }
}

impl HashReader for Flat {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(indexes.iter().map(|i| self.hashes[*i as usize]).collect())
    }
}

/// Our files under `tlog_tiles`' names, cut to the widths it asks for.
struct Mapped<'s>(&'s Shelf);

impl TileReader for Mapped<'_> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = tiles.iter().map(|tile| {
            let path = tile.path().replace("tile/8/", "/log/tile/");
            self.0[path.split(".p/").next().unwrap()].clone()
        });
        Ok(read.collect())
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

/// Compares every way to the same tree: files stored by `append`, `rebuild`, flat storage, and our tiles read by
/// `tlog_tiles`.
fn assert_same(shelf: &Shelf, tree: Tree, leaves: &[Vec<u8>], flat: &Flat) {
    let size = tree.size;
    assert_eq!(leaves.len() as u64, size);
    let (again, files) = rebuilt(leaves);
    assert_eq!(tree, again);
    assert!(*shelf == files, "files differ at size {size}");
    assert_eq!(tree, flat.tree());

    let tiles = Mapped(shelf);
    let reader = TileHashReader::new(size, tlog_tiles::Hash(tree.root.0), &tiles);
    assert_eq!(tlog_tiles::tree_hash(size, &reader).unwrap().0, tree.root.0);

    let stored: Vec<String> = paths(size).into_iter().map(|(_, stored)| stored).collect();
    assert_eq!(stored.len(), shelf.len());
    assert!(stored.iter().all(|path| shelf.contains_key(path)));
}

#[test]
fn roots_are_those_of_certificate_transparency() {
    let leaves: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let (mut shelf, mut tree) = (Shelf::new(), Tree::EMPTY);
    for (i, (leaf, root)) in leaves.iter().zip(roots).enumerate() {
        add(&mut shelf, &mut tree, leaf);
        let hex: String = tree.root.0.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, root);
        assert_eq!(rebuild(leaves[..=i].iter().copied()).unwrap().tree, tree);
    }
    assert_eq!(shelf["/log/tile/entries/000"][..9], *b"\0\0\0\x01\0\0\x01\x10\0");
    assert_eq!(shelf["/log/tile/0/000"][..32], leaf_hash(b"").0);
    assert_eq!(rebuild([]), Ok(Appended { tree: Tree::EMPTY, files: vec![] }));
}

#[test]
fn append_and_rebuild_agree_up_to_600() {
    let leaves = leaves(600);
    let (mut shelf, mut tree, mut flat) = (Shelf::new(), Tree::EMPTY, Flat::default());
    for (i, leaf) in leaves.iter().enumerate() {
        add(&mut shelf, &mut tree, leaf);
        flat.push(leaf);
        assert_same(&shelf, tree, &leaves[..=i], &flat);
    }
}

#[test]
fn append_and_rebuild_agree_where_the_third_level_begins() {
    let leaves = leaves(65_794);
    let start = 65_534;
    let (mut tree, mut shelf) = rebuilt(&leaves[..start]);
    let mut flat = Flat::of(&leaves[..start]);
    for (i, leaf) in leaves.iter().enumerate().skip(start) {
        add(&mut shelf, &mut tree, leaf);
        flat.push(leaf);
        if !(65_538..65_790).contains(&i) {
            assert_same(&shelf, tree, &leaves[..=i], &flat);
        }
    }
    assert_eq!(shelf["/log/tile/2/000"].len(), 32);
    assert_eq!(shelf["/log/tile/1/001"].len(), 32);
    for size in [0, 1, 255, 256, 257, 65_535, 65_536, 65_537, 65_792, 65_794] {
        assert_eq!(root_at(&from(&shelf), size, &tree), Ok(flat.tree_at(size).root));
    }
}

#[test]
fn append_reads_the_right_edge_only() {
    for size in [0, 1, 255, 256, 300, 65_535, 65_536, 65_537] {
        let (tree, shelf) = rebuilt(&leaves(size));
        let read = RefCell::new(Vec::new());
        let recording = |path: &str| {
            read.borrow_mut().push(path.to_owned());
            Ok(shelf.get(path).cloned())
        };
        append(&recording, &tree, b"leaf").unwrap();
        let edge: Vec<String> = (0..4)
            .map(|level| Sequence::Level(level).path(size >> (8 * (level + 1))))
            .chain([bundle_path(size)])
            .collect();
        assert!(read.borrow().iter().all(|path| edge.contains(path)), "{size}: {read:?}");
        assert!(read.borrow().len() <= edge.len());
    }
}

#[test]
fn an_earlier_root_takes_a_few_tiles_however_long_the_log() {
    let (tree, shelf) = rebuilt(&leaves(66_000));
    let read = RefCell::new(Vec::new());
    let recording = |path: &str| {
        read.borrow_mut().push(path.to_owned());
        Ok(shelf.get(path).cloned())
    };
    root_at(&recording, 300, &tree).unwrap();
    let (edge, path) =
        (["/log/tile/0/257", "/log/tile/1/001", "/log/tile/2/000"], ["/log/tile/0/001", "/log/tile/1/000"]);
    assert_eq!(read.take(), [edge.as_slice(), &path].concat());
    root_at(&recording, 65_999, &tree).unwrap();
    assert!(read.take().len() <= 5);
}

#[test]
fn limits_are_refused() {
    let nothing = |_: &str| Ok(None);
    let large = vec![0; MAX_LEAF + 1];
    let too_large = Err(LogError::LeafTooLarge { bytes: 65_536 });
    assert_eq!(append(&nothing, &Tree::EMPTY, &large), too_large);
    assert_eq!(rebuild([large.as_slice()]), too_large);
    assert_eq!(append(&nothing, &Tree::EMPTY, &[0; 32]), Err(LogError::HashForLeaf));
    assert_eq!(append(&nothing, &Tree::EMPTY, &large[1..]).unwrap().tree.root, leaf_hash(&large[1..]));

    for size in [MAX_SIZE, u64::MAX] {
        let full = Tree { size, root: leaf_hash(b"") };
        assert!(matches!(append(&nothing, &full, b""), Err(LogError::TooLarge { .. })));
    }
    let beyond = Tree { size: u64::MAX, root: leaf_hash(b"") };
    let too_large = LogError::TooLarge { size: u64::MAX };
    assert_eq!(root_at(&nothing, 7, &beyond), Err(too_large));
    let largest = Tree { size: MAX_SIZE, root: leaf_hash(b"") };
    assert!(matches!(root_at(&nothing, 7, &largest), Err(LogError::Corrupt { .. })));
}

#[test]
fn a_failing_store_is_reported_as_it_failed() {
    let (tree, shelf) = rebuilt(&leaves(600));
    for bad in ["/log/tile/entries/002", "/log/tile/0/002", "/log/tile/1/000"] {
        let read = |path: &str| {
            if path == bad { Err(LogError::Read("disk".into())) } else { Ok(shelf.get(path).cloned()) }
        };
        let refused = append(&read, &tree, b"").map(drop);
        assert_eq!(refused, Err(LogError::Read("disk".into())), "{bad}");
    }
    let read = |_: &str| Err(LogError::Read("disk".into()));
    assert_eq!(root_at(&read, 3, &tree), Err(LogError::Read("disk".into())));
}

/// Damages one file with `spoil` and checks that `append` refuses, naming that file. Returns the error's explanation.
fn assert_refused(shelf: &Shelf, tree: &Tree, path: &str, spoil: impl FnOnce(&mut Shelf)) -> String {
    let mut spoilt = shelf.clone();
    spoil(&mut spoilt);
    match append(&from(&spoilt), tree, b"leaf") {
        Err(LogError::Corrupt { path: named, what }) => {
            assert!(named.split(", ").any(|named| named == path), "{named}: {what}, not {path}");
            what
        }
        other => panic!("{path} of {}: {other:?}", tree.size),
    }
}

#[test]
fn append_refuses_a_damaged_edge() {
    for size in [1, 2, 77, 255, 256, 257, 300, 511, 512, 600, 65_536, 65_537, 65_793] {
        let (tree, shelf) = rebuilt(&leaves(size));
        let changed = append(&from(&shelf), &tree, b"leaf").unwrap().files;

        let partial = paths(size).into_iter().filter(|(public, stored)| public != stored);
        for (public, path) in partial {
            let bytes = shelf[&path].clone();
            let change = |bytes: Vec<u8>| {
                assert_refused(&shelf, &tree, &path, |shelf| {
                    shelf.insert(path.clone(), bytes);
                })
            };
            let wrong_width = |bytes: Vec<u8>| {
                let what = change(bytes);
                assert!(what.contains("where the log's size says") || public.contains("entries"), "{what}");
            };
            wrong_width(Vec::new());
            wrong_width(bytes[..bytes.len() - 1].to_vec());
            wrong_width([&bytes, [0; 2].as_slice()].concat());
            wrong_width([&bytes, [0; 32].as_slice()].concat());
            if !public.contains("entries") {
                wrong_width(bytes[..bytes.len() - 32].to_vec());
                for at in (0..bytes.len()).step_by(13).chain([bytes.len() - 1]) {
                    let mut flipped = bytes.clone();
                    flipped[at] ^= 1 << (at % 8);
                    change(flipped);
                }
            }
            assert_refused(&shelf, &tree, &path, |shelf| {
                shelf.remove(&path);
            });
        }

        for (path, _) in changed.iter().filter(|(path, _)| !shelf.contains_key(path)) {
            assert_refused(&shelf, &tree, path, |shelf| {
                shelf.insert(path.clone(), vec![0; 32]);
            });
        }

        let other = Tree { root: leaf_hash(b"other"), ..tree };
        assert!(matches!(append(&from(&shelf), &other, b""), Err(LogError::Corrupt { .. })));
        for size in [0, size - 1, size + 1, size + 256] {
            let other = Tree { size, ..tree };
            assert!(matches!(append(&from(&shelf), &other, b""), Err(LogError::Corrupt { .. })), "{size}");
        }
    }
    let wrong = Tree { root: leaf_hash(b""), ..Tree::EMPTY };
    let refused = append(&|_: &str| Ok(None), &wrong, b"").unwrap_err();
    assert!(matches!(refused, LogError::Corrupt { path, .. } if path == "/log/checkpoint"));
}

#[test]
fn an_earlier_root_is_not_taken_from_damaged_tiles() {
    let (tree, shelf) = rebuilt(&leaves(600));
    let tiles = ["/log/tile/0/000", "/log/tile/1/000", "/log/tile/0/002"];
    for path in tiles {
        let mut changed: Vec<Option<Vec<u8>>> = vec![None, Some(shelf[path][32..].to_vec())];
        changed.extend((0..shelf[path].len()).step_by(29).map(|at| {
            let mut flipped = shelf[path].clone();
            flipped[at] ^= 1;
            Some(flipped)
        }));
        for bytes in changed {
            let read =
                |asked: &str| Ok(if asked == path { bytes.clone() } else { shelf.get(asked).cloned() });
            match root_at(&read, 3, &tree) {
                Err(LogError::Corrupt { path: named, .. }) => {
                    assert!(named.split(", ").any(|named| named == path), "{named}, not {path}");
                }
                other => panic!("{path}: {other:?}"),
            }
        }
    }
}

#[test]
fn earlier_roots_come_from_the_tiles() {
    let leaves = leaves(600);
    for size in 0..=70 {
        let (tree, shelf) = rebuilt(&leaves[..size as usize]);
        for earlier in 0..=size {
            let expected = rebuilt(&leaves[..earlier as usize]).0.root;
            assert_eq!(root_at(&from(&shelf), earlier, &tree), Ok(expected), "{earlier} of {size}");
        }
    }
    let (tree, shelf) = rebuilt(&leaves);
    let flat = Flat::of(&leaves);
    for size in 0..=600 {
        assert_eq!(root_at(&from(&shelf), size, &tree), Ok(flat.tree_at(size).root));
    }
    let beyond = Err(LogError::Beyond { asked: 601, size: 600 });
    assert_eq!(root_at(&from(&shelf), 601, &tree), beyond);
}

/// The answer of a host for a public path.
fn answer(shelf: &Shelf, size: u64, path: &str) -> Option<Vec<u8>> {
    match locate(path, size)? {
        TileRequest::Whole { stored } => Some(shelf[&stored].clone()),
        TileRequest::Cut { stored, bundle, width } => Some(cut(&shelf[&stored], bundle, width).unwrap()),
    }
}

#[test]
fn every_width_ever_published_stays_readable() {
    let leaves = leaves(600);
    let (_, now) = rebuilt(&leaves);
    for size in 1..=600 {
        let (_, then) = rebuilt(&leaves[..size as usize]);
        for (public, stored) in paths(size) {
            assert_eq!(answer(&then, size, &public).as_ref(), Some(&then[&stored]), "{public} at {size}");
            assert_eq!(answer(&now, 600, &public).as_ref(), Some(&then[&stored]), "{public} of {size}");
        }
    }
}

#[test]
fn every_width_is_located_if_it_exists() {
    for size in [0, 1, 2, 254, 255, 256, 257, 511, 512, 600, 65_535, 65_536, 65_537] {
        for row in [
            Sequence::Entries,
            Sequence::Level(0),
            Sequence::Level(1),
            Sequence::Level(2),
            Sequence::Level(3),
        ] {
            for number in [0, 1, 2, 255, 256] {
                let exist = row.count(size).saturating_sub(number * 256).min(256);
                let stored = row.path(number);
                let whole = (exist == 256).then(|| TileRequest::Whole { stored: stored.clone() });
                assert_eq!(locate(&stored, size), whole, "{stored} at {size}");
                for width in 1..256 {
                    let path = format!("{stored}.p/{width}");
                    let part =
                        TileRequest::Cut { stored: stored.clone(), bundle: row == Sequence::Entries, width };
                    assert_eq!(locate(&path, size), (width <= exist).then_some(part), "{path} at {size}");
                }
            }
        }
    }
    for path in
        ["/log/tile/0/000.p/0", "/log/tile/0/000.p/256", "/log/tile/0/0", "/log/checkpoint", "/log/0.note"]
    {
        assert_eq!(locate(path, 600), None, "{path}");
    }
    assert_eq!(locate("/log/tile/255/000.p/1", u64::MAX), None);
    assert_eq!(locate("/log/tile/0/x018/x446/x744/x073/x709/x551/615.p/1", u64::MAX), None);
}

#[test]
fn a_cut_is_the_first_items_or_nothing() {
    let leaves = leaves(256);
    let (_, shelf) = rebuilt(&leaves);
    let (tile, bundle) = (&shelf["/log/tile/0/000"], &shelf["/log/tile/entries/000"]);
    for width in 1..=256 {
        assert_eq!(cut(tile, false, width).unwrap(), tile[..width as usize * 32]);
        let part = cut(bundle, true, width).unwrap();
        assert_eq!(entries(&part).unwrap(), leaves[..width as usize]);
    }
    for bundled in [false, true] {
        let bytes = if bundled { bundle } else { tile };
        for width in [0, 257, u64::MAX / 32, u64::MAX] {
            assert_eq!(cut(bytes, bundled, width), None, "{width}");
        }
    }
}

proptest! {
    #[test]
    fn a_name_reads_back(level in 0..=255_u8, number: u64, width in 1..256_u64, full: bool, entries: bool) {
        let row = if entries { Sequence::Entries } else { Sequence::Level(level) };
        let name = Name { row, number, partial: (!full).then_some(width) };
        prop_assert_eq!(Name::parse(&name.to_string()), Some(name));
    }

    #[test]
    fn no_path_is_too_strange(path in "(/log/tile/)?([0-9]{1,4}|entries)(/x?[0-9]{1,4}){0,9}(\\.p/[0-9]{0,4})?", size: u64) {
        if let Some(TileRequest::Whole { stored }) = locate(&path, size) {
            prop_assert_eq!(stored, path);
        }
    }

    #[test]
    fn every_bundle_that_parses_prints_back(bytes in proptest::collection::vec(0..4_u8, 0..60)) {
        if let Ok(found) = entries(&bytes) {
            let mut again = Vec::new();
            for entry in &found {
                tile::push_entry(&mut again, entry).unwrap();
            }
            prop_assert_eq!(&again, &bytes);
            prop_assert_eq!(cut(&bytes, true, found.len() as u64), (!found.is_empty()).then_some(bytes));
        }
    }
}
