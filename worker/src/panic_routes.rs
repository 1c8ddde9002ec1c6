//! Routes that panic, so that tests can observe the effects of a panic. They are never part of a released bundle: only
//! the feature `panic-routes` includes them, and `cargo xtask worker --panic-routes` builds that into a separate
//! folder.
//!
//! | route | does |
//! |---|---|
//! | `POST /panic/worker` | panics in the worker, outside of the object (`panic.js`) |
//! | `POST /panic/silent`, `POST /panic/alarm` | no panic: no answer; no alarm (`panic.js`) |
//! | `POST /panic/verify` | verifies a note [`VERIFICATIONS`] times, and panics if it is not valid (`panic.js`) |
//! | `POST /panic/object` | panics in the object, before anything is written |
//! | `POST /panic/commit` | panics between the two writes of one transaction |
//! | `POST /panic/no` | the same transaction without the panic, for comparison |
//! | `GET /panic/first`, `GET /panic/second` | the stored files: the body, and the body [`REPEATED`] times |
#![expect(clippy::panic, reason = "that is what these routes are for")]

use outband_keys::{Note, VerifierKey};
use outband_station::{File, Request, Response, Store, StoreError};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::store::SqlStore;

/// With a body of 16 KiB the second file has over 3 MB and needs four rows.
const REPEATED: usize = 200;

/// `POST /panic/worker`. `panic.js` calls it.
#[wasm_bindgen]
pub fn panic_in_worker() {
    panic!("requested by /panic/worker");
}

/// Enough that the request itself takes no noticeable part of the time.
const VERIFICATIONS: u32 = 500;

/// `POST /panic/verify`, with a key on the first line and a note by it on the others. `panic.js` calls it. Returns how
/// often the note was verified.
#[wasm_bindgen]
pub fn verify_often(body: &str) -> u32 {
    let verify = || {
        let (key, note) = body.split_once('\n')?;
        let key: VerifierKey = key.parse().ok()?;
        Note::parse(note.as_bytes()).ok()?.verify(&[key]).ok()
    };
    for _ in 0..VERIFICATIONS {
        assert!(verify().is_some(), "this note is not valid");
    }
    VERIFICATIONS
}

/// Answers the routes in the object; `None` for every other request.
pub(crate) fn answer(request: &Request, store: &mut SqlStore) -> Option<Response> {
    let answer = match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/panic/object") => panic!("requested by /panic/object"),
        ("POST", "/panic/commit") => commit(store, &request.body, || panic!("requested by /panic/commit")),
        ("POST", "/panic/no") => commit(store, &request.body, || {}),
        ("GET", "/panic/first" | "/panic/second") => store.get(&request.path),
        _ => return None,
    };
    let (status, body) = match answer {
        Ok(Some(file)) => (200, file.body),
        Ok(None) => (404, Vec::new()),
        Err(error) => (500, error.to_string().into_bytes()),
    };
    Some(Response { status, headers: Vec::new(), body })
}

fn commit(store: &SqlStore, body: &[u8], between: impl Fn()) -> Result<Option<File>, StoreError> {
    let file = |path: &str, body| File::new(path.to_owned(), body, 0);
    store.transaction(|store| {
        store.put(&file("/panic/first", body.to_vec()))?;
        between();
        store.put(&file("/panic/second", body.repeat(REPEATED)))
    })?;
    Ok(None)
}
