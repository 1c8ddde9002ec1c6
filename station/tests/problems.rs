//! The names of problems.

use std::collections::BTreeSet;

use outband_station::ProblemType;

/// The specification lists exactly these kinds, each under its status.
#[test]
fn the_specification_lists_every_problem() {
    let spec = include_str!("../../SPEC.md");
    let mut listed = BTreeSet::new();
    for line in spec.lines() {
        let Some(status) = line.strip_prefix("| ").and_then(|rest| rest.get(..3)?.parse::<u16>().ok()) else {
            continue;
        };
        listed.extend(
            line.split('`')
                .skip(1)
                .step_by(2)
                .filter(|name| *name != "Retry-After")
                .map(|name| (status, name)),
        );
    }
    let expected: BTreeSet<_> = ProblemType::ALL.iter().map(|kind| (kind.status(), kind.as_str())).collect();
    assert_eq!(listed, expected);
}
