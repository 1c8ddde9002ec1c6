//! Keys that are revoked, enrolled again, and flagged.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::*;

#[test]
fn a_key_is_removed_by_a_root_or_by_itself() {
    let (alice, bob, ruth) = (key("alice/phone", 1), key("bob/laptop", 2), key("ruth/root", 10));
    let authority = draft().founded();
    assert_eq!(admit(&authority, &revocation(&alice, None), [&ruth]), Ok(()));
    assert_eq!(admit(&authority, &revocation(&alice, None), [&alice]), Ok(()));
    check(admit(&authority, &revocation(&alice, None), [&bob]), is_unknown);
    check(admit(&authority, &revocation(&alice, None), [&key("mallory/x", 6)]), is_unknown);
}

#[test]
fn one_root_removes_even_where_rosters_need_two() {
    let (ruth, rick) = (key("ruth/root", 10), key("rick/root", 11));
    let authority = draft().roots([&ruth, &rick]).threshold(2).founded();
    assert_eq!(admit(&authority, &revocation(&key("alice/phone", 1), None), [&rick]), Ok(()));
}

#[test]
fn another_device_of_the_same_person_does_not_remove() {
    let (phone, laptop) = (key("alice/phone", 1), key("alice/laptop", 4));
    let authority = draft().operators([&phone, &laptop]).founded();
    check(admit(&authority, &revocation(&phone, None), [&laptop]), is_unknown);
}

#[test]
fn no_root_is_removed() {
    let (ruth, rick) = (key("ruth/root", 10), key("rick/root", 11));
    let authority = draft().roots([&ruth, &rick]).founded();
    let expected = Err(Denied::RevokesRoot { name: format!("{ORIGIN}/ruth/root") });
    assert_eq!(admit(&authority, &revocation(&ruth, None), [&rick]), expected);
    assert_eq!(admit(&authority, &revocation(&ruth, None), [&ruth]), expected);
}

#[test]
fn only_an_enrolled_key_is_removed() {
    let ruth = key("ruth/root", 10);
    for stranger in [key("mallory/x", 6), key("alice/phone", 6), key("alice/laptop", 1)] {
        let name = stranger.verifier().name().to_string();
        let result = admit(&draft().founded(), &revocation(&stranger, None), [&ruth]);
        assert_eq!(result, Err(Denied::NotEnrolled { name }));
    }
}

#[test]
fn a_removal_flags_no_entries_that_do_not_exist() {
    let (alice, ruth) = (key("alice/phone", 1), key("ruth/root", 10));
    let authority = draft().founded();
    assert_eq!(admit(&authority, &revocation(&alice, Some(41)), [&ruth]), Ok(()), "its own index");
    let beyond = admit(&authority, &revocation(&alice, Some(42)), [&ruth]);
    assert_eq!(beyond, Err(Denied::SinceBeyond { since: 42, size: 41 }));
}

#[test]
fn a_removed_key_signs_no_more() {
    let (alice, bob, ruth) = (key("alice/phone", 1), key("bob/laptop", 2), key("ruth/root", 10));
    let after = then(draft().founded(), 5, &revocation(&alice, None), [&alice]);
    assert_eq!(after.operators(), [key("bob/laptop", 2).verifier(), key("carol/laptop", 3).verifier()]);
    check(admit(&after, &update(""), [&alice]), removed_at(5));
    assert_eq!(admit(&after, &update(""), [&bob]), Ok(()));
    check(admit(&after, &revocation(&alice, None), [&ruth]), removed_at(5));
    check(admit(&after, &revocation(&bob, None), [&alice]), removed_at(5));
}

#[test]
fn a_removed_keys_line_beside_a_good_one_is_left_out() {
    let (alice, bob, ruth) = (key("alice/phone", 1), key("bob/laptop", 2), key("ruth/root", 10));
    let after = then(draft().founded(), 5, &revocation(&alice, None), [&ruth]);
    let text = update("");
    let note = signed(&text, [&alice, &bob]);
    let verified = after.admit(&note, &Text::parse(&text).unwrap(), 41, &[]).unwrap();
    assert_eq!(verified.signers(), [bob.verifier()]);
}

/// Otherwise a roster that was written before the removal, and held back, would bring a stolen key back.
#[test]
fn a_removed_key_is_not_enrolled_again() {
    let (alice, bob, ruth) = (key("alice/phone", 1), key("bob/laptop", 2), key("ruth/root", 10));
    let removed = then(draft().founded(), 5, &revocation(&alice, None), [&ruth]);
    let refused = |roster: &Draft, line, name: &str| {
        let name = format!("{ORIGIN}/{name}");
        assert_eq!(
            admit(&removed, &roster.number(2).text(), [&ruth]),
            Err(Denied::EnrolsRemoved { name, at: 5, line })
        );
    };
    refused(&draft(), "operator", "alice/phone");
    refused(&draft().operators([&bob, &key("bob/phone", 1)]), "operator", "bob/phone");
    refused(&draft().roots([&ruth, &key("alice/root", 1)]).operators([&bob]), "root", "alice/root");
    let without = then(removed, 8, &draft().operators([&bob]).number(2).text(), [&ruth]);
    let number = draft().number(3);
    assert_eq!(
        admit(&without, &number.text(), [&ruth]),
        Err(Denied::EnrolsRemoved { name: format!("{ORIGIN}/alice/phone"), at: 5, line: "operator" })
    );
}

#[test]
fn a_key_that_a_roster_left_out_may_return() {
    let (alice, bob, ruth) = (key("alice/phone", 1), key("bob/laptop", 2), key("ruth/root", 10));
    let dropped = then(draft().founded(), 5, &draft().operators([&bob]).number(2).text(), [&ruth]);
    check(admit(&dropped, &update(""), [&alice]), removed_at(5));
    let again = then(dropped, 8, &draft().number(3).text(), [&ruth]);
    assert_eq!(admit(&again, &update(""), [&alice]), Ok(()));
    assert_eq!(again.operators().len(), 3);
    check(admit(&again, &draft().number(4).text(), [&alice]), is_unknown);
    let removed = then(again, 9, &revocation(&alice, None), [&ruth]);
    check(admit(&removed, &update(""), [&alice]), removed_at(9));
}

#[test]
fn the_latest_entry_that_removed_a_key_is_named() {
    let (alice, bob, ruth) = (key("alice/phone", 1), key("bob/laptop", 2), key("ruth/root", 10));
    let dropped = then(draft().founded(), 5, &draft().operators([&bob]).number(2).text(), [&ruth]);
    let again = then(dropped, 8, &draft().number(3).text(), [&ruth]);
    let dropped = then(again, 11, &draft().operators([&bob]).number(4).text(), [&ruth]);
    check(admit(&dropped, &update(""), [&alice]), removed_at(11));
    let still = then(dropped, 12, &draft().operators([&bob]).number(5).text(), [&ruth]);
    check(admit(&still, &update(""), [&alice]), removed_at(11));
}

#[test]
fn a_roster_without_a_removed_key_takes_nothing_away_again() {
    let (alice, bob, carol, ruth) =
        (key("alice/phone", 1), key("bob/laptop", 2), key("carol/laptop", 3), key("ruth/root", 10));
    let removed = then(draft().founded(), 5, &revocation(&alice, Some(3)), [&ruth]);
    let after = then(removed, 8, &draft().operators([&bob, &carol]).number(2).text(), [&ruth]);
    assert_eq!(after.revoked(), [RevokedKey { key: alice.verifier(), at: 5, since: Some(3) }]);
}

// Flags.

/// The entries below 20 of `key` that are flagged.
fn flagged(authority: &Authority, key: &SecretKey) -> Vec<u64> {
    let fingerprint = key.verifier().fingerprint();
    (0..20).filter(|index| authority.is_flagged(&fingerprint, *index)).collect()
}

#[test]
fn a_removal_flags_from_since_to_itself() {
    let (alice, bob, ruth) = (key("alice/phone", 1), key("bob/laptop", 2), key("ruth/root", 10));
    let after = then(draft().founded(), 9, &revocation(&alice, Some(6)), [&ruth]);
    assert_eq!(flagged(&after, &alice), [6, 7, 8]);
    assert_eq!(flagged(&after, &bob), [0; 0]);
    let plain = then(draft().founded(), 9, &revocation(&alice, None), [&ruth]);
    assert_eq!(flagged(&plain, &alice), [0; 0]);
    let own = then(draft().founded(), 9, &revocation(&alice, Some(9)), [&ruth]);
    assert_eq!(flagged(&own, &alice), [0; 0]);
}

#[test]
fn flags_outlast_later_rosters_and_do_not_grow() {
    let (alice, bob, ruth) = (key("alice/phone", 1), key("bob/laptop", 2), key("ruth/root", 10));
    let removed = then(draft().founded(), 9, &revocation(&alice, Some(6)), [&ruth]);
    let after = then(removed, 12, &draft().operators([&bob]).number(2).text(), [&ruth]);
    assert_eq!(flagged(&after, &alice), [6, 7, 8]);
}

/// The SSH key of a type for security keys with the raw key of `key`.
fn as_security_key(key: &SecretKey) -> VerifierKey {
    let outband_keys::PublicKey::Ed25519(raw) = key.verifier().public() else { panic!("of Ed25519") };
    let string = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat();
    let name = "sk-ssh-ed25519@openssh.com";
    let wire = [string(name.as_bytes()), string(raw.as_bytes()), string(b"ssh:")].concat();
    format!("{} {name} {}", key.verifier().name(), BASE64_STANDARD.encode(wire)).parse().unwrap()
}

#[test]
fn a_removal_flags_what_the_raw_key_signed_as_another_type() {
    let (alice, bob, ruth) = (key("alice/phone", 1), key("bob/laptop", 2), key("ruth/root", 10));
    let token = as_security_key(&alice);
    assert_ne!(token.fingerprint(), alice.verifier().fingerprint());
    let mut next = draft().operators([&bob]).number(2);
    next.operators.push(token.clone());
    let after = then(draft().founded(), 7, &next.text(), [&ruth]);
    let removal = revocation(&alice, Some(6));
    let removal = removal.replace(&alice.verifier().to_string(), &token.to_string());
    let after = then(after, 9, &removal, [&ruth]);
    assert_eq!(flagged(&after, &alice), [6, 7, 8]);
    let of_token = (0..20).filter(|index| after.is_flagged(&token.fingerprint(), *index));
    assert_eq!(of_token.collect::<Vec<_>>(), [6, 7, 8]);
    assert_eq!(flagged(&after, &bob), [0; 0]);
    // Neither form of the key comes back.
    let number = draft().number(3);
    let enrols = Denied::EnrolsRemoved { name: format!("{ORIGIN}/alice/phone"), at: 9, line: "operator" };
    assert_eq!(admit(&after, &number.text(), [&ruth]), Err(enrols.clone()));
    let mut next = draft().operators([&bob]).number(3);
    next.operators.push(token);
    assert_eq!(admit(&after, &next.text(), [&ruth]), Err(enrols));
    check(admit(&after, &update(""), [&alice]), removed_at(7));
}

/// A thief could otherwise flag everything that the key's owner has ever said.
#[test]
fn a_keys_own_removal_flags_nothing_earlier() {
    let (alice, ruth) = (key("alice/phone", 1), key("ruth/root", 10));
    let authority = draft().founded();
    for since in [0, 40] {
        let text = revocation(&alice, Some(since));
        check(admit(&authority, &text, [&alice]), too_few(1, 0));
        assert_eq!(admit(&authority, &text, [&ruth]), Ok(()));
        assert_eq!(admit(&authority, &text, [&alice, &ruth]), Ok(()));
    }
    for since in [None, Some(41)] {
        assert_eq!(admit(&authority, &revocation(&alice, since), [&alice]), Ok(()));
    }
}

#[test]
fn a_roster_that_drops_a_key_flags_nothing() {
    let (alice, bob, ruth) = (key("alice/phone", 1), key("bob/laptop", 2), key("ruth/root", 10));
    let after = then(draft().founded(), 9, &draft().operators([&bob]).number(2).text(), [&ruth]);
    assert_eq!(flagged(&after, &alice), [0; 0]);
}

#[test]
fn removing_a_stolen_key_first_does_not_keep_its_entries_from_being_flagged() {
    let (alice, bob, ruth) = (key("alice/phone", 1), key("bob/laptop", 2), key("ruth/root", 10));
    let revoked = then(draft().founded(), 9, &revocation(&alice, None), [&alice]);
    assert_eq!(flagged(&revoked, &alice), [0; 0]);
    let further = revocation(&alice, Some(6));
    // The key itself is revoked, and another operator was never allowed to.
    check(admit(&revoked, &further, [&alice]), removed_at(9));
    check(admit(&revoked, &further, [&bob]), is_unknown);
    let flags = then(revoked, 12, &further, [&ruth]);
    assert_eq!(flagged(&flags, &alice), [6, 7, 8]);
    assert_eq!(flags.revoked(), [RevokedKey { key: alice.verifier(), at: 9, since: Some(6) }]);
    check(admit(&flags, &update(""), [&alice]), removed_at(9));
    // Only further back: entries already flagged stay flagged.
    for since in [None, Some(6), Some(7), Some(13)] {
        check(admit(&flags, &revocation(&alice, since), [&ruth]), removed_at(9));
    }
    assert_eq!(
        flagged(&then(flags, 13, &revocation(&alice, Some(2)), [&ruth]), &alice),
        [2, 3, 4, 5, 6, 7, 8]
    );
}

#[test]
fn a_key_that_a_roster_dropped_can_be_flagged_later() {
    let (alice, bob, ruth) = (key("alice/phone", 1), key("bob/laptop", 2), key("ruth/root", 10));
    let revoked = then(draft().founded(), 5, &revocation(&alice, None), [&alice]);
    let without = draft().operators([&bob]);
    for dropped in [
        then(revoked, 9, &without.number(2).text(), [&ruth]),
        then(draft().founded(), 5, &without.number(2).text(), [&ruth]),
    ] {
        let after = then(dropped, 12, &revocation(&alice, Some(3)), [&ruth]);
        assert_eq!(flagged(&after, &alice), [3, 4]);
        assert_eq!(after.revoked().iter().filter(|revoked| revoked.key == alice.verifier()).count(), 1);
    }
}

#[test]
fn flags_follow_the_key_and_not_its_name() {
    let (old, new, ruth) = (key("alice/phone", 1), key("alice/phone", 4), key("ruth/root", 10));
    let changed = then(draft().founded(), 5, &draft().operators([&new]).number(2).text(), [&ruth]);
    let after = then(changed, 9, &revocation(&new, Some(3)), [&ruth]);
    assert_eq!(flagged(&after, &new), [3, 4, 5, 6, 7, 8]);
    assert_eq!(flagged(&after, &old), [0; 0], "another key under the same name");

    let renamed = key("alice/old-phone", 1);
    let moved = then(draft().founded(), 5, &draft().operators([&renamed]).number(2).text(), [&ruth]);
    let after = then(moved, 9, &revocation(&renamed, Some(3)), [&ruth]);
    assert_eq!(flagged(&after, &old), [3, 4, 5, 6, 7, 8], "the same key under another name");
}

#[test]
fn a_revoked_ssh_key_is_told_from_one_that_is_unknown() {
    let dora = ssh_key("dora", 4);
    let authority =
        then(draft().operators([&dora]).founded(), 5, &revocation(&dora, None), [&key("ruth/root", 10)]);
    let text = update("");
    let posted = |key: &SecretKey| {
        let line = key.sign_note(&text).unwrap();
        let ssh = key.verifier().ssh().unwrap().clone();
        let armour = SshSignature::from_payload(ssh, line.payload()).unwrap();
        let note = Note::parse(format!("{text}\n{armour}").as_bytes()).unwrap();
        authority.admit(&note, &Text::parse(&text).unwrap(), 41, &[]).map(|_| ())
    };
    check(posted(&dora), removed_at(5));
    check(posted(&ssh_key("mallory", 6)), is_unknown);
}
