//! What commands print with `--json`: one document, which has the member `error` if the command failed.
//!
//! ```json
//! {"error": "no endpoint accepted it", "not_done": "READERS DO NOT SEE IT.", "may_be_in_log": false}
//! ```

use anyhow::Result;
use outband_keys::is_printable;
use serde_json::{Value, json};

use super::{Nothing, causes};

/// Prints one JSON document. What `printable` would show as text is escaped, which means the same to a program.
pub(crate) fn print_json(document: &Value) {
    let mut line = String::new();
    for character in document.to_string().chars() {
        if is_printable(character) {
            line.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                line.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    anstream::println!("{line}");
}

/// Prints the document of a command, with its error if it failed.
pub(crate) fn print_json_of<T>(mut document: Value, result: &Result<T>) {
    if let (Err(error), Some(members)) = (result, document.as_object_mut()) {
        let nothing = error.downcast_ref::<Nothing>();
        members.insert("error".to_owned(), json!(causes(error).join("\n")));
        members.insert("not_done".to_owned(), json!(nothing.map(ToString::to_string)));
        let may_be = nothing == Some(&Nothing::KnownToBeSeen);
        members.entry("may_be_in_log").or_insert(json!(may_be));
    }
    print_json(&document);
}

/// A command that can be called with `--json`: `self.prepare().or_json(self.json)?`.
pub(crate) trait OrJson {
    /// With `json`, prints an error as a document too.
    fn or_json(self, json: bool) -> Self;
}

impl<T> OrJson for Result<T> {
    fn or_json(self, json: bool) -> Self {
        if json && self.is_err() {
            print_json_of(json!({}), &self);
        }
        self
    }
}
