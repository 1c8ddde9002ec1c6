use outband_record::text::{Condition, Impact, IncidentKind, Phase};
use outband_record::time::Time;
use outband_record::timeline::IncidentState;

use super::statement::phase_key;
use crate::messages::Messages;

/// What a verdict looks like. Each has a colour, a shape and, in its [`Verdict`], a word: never a colour alone.
/// Ordered from least to most important to notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Appearance {
    /// No statement about the status: lists, the 404.
    Plain,
    /// A drill.
    Drill,
    /// Planned work that has not begun.
    Scheduled,
    /// Everything that was said of it was withdrawn.
    Withdrawn,
    /// No known problems.
    Calm,
    /// It is over.
    Over,
    /// Planned work.
    Maintenance,
    /// Working again, but still being monitored.
    Recovering,
    /// The condition is unknown.
    Unknown,
    /// Slow, or working in part.
    Degraded,
    /// Down for some.
    Partial,
    /// Down.
    Outage,
}

impl Appearance {
    /// Of a component in this condition.
    pub(crate) fn of(condition: Condition) -> Self {
        by_condition(condition, Verdict::new(Self::Calm, "component_calm")).appearance
    }

    /// Its name in the style sheet.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Drill => "drill",
            Self::Scheduled => "scheduled",
            Self::Withdrawn => "withdrawn",
            Self::Calm => "calm",
            Self::Over => "over",
            Self::Maintenance => "maintenance",
            Self::Recovering => "recovering",
            Self::Unknown => "unknown",
            Self::Degraded => "degraded",
            Self::Partial => "partial",
            Self::Outage => "outage",
        }
    }

    /// The shape's silhouette as an SVG path in a 24 by 24 box, filled by the even-odd rule.
    pub(crate) fn solid(self) -> &'static str {
        match self {
            Self::Plain => "",
            // A ring: nothing is known, which is less than a tick.
            Self::Calm => {
                "M12 1a11 11 0 1 0 0 22a11 11 0 1 0 0-22zM12 4.4a7.6 7.6 0 1 0 0 15.2a7.6 7.6 0 1 0 0-15.2z"
            }
            Self::Over | Self::Recovering | Self::Withdrawn => "M12 1a11 11 0 1 0 0 22a11 11 0 1 0 0-22z",
            Self::Drill => {
                "M2 2h4v4h-4zM10 2h4v4h-4zM18 2h4v4h-4zM6 6h4v4h-4zM14 6h4v4h-4zM2 10h4v4h-4zM10 10h4v4h-4zM18 10h4v4h-4zM6 14h4v4h-4zM14 14h4v4h-4zM2 18h4v4h-4zM10 18h4v4h-4zM18 18h4v4h-4z"
            }
            Self::Maintenance | Self::Scheduled => {
                "M6 2h12a4 4 0 0 1 4 4v12a4 4 0 0 1-4 4H6a4 4 0 0 1-4-4V6a4 4 0 0 1 4-4z"
            }
            Self::Unknown => "M12 .5L23.5 12L12 23.5L.5 12z",
            Self::Degraded => "M12 1.5L23.5 22H.5z",
            Self::Partial => "M12 1a11 11 0 1 0 0 22a11 11 0 1 0 0-22zM12 4a8 8 0 0 0 0 16z",
            Self::Outage => "M7.4 1h9.2L23 7.4v9.2L16.6 23H7.4L1 16.6V7.4z",
        }
    }

    /// The symbol drawn on the shape, as a stroked SVG path.
    pub(crate) fn mark(self) -> &'static str {
        match self {
            Self::Plain | Self::Drill | Self::Partial | Self::Calm => "",
            Self::Withdrawn => "M17 12H7.5M11 8l-4 4l4 4",
            Self::Over => "M7 12.5l3.5 3.5L17 8.5",
            Self::Recovering => "M12 17V7.5M7.8 11.2L12 7l4.2 4.2",
            Self::Maintenance => "M9.3 8v8M14.7 8v8",
            Self::Scheduled => "M12 7v5.5l3.5 2",
            Self::Unknown => "M9.3 9.6a2.7 2.7 0 1 1 4.2 2.2c-1 .7-1.5 1.1-1.5 2.3M12 17.2v.1",
            Self::Degraded => "M12 9v5.5M12 18.3v.1",
            Self::Outage => "M8 8l8 8M16 8l-8 8",
        }
    }

    /// The silhouette for the browser tab's icon, which every page has.
    pub(crate) fn icon(self) -> &'static str {
        if self == Self::Plain { "M4 5h16v3H4zM4 10.5h16v3H4zM4 16h10v3H4z" } else { self.solid() }
    }

    /// The icon's colour, since a favicon cannot use the style sheet.
    pub(crate) fn icon_colour(self) -> &'static str {
        match self {
            Self::Plain | Self::Drill | Self::Unknown | Self::Withdrawn => "57606a",
            Self::Calm | Self::Over => "2f7d4f",
            Self::Maintenance | Self::Scheduled | Self::Recovering => "1d5fa8",
            Self::Degraded => "b98900",
            Self::Partial => "c2410c",
            Self::Outage => "b3121d",
        }
    }
}

/// The status of something: an appearance and a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) appearance: Appearance,
    /// The message key of the word.
    word: &'static str,
}

impl Verdict {
    fn new(appearance: Appearance, word: &'static str) -> Self {
        Self { appearance, word }
    }

    /// The word.
    pub(crate) fn word(self, messages: &Messages) -> &'static str {
        messages.text(self.word)
    }

    /// Whether it counts for the verdict on the whole site: notices and scheduled maintenance do not.
    pub(crate) fn counts(self) -> bool {
        self.appearance > Appearance::Over
    }
}

/// The verdict on one incident, maintenance or notice at `now`.
pub(crate) fn verdict_on(state: &IncidentState<'_>, now: Time) -> Verdict {
    if state.drill {
        return Verdict::new(Appearance::Drill, "kind_drill");
    }
    if !state.is_open(now) {
        return match state.continues_in {
            Some(_) => Verdict::new(Appearance::Plain, "standing_continued"),
            None if state.withdrawn => Verdict::new(Appearance::Withdrawn, "standing_withdrawn"),
            None if state.kind == IncidentKind::Notice => {
                Verdict::new(Appearance::Plain, "standing_past_notice")
            }
            None => Verdict::new(Appearance::Over, phase_key(state.phase)),
        };
    }
    let worst = state.affecting().map(|(_, stated)| stated.value).max();
    match state.kind {
        IncidentKind::Incident if state.phase == Phase::Monitoring => monitored(worst, state.impact),
        IncidentKind::Incident => incident(worst, state.impact),
        IncidentKind::Maintenance if state.is_ahead(now) => {
            Verdict::new(Appearance::Scheduled, "standing_scheduled")
        }
        IncidentKind::Maintenance => maintenance(worst, state.is_unconfirmed(now)),
        IncidentKind::Notice => by_condition(
            worst.unwrap_or(Condition::Operational),
            Verdict::new(Appearance::Plain, "kind_notice"),
        ),
    }
}

/// The impact decides the appearance, since it covers the whole incident; the worst condition may have the better word.
fn incident(worst: Option<Condition>, impact: Option<Impact>) -> Verdict {
    match (impact, worst) {
        (_, Some(Condition::Operational)) => Verdict::new(Appearance::Recovering, "standing_recovering"),
        (Some(Impact::Critical), Some(Condition::Outage)) => {
            Verdict::new(Appearance::Outage, "condition_outage")
        }
        (Some(Impact::Critical), _) => Verdict::new(Appearance::Outage, "standing_critical"),
        (Some(Impact::Major), Some(Condition::Outage | Condition::Partial)) => {
            Verdict::new(Appearance::Partial, "condition_partial")
        }
        (Some(Impact::Major), _) => Verdict::new(Appearance::Partial, "standing_major"),
        (Some(Impact::Minor), Some(Condition::Unknown)) => {
            Verdict::new(Appearance::Unknown, "condition_unknown")
        }
        (Some(Impact::Minor), Some(Condition::Degraded)) => {
            Verdict::new(Appearance::Degraded, "condition_degraded")
        }
        (Some(Impact::Minor), _) => Verdict::new(Appearance::Degraded, "standing_minor"),
        (Some(Impact::None), _) => Verdict::new(Appearance::Recovering, "standing_no_impact"),
        (None, _) => Verdict::new(Appearance::Unknown, "impact_unknown"),
    }
}

/// Fixed and being monitored: the impact is that of the whole incident, the current state is in the components. If
/// nothing is stated about them, it is unknown.
fn monitored(worst: Option<Condition>, impact: Option<Impact>) -> Verdict {
    match worst {
        None if impact != Some(Impact::None) => Verdict::new(Appearance::Unknown, "impact_unknown"),
        None | Some(Condition::Operational) => incident(worst, impact),
        Some(worse) => by_condition(worse, Verdict::new(Appearance::Recovering, "standing_recovering")),
    }
}

/// A window that has passed in silence is not taken for the end, nor for work that goes on.
fn maintenance(worst: Option<Condition>, unconfirmed: bool) -> Verdict {
    let word = if unconfirmed { "standing_unconfirmed" } else { "kind_maintenance" };
    let planned = Verdict::new(Appearance::Maintenance, word);
    match worst {
        None | Some(Condition::Maintenance) => planned,
        Some(worst) => by_condition(worst, planned),
    }
}

/// `otherwise` if nothing is worse than planned.
fn by_condition(worst: Condition, otherwise: Verdict) -> Verdict {
    match worst {
        Condition::Operational => otherwise,
        Condition::Maintenance => Verdict::new(Appearance::Maintenance, "kind_maintenance"),
        Condition::Unknown => Verdict::new(Appearance::Unknown, "condition_unknown"),
        Condition::Degraded => Verdict::new(Appearance::Degraded, "condition_degraded"),
        Condition::Partial => Verdict::new(Appearance::Partial, "condition_partial"),
        Condition::Outage => Verdict::new(Appearance::Outage, "condition_outage"),
    }
}
