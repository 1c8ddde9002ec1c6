//! The names of problems: by these, programs tell one refusal from another, for ever.

macro_rules! kinds {
    ($($status:literal { $($(#[$doc:meta])* $kind:ident = $name:literal,)+ })+) => {
        /// What kind of problem a note has: `urn:outband:problem:<name>`, each with its one HTTP status.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ProblemType { $($($(#[$doc])* $kind,)+)+ }

        impl ProblemType {
            /// Every kind, by status.
            pub const ALL: &'static [Self] = &[$($(Self::$kind,)+)+];

            /// The HTTP status code that it is answered with.
            pub fn status(self) -> u16 {
                match self { $($(Self::$kind)|+ => $status,)+ }
            }

            /// Its name, as it stands in the problem's `type`.
            pub fn as_str(self) -> &'static str {
                match self { $($(Self::$kind => $name,)+)+ }
            }
        }
    };
}

kinds! {
    400 {
        /// The bytes are not UTF-8.
        NotUtf8 = "not-utf8",
        /// A control character, or an invisible one that changes how the text reads.
        BadCharacter = "bad-character",
        /// Text and signatures are not put together as a note's are.
        BadNote = "bad-note",
        /// A signature is not canonical base64.
        BadBase64 = "bad-base64",
        /// A signature line, or an armoured SSH signature, is not one.
        BadSignatureLine = "bad-signature-line",
        /// Two signatures by one key.
        DuplicateSignature = "duplicate-signature",
        /// More signatures than a note may have.
        TooManySignatures = "too-many-signatures",
        /// The first line names no known type.
        UnknownType = "unknown-type",
        /// A line that is not `name: value`.
        NotAHeader = "not-a-header",
        /// A name that the type does not have.
        UnknownHeader = "unknown-header",
        /// A line after one that it must stand before.
        WrongOrder = "wrong-order",
        /// A second line of a name that may stand once.
        DuplicateLine = "duplicate-line",
        /// The same value twice among lines of one name.
        RepeatedValue = "repeated-value",
        /// A line that must be there is not.
        MissingLine = "missing-line",
        /// A line that may not stand in this text.
        ForbiddenLine = "forbidden-line",
        /// A value that is not of its form, or not in its one canonical form.
        BadValue = "bad-value",
        /// A body of a form that is not allowed, or where there may be none.
        BadBody = "bad-body",
        /// The request's body broke off.
        BrokenOff = "broken-off",
    }
    403 {
        /// There is no signature.
        NoSignature = "no-signature",
        /// No enrolled key signed it.
        UnknownSigner = "unknown-signer",
        /// It was signed by a key that was taken away.
        RevokedSigner = "removed-signer",
        /// An enrolled key's signature does not fit the text.
        BadSignature = "bad-signature",
        /// A station's receipt does not fit the text.
        BadReceipt = "bad-receipt",
        /// Fewer distinct persons signed it than must.
        TooFewPersons = "too-few-persons",
        /// Roster 1 names other roots than the station was given.
        OtherRoots = "other-roots",
        /// A removal names a root.
        RevokesRoot = "removes-root",
    }
    408 {
        /// The request's body did not come in time.
        LateBody = "late-body",
    }
    409 {
        /// The log needs its first roster, or its first site note, first.
        NotSetUp = "not-set-up",
        /// Another text has this id.
        ReusedId = "reused-id",
        /// A roster that is not the next one.
        RosterNumber = "roster-number",
        /// A removal names a key that is not enrolled.
        NotEnrolled = "not-enrolled",
        /// A removal flags from beyond the log's end.
        SinceBeyond = "since-beyond",
        /// A redaction names an entry beyond the log's end.
        EntryBeyond = "entry-beyond",
        /// What a redaction names is no update, or not the one that it says, or is redacted already.
        NotRedactable = "not-redactable",
        /// It was published and redacted: it does not come in again.
        Redacted = "redacted",
        /// The phase is of another kind than what the slug names.
        OtherKind = "other-kind",
        /// A drill and real updates under one slug.
        DrillMixed = "drill-mixed",
        /// What is corrected, retracted or translated is not there.
        UnknownUpdate = "unknown-update",
        /// Another incident that is named is not there.
        UnknownIncident = "unknown-incident",
        /// The incident in which this one is to go on is over, or goes on elsewhere itself.
        NotOpen = "not-open",
        /// The author's client saw another history.
        OtherHistory = "other-history",
    }
    413 {
        /// The note has more bytes than a note may have.
        TooLarge = "too-large",
    }
    422 {
        /// The text was written for another log.
        WrongOrigin = "wrong-origin",
        /// The text's time is too far ahead.
        TimeInFuture = "time-in-future",
        /// The text was to be submitted earlier.
        PastSubmitBy = "past-submit-by",
        /// The site has no such component.
        UnknownComponent = "unknown-component",
        /// A roster names another log key than the station has.
        OtherLogKey = "other-log-key",
        /// A roster leaves out a station that receipted it.
        OtherStationKey = "other-station-key",
    }
    500 {
        /// The host's settings make no station.
        NotConfigured = "not-configured",
    }
    503 {
        /// The station's log is shorter than what the author's client saw.
        Behind = "behind",
        /// The station does not work.
        StationFault = "station-fault",
        /// The station gave its host no answer; whether it took the note is not known.
        NoAnswer = "no-answer",
    }
}

impl ProblemType {
    /// Those that only a host gives, where it has no station to ask.
    pub const OF_HOSTS: &'static [Self] =
        &[Self::BrokenOff, Self::LateBody, Self::NotConfigured, Self::NoAnswer];

    /// Seconds after which a client should ask again, where waiting can help.
    pub(crate) fn retry_seconds(self) -> Option<u64> {
        match self {
            // A deployment, or a move to another machine, takes a few seconds.
            Self::NoAnswer => Some(10),
            _ => (self.status() == 503).then_some(30),
        }
    }
}
