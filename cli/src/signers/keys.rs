//! New keys, and a colleague's public key.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use outband_keys::{KeyKind, KeyName, SecretKey, VerifierKey, printable, quoted};
use outband_record::text::Origin;

/// A new key.
pub(crate) fn generate(name: &str, kind: KeyKind) -> Result<SecretKey> {
    let name = KeyName::parse(name).with_context(|| format!("{} is not a valid key name", quoted(name)))?;
    Ok(SecretKey::from_seed(name, kind, random()?))
}

/// A part of a key name.
pub(crate) fn check_part(option: &str, part: &str) -> Result<()> {
    let fits = part.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if fits && !part.is_empty() {
        return Ok(());
    }
    bail!("{option} {} becomes part of a key's name; use only a-z, 0-9 and -", quoted(part))
}

/// Random bytes from the operating system.
pub(super) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).context("the operating system returned no random bytes")?;
    Ok(bytes)
}

/// A colleague's public key: from the `.pub` file of an SSH key or its only line, named `<origin>/<person>/ssh`; or a
/// verifier key, whose name must be this person's.
pub(crate) fn of_colleague(origin: &Origin, person: &str, source: &str) -> Result<VerifierKey> {
    let path = Path::new(source);
    let text = if path.is_file() {
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", printable(source)))?
    } else {
        source.to_owned()
    };
    let text = text.trim();
    let words: Vec<&str> = text.split_whitespace().collect();
    let key = match words.as_slice() {
        [key_type, base64, ..] if is_of_ssh(key_type) => {
            format!("{} {key_type} {base64}", origin.key_name(&format!("{person}/ssh")))
                .parse::<VerifierKey>()
        }
        [] | [_] if !text.contains('+') && !text.contains(' ') => {
            bail!(
                "{} is neither an existing file nor a key; pass the .pub file of an SSH key, or a verifier key",
                quoted(source)
            )
        }
        _ => text.parse::<VerifierKey>(),
    };
    let key = key.with_context(|| format!("{person}'s key is not valid"))?;
    if key.name().person_under(origin.as_str()) == Some(person) {
        return Ok(key);
    }
    bail!("the key {} does not belong to {person}; its name must be {origin}/{person}/<device>", key.name())
}

/// A station's key, named `<origin>/<station>`.
pub(crate) fn of_station(origin: &Origin, text: &str) -> Result<VerifierKey> {
    let key: VerifierKey = text.trim().parse().context("--station is not a verifier key")?;
    let name = key.name().as_str().strip_prefix(origin.as_str()).and_then(|rest| rest.strip_prefix('/'));
    if key.kind() != KeyKind::Cosignature || name.is_none_or(|name| name.contains('/')) {
        bail!(
            "{} is not the key of a station of {origin}; `outband key new --station` makes one",
            key.name()
        );
    }
    Ok(key)
}

/// A key as the console on a phone shows it: its roster line, or the link with the same after `#enrol=`. Chats and mail
/// break both over lines.
pub(crate) fn of_console(origin: &Origin, source: &str) -> Result<VerifierKey> {
    let shown = source.split_once("#enrol=").map_or(source, |(_, shown)| shown);
    let mut words = shown.split([' ', ',', '\n', '\r', '\t']).filter(|word| !word.is_empty());
    let (Some(name), Some(key_type)) = (words.next(), words.next()) else {
        bail!(
            "{} is not the line of a key; copy all of what the phone shows, in quotes: `NAME TYPE KEY`, or the link",
            quoted(source)
        )
    };
    let line = format!("{name} {key_type} {}", words.collect::<String>());
    let key: VerifierKey =
        line.parse().context("the line is not a valid key; copy all of what the phone shows, in quotes")?;
    match key.name().person_under(origin.as_str()) {
        Some(_) => Ok(key),
        None => bail!("the key {} is for another page; this one is {origin}", key.name()),
    }
}

/// Whether a word is a type of SSH key, accepted or not. Key names begin otherwise: with an origin, which has a dot.
fn is_of_ssh(word: &str) -> bool {
    ["ssh-", "ecdsa-", "sk-"].iter().any(|prefix| word.starts_with(prefix)) && !word.contains('/')
}

#[cfg(test)]
mod tests {
    use outband_record::text::Value as _;

    use super::*;

    const KEY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";

    #[test]
    fn an_ssh_key_is_named_after_its_person() {
        let origin = Origin::parse("status.example.net").unwrap();
        let key = of_colleague(&origin, "bob", &format!("ssh-ed25519 {KEY} bob@example.net")).unwrap();
        assert_eq!(key.to_string(), format!("status.example.net/bob/ssh ssh-ed25519 {KEY}"));
    }

    #[test]
    fn each_type_of_ssh_key_is_enrolled() {
        let origin = Origin::parse("status.example.net").unwrap();
        for vector in [
            include_str!("../../../keys/tests/vectors/verifier-ssh-ecdsa.txt"),
            include_str!("../../../keys/tests/vectors/verifier-ssh-sk-ed25519.txt"),
            include_str!("../../../keys/tests/vectors/verifier-ssh-sk-ecdsa.txt"),
        ] {
            let (_, line) = vector.trim_end().split_once("/dana/key ").unwrap();
            let key = of_colleague(&origin, "dana", &format!("{line} dana@example.net\n")).unwrap();
            assert_eq!(key.to_string(), format!("status.example.net/dana/ssh {line}"));
        }
    }

    #[test]
    fn a_key_is_read_as_consoles_show_it_however_it_was_pasted() {
        let origin = Origin::parse("status.example.net").unwrap();
        let line = format!("status.example.net/bob/phone ssh-ed25519 {KEY}");
        let (begin, end) = KEY.split_at(40);
        for source in [
            line.clone(),
            format!("  {line}\n"),
            format!("status.example.net/bob/phone\r\nssh-ed25519\n{begin}\n{end}"),
            format!(
                "https://status.example.net/console#enrol=status.example.net/bob/phone,ssh-ed25519,{KEY}"
            ),
            format!(
                "https://a.example/console#enrol=status.example.net/bob/phone,ssh-ed25519,{begin}\n{end}\n"
            ),
        ] {
            assert_eq!(of_console(&origin, &source).unwrap().to_string(), line, "{source}");
        }
        let refused = |source: &str| format!("{:#}", of_console(&origin, source).unwrap_err());
        assert!(refused("bob.pub").contains("copy all of what the phone shows"));
        assert!(refused(&line.replace("AAAA", "AAA")).contains("copy all of what the phone shows"));
        let elsewhere = line.replace("status.example.net/", "status.example.org/");
        assert!(refused(&elsewhere).contains("is for another page; this one is status.example.net"));
    }

    #[test]
    fn other_keys_are_refused() {
        let origin = Origin::parse("status.example.net").unwrap();
        let refused = |source: &str| format!("{:#}", of_colleague(&origin, "bob", source).unwrap_err());
        for (key, reason) in [
            ("ssh-rsa AAAA bob", "RSA is not accepted. Create a key with `ssh-keygen -t ed25519`"),
            ("ecdsa-sha2-nistp384 AAAA bob", "only P-256"),
            ("ssh-ed25519-cert-v01@openssh.com AAAA bob", "the one without `-cert`"),
            ("sk-ssh-ed25519-cert-v01@openssh.com AAAA", "the one without `-cert`"),
            ("ssh-ed448 AAAA bob", "accepted are ssh-ed25519"),
        ] {
            let found = refused(key);
            assert!(found.starts_with("bob's key is not valid: ") && found.contains(reason), "{found}");
        }
        assert!(refused("no-such-file.pub").contains("neither an existing file nor a key"));
        let other = format!("status.example.net/carol/ssh ssh-ed25519 {KEY}");
        assert!(refused(&other).contains("does not belong to bob"));
    }
}
