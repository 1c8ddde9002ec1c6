//! What is promised for afterwards: a report, a credit.

use std::fmt::{self, Display};

use super::values::{SingleLine, Url, Value};
use crate::time::Date;

/// `report: promised 2013-09-10`, `report: delivered https://…`, `report: delivered` (the body is the report)
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// It will be there by the end of that day.
    Promised(Date),
    /// It is there: behind the link, or in the body.
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
    /// There will be none.
    None,
    /// It is decided by the end of that day.
    NotAssessed(Date),
    /// It comes by itself by the end of that day: what.
    Automatic(Date, SingleLine<200>),
    /// It must be claimed by the end of that day: where, and what.
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
