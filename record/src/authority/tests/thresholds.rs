//! Ways in which a threshold can fail to be one, each by its kind. Where an advisory or a fix of another system is known,
//! it is named.

use super::*;

fn ruth() -> SecretKey {
    key("ruth/root", 10)
}

fn rick() -> SecretKey {
    key("rick/root", 11)
}

/// Two roots, who decide together.
fn two_roots() -> Draft {
    draft().roots([&ruth(), &rick()]).threshold(2)
}

/// The authority's decision on `text` with these signature lines, in any form that a note may have.
fn admit_lines(authority: &Authority, text: &str, lines: &[String]) -> Result<(), Denied> {
    let note = format!("{text}\n{}", lines.concat());
    let note = Note::parse(note.as_bytes()).unwrap();
    authority.admit(&note, &Text::parse(text).unwrap(), 41, &[]).map(|_| ())
}

/// GHSA-pwqf-9h7j-7mv8 (python-tuf), GHSA-5q2r-92f9-4m49 (tough), rust-tuf #283, php-tuf #154: one key's signature was
/// counted as often as it was there.
#[test]
fn duplicate_signatures_are_not_counted() {
    let text = two_roots().number(2).text();
    let line = format!("{}\n", ruth().sign_note(&text).unwrap());
    let twice = format!("{text}\n{line}{line}");
    assert!(Note::parse(twice.as_bytes()).is_err(), "a note cannot even have it twice");
    check(admit_lines(&two_roots().founded(), &text, &[line]), too_few(2, 1));
}

/// go-tuf #369 and #733, python-tuf #1091: one key under several ids was counted for each.
#[test]
fn one_key_under_two_names_is_one_signer() {
    let (text, other_name) = (two_roots().number(2).text(), key("rick/root", 10));
    let lines = [&ruth(), &other_name].map(|key| format!("{}\n", key.sign_note(&text).unwrap()));
    check(admit_lines(&two_roots().founded(), &text, &lines), too_few(2, 1));
    let listed_twice = draft().roots([&ruth(), &other_name]).threshold(2).number(2).text();
    assert!(Roster::parse(&listed_twice).is_err(), "no roster lists it twice");
}

/// One Ed25519 key, once as a note's and once as an SSH key: two algorithms, one holder.
#[test]
fn one_key_of_two_types_is_one_signer() {
    let name = |person: &str| KeyName::parse(&format!("{ORIGIN}/{person}/laptop")).unwrap();
    let as_note = SecretKey::from_seed(name("alice"), KeyKind::Note, [7; 32]);
    let as_ssh = SecretKey::from_seed(name("bob"), KeyKind::Ssh, [7; 32]);
    let both = draft().operators([&as_note, &as_ssh]).rules(&["retract 1"]).text();
    assert!(Roster::parse(&both).is_err(), "{both}");
}

/// A person's second device is no second person.
#[test]
fn two_keys_of_one_person_are_one_signer() {
    let (first, second) = (ruth(), key("ruth/spare", 12));
    let three = draft().roots([&first, &second, &rick()]).threshold(2);
    let text = three.number(2).text();
    check(admit(&three.founded(), &text, [&first, &second]), too_few(2, 1));
    assert_eq!(admit(&three.founded(), &text, [&first, &second, &rick()]), Ok(()));
    let alone = draft().roots([&first, &second]).threshold(2).text();
    assert!(Roster::parse(&alone).is_err(), "one person never meets a threshold of two");
}

/// Nobody counts as two by another spelling of their name.
#[test]
fn one_person_spelt_in_two_ways_is_not_two() {
    let other = key("Ruth/root", 12);
    let text = draft().roots([&ruth(), &other]).threshold(2).text();
    assert!(Roster::parse(&text).is_err(), "{text}");
}

/// A threshold of 0 or less would need no signature at all.
#[test]
fn a_threshold_of_0_is_no_threshold() {
    for threshold in ["0", "-1", "00", "+1", "18446744073709551616", ""] {
        let text = draft().text();
        let text = text.replace("root-threshold: 1", &format!("root-threshold: {threshold}"));
        assert!(Roster::parse(&text).is_err(), "{text}");
    }
    assert!(Roster::parse(&draft().rules(&["retract 0"]).text()).is_err(), "nor is that of a rule");
}

/// A threshold that nobody can meet would be the end of all rosters.
#[test]
fn a_threshold_above_the_number_of_persons_is_refused() {
    assert!(Roster::parse(&two_roots().threshold(3).text()).is_err());
    assert!(Roster::parse(&draft().rules(&["retract 4"]).text()).is_err());
}

/// A roster that is judged by the threshold which it sets itself.
#[test]
fn a_roster_does_not_lower_the_threshold_for_itself() {
    let lowered = two_roots().threshold(1).number(2);
    check(admit(&two_roots().founded(), &lowered.text(), [&ruth()]), too_few(2, 1));
    assert_eq!(admit(&two_roots().founded(), &lowered.text(), [&ruth(), &rick()]), Ok(()));
    let fewer_roots = draft().roots([&ruth()]).number(2);
    check(admit(&two_roots().founded(), &fewer_roots.text(), [&ruth()]), too_few(2, 1));
}

/// Nor does it raise it without those who must then sign.
#[test]
fn a_raised_threshold_is_met_by_the_roster_that_raises_it() {
    let one = draft().roots([&ruth(), &rick()]);
    let raised = two_roots().number(2).text();
    check(admit(&one.founded(), &raised, [&ruth()]), too_few(2, 1));
    assert_eq!(admit(&one.founded(), &raised, [&ruth(), &rick()]), Ok(()));
}

/// Root rotation, counted wrongly in python-tuf until commit 83ac7be: signed by the old keys only, the new ones may be
/// nobody's.
#[test]
fn the_old_roots_alone_do_not_appoint_new_ones() {
    let new = [key("rosa/root", 12), key("rolf/root", 13)];
    let next = draft().roots([&new[0], &new[1]]).threshold(2).number(2).text();
    check(admit(&two_roots().founded(), &next, [&ruth(), &rick()]), too_few(2, 0));
    check(admit(&two_roots().founded(), &next, [&ruth(), &rick(), &new[0]]), too_few(2, 1));
    assert_eq!(admit(&two_roots().founded(), &next, [&ruth(), &rick(), &new[0], &new[1]]), Ok(()));
}

/// Root rotation: signed by the new keys only, anybody appoints themselves.
#[test]
fn new_roots_do_not_appoint_themselves() {
    let new = [key("rosa/root", 12), key("rolf/root", 13)];
    let next = draft().roots([&new[0], &new[1]]).threshold(2).number(2).text();
    check(admit(&two_roots().founded(), &next, [&new[0], &new[1]]), is_unknown);
    check(admit(&two_roots().founded(), &next, [&new[0], &new[1], &ruth()]), too_few(2, 1));
}

/// Signatures for the old threshold and for the new one are counted apart, and not together.
#[test]
fn old_and_new_roots_are_not_counted_together() {
    let rosa = key("rosa/root", 12);
    let next = draft().roots([&rick(), &rosa]).threshold(2).number(2).text();
    check(admit(&two_roots().founded(), &next, [&ruth(), &rosa]), too_few(2, 1));
    check(admit(&two_roots().founded(), &next, [&ruth(), &rick()]), too_few(2, 1));
    assert_eq!(admit(&two_roots().founded(), &next, [&ruth(), &rick(), &rosa]), Ok(()));
}

/// Keys that were rotated out and go on to count.
#[test]
fn a_root_that_left_does_not_count() {
    let rosa = key("rosa/root", 12);
    let next = draft().roots([&rick(), &rosa]).threshold(2);
    let after = then(two_roots().founded(), 9, &next.number(2).text(), [&ruth(), &rick(), &rosa]);
    check(admit(&after, &next.number(3).text(), [&ruth(), &rick()]), too_few(2, 1));
    check(admit(&after, &next.number(3).text(), [&ruth()]), removed_at(9));
}

/// A revoked operator's key counts for no rule, not even beside a good one.
#[test]
fn a_revoked_key_does_not_count() {
    let (alice, bob) = (key("alice/phone", 1), key("bob/laptop", 2));
    let authority = then(draft().rules(&["retract 2"]).founded(), 5, &revocation(&bob, None), [&ruth()]);
    check(admit(&authority, &update(TAKES_BACK[0]), [&alice, &bob]), too_few(2, 1));
}

/// Any trusted key counts, whatever it is trusted for.
#[test]
fn a_key_of_another_role_does_not_count() {
    let alice = key("alice/phone", 1);
    let text = two_roots().number(2).text();
    check(admit(&two_roots().founded(), &text, [&ruth(), &alice]), too_few(2, 1));
    check(admit(&two_roots().founded(), &text, [&ruth(), &key("log1", 5)]), too_few(2, 1));
}

/// A key that the new roster enrols does not count for it as if it were in force already.
#[test]
fn an_operator_made_root_does_not_count_before() {
    let alice = key("alice/root", 14);
    let next = draft().roots([&ruth(), &rick(), &alice]).threshold(2).number(2).text();
    check(admit(&two_roots().founded(), &next, [&ruth(), &alice]), too_few(2, 1));
}

/// An invalid signature by a known key that is passed over, or ends the count early.
#[test]
fn a_bad_signature_is_neither_counted_nor_passed_over() {
    let text = two_roots().number(2).text();
    let good = format!("{}\n", ruth().sign_note(&text).unwrap());
    let bad = format!("{}\n", rick().sign_note("Another.\n").unwrap());
    for lines in [[good.clone(), bad.clone()], [bad, good]] {
        let refused = admit_lines(&two_roots().founded(), &text, &lines);
        assert_eq!(refused, Err(Denied::BadSignature { name: format!("{ORIGIN}/rick/root") }));
    }
}

/// Any number of strangers do not make up for one root.
#[test]
fn strangers_do_not_count() {
    let text = two_roots().number(2).text();
    let strangers = [key("rick/root", 20), key("mallory/root", 21), key("mallet/root", 22)];
    let [one, two, three] = strangers.each_ref();
    check(admit(&two_roots().founded(), &text, [&ruth(), one, two, three]), too_few(2, 1));
}

/// Fast-forward and rollback: only the very next number replaces a roster, however well it is signed.
#[test]
fn a_signed_roster_that_was_overtaken_is_refused() {
    let held_back = two_roots().number(2).text();
    let other = two_roots().operators([&key("alice/phone", 1)]).number(2).text();
    let after = then(two_roots().founded(), 9, &other, [&ruth(), &rick()]);
    let refused = admit(&after, &held_back, [&ruth(), &rick()]);
    assert_eq!(refused, Err(Denied::RosterNumber { found: 2, expected: 3 }));
}
