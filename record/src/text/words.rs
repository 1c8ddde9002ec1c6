//! Values from a fixed set of words.

use std::fmt::{self, Display};

use super::values::Value;

/// Defines a value from a fixed set of words.
macro_rules! word_value {
    ($(#[$doc:meta])* $name:ident $(as $form:literal)?, $expected:literal, { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every word, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word as it appears in texts.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Value for $name {
            const EXPECTED: &'static str = $expected;
            $(const FORM: Option<&'static str> = Some($form);)?
            fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text)
            }
        }
    };
}

word_value! {
    /// The stage that an incident, a maintenance or a notice has reached, as stated by its operators.
    Phase, "one of investigating, identified, monitoring, resolved, postmortem (an incident), scheduled, in-progress, verifying, completed, cancelled (a maintenance), notice", {
        /// The cause is under investigation.
        Investigating = "investigating",
        /// The cause is known.
        Identified = "identified",
        /// A fix is in place and being monitored.
        Monitoring = "monitoring",
        /// It is over.
        Resolved = "resolved",
        /// The report on it has been published.
        Postmortem = "postmortem",
        /// A maintenance is announced.
        Scheduled = "scheduled",
        /// A maintenance has begun.
        InProgress = "in-progress",
        /// A maintenance is done and being checked.
        Verifying = "verifying",
        /// A maintenance is over.
        Completed = "completed",
        /// A maintenance will not happen.
        Cancelled = "cancelled",
        /// Information that is neither an incident nor a maintenance.
        Notice = "notice",
    }
}

word_value! {
    /// What a slug refers to.
    IncidentKind, "incident, maintenance or notice", {
        /// Something is wrong.
        Incident = "incident",
        /// Planned work.
        Maintenance = "maintenance",
        /// Information.
        Notice = "notice",
    }
}

impl Phase {
    /// The kind to which this phase belongs.
    pub fn kind(self) -> IncidentKind {
        match self {
            Self::Investigating | Self::Identified | Self::Monitoring | Self::Resolved | Self::Postmortem => {
                IncidentKind::Incident
            }
            Self::Scheduled | Self::InProgress | Self::Verifying | Self::Completed | Self::Cancelled => {
                IncidentKind::Maintenance
            }
            Self::Notice => IncidentKind::Notice,
        }
    }

    /// Whether this phase ends it.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Resolved | Self::Postmortem | Self::Completed | Self::Cancelled)
    }

    /// Whether an update of this phase must promise the next one.
    pub fn needs_next_update(self) -> bool {
        !self.is_final() && self != Self::Notice
    }
}

word_value! {
    /// The overall impact, ascending.
    Impact, "one of none, minor, major, critical", {
        /// Nobody is affected.
        None = "none",
        /// A nuisance.
        Minor = "minor",
        /// Many users are affected.
        Major = "major",
        /// Work stops.
        Critical = "critical",
    }
}

word_value! {
    /// The condition of a component, from best to worst. If incidents differ, the worst counts.
    Condition, "one of operational, degraded, partial, outage, maintenance, unknown", {
        /// No problem is reported.
        Operational = "operational",
        /// Planned work.
        Maintenance = "maintenance",
        /// Not known.
        Unknown = "unknown",
        /// Slow, or partly not working.
        Degraded = "degraded",
        /// Down for some users.
        Partial = "partial",
        /// Down.
        Outage = "outage",
    }
}

word_value! {
    /// Whether a statement is suspected or confirmed.
    Certainty, "suspected or confirmed", {
        /// A guess that may turn out wrong.
        Suspected = "suspected",
        /// Known.
        Confirmed = "confirmed",
    }
}

word_value! {
    /// Whether the cause is known; the body describes it.
    Cause, "unknown, suspected or confirmed", {
        /// Not known.
        Unknown = "unknown",
        /// A guess.
        Suspected = "suspected",
        /// Known.
        Confirmed = "confirmed",
    }
}

word_value! {
    /// The kind of harm to data that a statement is about.
    DataKind, "loss, breach, integrity or delay", {
        /// Data is lost.
        Loss = "loss",
        /// Data was seen by others.
        Breach = "breach",
        /// Data was altered.
        Integrity = "integrity",
        /// Data arrives late.
        Delay = "delay",
    }
}

word_value! {
    /// What is known about a kind of harm to data.
    DataStatus, "none, investigating, confirmed, unknown, queued, clearing or cleared", {
        /// No such harm.
        None = "none",
        /// Under investigation.
        Investigating = "investigating",
        /// Confirmed.
        Confirmed = "confirmed",
        /// Not known.
        Unknown = "unknown",
        /// Late data is queued for later delivery.
        Queued = "queued",
        /// Late data is being delivered.
        Clearing = "clearing",
        /// Late data has been delivered.
        Cleared = "cleared",
    }
}

word_value! {
    /// The only value of `drill`; no line means no drill.
    Yes as "yes", "yes", {
        /// It is a drill.
        Yes = "yes",
    }
}

word_value! {
    /// How firm an estimate is.
    EtaConfidence, "possible, likely or committed", {
        /// It may be met.
        Possible = "possible",
        /// It will probably be met.
        Likely = "likely",
        /// It is a promise.
        Committed = "committed",
    }
}

word_value! {
    /// Claims with lasting effect, for which a roster may require several persons.
    RuleName, "fault-other, data-none, retract or site", {
        /// A statement that the fault is with a supplier or a customer.
        FaultOther = "fault-other",
        /// "No data lost", "no breach", "integrity kept".
        DataNone = "data-none",
        /// A retraction, or a correction.
        Retract = "retract",
        /// A site note, signed by operators instead of a root.
        Site = "site",
    }
}
