//! What a new text changes: the lines that leave and those that come.

use std::collections::BTreeSet;

/// The lines that differ, as `- component: voice Voice` and `+ component: mail E-mail`. Origin, id and time are left
/// out, since they are each text's own.
pub(crate) fn changes(before: &str, after: &str) -> Vec<String> {
    let (old, new) = (lines(before), lines(after));
    let differ = |sign: char, lines: &[&str], others: &[&str]| -> Vec<String> {
        let others: BTreeSet<_> = others.iter().collect();
        lines.iter().filter(|line| !others.contains(line)).map(|line| format!("{sign} {line}")).collect()
    };
    let mut found = differ('-', &old, &new);
    found.extend(differ('+', &new, &old));
    if found.is_empty() && old != new {
        found.push("~ the order of the lines".to_owned());
    }
    found
}

fn lines(text: &str) -> Vec<&str> {
    let own = |line: &&str| ["origin: ", "id: ", "time: "].iter().any(|name| line.starts_with(name));
    text.lines().filter(|line| !own(line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "outband site v1\norigin: o\nid: 1\ntime: t\ncomponent: a A\ncomponent: b B\n";

    #[test]
    fn lines_that_leave_come_or_move() {
        let changed = |after: &str| changes(BEFORE, &format!("outband site v1\norigin: o\nid: 2\n{after}"));
        assert_eq!(changed("component: a A\ncomponent: b B\n"), [""; 0]);
        assert_eq!(changed("component: b B\ncomponent: a A\n"), ["~ the order of the lines"]);
        assert_eq!(changed("component: a A\ncomponent: b E\n"), ["- component: b B", "+ component: b E"]);
        assert_eq!(changed("component: a A\n"), ["- component: b B"]);
    }
}
