//! Who said it: key names, keys, and texts signed with them.
//!
//! In scope: names and encodings of keys, signed notes, receipts, cosignatures, SSH signatures on the same
//! texts, and how many distinct persons stand behind a set of keys. Out of scope: what a text means, and
//! which keys may say it.
//!
//! The formats are C2SP's [signed-note](https://c2sp.org/signed-note) and
//! [tlog-cosignature](https://c2sp.org/tlog-cosignature), and OpenSSH's `PROTOCOL.sshsig`. Nothing in the
//! project but this crate touches Ed25519, and it only ever uses the strict check.
//!
//! The crate is pure: no clock, disk, network or randomness. Seeds and times are arguments.

mod character;
mod kind;
mod line;
mod name;
mod note;
mod persons;
mod public;
mod secret;
mod ssh;
mod stamp;
mod verified;
mod verifier;

pub use character::{is_forbidden, is_visible};
pub use kind::{KeyId, KeyKind};
pub use line::{SignatureLine, SignatureLineError};
pub use name::{KeyName, KeyNameError, MAX_KEY_NAME_BYTES};
pub use note::{
    MAX_ENTRY_BYTES, MAX_ENTRY_SIGNATURES, MAX_NOTE_BYTES, MAX_RECEIPTS, MAX_SIGNATURES, Note, NoteError,
};
pub use persons::distinct_persons;
pub use public::{PublicKey, PublicKeyError, Signature, SignatureInvalid, fingerprint};
pub use secret::{SecretKey, SecretKeyError, SignError};
pub use ssh::{SSH_NAMESPACE, SshSignature, SshSignatureError};
pub use stamp::MAX_TIME;
pub use verified::{Stamped, Verified, VerifyError};
pub use verifier::{LineInvalid, VerifierKey, VerifierKeyError};
