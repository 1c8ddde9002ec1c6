//! The names of problems, by which programs tell refusals apart. They never change.

macro_rules! kinds {
    ($($status:literal { $($(#[$doc:meta])* $kind:ident = $name:literal,)+ })+) => {
        /// The kind of a problem with a note: `urn:outband:problem:<name>`. Each kind has one HTTP status.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ProblemType { $($($(#[$doc])* $kind,)+)+ }

        impl ProblemType {
            /// Every kind, by status.
            pub const ALL: &'static [Self] = &[$($(Self::$kind,)+)+];

            /// The HTTP status code of the response.
            pub fn status(self) -> u16 {
                match self { $($(Self::$kind)|+ => $status,)+ }
            }

            /// The kind with this name.
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
            }

            /// Its name in the problem's `type`.
            pub fn as_str(self) -> &'static str {
                match self { $($(Self::$kind => $name,)+)+ }
            }
        }
    };
}

kinds! {
    400 {
        /// Something changed the note's bytes when it was saved or sent.
        Damaged = "damaged",
        /// The bytes are not UTF-8.
        NotUtf8 = "not-utf8",
        /// A control character, or an invisible one that changes how the text reads.
        BadCharacter = "bad-character",
        /// The note does not consist of a text, an empty line and signatures.
        BadNote = "bad-note",
        /// A signature is not canonical base64.
        BadBase64 = "bad-base64",
        /// A malformed signature line or armoured SSH signature.
        BadSignatureLine = "bad-signature-line",
        /// Two signatures by one key.
        DuplicateSignature = "duplicate-signature",
        /// More signatures than a note may have.
        TooManySignatures = "too-many-signatures",
        /// The first line names no known type.
        UnknownType = "unknown-type",
        /// A line that is not `name: value`.
        NotAHeader = "not-a-header",
        /// A header line that the type does not have.
        UnknownHeader = "unknown-header",
        /// A header line in the wrong order.
        WrongOrder = "wrong-order",
        /// A second line with a name that may appear only once.
        DuplicateLine = "duplicate-line",
        /// The same value twice in lines of one name.
        RepeatedValue = "repeated-value",
        /// A required line is missing.
        MissingLine = "missing-line",
        /// A line that is not allowed in this text.
        ForbiddenLine = "forbidden-line",
        /// A malformed value, or one that is not in its canonical form.
        BadValue = "bad-value",
        /// A malformed body, or a body where none is allowed.
        BadBody = "bad-body",
        /// A text that was only to be checked is wrong, possibly in several ways.
        BadText = "bad-text",
        /// The request's body was cut short.
        BrokenOff = "broken-off",
    }
    403 {
        /// There is no signature.
        NoSignature = "no-signature",
        /// No enrolled key signed it.
        UnknownSigner = "unknown-signer",
        /// It was signed by a revoked key.
        RevokedSigner = "removed-signer",
        /// An enrolled key's signature does not match the text.
        BadSignature = "bad-signature",
        /// A station's receipt does not match the text.
        BadReceipt = "bad-receipt",
        /// Fewer distinct persons signed it than the rules require.
        TooFewPersons = "too-few-persons",
        /// Roster 1 names other roots than those set for the station.
        OtherRoots = "other-roots",
        /// A removal names a root.
        RevokesRoot = "removes-root",
    }
    408 {
        /// The request's body did not arrive in time.
        LateBody = "late-body",
    }
    409 {
        /// The log needs its first roster or its first site note first.
        NotSetUp = "not-set-up",
        /// Another text has this id.
        ReusedId = "reused-id",
        /// A roster that is not the next one.
        RosterNumber = "roster-number",
        /// A removal names a key that is not enrolled.
        NotEnrolled = "not-enrolled",
        /// A removal's `since` is beyond the log's end.
        SinceBeyond = "since-beyond",
        /// A redaction names an entry beyond the log's end.
        EntryBeyond = "entry-beyond",
        /// The entry that a redaction names is not an update, is a different update, or is already redacted.
        NotRedactable = "not-redactable",
        /// The text was published and then redacted; it cannot be published again.
        Redacted = "redacted",
        /// The phase is of another kind than the incident.
        OtherKind = "other-kind",
        /// Drill updates and real updates under one slug.
        DrillMixed = "drill-mixed",
        /// The corrected, retracted or translated update does not exist.
        UnknownUpdate = "unknown-update",
        /// An incident that the update refers to does not exist.
        UnknownIncident = "unknown-incident",
        /// The incident in which this one is to continue is over, or itself continues elsewhere.
        NotOpen = "not-open",
        /// Too many incidents would continue in one.
        TooManyMerged = "too-many-merged",
        /// A roster enrols a key that was removed.
        RemovedKey = "removed-key",
        /// The author's client saw a different history of the log.
        OtherHistory = "other-history",
    }
    413 {
        /// The note is larger than allowed.
        TooLarge = "too-large",
    }
    422 {
        /// The text was written for another log.
        WrongOrigin = "wrong-origin",
        /// The text's time is too far ahead.
        TimeInFuture = "time-in-future",
        /// The text was received after its `submit-by` time.
        PastSubmitBy = "past-submit-by",
        /// The site has no such component.
        UnknownComponent = "unknown-component",
        /// A roster names a log key other than the station's.
        OtherLogKey = "other-log-key",
        /// A roster omits a station that issued a receipt for it.
        OtherStationKey = "other-station-key",
    }
    500 {
        /// The host's settings are invalid.
        NotConfigured = "not-configured",
    }
    503 {
        /// The station's log is shorter than the one the author's client saw.
        Behind = "behind",
        /// More notes are waiting than the host takes.
        Busy = "busy",
        /// The station has failed.
        StationFault = "station-fault",
        /// The station gave its host no response; whether it accepted the note is unknown.
        NoAnswer = "no-answer",
    }
}

impl ProblemType {
    /// Problems that only a host reports, without asking the station.
    pub const OF_HOSTS: &'static [Self] =
        &[Self::BrokenOff, Self::LateBody, Self::NotConfigured, Self::Busy, Self::NoAnswer];

    /// Seconds until a client should retry, if retrying can help.
    pub(crate) fn retry_seconds(self) -> Option<u64> {
        match self {
            // A deployment, or a move to another machine, takes a few seconds.
            Self::NoAnswer => Some(10),
            Self::Busy => Some(1),
            _ => (self.status() == 503).then_some(30),
        }
    }
}
