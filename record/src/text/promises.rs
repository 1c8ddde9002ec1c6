//! Promises: an estimate, a report, a credit.

use std::fmt::{self, Display};

use super::values::{SingleLine, Url, Value, Window};
use super::words::EtaConfidence;
use crate::time::{Date, Time};

/// `eta: 2013-09-03T19:30:00Z likely`, `eta: 2013-09-03T19:00:00Z/2013-09-03T21:00:00Z possible`, `eta: unknown cause not found yet`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Eta {
    /// There is no estimate; the text says why.
    Unknown(SingleLine<120>),
    /// By one point in time.
    By(Time, EtaConfidence),
    /// Between two points in time.
    Between(Time, Time, EtaConfidence),
}

impl Eta {
    /// The end of the estimate, after which it has been missed.
    pub fn end(&self) -> Option<Time> {
        match self {
            Self::Unknown(_) => None,
            Self::By(end, _) | Self::Between(_, end, _) => Some(*end),
        }
    }
}

impl Display for Eta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(why) => write!(f, "unknown {why}"),
            Self::By(time, c) => write!(f, "{time} {c}"),
            Self::Between(from, to, c) => write!(f, "{from}/{to} {c}"),
        }
    }
}

impl Value for Eta {
    const EXPECTED: &'static str =
        "`unknown <why>`, or a UTC time or `time/time` followed by `possible`, `likely` or `committed`";
    fn parse(text: &str) -> Option<Self> {
        if let Some(why) = text.strip_prefix("unknown ") {
            return Some(Self::Unknown(SingleLine::parse(why)?));
        }
        let (when, confidence) = text.split_once(' ')?;
        let confidence = EtaConfidence::parse(confidence)?;
        match when.split_once('/') {
            None => Some(Self::By(Time::parse(when)?, confidence)),
            Some(_) => {
                let Window { start, end } = Window::parse(when)?;
                Some(Self::Between(start, end, confidence))
            }
        }
    }
}

/// `report: promised 2013-09-10`, `report: delivered https://…`, `report: delivered` (the body is the report)
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// It will be published by the end of that day.
    Promised(Date),
    /// It is published, at the link or in the body.
    Delivered(Option<Url>),
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Promised(date) => write!(f, "promised {date}"),
            Self::Delivered(Some(url)) => write!(f, "delivered {url}"),
            Self::Delivered(None) => f.write_str("delivered"),
        }
    }
}

impl Value for Report {
    const EXPECTED: &'static str =
        "`promised <date>`, `delivered <https link>`, or `delivered` where the body is the report";
    fn parse(text: &str) -> Option<Self> {
        if text == "delivered" {
            return Some(Self::Delivered(None));
        }
        match text.split_once(' ')? {
            ("promised", date) => Date::parse(date).map(Self::Promised),
            ("delivered", url) => Url::parse(url).map(|url| Self::Delivered(Some(url))),
            _ => None,
        }
    }
}

/// `credit: none`, `credit: not-assessed until 2013-09-20`, `credit: automatic by 2013-10-01, 10 % of the month`,
/// `credit: claim by 2013-10-01 at https://…, 10 % of the month`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credit {
    /// There will be no credit.
    None,
    /// It will be decided by the end of that day.
    NotAssessed(Date),
    /// It is applied automatically by the end of that day: the amount.
    Automatic(Date, SingleLine<200>),
    /// It must be claimed by the end of that day: where, and the amount.
    Claim(Date, Url, SingleLine<200>),
}

impl Display for Credit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::NotAssessed(date) => write!(f, "not-assessed until {date}"),
            Self::Automatic(date, what) => write!(f, "automatic by {date}, {what}"),
            Self::Claim(date, at, what) => write!(f, "claim by {date} at {at}, {what}"),
        }
    }
}

impl Value for Credit {
    const EXPECTED: &'static str = "`none`, `not-assessed until <date>`, `automatic by <date>, <what>` or `claim by <date> at <https link>, <what>`";
    fn parse(text: &str) -> Option<Self> {
        if text == "none" {
            return Some(Self::None);
        }
        if let Some(date) = text.strip_prefix("not-assessed until ") {
            return Date::parse(date).map(Self::NotAssessed);
        }
        let (head, what) = text.split_once(", ")?;
        let what = SingleLine::parse(what)?;
        if let Some(date) = head.strip_prefix("automatic by ") {
            return Some(Self::Automatic(Date::parse(date)?, what));
        }
        let (date, at) = head.strip_prefix("claim by ")?.split_once(" at ")?;
        Some(Self::Claim(Date::parse(date)?, Url::parse(at)?, what))
    }
}
