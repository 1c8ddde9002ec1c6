use outband_station::{File, Store, StoreError};
use wasm_bindgen::prelude::wasm_bindgen;
use worker::worker_sys::DurableObjectStorage;
use worker::{Error, SqlCursor, SqlStorage, SqlStorageValue, Storage};

/// The object's files, one row per part of a file:
///
/// ```text
/// file(path, part, etag, modified, body)
/// ```
///
/// A row of a Durable Object holds 2 MB at most, so a body over [`PART_BYTES`] is cut into parts 0, 1, 2, …
pub(crate) struct SqlStore {
    storage: Storage,
    sql: SqlStorage,
}

/// Bytes of a body per row: half of a row's limit, which leaves room for the other columns.
const PART_BYTES: usize = 1 << 20;

const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS file (
    path TEXT NOT NULL,
    part INTEGER NOT NULL,
    etag TEXT NOT NULL,
    modified INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (path, part)
)";
const SELECT: &str = "SELECT etag, modified, body FROM file WHERE path = ? ORDER BY part";
const REPLACE: &str = "INSERT OR REPLACE INTO file (path, part, etag, modified, body) VALUES (?, ?, ?, ?, ?)";
const DELETE_FROM: &str = "DELETE FROM file WHERE path = ? AND part >= ?";

impl SqlStore {
    /// The store in an object's storage. If the table cannot be created, every use of the store fails with an error
    /// that names the missing table.
    pub(crate) fn new(storage: Storage) -> Self {
        let store = Self { sql: storage.sql(), storage };
        if let Err(error) = store.exec(SCHEMA, Vec::new()) {
            worker::console_error!("the table could not be created: {error}");
        }
        store
    }

    /// Runs `work` in one transaction. An error or a panic in it rolls back everything it wrote.
    pub(crate) fn transaction(
        &self,
        work: impl Fn(&Self) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let refused =
            transaction(self.storage.as_raw(), &mut || work(self).err().map(|StoreError(text)| text));
        refused.map_or(Ok(()), |text| Err(StoreError(text)))
    }

    /// Writes or deletes one file, in several statements: only inside [`Self::transaction`].
    pub(crate) fn put(&self, file: &File) -> Result<(), StoreError> {
        let path = || SqlStorageValue::from(file.path.as_str());
        if file.is_deletion() {
            return self.exec(DELETE_FROM, vec![path(), 0_i64.into()]).map(drop);
        }
        let modified = i64::try_from(file.modified).map_err(|error| StoreError(error.to_string()))?;
        let mut rest = file.body.as_slice();
        let mut part = 0_i64;
        // An empty file has a row too, so the first part is always written.
        while part == 0 || !rest.is_empty() {
            let (body, after) = rest.split_at_checked(PART_BYTES).unwrap_or((rest, &[]));
            let etag = file.etag.as_str().into();
            self.exec(REPLACE, vec![path(), part.into(), etag, modified.into(), body.to_vec().into()])?;
            rest = after;
            part += 1;
        }
        self.exec(DELETE_FROM, vec![path(), part.into()]).map(drop)
    }

    fn exec(&self, statement: &str, values: Vec<SqlStorageValue>) -> Result<SqlCursor, StoreError> {
        self.sql.exec(statement, values).map_err(failed)
    }
}

impl Store for SqlStore {
    fn get(&self, path: &str) -> Result<Option<File>, StoreError> {
        let mut file = None;
        for row in self.exec(SELECT, vec![path.into()])?.raw() {
            let row = <[SqlStorageValue; 3]>::try_from(row.map_err(failed)?);
            let Ok(
                [
                    SqlStorageValue::String(etag),
                    SqlStorageValue::Integer(modified),
                    SqlStorageValue::Blob(part),
                ],
            ) = row
            else {
                return Err(StoreError(format!(
                    "the row of {path} does not consist of etag, modified, body"
                )));
            };
            let file = file.get_or_insert_with(|| File {
                path: path.to_owned(),
                etag,
                modified: modified.unsigned_abs(),
                body: Vec::new(),
            });
            file.body.extend(part);
        }
        Ok(file)
    }

    fn commit(&mut self, batch: &[File]) -> Result<(), StoreError> {
        self.transaction(|store| batch.iter().try_for_each(|file| store.put(file)))
    }
}

fn failed(error: Error) -> StoreError {
    StoreError(error.to_string())
}

// `work` returns an error in order to roll back; the error is passed on. An exception thrown by `work` itself is a
// panic: it must reach `entry.js`, because the Rust frames that it crossed can never be resumed.
#[wasm_bindgen(inline_js = "
export function transaction(storage, work) {
  let panicking = false;
  try {
    storage.transactionSync(() => {
      panicking = true;
      const refused = work();
      panicking = false;
      if (refused !== undefined) throw new Error(refused);
    });
  } catch (error) {
    if (panicking) throw error;
    return error.message;
  }
}")]
extern "C" {
    fn transaction(
        storage: &DurableObjectStorage,
        work: &mut dyn FnMut() -> Option<String>,
    ) -> Option<String>;
}
