//! A colleague's public key: the `.pub` file of an SSH key, or a verifier key.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use outband_keys::VerifierKey;
use outband_record::text::Origin;

/// The key of an SSH key's `.pub` file or line, named `<origin>/<person>/ssh`; or a verifier key as given, which must
/// be this person's.
pub(crate) fn key(origin: &Origin, person: &str, source: &str) -> Result<VerifierKey> {
    let path = Path::new(source);
    let text = if path.is_file() {
        std::fs::read_to_string(path).with_context(|| format!("cannot read {source}"))?
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
                "{person}'s key is of type {first}; only ssh-ed25519 is supported. Create one with `ssh-keygen -t ed25519`"
            )
        }
        [] | [_] if !text.contains('+') && !text.contains(' ') => {
            bail!(
                "{source:?} is neither an existing file nor a key; pass the .pub file of an ssh-ed25519 key, or a verifier key"
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
    use super::*;
    use outband_record::text::Value as _;

    const KEY: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";

    #[test]
    fn an_ssh_key_is_named_after_its_person() {
        let origin = Origin::parse("status.example.net").unwrap();
        let key = key(&origin, "bob", &format!("ssh-ed25519 {KEY} bob@example.net")).unwrap();
        assert_eq!(key.to_string(), format!("status.example.net/bob/ssh ssh-ed25519 {KEY}"));
    }

    #[test]
    fn what_is_no_key_of_theirs_is_refused() {
        let origin = Origin::parse("status.example.net").unwrap();
        let refused = |source: &str| key(&origin, "bob", source).unwrap_err().to_string();
        assert!(refused("ssh-rsa AAAA bob").contains("only ssh-ed25519"));
        assert!(refused("no-such-file.pub").contains("neither an existing file nor a key"));
        let other = format!("status.example.net/carol/ssh ssh-ed25519 {KEY}");
        assert!(refused(&other).contains("does not belong to bob"));
    }
}
