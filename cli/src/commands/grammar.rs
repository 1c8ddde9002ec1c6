//! `outband grammar`: the lines of each type of text, for people and for programs that compose texts elsewhere.

use anyhow::Result;
use outband_record::text::{Grammar, Occurs, Text};
use outband_site::data::Grammars;

use crate::terminal::QUIET;

/// Show which lines each type of text may have, in their order.
///
/// Programs that compose texts elsewhere, such as a console on a phone, read the same as JSON.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  outband grammar\n  outband grammar --json")]
pub(crate) struct GrammarCommand {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

impl GrammarCommand {
    /// Needs neither settings nor network.
    pub(crate) fn run(self) -> Result<()> {
        if self.json {
            anstream::println!("{}", serde_json::to_string(&Grammars::new())?);
        } else {
            anstream::print!("{}", table());
        }
        Ok(())
    }
}

fn table() -> String {
    let lines = || Text::GRAMMARS.iter().flat_map(|grammar| grammar.lines);
    let width = lines().map(|line| line.header.name.len()).max().unwrap_or_default();
    let mut text = "! required   * may be repeated\n".to_owned();
    for Grammar { first_line, lines, has_body, .. } in Text::GRAMMARS {
        text.push_str(&format!("\n{first_line}\n"));
        for line in lines {
            let mark = match line.header.occurs {
                Occurs::One => '!',
                Occurs::Maybe => ' ',
                Occurs::Many => '*',
            };
            text.push_str(&format!("{mark} {:width$}  {}\n", line.header.name, line.help));
            text.push_str(&format!("  {:width$}  {QUIET}{}{QUIET:#}\n", "", line.expected));
        }
        if has_body {
            text.push_str("\n  An empty line and a body may follow: paragraphs of plain text.\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_shows_each_name_with_its_mark_and_help() {
        let table = table();
        let rows = [
            "! title           What users can't do, at most 120 characters\n",
            "* affects         A component and its condition",
            "  submit-by       Stations refuse it after this\n",
            "! root-threshold  How many distinct persons among the roots must sign\n",
        ];
        for row in rows {
            assert_eq!(table.matches(row).count(), 1, "{row}: {table}");
        }
        for line in Text::GRAMMARS.iter().flat_map(|grammar| grammar.lines) {
            assert!(table.contains(line.help) && table.contains(line.expected), "{line:?}: {table}");
        }
        assert_eq!(table.matches("and a body may follow").count(), 1);
    }
}
