//! `SHA256SUMS` beside an archive, and its SSH signature.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use xshell::{Shell, cmd};

const SUMS: &str = "SHA256SUMS";

/// What `ssh-keygen` calls signatures of files.
const NAMESPACE: &str = "file";

/// Who signs, in the file of allowed signers.
const SIGNER: &str = "outband";

/// Writes the archive's sum beside it.
pub(super) fn write(shell: &Shell, archive: &Path) -> anyhow::Result<()> {
    let (folder, name) = parts(archive)?;
    let _there = shell.push_dir(folder);
    let sums = cmd!(shell, "sha256sum {name}").quiet().read()?;
    shell.write_file(SUMS, format!("{sums}\n"))?;
    // An older signature is one of other sums.
    shell.remove_path(format!("{SUMS}.sig"))?;
    Ok(())
}

/// Signs the sums with an SSH key: a private key, or the `.pub` file of one in an agent or a security key. Returns the
/// line by which the signer is known, and the command that verifies everything.
pub(super) fn sign(shell: &Shell, archive: &Path, key: &Path) -> anyhow::Result<(String, String)> {
    let public = public(shell, key)?;
    let (folder, _) = parts(archive)?;
    let _there = shell.push_dir(folder);
    cmd!(shell, "ssh-keygen -q -Y sign -n {NAMESPACE} -f {key} {SUMS}").quiet().run()?;
    let verify = format!(
        "ssh-keygen -Y verify -n {NAMESPACE} -f allowed_signers -I {SIGNER} -s {SUMS}.sig < {SUMS} && sha256sum --check {SUMS}"
    );
    Ok((format!("{SIGNER} namespaces=\"{NAMESPACE}\" {public}"), verify))
}

/// The type and the base64 of the public key.
fn public(shell: &Shell, key: &Path) -> anyhow::Result<String> {
    let beside = PathBuf::from(format!("{}.pub", key.display()));
    let text = match [key, &beside].into_iter().find(|file| is_public(file)) {
        Some(file) => fs::read_to_string(file)?,
        None => cmd!(shell, "ssh-keygen -y -f {key}").quiet().read()?,
    };
    let words: Vec<&str> = text.split_whitespace().take(2).collect();
    ensure!(words.len() == 2, "{} has no SSH key; pass a private key or a .pub file", key.display());
    Ok(words.join(" "))
}

fn is_public(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "pub") && file.is_file()
}

fn parts(archive: &Path) -> anyhow::Result<(&Path, &str)> {
    let name = archive.file_name().and_then(|name| name.to_str());
    archive.parent().zip(name).with_context(|| format!("{} is no file", archive.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As someone who downloads the archive would do it.
    fn verifies(shell: &Shell, folder: &Path, verify: &str) -> bool {
        let _there = shell.push_dir(folder);
        cmd!(shell, "sh -c {verify}").quiet().ignore_stdout().ignore_stderr().run().is_ok()
    }

    #[test]
    fn stock_ssh_keygen_verifies_the_sums_and_refuses_anything_else() {
        let (shell, folder) = (Shell::new().unwrap(), tempfile::tempdir().unwrap());
        let file = |name: &str| folder.path().join(name);
        let archive = file("outband-1.tar.gz");
        fs::write(&archive, "an archive").unwrap();
        let (key, other) = (file("key"), file("other"));
        for key in [&key, &other] {
            cmd!(shell, "ssh-keygen -q -t ed25519 -N '' -f {key}").quiet().run().unwrap();
        }
        write(&shell, &archive).unwrap();
        let (signer, verify) = sign(&shell, &archive, &key).unwrap();
        fs::write(file("allowed_signers"), format!("{signer}\n")).unwrap();
        assert!(verifies(&shell, folder.path(), &verify));

        fs::write(&archive, "another archive").unwrap();
        assert!(!verifies(&shell, folder.path(), &verify), "a changed archive");
        write(&shell, &archive).unwrap();
        assert!(!verifies(&shell, folder.path(), &verify), "sums without a signature");
        sign(&shell, &archive, &other).unwrap();
        assert!(!verifies(&shell, folder.path(), &verify), "another key");
        write(&shell, &archive).unwrap();
        fs::remove_file(file("key.pub")).unwrap();
        assert_eq!(sign(&shell, &archive, &key).unwrap(), (signer, verify.clone()));
        assert!(verifies(&shell, folder.path(), &verify));
    }

    #[test]
    fn a_file_that_is_no_key_signs_nothing() {
        let (shell, folder) = (Shell::new().unwrap(), tempfile::tempdir().unwrap());
        let (archive, key) = (folder.path().join("outband-1.tar.gz"), folder.path().join("key.pub"));
        fs::write(&archive, "an archive").unwrap();
        fs::write(&key, "nothing\n").unwrap();
        write(&shell, &archive).unwrap();
        assert!(sign(&shell, &archive, &key).unwrap_err().to_string().contains("has no SSH key"));
        assert!(!folder.path().join("SHA256SUMS.sig").exists());
    }
}
