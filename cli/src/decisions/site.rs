//! The site note after the one in force, by its lines.

use anyhow::{Context as _, Result, bail, ensure};
use outband_keys::quoted;
use outband_record::text::{Component, Line, Occurs, Problem, Site, tidy};
use outband_record::time::Time;

use crate::nearest::did_you_mean;
use crate::signers::signing;

/// The lines that a person writes, as they are being changed.
pub(crate) struct Lines {
    origin: String,
    lines: Vec<(String, String)>,
}

impl Lines {
    pub(crate) fn of(site: &Site) -> Self {
        let values =
            |line: &'static Line| site.values(line.header.name).into_iter().map(move |value| (line, value));
        let lines = known().flat_map(values).map(|(line, value)| (line.header.name.to_owned(), value));
        Self { origin: site.origin.to_string(), lines: lines.collect() }
    }

    /// What was written in the editor, without comments and empty lines.
    pub(crate) fn read(site: &Site, written: &str) -> Result<Self> {
        let mut lines = Vec::new();
        for row in written.lines().map(str::trim).filter(|row| !row.is_empty() && !row.starts_with('#')) {
            let split = row.split_once(':').map(|(name, value)| (name.trim().to_lowercase(), value.trim()));
            let (name, value) =
                split.with_context(|| format!("{} is no line; write `name: value`", quoted(row)))?;
            find(&name)?;
            lines.extend((!value.is_empty()).then(|| (name, value.to_owned())));
        }
        Ok(Self { origin: site.origin.to_string(), lines })
    }

    /// Sets a line; of lines that may be repeated, the one with the same first word.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let is_repeated = find(name)?.header.occurs == Occurs::Many;
        let same = |found: &str| !is_repeated || subject(found) == subject(value);
        match self.lines.iter_mut().find(|(found, old)| found == name && same(old)) {
            Some((_, old)) => value.clone_into(old),
            None => self.lines.push((name.to_owned(), value.to_owned())),
        }
        Ok(())
    }

    pub(crate) fn add(&mut self, name: &str, value: &str) -> Result<()> {
        check_repeatable(name, "add")?;
        if let Some(old) = self.values(name).find(|old| subject(old) == subject(value)) {
            bail!("there is already `{name}: {old}`. To change it: outband site set {name} {value}");
        }
        self.lines.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    /// Removes the line with this first word; with a component, the hint about it. An optional line that cannot be
    /// repeated needs no word.
    pub(crate) fn remove(&mut self, name: &str, about: Option<&str>) -> Result<()> {
        if find(name)?.header.occurs == Occurs::Maybe {
            let before = self.lines.len();
            self.lines.retain(|(found, _)| found != name);
            ensure!(self.lines.len() < before, "there is no {name} line");
            return Ok(());
        }
        check_repeatable(name, "remove")?;
        let about = about.with_context(|| format!("which {name} line? Give the first word of its value"))?;
        let subjects: Vec<&str> = self.values(name).map(subject).collect();
        if !subjects.contains(&subject(about)) {
            let near = did_you_mean(about, subjects.iter().copied());
            bail!(
                "there is no {name} line about {}{near}\nThere are: {}",
                quoted(about),
                subjects.join(", ")
            );
        }
        let is_component = name == COMPONENT;
        if is_component {
            let within = format!("{}/", subject(about));
            let parts: Vec<&str> = subjects.into_iter().filter(|path| path.starts_with(&within)).collect();
            ensure!(parts.is_empty(), "{about} has parts; remove them first: {}", parts.join(", "));
        }
        self.lines.retain(|(found, value)| {
            let is_it = found == name || is_component && found == "hint";
            !(is_it && subject(value) == subject(about))
        });
        Ok(())
    }

    /// The site note.
    pub(crate) fn site(&self, now: Time) -> Result<Site> {
        let (first, origin, id) = (Site::FIRST_LINE, &self.origin, signing::new_id()?);
        let text = format!("{first}\norigin: {origin}\nid: {id}\ntime: {now}\n{}", self.print());
        let tidied = tidy(text.as_bytes())?;
        let site = Site::parse(&tidied.text()).map_err(|error| match error.problem {
            // The line's number is not that of any text which its author sees.
            Problem::Missing { .. } | Problem::Value { .. } | Problem::Repeated { .. } => {
                anyhow::Error::from(error.problem)
            }
            _ => error.into(),
        });
        site.context("this cannot be signed")
    }

    fn print(&self) -> String {
        self.lines.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.lines.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The lines with comments that explain them, for the editor.
    pub(crate) fn template(&self) -> String {
        let mut text = INTRODUCTION.to_owned();
        for line in known() {
            let name = line.header.name;
            text.push_str(&format!("\n# {}: {}\n", line.help, line.expected));
            let values: Vec<&str> = self.values(name).collect();
            if values.is_empty() {
                text.push_str(&format!("{name}:\n"));
            }
            values.iter().for_each(|value| text.push_str(&format!("{name}: {value}\n")));
        }
        text
    }
}

const INTRODUCTION: &str =
    "# What the page covers. Lines that start with # and lines without a value are ignored.\n";

const COMPONENT: &str = "component";

/// The components that the new site note no longer has.
pub(crate) fn removed_components<'s>(old: &'s Site, new: &Site) -> Vec<&'s Component> {
    old.component.iter().filter(|component| new.component(&component.path).is_none()).collect()
}

/// What no two lines of one name may share: the first word.
fn subject(value: &str) -> &str {
    value.split(' ').next().unwrap_or_default()
}

fn known() -> impl Iterator<Item = &'static Line> {
    Site::GRAMMAR.lines.iter().filter(|line| !line.by_program)
}

fn find(name: &str) -> Result<&'static Line> {
    known().find(|line| line.header.name == name).with_context(|| {
        let names: Vec<&str> = known().map(|line| line.header.name).collect();
        let near = did_you_mean(name, names.iter().copied());
        format!("a site note has no line {}{near}\nIt has: {}", quoted(name), names.join(", "))
    })
}

fn check_repeatable(name: &str, what: &str) -> Result<()> {
    ensure!(
        find(name)?.header.occurs == Occurs::Many,
        "a site note has one {name} line, so there is nothing to {what}. To change it: outband site set {name} …"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Site {
        let head = "outband site v1\norigin: o.example\nid: 0f1ed002ab5595859014ebf0951522d9\ntime: 2013-01-01T00:00:00Z\n";
        let lines = "name: Mail\nurl: https://o.example\nlang: en\nzone: UTC0\ncadence: major 30\ncomponent: mail Mail\ncomponent: mail/us US\ncomponent: voice Voice\nhint: voice you call\n";
        Site::parse(&format!("{head}{lines}")).unwrap()
    }

    /// The lines after a change, or why it is refused.
    fn changed(change: impl Fn(&mut Lines) -> Result<()>) -> Result<String> {
        let mut lines = Lines::of(&site());
        change(&mut lines)?;
        Ok(lines.site(site().time)?.print().lines().skip(4).collect::<Vec<_>>().join("\n"))
    }

    #[test]
    fn a_line_is_set_added_and_removed() {
        let set = changed(|lines| lines.set("cadence", "major 45")).unwrap();
        assert!(set.contains("cadence: major 45") && !set.contains("major 30"), "{set}");
        let other = changed(|lines| lines.set("cadence", "critical 15")).unwrap();
        assert!(other.contains("cadence: major 30\ncadence: critical 15"), "{other}");
        let name = changed(|lines| lines.set("name", "Example  Mail")).unwrap();
        assert!(name.contains("name: Example  Mail\nurl"), "{name}");
        let renamed = changed(|lines| lines.set("component", "voice Telephone")).unwrap();
        assert!(renamed.contains("component: voice Telephone\nhint: voice"), "{renamed}");
        let added = changed(|lines| lines.add("contact", "tel:+1-555-0100")).unwrap();
        assert!(added.contains("zone: UTC0\ncontact: tel:+1-555-0100\n"), "{added}");
        let removed = changed(|lines| lines.remove("component", Some("voice"))).unwrap();
        assert!(!removed.contains("voice"), "with its hint: {removed}");
        let plain =
            changed(|lines| lines.set("accent", "#0b57d0").and_then(|()| lines.remove("accent", None)));
        assert!(!plain.unwrap().contains("accent"));
    }

    #[test]
    fn a_change_that_is_not_possible_says_why() {
        let refused = |change: fn(&mut Lines) -> Result<()>| format!("{:#}", changed(change).unwrap_err());
        for (error, says) in [
            (refused(|lines| lines.set("cadance", "major 5")), "no line \"cadance\"; did you mean cadence?"),
            (
                refused(|lines| lines.set("cadence", "large 5")),
                "\"cadence\" has the value \"large 5\"; it must be",
            ),
            (refused(|lines| lines.add("component", "mail E-mail")), "site set component mail E-mail"),
            (refused(|lines| lines.add("lang", "de")), "one lang line, so there is nothing to add"),
            (refused(|lines| lines.remove("component", Some("voise"))), "did you mean voice?"),
            (refused(|lines| lines.remove("component", Some("mail"))), "remove them first: mail/us"),
            (refused(|lines| lines.remove("component", None)), "Give the first word of its value"),
            (refused(|lines| lines.remove("logo", None)), "there is no logo line"),
            (refused(|lines| lines.add("component", "files/eu EU")), "component: files <name>"),
            (refused(|lines| lines.set("id", "1")), "no line \"id\""),
        ] {
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn the_template_reads_back_as_its_site_note() {
        let template = Lines::of(&site()).template();
        let read = Lines::read(&site(), &template).unwrap();
        assert_eq!(read.lines, Lines::of(&site()).lines);
        assert!(template.contains("\ncontact:\n"), "{template}");
    }
}
