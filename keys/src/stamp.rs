//! Statements with a time: receipts on notes, cosignatures on checkpoints.

use crate::{KeyKind, Signature};

/// The latest time in a receipt or a cosignature, in POSIX seconds: C2SP tlog-cosignature allows 63 bits.
pub const MAX_TIME: u64 = i64::MAX.unsigned_abs();

/// The payload of a timed signature line.
///
/// ```text
/// u64-BE POSIX seconds ‖ 64-byte Ed25519
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) time: u64,
    pub(crate) signature: Signature,
}

impl Stamp {
    /// The length of the payload.
    pub(crate) const BYTES: usize = 8 + 64;

    pub(crate) fn parse(payload: &[u8]) -> Option<Self> {
        let (time, signature) = payload.split_first_chunk::<8>()?;
        let signature = Signature::from_bytes(signature.try_into().ok()?);
        Some(Self { time: u64::from_be_bytes(*time), signature })
    }

    pub(crate) fn print(&self) -> Vec<u8> {
        [self.time.to_be_bytes().as_slice(), self.signature.as_bytes()].concat()
    }
}

/// The two kinds of timed statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Statement {
    /// Receipt of a note, our own format.
    Received,
    /// Cosignature on a checkpoint, C2SP's format, whose header is reserved for checkpoints.
    Cosigned,
}

impl Statement {
    pub(crate) const fn kind(self) -> KeyKind {
        match self {
            Self::Received => KeyKind::Received,
            Self::Cosigned => KeyKind::Cosignature,
        }
    }

    /// The bytes that are signed.
    ///
    /// ```text
    /// outband received v1        or        cosignature/v1
    /// time 1679315147                      time 1679315147
    /// <text>                               <text>
    /// ```
    pub(crate) fn message(self, time: u64, text: &str) -> Vec<u8> {
        let header = match self {
            Self::Received => "outband received v1",
            Self::Cosigned => "cosignature/v1",
        };
        format!("{header}\ntime {time}\n{text}").into_bytes()
    }
}
