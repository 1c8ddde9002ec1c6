//! Key names, keys, and texts signed with them.
//!
//! In scope: names and encodings of keys, signed notes, receipts, cosignatures, SSH signatures on the same texts, and
//! the number of distinct persons behind a set of keys. Out of scope: the meaning of a text, and which keys may sign
//! it.
//!
//! The formats are C2SP's [signed-note](https://c2sp.org/signed-note) and
//! [tlog-cosignature](https://c2sp.org/tlog-cosignature), and OpenSSH's `PROTOCOL.sshsig` and `PROTOCOL.u2f`. No other
//! crate of the project uses Ed25519 or ECDSA directly, and this one always verifies strictly.
//!
//! The crate is pure: it uses no clock, disk, network or randomness. Seeds and times are arguments.

mod character;
mod damage;
mod ecdsa;
mod ed25519;
mod line;
mod name;
mod note;
mod public;
mod quote;
mod secret;
mod ssh;
mod verified;
mod verifier;

pub use character::{is_forbidden, is_visible};
pub use damage::Damage;
pub use ecdsa::{P256Key, P256KeyError, P256Signature};
pub use ed25519::{Ed25519Key, Ed25519KeyError, Ed25519Signature};
pub use line::{KeyId, KeyKind, MAX_TIME, SignatureLine, SignatureLineError};
pub use name::{KeyName, KeyNameError, MAX_KEY_NAME_BYTES, distinct_persons};
pub use note::{
    MAX_ENTRY_BYTES, MAX_ENTRY_SIGNATURES, MAX_NOTE_BYTES, MAX_RECEIPTS, MAX_SIGNATURES, Note, NoteError,
    looks_signed,
};
pub use public::{PublicKey, SignatureInvalid};
pub use quote::{is_printable, is_secret, printable, quoted};
pub use secret::{SecretKey, SecretKeyError, SignError};
pub use ssh::{SSH_NAMESPACE, SshKey, SshKeyError, SshKeyKind, SshSignature, SshSignatureError};
pub use verified::{Stamped, Verified, VerifyError};
pub use verifier::{LineInvalid, VerifierKey, VerifierKeyError};
