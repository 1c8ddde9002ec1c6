//! Who may sign what, entry by entry.

use outband_keys::{KeyKind, KeyName, SecretKey, SshSignature};

use super::*;
use crate::text::{Redaction, Site};

mod revocations;
mod thresholds;

const ORIGIN: &str = "status.example.net";

/// A note key of `<person>/<device>`, whose seed is one byte, 32 times.
fn key(name: &str, seed: u8) -> SecretKey {
    let name = KeyName::parse(&format!("{ORIGIN}/{name}")).unwrap();
    SecretKey::from_seed(name, KeyKind::Note, [seed; 32])
}

fn head(kind: &str) -> String {
    format!(
        "outband {kind} v1\norigin: {ORIGIN}\nid: 6f1ed002ab5595859014ebf0951522d9\ntime: 2013-09-03T11:10:00Z\n"
    )
}

/// A roster under construction.
#[derive(Clone, Default)]
struct Draft {
    number: u64,
    roots: Vec<VerifierKey>,
    threshold: u64,
    operators: Vec<VerifierKey>,
    rules: &'static [&'static str],
}

impl Draft {
    fn number(&self, number: u64) -> Self {
        Self { number, ..self.clone() }
    }

    fn threshold(&self, threshold: u64) -> Self {
        Self { threshold, ..self.clone() }
    }

    fn roots<const N: usize>(&self, roots: [&SecretKey; N]) -> Self {
        Self { roots: roots.map(SecretKey::verifier).into(), ..self.clone() }
    }

    fn operators<const N: usize>(&self, operators: [&SecretKey; N]) -> Self {
        Self { operators: operators.map(SecretKey::verifier).into(), ..self.clone() }
    }

    fn rules(&self, rules: &'static [&'static str]) -> Self {
        Self { rules, ..self.clone() }
    }

    fn text(&self) -> String {
        let lines = |name: &str, values: Vec<String>| {
            values.into_iter().map(|value| format!("{name}: {value}\n")).collect::<String>()
        };
        let strings = |keys: &[VerifierKey]| keys.iter().map(ToString::to_string).collect();
        [
            head("roster"),
            lines("number", vec![self.number.to_string()]),
            lines("root", strings(&self.roots)),
            lines("root-threshold", vec![self.threshold.to_string()]),
            lines("log", vec![key("log1", 5).verifier().to_string()]),
            lines("operator", strings(&self.operators)),
            lines("rule", self.rules.iter().map(ToString::to_string).collect()),
        ]
        .concat()
    }

    fn roster(&self) -> Roster {
        Roster::parse(&self.text()).unwrap()
    }

    /// The authority of a log that begins with this roster.
    fn founded(&self) -> Authority {
        Authority::new(self.roster(), 0, Vec::new())
    }
}

/// One root, and three operators with a device each.
fn draft() -> Draft {
    let one = Draft { number: 1, threshold: 1, ..Draft::default() };
    one.roots([&key("ruth/root", 10)]).operators([
        &key("alice/phone", 1),
        &key("bob/laptop", 2),
        &key("carol/laptop", 3),
    ])
}

fn signed<const N: usize>(text: &str, by: [&SecretKey; N]) -> Note {
    let lines = by.map(|key| key.sign_note(text).unwrap());
    Note::parse(Note::compose(text, &lines).as_bytes()).unwrap()
}

/// The decision of `authority` on `text` signed by these, as entry 41.
fn admit<const N: usize>(authority: &Authority, text: &str, by: [&SecretKey; N]) -> Result<(), Denied> {
    authority.admit(&signed(text, by), &Text::parse(text).unwrap(), 41, &[]).map(|_| ())
}

/// The same for a text that takes back `target`.
fn admit_against<const N: usize>(
    authority: &Authority,
    text: &str,
    target: &str,
    by: [&SecretKey; N],
) -> Result<(), Denied> {
    let target = Update::parse(target).unwrap();
    authority.admit(&signed(text, by), &Text::parse(text).unwrap(), 41, &[target]).map(|_| ())
}

/// The authority after this text was admitted at `index`.
fn then<const N: usize>(authority: Authority, index: u64, text: &str, by: [&SecretKey; N]) -> Authority {
    let parsed = Text::parse(text).unwrap();
    authority.admit(&signed(text, by), &parsed, index, &[]).unwrap();
    authority.after(&parsed, index)
}

fn update(lines: &str) -> String {
    let at = |name: &str| lines.lines().any(|line| line.starts_with(name));
    let next = if at("next-update") { "" } else { "next-update: 2013-09-03T11:40:00Z\n" };
    // `fault` and `data` come before `next-update`, `corrects` and `retracts` after it.
    let is_after = at("retracts") || at("corrects");
    let (before, after) = if is_after { ("", lines) } else { (lines, "") };
    format!(
        "{}incident: core\nphase: investigating\ntitle: Mail is down\n{before}{next}{after}",
        head("update")
    )
}

fn site() -> String {
    let site = format!(
        "{}name: Mail\nurl: https://{ORIGIN}\nlang: en\nzone: UTC0\ncomponent: mail Mail\n",
        head("site")
    );
    Site::parse(&site).unwrap().print()
}

fn revocation(key: &SecretKey, since: Option<u64>) -> String {
    let since = since.map(|since| format!("since: {since}\n")).unwrap_or_default();
    format!("{}key: {}\n{since}", head("removal"), key.verifier())
}

fn redaction() -> String {
    let text = format!(
        "{}entry: 7\nhash: CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\nupdate: 7f3a9c0e5d1b48a2b6c4e8f012d3a596\nreason: named a customer\n",
        head("redaction")
    );
    Redaction::parse(&text).unwrap().print()
}

fn too_few(need: u64, have: u64) -> impl Fn(&Result<(), Denied>) -> bool {
    move |result| match result {
        Err(Denied::TooFewPersons { need: n, have: h, .. }) => (*n, *h) == (need, have),
        _ => false,
    }
}

fn is_unknown(result: &Result<(), Denied>) -> bool {
    matches!(result, Err(Denied::UnknownSigner { .. }))
}

fn removed_at(entry: u64) -> impl Fn(&Result<(), Denied>) -> bool {
    move |result| matches!(result, Err(Denied::RevokedSigner { at, .. }) if *at == entry)
}

/// `assert!` that shows the result.
#[track_caller]
fn check(result: Result<(), Denied>, is: impl Fn(&Result<(), Denied>) -> bool) {
    assert!(is(&result), "{result:?}");
}

// Founding.

fn found<const N: usize>(draft: &Draft, hosts: &[VerifierKey], by: [&SecretKey; N]) -> Result<(), Denied> {
    Authority::founding(&signed(&draft.text(), by), &draft.roster(), hosts).map(|_| ())
}

#[test]
fn the_first_roster_is_signed_by_its_own_threshold() {
    let (ruth, rick, rosa) = (key("ruth/root", 10), key("rick/root", 11), key("rosa/root", 12));
    let two = draft().roots([&ruth, &rick, &rosa]).threshold(2);
    assert_eq!(found(&two, &two.roots, [&ruth, &rosa]), Ok(()));
    assert_eq!(found(&two, &two.roots, [&ruth, &rick, &rosa]), Ok(()));
    check(found(&two, &two.roots, [&ruth]), too_few(2, 1));
    check(found(&two, &two.roots, [&ruth, &key("alice/phone", 1)]), too_few(2, 1));
    check(found(&two, &two.roots, [&key("alice/phone", 1)]), is_unknown);
}

#[test]
fn the_first_roster_is_number_1() {
    let ruth = key("ruth/root", 10);
    let second = draft().number(2);
    let expected = Denied::RosterNumber { found: 2, expected: 1 };
    assert_eq!(found(&second, &second.roots, [&ruth]), Err(expected));
}

#[test]
fn the_first_rosters_roots_are_exactly_the_hosts() {
    let (ruth, rick) = (key("ruth/root", 10), key("rick/root", 11));
    let both = draft().roots([&ruth, &rick]);
    assert_eq!(
        found(&both, &[rick.verifier(), ruth.verifier()], [&ruth]),
        Ok(()),
        "the order does not matter"
    );
    for hosts in [
        vec![],
        vec![ruth.verifier()],
        vec![ruth.verifier(), rick.verifier(), key("rosa/root", 12).verifier()],
        vec![ruth.verifier(), key("rick/root", 13).verifier()],
        vec![ruth.verifier(), key("rick/spare", 11).verifier()],
    ] {
        assert_eq!(found(&both, &hosts, [&ruth, &rick]), Err(Denied::OtherRoots), "{hosts:?}");
    }
}

#[test]
fn the_first_roster_altered_in_transit_is_refused() {
    let draft = draft();
    let note = signed(&draft.threshold(1).rules(&["retract 2"]).text(), [&key("ruth/root", 10)]);
    let bytes = Note::compose(&draft.text(), note.signatures());
    let altered = Note::parse(bytes.as_bytes()).unwrap();
    let result = Authority::founding(&altered, &draft.roster(), &draft.roots).map(|_| ());
    assert_eq!(result, Err(Denied::BadSignature { name: format!("{ORIGIN}/ruth/root") }));
}

// Updates.

#[test]
fn any_one_operator_posts() {
    let authority = draft().founded();
    let text = update("");
    for operator in [key("alice/phone", 1), key("bob/laptop", 2)] {
        assert_eq!(admit(&authority, &text, [&operator]), Ok(()));
    }
    check(admit(&authority, &text, [&key("ruth/root", 10)]), is_unknown);
    check(admit(&authority, &text, [&key("mallory/x", 6)]), is_unknown);
    check(admit(&authority, &text, [&key("alice/phone", 6)]), is_unknown);
    check(admit(&authority, &text, [&key("alice/laptop", 1)]), is_unknown);
}

#[test]
fn only_known_signers_lines_are_kept() {
    let text = update("");
    let (alice, stranger) = (key("alice/phone", 1), key("mallory/x", 6));
    let note = signed(&text, [&stranger, &alice]);
    let verified = draft().founded().admit(&note, &Text::parse(&text).unwrap(), 41, &[]).unwrap();
    assert_eq!(verified.signers(), [alice.verifier()]);
    assert_eq!(verified.lines(), [alice.sign_note(&text).unwrap()]);
}

/// What a station checks before it reads anything else.
#[test]
fn a_genuine_note_is_signed_by_a_key_that_is_or_was_enrolled() {
    let (text, other) = (update(""), update("cause: unknown\n"));
    let (alice, bob, ruth) = (key("alice/phone", 1), key("bob/laptop", 2), key("ruth/root", 10));
    let authority = then(draft().founded(), 5, &revocation(&bob, None), [&ruth]);
    let strangers = [key("mallory/x", 6), key("alice/phone", 6)];
    let genuine = |note: &Note| authority.genuine(note);
    for enrolled in [&alice, &bob, &ruth] {
        assert_eq!(genuine(&signed(&text, [&strangers[0], enrolled])), Ok(()));
        let wrong = Note::compose(&text, &[enrolled.sign_note(&other).unwrap()]);
        let name = enrolled.verifier().name().to_string();
        let refused = genuine(&Note::parse(wrong.as_bytes()).unwrap());
        assert_eq!(refused, Err(Denied::BadSignature { name }));
    }
    let refused = genuine(&signed(&text, strangers.each_ref())).unwrap_err();
    let names = strangers.map(|key| key.verifier().name().to_string());
    assert_eq!(refused, Denied::UnknownSigner { names: names.to_vec() });
    assert!(refused.to_string().contains(&names.join(", ")), "{refused}");
}

/// Whatever a text is refused for besides, it is refused as not genuine first: a stranger learns nothing, and costs
/// nothing more.
#[test]
fn whether_a_note_is_genuine_is_judged_first() {
    let (ruth, alice, mallory) = (key("ruth/root", 10), key("alice/phone", 1), key("mallory/x", 6));
    let authority = draft().founded();
    let texts = [
        draft().number(7).text(),
        revocation(&ruth, None),
        revocation(&mallory, None),
        revocation(&alice, Some(1_000)),
        redaction().replace("entry: 7", "entry: 1000"),
        update("retracts: 7f1ed002ab5595859014ebf0951522d9\n"),
    ];
    for text in &texts {
        check(admit(&authority, text, [&mallory]), is_unknown);
        let lines = [alice.sign_note(text).unwrap(), ruth.sign_note("Another.\n").unwrap()];
        let note = Note::parse(Note::compose(text, &lines).as_bytes()).unwrap();
        let refused = authority.admit(&note, &Text::parse(text).unwrap(), 41, &[]);
        assert_eq!(refused, Err(Denied::BadSignature { name: format!("{ORIGIN}/ruth/root") }), "{text}");
    }
}

/// An SSH signature by this key as `ssh-keygen -Y sign` prints it, with zeros for the signature itself.
fn armour(key: &SecretKey) -> String {
    let key = key.verifier().ssh().unwrap().clone();
    SshSignature::from_payload(key, &[0; 64]).unwrap().to_string()
}

fn ssh_key(person: &str, seed: u8) -> SecretKey {
    let name = KeyName::parse(&format!("{ORIGIN}/{person}/laptop")).unwrap();
    SecretKey::from_seed(name, KeyKind::Ssh, [seed; 32])
}

#[test]
fn a_stranger_with_an_ssh_key_is_refused_unverified() {
    let dora = ssh_key("dora", 4);
    let authority = draft().operators([&dora]).founded();
    let genuine = |key: &SecretKey| {
        let note = format!("{}\n{}", update(""), armour(key));
        authority.genuine(&Note::parse(note.as_bytes()).unwrap())
    };
    assert_eq!(genuine(&dora), Err(Denied::BadSignature { name: format!("{ORIGIN}/dora/laptop") }));
    check(genuine(&ssh_key("mallory", 6)), is_unknown);
}

#[test]
fn one_bad_signature_refuses_the_note() {
    let (text, other) = (update(""), update("cause: unknown\n"));
    let (alice, bob) = (key("alice/phone", 1), key("bob/laptop", 2));
    let lines = [alice.sign_note(&text).unwrap(), bob.sign_note(&other).unwrap()];
    let note = Note::parse(Note::compose(&text, &lines).as_bytes()).unwrap();
    let result = draft().founded().admit(&note, &Text::parse(&text).unwrap(), 41, &[]);
    assert_eq!(result, Err(Denied::BadSignature { name: format!("{ORIGIN}/bob/laptop") }));
}

#[test]
fn an_ssh_key_posts_like_any_other() {
    let dora = ssh_key("dora", 4);
    let authority = draft().operators([&dora, &key("bob/laptop", 2)]).rules(&["retract 2"]).founded();
    assert_eq!(admit(&authority, &update(""), [&dora]), Ok(()));
    let retraction = update("retracts: 7f1ed002ab5595859014ebf0951522d9\n");
    assert_eq!(admit(&authority, &retraction, [&dora, &key("bob/laptop", 2)]), Ok(()));
}

// Rules.

const BLAMES: [&str; 4] = [
    "fault: customer suspected\n",
    "fault: customer confirmed\n",
    "fault: upstream Transit suspected\n",
    "fault: upstream Transit confirmed\n",
];
const OWNS: [&str; 3] = ["fault: ours suspected\n", "fault: ours confirmed\n", "fault: unknown\n"];
const REASSURES: [&str; 4] = [
    "data: loss none\n",
    "data: breach none\n",
    "data: integrity none\n",
    "data: loss confirmed\ndata: breach none\n",
];
const WARNS: [&str; 4] = [
    "data: loss confirmed\n",
    "data: breach unknown\n",
    "data: integrity investigating\n",
    "data: delay none\n",
];
const TAKES_BACK: [&str; 2] =
    ["retracts: 7f1ed002ab5595859014ebf0951522d9\n", "corrects: 7f1ed002ab5595859014ebf0951522d9\n"];

/// Under `rule`, `held` needs two persons and `free` one; without it, all need one.
#[track_caller]
fn check_rule(rule: &'static [&'static str], held: &[&str], free: &[&str]) {
    let (alice, bob) = (key("alice/phone", 1), key("bob/laptop", 2));
    let (with, without) = (draft().rules(rule).founded(), draft().founded());
    for lines in held {
        check(admit(&with, &update(lines), [&alice]), too_few(2, 1));
        assert_eq!(admit(&with, &update(lines), [&alice, &bob]), Ok(()), "{lines}");
        assert_eq!(admit(&without, &update(lines), [&alice]), Ok(()), "{lines}");
    }
    for lines in free {
        assert_eq!(admit(&with, &update(lines), [&alice]), Ok(()), "{lines}");
    }
}

#[test]
fn blame_on_others_may_need_two() {
    check_rule(&["fault-other 2"], &BLAMES, &[&OWNS[..], &REASSURES, &TAKES_BACK].concat());
}

#[test]
fn reassurance_about_data_may_need_two() {
    check_rule(&["data-none 2"], &REASSURES, &[&WARNS[..], &BLAMES, &TAKES_BACK].concat());
}

#[test]
fn a_retraction_or_a_correction_may_need_two() {
    check_rule(&["retract 2"], &TAKES_BACK, &[&BLAMES[..], &REASSURES, &[""]].concat());
}

#[test]
fn a_statement_that_needs_two_is_taken_back_by_two() {
    let (alice, bob) = (key("alice/phone", 1), key("bob/laptop", 2));
    let delay = "data: delay queued\n";
    for (rule, held, free) in [
        // A warning taken back may put an earlier reassurance in force again.
        (
            &["data-none 2"][..],
            [&REASSURES[..], &["data: loss confirmed\n"]].concat(),
            ["", delay, BLAMES[0]],
        ),
        (&["fault-other 2"], [&BLAMES[..], &OWNS].concat(), ["", delay, REASSURES[0]]),
    ] {
        let authority = Draft { rules: rule, ..draft() }.founded();
        for text in TAKES_BACK.map(update) {
            for target in &held {
                let target = update(target);
                check(admit_against(&authority, &text, &target, [&alice]), too_few(2, 1));
                assert_eq!(admit_against(&authority, &text, &target, [&alice, &bob]), Ok(()), "{target}");
                assert_eq!(admit_against(&draft().founded(), &text, &target, [&alice]), Ok(()));
            }
            for target in free {
                assert_eq!(admit_against(&authority, &text, &update(target), [&alice]), Ok(()), "{target}");
            }
        }
    }
}

#[test]
fn where_two_rules_apply_both_do() {
    let authority = draft().rules(&["fault-other 2", "data-none 3"]).founded();
    let (alice, bob, carol) = (key("alice/phone", 1), key("bob/laptop", 2), key("carol/laptop", 3));
    let text = update("fault: customer suspected\ndata: loss none\n");
    check(admit(&authority, &text, [&alice, &bob]), too_few(3, 2));
    assert_eq!(admit(&authority, &text, [&alice, &bob, &carol]), Ok(()));
}

#[test]
fn two_devices_of_one_person_are_one_person() {
    let (phone, laptop, bob) = (key("alice/phone", 1), key("alice/laptop", 4), key("bob/laptop", 2));
    let authority = draft().operators([&phone, &laptop, &bob]).rules(&["retract 2"]).founded();
    let text = update(TAKES_BACK[0]);
    check(admit(&authority, &text, [&phone, &laptop]), too_few(2, 1));
    assert_eq!(admit(&authority, &text, [&phone, &laptop, &bob]), Ok(()));
}

#[test]
fn a_roots_signature_does_not_count_among_operators() {
    let authority = draft().rules(&["retract 2"]).founded();
    let (alice, ruth) = (key("alice/phone", 1), key("ruth/root", 10));
    check(admit(&authority, &update(TAKES_BACK[0]), [&alice, &ruth]), too_few(2, 1));
}

#[test]
fn a_removed_operators_signature_does_not_count() {
    let (alice, bob, ruth) = (key("alice/phone", 1), key("bob/laptop", 2), key("ruth/root", 10));
    let authority = draft().rules(&["retract 2"]).founded();
    let authority = then(authority, 5, &revocation(&bob, None), [&ruth]);
    check(admit(&authority, &update(TAKES_BACK[0]), [&alice, &bob]), too_few(2, 1));
}

// Site notes.

#[test]
fn a_site_note_needs_one_root() {
    let authority = draft().founded();
    assert_eq!(admit(&authority, &site(), [&key("ruth/root", 10)]), Ok(()));
    check(admit(&authority, &site(), [&key("alice/phone", 1), &key("bob/laptop", 2)]), is_unknown);
}

#[test]
fn a_site_note_needs_one_root_even_where_rosters_need_two() {
    let (ruth, rick) = (key("ruth/root", 10), key("rick/root", 11));
    let authority = draft().roots([&ruth, &rick]).threshold(2).founded();
    assert_eq!(admit(&authority, &site(), [&rick]), Ok(()));
}

#[test]
fn a_rule_lets_operators_sign_site_notes() {
    let authority = draft().rules(&["site 2"]).founded();
    let (alice, bob, ruth) = (key("alice/phone", 1), key("bob/laptop", 2), key("ruth/root", 10));
    assert_eq!(admit(&authority, &site(), [&alice, &bob]), Ok(()));
    check(admit(&authority, &site(), [&alice]), too_few(2, 1));
    assert_eq!(admit(&authority, &site(), [&ruth]), Ok(()));
    assert_eq!(admit(&authority, &site(), [&alice, &ruth]), Ok(()));
    let one = draft().rules(&["site 1"]).founded();
    assert_eq!(admit(&one, &site(), [&alice]), Ok(()));
}

// Rosters.

#[test]
fn the_next_roster_has_the_next_number() {
    let ruth = key("ruth/root", 10);
    let authority = draft().founded();
    assert_eq!(admit(&authority, &draft().number(2).text(), [&ruth]), Ok(()));
    for found in [1, 3, u64::MAX] {
        let skipped = admit(&authority, &draft().number(found).text(), [&ruth]);
        assert_eq!(skipped, Err(Denied::RosterNumber { found, expected: 2 }));
    }
}

#[test]
fn a_roster_is_signed_by_the_old_threshold() {
    let (ruth, rick, rosa) = (key("ruth/root", 10), key("rick/root", 11), key("rosa/root", 12));
    let authority = draft().roots([&ruth, &rick]).threshold(2).founded();
    let alone = draft().roots([&rosa]).number(2);
    check(admit(&authority, &alone.text(), [&rosa]), is_unknown);
    check(admit(&authority, &alone.text(), [&rosa, &ruth]), too_few(2, 1));
    assert_eq!(admit(&authority, &alone.text(), [&rosa, &ruth, &rick]), Ok(()));
}

#[test]
fn a_roster_is_signed_by_the_new_threshold_too() {
    let (ruth, rick, rosa) = (key("ruth/root", 10), key("rick/root", 11), key("rosa/root", 12));
    let authority = draft().founded();
    let three = draft().roots([&ruth, &rick, &rosa]).threshold(3).number(2);
    check(admit(&authority, &three.text(), [&ruth, &rick]), too_few(3, 2));
    check(admit(&authority, &three.text(), [&rick, &rosa]), is_unknown);
    let alice = key("alice/phone", 1);
    check(admit(&authority, &three.text(), [&alice, &rick, &rosa]), too_few(1, 0));
    assert_eq!(admit(&authority, &three.text(), [&ruth, &rick, &rosa]), Ok(()));
    let revoked = draft().roots([&rosa]).number(2);
    check(admit(&authority, &revoked.text(), [&ruth]), too_few(1, 0));
    assert_eq!(admit(&authority, &revoked.text(), [&ruth, &rosa]), Ok(()));
}

#[test]
fn operators_sign_no_roster() {
    let authority = draft().founded();
    check(admit(&authority, &draft().number(2).text(), [&key("alice/phone", 1)]), is_unknown);
}

#[test]
fn a_root_may_be_renamed() {
    let (old, new) = (key("ruth/root", 10), key("ruth/token", 10));
    let authority = draft().founded();
    let renamed = draft().roots([&new]).number(2);
    assert_eq!(admit(&authority, &renamed.text(), [&old, &new]), Ok(()));
}

#[test]
fn a_new_roster_is_in_force_from_its_place_onwards() {
    let (alice, dave, ruth) = (key("alice/phone", 1), key("dave/laptop", 4), key("ruth/root", 10));
    let before = draft().founded();
    check(admit(&before, &update(""), [&dave]), is_unknown);
    let after = then(before, 9, &draft().operators([&dave]).number(2).text(), [&ruth]);
    assert_eq!((after.roster().number, after.roster_index()), (2, 9));
    assert_eq!(after.operators(), [dave.verifier()]);
    assert_eq!(admit(&after, &update(""), [&dave]), Ok(()));
    check(admit(&after, &update(""), [&alice]), removed_at(9));
}

#[test]
fn roots_that_leave_sign_no_more() {
    let (ruth, rosa) = (key("ruth/root", 10), key("rosa/root", 12));
    let after = then(draft().founded(), 9, &draft().roots([&rosa]).number(2).text(), [&ruth, &rosa]);
    check(admit(&after, &site(), [&ruth]), removed_at(9));
    check(admit(&after, &draft().roots([&rosa]).number(3).text(), [&ruth]), removed_at(9));
    assert_eq!(admit(&after, &site(), [&rosa]), Ok(()));
}

// Redactions.

#[test]
fn a_redaction_needs_the_root_threshold() {
    let (ruth, rick) = (key("ruth/root", 10), key("rick/root", 11));
    let authority = draft().roots([&ruth, &rick]).threshold(2).founded();
    check(admit(&authority, &redaction(), [&ruth]), too_few(2, 1));
    check(admit(&authority, &redaction(), [&key("alice/phone", 1)]), is_unknown);
    assert_eq!(admit(&authority, &redaction(), [&ruth, &rick]), Ok(()));
}

#[test]
fn a_redaction_is_of_an_entry_of_the_log() {
    let (authority, ruth) = (draft().founded(), key("ruth/root", 10));
    let of = |entry: u64| redaction().replace("entry: 7", &format!("entry: {entry}"));
    assert_eq!(admit(&authority, &of(40), [&ruth]), Ok(()));
    for entry in [41, u64::MAX] {
        let beyond = Denied::EntryBeyond { entry, size: 41 };
        assert_eq!(admit(&authority, &of(entry), [&ruth]), Err(beyond));
    }
}

#[test]
fn updates_site_notes_and_redactions_change_no_authority() {
    let authority = draft().founded();
    for text in [update(""), site(), redaction()] {
        let parsed = Text::parse(&text).unwrap();
        assert_eq!(authority.clone().after(&parsed, 41), authority);
    }
}
