use outband_record::text::{Condition, Impact, IncidentKind, Phase};
use outband_record::time::Time;
use outband_record::timeline::IncidentState;

use super::vocabulary::phase_key;
use crate::messages::Messages;

/// What a verdict looks like. Each has a colour, a shape and, in its [`Verdict`], a word: never a colour alone.
/// Ordered from what nobody needs to see to what nobody may overlook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Appearance {
    /// Says nothing about how things are: lists, the 404.
    Plain,
    /// A drill.
    Drill,
    /// Nothing is known to be wrong.
    Calm,
    /// It is over.
    Over,
    /// Planned work.
    Maintenance,
    /// Works again and is watched.
    Recovering,
    /// Nobody can tell.
    Unknown,
    /// Works, slower or in part.
    Degraded,
    /// Down for some.
    Partial,
    /// Down.
    Outage,
}

impl Appearance {
    /// Its name in the style sheet.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Drill => "drill",
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

    /// The shape's silhouette as an SVG path in a box of 24; filled by the even-odd rule.
    pub(crate) fn solid(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Calm | Self::Over | Self::Recovering => "M12 1a11 11 0 1 0 0 22a11 11 0 1 0 0-22z",
            Self::Drill => {
                "M2 2h4v4h-4zM10 2h4v4h-4zM18 2h4v4h-4zM6 6h4v4h-4zM14 6h4v4h-4zM2 10h4v4h-4zM10 10h4v4h-4zM18 10h4v4h-4zM6 14h4v4h-4zM14 14h4v4h-4zM2 18h4v4h-4zM10 18h4v4h-4zM18 18h4v4h-4z"
            }
            Self::Maintenance => "M6 2h12a4 4 0 0 1 4 4v12a4 4 0 0 1-4 4H6a4 4 0 0 1-4-4V6a4 4 0 0 1 4-4z",
            Self::Unknown => "M12 .5L23.5 12L12 23.5L.5 12z",
            Self::Degraded => "M12 1.5L23.5 22H.5z",
            Self::Partial => "M12 1a11 11 0 1 0 0 22a11 11 0 1 0 0-22zM12 4a8 8 0 0 0 0 16z",
            Self::Outage => "M7.4 1h9.2L23 7.4v9.2L16.6 23H7.4L1 16.6V7.4z",
        }
    }

    /// The mark upon it as a stroked SVG path.
    pub(crate) fn mark(self) -> &'static str {
        match self {
            Self::Plain | Self::Drill | Self::Partial => "",
            Self::Calm => "M7.5 12h9",
            Self::Over => "M7 12.5l3.5 3.5L17 8.5",
            Self::Recovering => "M12 17V7.5M7.8 11.2L12 7l4.2 4.2",
            Self::Maintenance => "M9.3 8v8M14.7 8v8",
            Self::Unknown => "M9.3 9.6a2.7 2.7 0 1 1 4.2 2.2c-1 .7-1.5 1.1-1.5 2.3M12 17.2v.1",
            Self::Degraded => "M12 9v5.5M12 18.3v.1",
            Self::Outage => "M8 8l8 8M16 8l-8 8",
        }
    }

    /// The silhouette of the icon in the browser's tab, which every page has.
    pub(crate) fn icon(self) -> &'static str {
        if self == Self::Plain { "M4 5h16v3H4zM4 10.5h16v3H4zM4 16h10v3H4z" } else { self.solid() }
    }

    /// The colour of that icon, which knows no style sheet.
    pub(crate) fn icon_colour(self) -> &'static str {
        match self {
            Self::Plain | Self::Drill | Self::Unknown => "57606a",
            Self::Calm | Self::Over => "2f7d4f",
            Self::Maintenance | Self::Recovering => "1d5fa8",
            Self::Degraded => "b98900",
            Self::Partial => "c2410c",
            Self::Outage => "b3121d",
        }
    }
}

/// How something stands, in a look and in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// The look.
    pub(crate) appearance: Appearance,
    /// The message that is the word.
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

    /// Whether the verdict on the whole site speaks of it: not of a notice, nor of work that is still to come.
    pub(crate) fn counts(self) -> bool {
        self.appearance > Appearance::Over
    }
}

/// How a thing stands at `now`.
pub(crate) fn verdict_on(state: &IncidentState<'_>, now: Time) -> Verdict {
    if state.drill {
        return Verdict::new(Appearance::Drill, "kind_drill");
    }
    if !state.is_open(now) {
        return match state.continues_in {
            Some(_) => Verdict::new(Appearance::Plain, "standing_continued"),
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
        IncidentKind::Maintenance => maintenance(worst, state.is_ahead(now)),
        IncidentKind::Notice => by_condition(
            worst.unwrap_or(Condition::Operational),
            Verdict::new(Appearance::Plain, "kind_notice"),
        ),
    }
}

/// The impact decides the look, since it is said of the whole; the worst condition may find the better word.
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

/// Said to be mended, and watched: the impact was that of the whole time, what holds now is how the components are.
/// Where nothing is said of them, nobody can tell.
fn monitored(worst: Option<Condition>, impact: Option<Impact>) -> Verdict {
    match worst {
        None if impact != Some(Impact::None) => Verdict::new(Appearance::Unknown, "impact_unknown"),
        None | Some(Condition::Operational) => incident(worst, impact),
        Some(worse) => by_condition(worse, Verdict::new(Appearance::Recovering, "standing_recovering")),
    }
}

fn maintenance(worst: Option<Condition>, ahead: bool) -> Verdict {
    if ahead {
        return Verdict::new(Appearance::Plain, "standing_scheduled");
    }
    by_condition(
        worst.unwrap_or(Condition::Maintenance),
        Verdict::new(Appearance::Maintenance, "kind_maintenance"),
    )
}

/// `otherwise` where nothing works worse than planned.
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
