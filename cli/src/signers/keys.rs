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
        ["ssh-ed25519", base64, ..] => {
            format!("{} ssh-ed25519 {base64}", origin.key_name(&format!("{person}/ssh")))
                .parse::<VerifierKey>()
        }
        [first, ..]
            if first.starts_with("ssh-") || first.starts_with("ecdsa-") || first.starts_with("sk-") =>
        {
            bail!(
                "{person}'s key is of type {}; only ssh-ed25519 is supported. Create one with `ssh-keygen -t ed25519`",
                printable(first)
            )
        }
        [] | [_] if !text.contains('+') && !text.contains(' ') => {
            bail!(
                "{} is neither an existing file nor a key; pass the .pub file of an ssh-ed25519 key, or a verifier key",
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
    fn other_keys_are_refused() {
        let origin = Origin::parse("status.example.net").unwrap();
        let refused = |source: &str| of_colleague(&origin, "bob", source).unwrap_err().to_string();
        assert!(refused("ssh-rsa AAAA bob").contains("only ssh-ed25519"));
        assert!(refused("no-such-file.pub").contains("neither an existing file nor a key"));
        let other = format!("status.example.net/carol/ssh ssh-ed25519 {KEY}");
        assert!(refused(&other).contains("does not belong to bob"));
    }
}
