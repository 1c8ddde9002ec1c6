//! What an incident is by its first updates, and by what other incidents say.

use super::*;

#[test]
fn the_first_update_decides_its_name_and_kind() {
    for (phase, kind) in [("identified", IncidentKind::Incident), ("notice", IncidentKind::Notice)] {
        let core = incident(&[("11:10", &format!("phase: {phase}"))]);
        assert_eq!((core.slug().map(Slug::as_str), core.kind()), (Some("core"), Some(kind)));
    }
}

#[test]
fn translations_alone_are_not_its_own_words() {
    let translation = format!("lang: de\ntranslates: {}", id(7));
    assert!(!incident(&[("11:10", &translation)]).has_own_words());
    assert!(incident(&[("11:10", &translation), ("11:20", "")]).has_own_words());
}

#[test]
fn it_counts_as_taken_over_once_that_is_set() {
    let mut core = incident(&[("11:10", "")]);
    assert!(!core.is_taken_over() && !core.set_taken_over(false));
    assert!(core.set_taken_over(true) && core.is_taken_over());
    assert!(!core.set_taken_over(true) && core.is_taken_over());
}

#[test]
fn each_incident_that_names_it_is_new_once() {
    let slug = |text| Slug::parse(text).unwrap();
    let mut core = incident(&[("11:10", "")]);
    assert!(core.named_by().is_empty());
    assert!(core.add_name(slug("mail")) && core.add_name(slug("voice")));
    assert!(!core.add_name(slug("mail")));
    assert!(core.named_by().iter().eq([&slug("mail"), &slug("voice")]));
}
