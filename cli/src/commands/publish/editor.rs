//! Writing an update in an editor, in a template that explains each line.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use outband_keys::printable;
use outband_record::text::Site;

use super::draft::{self, Draft};
use crate::client::files;
use crate::client::outbox::DraftFile;
use crate::terminal::{self, shown};

/// Opens the draft in an editor and returns what was written. `problem` says why an earlier attempt cannot be signed.
pub(crate) fn write(draft: &DraftFile, text: &str, problem: Option<&str>) -> Result<String> {
    let problem: String =
        problem.into_iter().flat_map(str::lines).map(|line| format!("{PROBLEM}{line}\n")).collect();
    draft.save(&format!("{problem}{text}"))?;
    edit(draft.path())?;
    let written = files::read_text(draft.path())?;
    let without_problem: Vec<&str> = written.lines().filter(|line| !line.starts_with(PROBLEM)).collect();
    Ok(without_problem.join("\n"))
}

/// How the lines begin that say what is wrong.
const PROBLEM: &str = "#! ";

/// Opens a file in `$VISUAL` or `$EDITOR`, which may have arguments, as git does.
fn edit(file: &Path) -> Result<()> {
    let set = |name| std::env::var(name).ok().filter(|value: &String| !value.trim().is_empty());
    let editor = set("VISUAL").or_else(|| set("EDITOR"));
    let editor = editor.unwrap_or_else(|| if cfg!(windows) { "notepad" } else { "vi" }.to_owned());
    let mut command = if cfg!(windows) {
        let mut words = editor.split_whitespace();
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words).arg(file);
        command
    } else {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{editor} \"$1\""), "sh"]).arg(file);
        command
    };
    let ended = terminal::undisturbed(|| command.status());
    let ended = ended.with_context(|| format!("the editor {} cannot be started", printable(&editor)))?;
    if !ended.success() {
        bail!(
            "the editor {} failed or was aborted. What was saved is in {}",
            printable(&editor),
            shown(file)
        );
    }
    Ok(())
}

/// The draft in a template.
pub(super) fn template(draft: &Draft, site: Option<&Site>) -> String {
    let mut text = INTRODUCTION.to_owned();
    for line in draft::lines() {
        text.push_str(&format!("# {}\n", draft::explanation(line, line.form)));
        let name = line.header.name;
        let mut stated = draft.lines().filter(|(found, _)| *found == name).peekable();
        if stated.peek().is_none() {
            text.push_str(&format!("{name}:\n"));
        }
        for (_, value) in stated {
            text.push_str(&format!("{name}: {value}\n"));
        }
    }
    let asked = |name: &str| draft::lines().any(|line| line.header.name == name);
    for (name, value) in draft.lines().filter(|(name, _)| !asked(name)) {
        text.push_str(&format!("{name}: {value}\n"));
    }
    if let Some(site) = site {
        let paths: Vec<&str> = site.component.iter().map(|component| component.path.as_str()).collect();
        text.push_str(&format!("#\n# Components: {}\n", paths.join(", ")));
    }
    text.push_str(&format!("\n{}\n", draft.body().unwrap_or_default()));
    text
}

const INTRODUCTION: &str =
    "# An update. Lines that start with # and lines without a value are ignored, up to the first empty line.
# Only the title is required. The body goes after the empty line, as plain paragraphs.
#
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_reads_back_as_its_draft() {
        let mut draft = Draft::default();
        draft.add("title", "Mail is down").unwrap();
        draft.add("credit", "none").unwrap();
        draft.add("seen", "1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
        draft.set_body("# Words.");
        assert_eq!(Draft::parse(&template(&draft, None)).unwrap(), draft);
        let empty = Draft::default();
        assert_eq!(Draft::parse(&template(&empty, None)).unwrap(), empty);
    }

    #[test]
    fn the_template_asks_for_each_line_that_a_person_writes() {
        let template = template(&Draft::default(), None);
        let asked: Vec<_> = template.lines().filter_map(|row| row.strip_suffix(':')).collect();
        assert_eq!(asked, draft::lines().map(|line| line.header.name).collect::<Vec<_>>());
        assert!(template.contains("(COMPONENT CONDITION; may be repeated)\naffects:\n"), "{template}");
    }
}
