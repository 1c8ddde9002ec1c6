//! A draft of an update: header lines in any order, and a body.
//!
//! ```text
//! # lines that begin with # are left out
//! title: Mail is down in all US datacenters
//! affects: exchange outage
//! next-update: 30m
//!
//! We see heavy packet loss between edge and core.
//! ```

use anyhow::{Context as _, Result, bail};
use outband_record::text::{Problem, Update};
use outband_record::time::Time;

/// Header lines of an update, and its body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Draft {
    lines: Vec<(String, String)>,
    body: Option<String>,
}

impl Draft {
    /// Reads header lines and a body; lines that begin with `#` are comments.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        let kept = kept.join("\n");
        let kept = kept.trim();
        let (head, body) = kept.split_once("\n\n").unwrap_or((kept, ""));
        let mut draft = Self::default();
        for row in head.lines().filter(|row| *row != Update::FIRST_LINE) {
            let split = row.split_once(':').map(|(name, value)| (name.trim(), value.trim()));
            match split {
                Some((_, "")) => {}
                Some((name, value)) => draft.add(name, value)?,
                None => bail!(
                    "{row:?} is not a header line; write `name: value`, and the body after an empty line"
                ),
            }
        }
        draft.set_body(body);
        Ok(draft)
    }

    /// Adds a header line.
    pub(crate) fn add(&mut self, name: &str, value: &str) -> Result<()> {
        let known = Update::HEADERS.iter().map(|header| header.name);
        if !known.clone().any(|known| known == name) {
            let known: Vec<_> = known.collect();
            bail!("an update has no line {name:?}; it has: {}", known.join(", "));
        }
        self.lines.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    /// Sets the body; none if it is only white space.
    pub(crate) fn set_body(&mut self, body: &str) {
        let body = body.trim();
        self.body = (!body.is_empty()).then(|| body.to_owned());
    }

    /// The first value of a header.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.lines.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Adds a header line unless there is one of that name.
    pub(crate) fn fill(&mut self, name: &str, value: &str) -> Result<()> {
        if self.value(name).is_some() { Ok(()) } else { self.add(name, value) }
    }

    /// Every header line, as name and value.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lines.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The body.
    pub(crate) fn body(&self) -> Option<&str> {
        self.body.as_deref()
    }

    /// Replaces durations (`30m`, `2h`, `1d`) with times counted from `now`.
    pub(crate) fn settle(&mut self, now: Time) {
        let is_ahead =
            |name: &str| Update::GRAMMAR.lines.iter().any(|line| line.ahead && line.header.name == name);
        for (name, value) in self.lines.iter_mut().filter(|(name, _)| is_ahead(name)) {
            let (first, rest) = value.split_once(' ').unwrap_or((value, ""));
            if let Some(seconds) = duration(first) {
                let rest = if name == "eta" && rest.is_empty() { "likely" } else { rest };
                *value = format!("{} {rest}", now.plus(seconds)).trim_end().to_owned();
            }
        }
    }

    /// The text in the order of the grammar.
    pub(crate) fn print(&self) -> String {
        let mut text = format!("{}\n", Update::FIRST_LINE);
        for header in Update::HEADERS {
            for (name, value) in self.lines.iter().filter(|(name, _)| name == header.name) {
                text.push_str(&format!("{name}: {value}\n"));
            }
        }
        if let Some(body) = &self.body {
            text.push_str(&format!("\n{body}\n"));
        }
        text
    }

    /// Parses the update. Errors name the line by its header, since the draft's order differs.
    pub(crate) fn update(&self) -> Result<Update> {
        Update::parse(&self.print())
            .map_err(|error| match error.problem {
                Problem::Missing { .. } | Problem::Value { .. } | Problem::Forbidden { .. } => {
                    error.problem.into()
                }
                _ => anyhow::Error::from(error),
            })
            .context("this cannot be signed yet")
    }
}

/// `45m`, `2h`, `1d`, in seconds.
fn duration(text: &str) -> Option<u64> {
    let digits = text.trim_start_matches('+');
    let (number, unit) = digits.split_at_checked(digits.len().checked_sub(1)?)?;
    let unit = match unit {
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_in_any_order_become_an_update() {
        let text = "# a comment\ntitle: Mail is down\naffects: exchange outage\nsummary:\nid: 6f1ed002ab5595859014ebf0951522d9\norigin: status.example.net\nphase: investigating\nnext-update: +30m\neta: 2h\ntime: 2013-09-03T11:00:00Z\nincident: mail\n\nFirst.\n\nSecond.\n";
        let mut draft = Draft::parse(text).unwrap();
        draft.settle(Time::parse("2013-09-03T11:00:00Z").unwrap());
        let update = draft.update().unwrap();
        assert_eq!(update.print(), draft.print());
        assert_eq!(update.next_update.unwrap().to_string(), "2013-09-03T11:30:00Z");
        assert_eq!(update.eta.unwrap().to_string(), "2013-09-03T13:00:00Z likely");
        assert_eq!(update.body.as_deref(), Some("First.\n\nSecond.\n"));
    }

    #[test]
    fn what_is_wrong_is_named_by_its_header() {
        assert!(Draft::parse("tilte: Mail").unwrap_err().to_string().contains("no line \"tilte\""));
        assert!(Draft::parse("Mail is down").unwrap_err().to_string().contains("not a header line"));
        let draft = Draft::parse("origin: x\nid: y").unwrap();
        let error = format!("{:#}", draft.update().unwrap_err());
        assert!(error.contains("\"id\" has the value \"y\""), "{error}");
    }
}
