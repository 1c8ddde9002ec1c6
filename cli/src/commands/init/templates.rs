//! The prepared texts that a new page begins with, for the provider to change: `outband publish --template mail`.

use outband_record::text::Component;

/// The prepared texts by name. A component is named only if the page has it.
pub(super) fn templates(components: &[Component]) -> Vec<(String, String)> {
    let has = |path: &str| components.iter().any(|component| component.path.as_str() == path);
    let every = |condition: &str| {
        components
            .iter()
            .map(|component| format!("affects: {} {condition}\n", component.path))
            .collect::<String>()
    };
    let one = |path: &str, condition: &str| {
        if has(path) { format!("affects: {path} {condition}\n") } else { String::new() }
    };
    let texts = [
        ("mail", format!("title: Mail is down\nphase: investigating\n{}{UNKNOWN}", one("mail", "outage"))),
        ("voice", format!("title: Calls fail\nphase: investigating\n{}{UNKNOWN}", one("voice", "outage"))),
        (
            "network",
            format!("title: None of our services can be reached\nphase: investigating\nimpact: critical\n{}{UNKNOWN}", every("outage")),
        ),
        ("slow", format!("title: Our services are slow\nphase: investigating\n{}{UNKNOWN}", every("degraded"))),
        (
            "maintenance",
            "title: Planned maintenance\nphase: scheduled\n\nDuring the window, short interruptions are possible.\n".to_owned(),
        ),
        ("all-clear", "phase: resolved\n\nEverything works again.\n".to_owned()),
    ];
    texts.map(|(name, text)| (name.to_owned(), text)).to_vec()
}

const UNKNOWN: &str = "fault: unknown\neta: unknown the cause is not found yet\n\nWe are looking into it.\n";

#[cfg(test)]
mod tests {
    use outband_record::text::Value as _;

    use super::*;
    use crate::commands::publish::draft::Draft;

    #[test]
    fn every_text_is_a_draft_about_the_page_s_own_components() {
        let components = ["mail Mail", "files Files"].map(|text| Component::parse(text).unwrap());
        for (name, text) in templates(&components) {
            assert!(Draft::parse(&text).is_ok(), "{name}");
            assert!(!text.contains("voice "), "{name}");
        }
    }
}
