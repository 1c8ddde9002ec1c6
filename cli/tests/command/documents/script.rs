//! The commands in a document.

use super::Answers;
use super::world::Then;

/// A document's commands, and what else a person would do.
pub(super) struct Script<'s> {
    pub(super) name: &'s str,
    /// What is pasted at a time.
    pub(super) blocks: Vec<String>,
    /// Commands, by their beginning, that are not run as they are.
    pub(super) then: &'s [(&'s str, Then)],
    /// What the text around a command says to do before it.
    pub(super) before: &'s [(&'s str, &'s str)],
    /// Commands that ask, by a part of them.
    pub(super) answers: &'s [(&'s str, Answers)],
}

impl Script<'_> {
    /// What happens with a command.
    pub(super) fn then(&self, command: &str) -> Then {
        find(self.then, |beginning| command.starts_with(beginning)).unwrap_or(Then::Run)
    }

    /// What is done before it.
    pub(super) fn before(&self, command: &str) -> Option<&str> {
        find(self.before, |beginning| command.starts_with(beginning))
    }

    /// What it asks.
    pub(super) fn answers(&self, command: &str) -> Answers {
        let command = format!("{command}\n");
        find(self.answers, |part| command.contains(part)).unwrap_or_default()
    }
}

fn find<T: Copy>(table: &[(&str, T)], is: impl Fn(&str) -> bool) -> Option<T> {
    table.iter().find(|(key, _)| is(key)).map(|(_, value)| *value)
}

/// A document's blocks of shell commands.
pub(super) fn fenced(document: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        if line.trim_start() == "```sh" {
            let indent = line.len() - line.trim_start().len();
            let block = lines.by_ref().take_while(|line| line.trim_start() != "```");
            blocks.push(block.map(|line| format!("{}\n", line.get(indent..).unwrap_or_default())).collect());
        }
    }
    blocks
}

/// The commands of a block, each with its continuation lines and its here-document.
pub(super) fn commands(block: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let mut lines = block.lines();
    while let Some(line) = lines.next() {
        let mut command = line.to_owned();
        while command.ends_with('\\') {
            command.push('\n');
            command.push_str(lines.next().expect("the next line of a command"));
        }
        if let Some((_, end)) = line.split_once(" <<") {
            for line in lines.by_ref() {
                command.push('\n');
                command.push_str(line);
                if line == end {
                    break;
                }
            }
        }
        if !line.trim().is_empty() && !line.starts_with('#') {
            commands.push(command);
        }
    }
    commands
}

#[test]
fn commands_are_found() {
    let text = "text\n\n   ```sh\n   # what\n   one \\\n     two\n\n   cat > x <<END\n   a\n   END\n   ```\n```text\nno\n```\n";
    let blocks = fenced(text);
    assert_eq!(blocks.len(), 1);
    assert_eq!(commands(&blocks[0]), ["one \\\n  two", "cat > x <<END\na\nEND"]);
}
