//! The vectors of SSH signatures by each type of key: those that a software authenticator makes.
//!
//! `INSTA_UPDATE=always cargo test -p outband-keys` writes them again.

#![expect(
    clippy::disallowed_methods,
    reason = "reads and writes the vectors; the crate itself touches no disk"
)]

use std::path::Path;

use crate::authenticator::{
    Authenticator, BROWSER, Browser, ECDSA, ED25519, PASSKEY, PRESENT, SK_ECDSA, SK_ED25519, SSH, Signing,
    USUAL, VERIFIED, armour, integers, scalars, stored, string, twin, verifier,
};
use crate::{ORIGIN, TEXT};

/// A note of [`TEXT`], by a key of Dana's.
struct Vector {
    name: String,
    expect: &'static str,
    why: &'static str,
    /// Why outband refuses what OpenSSH accepts.
    stricter: Option<&'static str>,
    key: String,
    /// The stored line, if it is accepted.
    line: Option<String>,
    signature: String,
}

impl Vector {
    fn print(&self) -> String {
        let Self { expect, why, key, signature, .. } = self;
        let mut file = format!("expect: {expect}\nread: note\nwhy: {why}\nkey: {key}\n");
        if let Some(line) = &self.line {
            file.push_str(&format!("signer: status.example.net/dana/key\nline: {line}\n"));
        }
        if let Some(stricter) = self.stricter {
            file.push_str(&format!("stricter: {stricter}\n"));
        }
        format!("{file}---\n{TEXT}\n{signature}")
    }
}

#[test]
fn the_files_are_what_the_authenticator_makes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let update = std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always");
    for vector in vectors() {
        let file = folder.join(format!("note-ssh-{}.txt", vector.name));
        if update {
            std::fs::write(&file, vector.print()).unwrap();
        }
        let found = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(found == vector.print(), "{} is not what the authenticator makes", file.display());
    }
}

fn vectors() -> Vec<Vector> {
    let mut vectors = Vec::new();
    for (prefix, key) in [("ecdsa", ECDSA), ("sk-ed25519", SK_ED25519), ("sk-ecdsa", SK_ECDSA)] {
        let named = |mut vector: Vector| {
            vector.name = format!("{prefix}-{}", vector.name);
            vector
        };
        vectors.extend(of_every_type(key).into_iter().map(named));
    }
    vectors.extend(security_keys());
    vectors.extend(points());
    vectors.extend(integers_of_signatures());
    vectors.extend(types());
    vectors.extend(passkeys());
    vectors.extend(client_data());
    vectors
}

fn accepted(name: &str, why: &'static str, key: Authenticator, blob: &[u8]) -> Vector {
    let line = stored(&key.wire(), blob);
    Vector { expect: "ok", line: Some(line), ..refused(name, "ok", why, key, blob) }
}

fn refused(name: &str, expect: &'static str, why: &'static str, key: Authenticator, blob: &[u8]) -> Vector {
    let signature = armour(&key.wire(), USUAL, blob);
    let key = key.verifier();
    Vector { name: name.to_owned(), expect, why, stricter: None, key, line: None, signature }
}

fn stricter(vector: Vector, reason: &'static str) -> Vector {
    Vector { stricter: Some(reason), ..vector }
}

/// A vector whose key has another wire form, in the roster and in the signature.
fn with_wire(vector: Vector, key: Authenticator, wire: &[u8], blob: &[u8]) -> Vector {
    Vector {
        key: verifier(key.type_name(), wire),
        signature: armour(wire, USUAL, blob),
        line: None,
        ..vector
    }
}

fn of_every_type(key: Authenticator) -> Vec<Vector> {
    let usual = key.blob(TEXT, USUAL);
    let other_namespace = Signing { namespace: "file", ..USUAL };
    let other_hash = Signing { hash: "sha256", ..USUAL };
    let [mut namespace, mut hash] = [other_namespace, other_hash].map(|signing| {
        let mut vector = refused("", "Ssh Namespace", "", key, &usual);
        vector.signature = armour(&key.wire(), signing, &key.blob(TEXT, signing));
        vector
    });
    (namespace.name, namespace.why) = ("namespace".to_owned(), "signed with -n file");
    (hash.name, hash.expect, hash.why) = ("hash".to_owned(), "Ssh Hash", "signed with -O hashalg=sha256");
    let line = |name: &str, why, payload: &[u8]| Vector {
        signature: format!("{}\n", stored(&key.wire(), payload)),
        ..accepted(name, why, key, &usual)
    };
    let bad_line =
        |name: &str, why, payload: &[u8]| Vector { expect: "Bad", line: None, ..line(name, why, payload) };
    vec![
        accepted("armour", "as ssh-keygen -Y sign would write it", key, &usual),
        line("stored", "the form in which the log keeps it", &usual),
        bad_line("stored-raw", "a stored line with 64 bytes alone, which only ssh-ed25519 has", &[1; 64]),
        bad_line("stored-trailing", "a stored line with a byte after the end", &[&usual[..], &[0]].concat()),
        Vector {
            signature: format!("{}\n", stored(&key.raw_key(), &usual)),
            ..refused(
                "stored-other-id",
                "NoKnownSigner",
                "an id of the raw key, as ssh-ed25519 has it",
                key,
                &[],
            )
        },
        refused(
            "altered-text",
            "Bad",
            "the signature is of another text",
            key,
            &key.blob(&TEXT.replace("fail", "fall"), USUAL),
        ),
        namespace,
        stricter(hash, "OpenSSH allows sha256 too"),
        refused("truncated", "Ssh Malformed", "the inner signature ends in its type", key, &usual[..12]),
        refused(
            "trailing",
            "Ssh Malformed",
            "a byte after the inner signature",
            key,
            &[&usual[..], &[0]].concat(),
        ),
    ]
}

/// Flags, counter and application.
fn security_keys() -> Vec<Vector> {
    let mut vectors = Vec::new();
    for (prefix, key) in [("sk-ed25519", SK_ED25519), ("sk-ecdsa", SK_ECDSA)] {
        let name = |rest: &str| format!("{prefix}-{rest}");
        let flags = |flags| key.blob(TEXT, Signing { flags, ..USUAL });
        let counter = |counter| key.blob(TEXT, Signing { counter, ..USUAL });
        let raw = key.raw_signature(TEXT, USUAL);
        vectors.extend([
            accepted(&name("verified"), "the flag that the person was verified, by a PIN", key, &flags(0x05)),
            accepted(&name("backup"), "the flags that the key is backed up", key, &flags(0x1d)),
            accepted(&name("reserved-flags"), "flags without a meaning yet", key, &flags(0x23)),
            accepted(&name("counter-0"), "an authenticator that does not count", key, &counter(0)),
            accepted(&name("counter-max"), "the largest counter", key, &counter(u32::MAX)),
            refused(
                &name("altered-counter"),
                "Bad",
                "the counter was altered",
                key,
                &key.blob_of(&raw, Signing { counter: 6, ..USUAL }),
            ),
            refused(
                &name("altered-flags"),
                "Bad",
                "a flag was added",
                key,
                &key.blob_of(&raw, Signing { flags: 0x05, ..USUAL }),
            ),
            stricter(
                refused(&name("not-present"), "Ssh NotTouched", "nobody touched the key", key, &flags(0)),
                "ssh-keygen leaves that to sshd, which demands a touch unless no-touch-required is set",
            ),
            stricter(
                refused(
                    &name("verified-not-present"),
                    "Ssh NotTouched",
                    "a PIN, and no touch",
                    key,
                    &flags(4),
                ),
                "ssh-keygen leaves that to sshd, which demands a touch unless no-touch-required is set",
            ),
            stricter(
                refused(
                    &name("attested"),
                    "Ssh Flags",
                    "attested data follows, which SSH drops",
                    key,
                    &flags(0x41),
                ),
                "OpenSSH does not read the other flags",
            ),
            stricter(
                refused(
                    &name("extensions"),
                    "Ssh Flags",
                    "extensions follow, which SSH drops",
                    key,
                    &flags(0x81),
                ),
                "OpenSSH does not read the other flags",
            ),
            refused(&name("no-counter"), "Ssh Malformed", "flags, and nothing after", key, &{
                let blob = key.blob(TEXT, USUAL);
                blob[..blob.len() - 4].to_vec()
            }),
        ]);
        vectors.extend(applications(prefix, key));
    }
    vectors
}

fn applications(prefix: &str, key: Authenticator) -> Vec<Vector> {
    let name = |rest: &str| format!("{prefix}-{rest}");
    let own = key.bound_to("ssh:outband");
    let address = key.bound_to("192.0.2.1");
    let empty = key.bound_to("");
    let foreign = |name: &str, why, key: Authenticator| {
        let vector = refused(name, "Ssh Key Application", why, key, &key.blob(TEXT, USUAL));
        stricter(vector, "OpenSSH accepts any application")
    };
    let plain = if prefix == "sk-ecdsa" { ECDSA } else { ED25519 };
    vec![
        accepted(&name("application"), "-O application=ssh:outband", own, &own.blob(TEXT, USUAL)),
        refused(
            &name("swapped-application"),
            "Bad",
            "the same raw key signed for another application",
            own,
            &key.blob(TEXT, USUAL),
        ),
        foreign(&name("address"), "bound to an address, as no passkey is", address),
        foreign(&name("no-application"), "an empty application", empty),
        refused(
            &name("plain-message"),
            "Bad",
            "the raw key signed what a plain key signs",
            key,
            &key.blob_of(&plain.raw_signature(TEXT, USUAL), USUAL),
        ),
        refused(
            &name("plain-type"),
            "Ssh OtherType",
            "the key is a security key's, the signature a plain one",
            key,
            &plain.blob(TEXT, USUAL),
        ),
        refused(
            &name("as-plain-key"),
            "Ssh OtherType",
            "the key is a plain one, the signature a security key's",
            plain,
            &key.blob(TEXT, USUAL),
        ),
        refused(
            &name("message-as-plain"),
            "Bad",
            "a plain key's signature of what a security key signs",
            plain,
            &plain.blob_of(&key.raw_signature(TEXT, USUAL), USUAL),
        ),
    ]
}

/// Points that are not keys.
fn points() -> Vec<Vector> {
    let mut vectors = Vec::new();
    for (prefix, key) in [("ecdsa", ECDSA), ("sk-ecdsa", SK_ECDSA)] {
        let point = key.raw_key();
        let (x, y) = (&point[1..33], &point[33..]);
        let mut off = point.clone();
        off[64] ^= 1;
        let parity = 2 | (y[31] & 1);
        let blob = key.blob(TEXT, USUAL);
        for (name, why, raw) in [
            ("off-curve", "a point off the curve", off),
            ("compressed", "a compressed point", [&[parity], x].concat()),
            ("hybrid", "a hybrid point", [&[4 | parity], x, y].concat()),
            ("infinity", "the point at infinity", vec![0]),
            ("zeros", "x and y are 0", [&[4][..], &[0; 64]].concat()),
            ("coordinate-too-large", "x and y are 2^256 - 1", [&[4][..], &[0xff; 64]].concat()),
            ("short-point", "a point with a byte missing", point[..64].to_vec()),
            ("no-point", "an empty point", Vec::new()),
        ] {
            let vector = refused(&format!("{prefix}-{name}"), "Ssh Key P256", why, key, &[]);
            vectors.push(with_wire(vector, key, &key.wire_of(&raw), &blob));
        }
        let wire = key.wire();
        let at = key.type_name().len() + 4 + 4;
        let mut other_curve = wire.clone();
        other_curve[at..at + 8].copy_from_slice(b"nistp384");
        for (name, why, wire) in [
            ("other-curve", "the key names another curve", other_curve),
            ("long-point", "a byte after the point", key.wire_of(&[&point[..], &[0]].concat())),
            ("key-trailing", "a byte after the key", [&wire[..], &[0]].concat()),
            ("key-truncated", "the key ends in its point", wire[..at + 20].to_vec()),
        ] {
            let vector = refused(&format!("{prefix}-{name}"), "Ssh Key Malformed", why, key, &[]);
            vectors.push(with_wire(vector, key, &wire, &blob));
        }
    }
    vectors
}

/// The group order.
const N: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// r and s that are no signature, and the one that is a second.
fn integers_of_signatures() -> Vec<Vector> {
    let mut vectors = Vec::new();
    for (prefix, key) in [("ecdsa", ECDSA), ("sk-ecdsa", SK_ECDSA)] {
        let raw = key.raw_signature(TEXT, USUAL);
        let (r, s) = scalars(&raw);
        let padded = [string(&[&[0; 2], &r[..]].concat()), string(&[&[0; 2], &s[..]].concat())].concat();
        let huge = string(&[&[0x7f][..], &[0xff; 8000]].concat());
        let mut negative = [string(&r), string(&s)].concat();
        negative[4] |= 0x80;
        let name = |rest: &str| format!("{prefix}-{rest}");
        let (why, blob) = ("(r, n - s) in place of (r, s)", key.blob_of(&twin(&raw), USUAL));
        vectors.push(accepted(&name("twin"), why, key, &blob));
        for (rest, why, raw) in [
            ("r-0", "r is 0", integers(&[], &s)),
            ("s-0", "s is 0", integers(&r, &[])),
            ("both-0", "r and s are 0", integers(&[], &[])),
            ("r-n", "r is n", integers(&N, &s)),
            ("s-n", "s is n", integers(&r, &N)),
            ("r-33-bytes", "r is 2^256", integers(&[&[1][..], &[0; 32]].concat(), &s)),
            ("negative", "r is negative", negative),
            ("huge", "r has 8001 bytes", [huge, integers(&[], &s)[4..].to_vec()].concat()),
            ("one-integer", "s is missing", integers(&r, &[])[..integers(&r, &[]).len() - 4].to_vec()),
            (
                "three-integers",
                "1 and 1, and an integer after them",
                [integers(&[1], &[1]), string(&[1])].concat(),
            ),
            ("raw-64", "r and s in 32 bytes each", [r, s].concat()),
        ] {
            vectors.push(refused(&name(rest), "Ssh P256", why, key, &key.blob_of(&raw, USUAL)));
        }
        vectors.push(stricter(
            refused(
                &name("padded"),
                "Ssh P256",
                "needless zeros before r and s",
                key,
                &key.blob_of(&padded, USUAL),
            ),
            "OpenSSH ignores leading zeros; here each signature has one form",
        ));
    }
    vectors
}

/// Types of key and signature that do not fit each other, or are not accepted.
fn types() -> Vec<Vector> {
    let other = |name: &str, why, key: Authenticator, blob: Authenticator| {
        refused(name, "Ssh OtherType", why, key, &blob.blob(TEXT, USUAL))
    };
    vec![
        other("ecdsa-of-ed25519", "an Ed25519 signature under an ECDSA key", ECDSA, ED25519),
        other("ed25519-of-ecdsa", "an ECDSA signature under an Ed25519 key", ED25519, ECDSA),
        other("sk-ecdsa-of-sk-ed25519", "a security key's of the other curve", SK_ECDSA, SK_ED25519),
        refused(
            "present-by-default",
            "Ssh NotTouched",
            "a plain signature to which flags and a counter were added",
            SK_ED25519,
            &SK_ED25519.blob_of(&ED25519.raw_signature(TEXT, USUAL), Signing { flags: !PRESENT, ..USUAL }),
        ),
        refused(
            "sk-of-shorter-application",
            "Bad",
            "the application's last character was moved",
            SK_ED25519.bound_to("ssh:a"),
            &SK_ED25519.bound_to(SSH).blob(TEXT, USUAL),
        ),
    ]
}

/// Signatures that browsers have made, and the keys that may make them.
fn passkeys() -> Vec<Vector> {
    let sound = |name: &str, why, browser: Browser<'_>| {
        accepted(&format!("passkey-{name}"), why, PASSKEY, &PASSKEY.webauthn(TEXT, browser))
    };
    let usual = PASSKEY.webauthn(TEXT, BROWSER);
    let [uppercase, ed25519] = [SK_ECDSA.bound_to("Status.example.net"), ED25519.bound_to(ORIGIN)];
    let other_type = |name: &str, why, key: Authenticator, blob: &[u8]| {
        stricter(
            refused(name, "Ssh OtherType", why, key, blob),
            "OpenSSH accepts both types for either application; here the application decides",
        )
    };
    let line = |name: &str, expect, payload: &[u8]| Vector {
        expect,
        signature: format!("{}\n", stored(&PASSKEY.wire(), payload)),
        ..accepted(name, "the form in which the log keeps it", PASSKEY, &usual)
    };
    vec![
        sound("armour", "a phone's passkey", BROWSER),
        line("passkey-stored", "ok", &usual),
        Vector { line: None, ..line("passkey-stored-trailing", "Bad", &[&usual[..], &[0]].concat()) },
        sound(
            "below",
            "a page below the passkey's domain",
            Browser { origin: "https://console.status.example.net", ..BROWSER },
        ),
        sound(
            "port",
            "a page on another port",
            Browser { origin: "https://status.example.net:8443", ..BROWSER },
        ),
        sound("synced", "the flags that the passkey is backed up", Browser { flags: 0x1d, ..BROWSER }),
        sound("counts", "an authenticator that counts", Browser { counter: u32::MAX, ..BROWSER }),
        other_type(
            "passkey-as-security-key",
            "a passkey's key, no browser",
            PASSKEY,
            &PASSKEY.blob(TEXT, USUAL),
        ),
        other_type(
            "webauthn",
            "a browser's signature, a key of SSH",
            SK_ECDSA,
            &SK_ECDSA.webauthn(TEXT, BROWSER),
        ),
        stricter(
            refused(
                "passkey-uppercase",
                "Ssh Key Application",
                "a domain in capitals",
                uppercase,
                &uppercase.webauthn(TEXT, BROWSER),
            ),
            "OpenSSH accepts any application",
        ),
        stricter(
            refused(
                "passkey-ed25519",
                "Ssh Key Application",
                "a domain, and Ed25519",
                ed25519,
                &ed25519.blob(TEXT, USUAL),
            ),
            "OpenSSH accepts any application",
        ),
        refused(
            "passkey-of-other-domain",
            "Bad",
            "the same raw key signed for another domain",
            PASSKEY.bound_to("example.net"),
            &usual,
        ),
        refused(
            "passkey-altered-text",
            "Bad",
            "the challenge is another text",
            PASSKEY,
            &PASSKEY.webauthn(&TEXT.replace("fail", "fall"), BROWSER),
        ),
    ]
}

/// Flags and client data that are no browser's, or not of a page of one's own.
fn client_data() -> Vec<Vector> {
    let [before, between, after] = BROWSER.client_data;
    let parts = |client_data| Browser { client_data, ..BROWSER };
    let at = |origin| Browser { origin, ..BROWSER };
    let flags = |flags| Browser { flags, ..BROWSER };
    let with = |name: &str, expect, why, browser: Browser<'_>| {
        refused(&format!("passkey-{name}"), expect, why, PASSKEY, &PASSKEY.webauthn(TEXT, browser))
    };
    let data = |name: &str, why, browser| with(name, "Ssh ClientData", why, browser);
    let origin = |name: &str, why, origin| {
        stricter(
            with(name, "Ssh Origin", why, at(origin)),
            "OpenSSH leaves it to the browser whether a page may use the key",
        )
    };
    let looser = "OpenSSH does not read it";
    let sound = |name: &str, why, after| {
        let blob = PASSKEY.webauthn(TEXT, parts([before, between, after]));
        accepted(&format!("passkey-{name}"), why, PASSKEY, &blob)
    };
    let long = format!(r#"","crossOrigin":false,"x":"{}"}}"#, "x".repeat(1024));
    let mut swapped = PASSKEY.webauthn(TEXT, BROWSER);
    let host = swapped.windows(10).position(|bytes| bytes == b"https://st").unwrap();
    swapped[host + 8] = b'x';
    vec![
        sound("no-cross-origin", "client data that ends with the origin", r#""}"#),
        sound("more", "members that a later browser adds", r#"","crossOrigin":false,"x":"y"}"#),
        stricter(with("unverified", "Ssh NotVerified", "a touch by anyone", flags(PRESENT)), looser),
        stricter(with("not-present", "Ssh NotTouched", "nobody was there", flags(VERIFIED)), looser),
        with("attested", "Ssh Flags", "attested data is announced", flags(0x45)),
        stricter(
            with(
                "extensions",
                "Ssh Flags",
                "extensions of the authenticator",
                Browser { flags: 0x85, extensions: b"\xa0", ..BROWSER },
            ),
            "outband asks for no extensions",
        ),
        with(
            "unannounced-extensions",
            "Ssh Malformed",
            "extensions, and no flag of them",
            Browser { extensions: b"\xa0", ..BROWSER },
        ),
        origin("other-site", "a page of another site", "https://status.example.org"),
        origin("above", "a page above the passkey's domain", "https://example.net"),
        origin("suffix", "a site whose name only ends alike", "https://badstatus.example.net"),
        origin("plain-http", "a page without TLS", "http://status.example.net"),
        stricter(
            data(
                "embedded",
                "a page inside one of another site",
                parts([before, between, r#"","crossOrigin":true}"#]),
            ),
            looser,
        ),
        stricter(
            data("long", "client data of more than 1,024 bytes", parts([before, between, &long])),
            looser,
        ),
        stricter(
            data("unfinished", "client data without its end", parts([before, between, r#"","#])),
            looser,
        ),
        data(
            "create",
            "made when the passkey was created",
            parts([&before.replace("get", "create"), between, after]),
        ),
        data("spaces", "another writing of the JSON", parts([&before.replace(':', ": "), between, after])),
        data("order", "a member before the origin", parts([before, r#"","x":"y","origin":""#, after])),
        with("padded", "Bad", "a padded challenge", parts([before, &format!("={between}"), after])),
        refused("passkey-swapped-origin", "Ssh Origin", "another origin than in the JSON", PASSKEY, &swapped),
    ]
}
