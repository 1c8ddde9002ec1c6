//! Updates in documents, each as its note and what the log adds. Reading parses the note again.

use outband_keys::{KeyName, Note, SshKeyKind, quoted};
use outband_record::text::Update;
use outband_record::time::Time;
use outband_record::timeline::{LoggedUpdate, Signer};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::text;

/// `#[serde(with = "logged")]`
pub fn serialize<S: Serializer>(updates: &[LoggedUpdate], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(updates.iter().map(LoggedUpdateDocument::of))
}

/// `#[serde(with = "logged")]`
pub fn deserialize<'d, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'d>,
    T: From<Vec<LoggedUpdate>>,
{
    let documents = Vec::<LoggedUpdateDocument>::deserialize(deserializer)?;
    Ok(documents.into_iter().map(LoggedUpdateDocument::read).collect::<Result<Vec<_>, _>>()?.into())
}

#[derive(Serialize, Deserialize)]
struct LoggedUpdateDocument {
    index: u64,
    #[serde(with = "text")]
    received: Time,
    signers: Vec<SignerDocument>,
    note: String,
}

#[derive(Serialize, Deserialize)]
struct SignerDocument {
    key: String,
    fingerprint: String,
    person: String,
    /// Where the key is, if it is an SSH key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
}

impl LoggedUpdateDocument {
    fn of(logged: &LoggedUpdate) -> Self {
        let signer = |signer: &Signer| SignerDocument {
            key: signer.key.to_string(),
            fingerprint: signer.fingerprint.clone(),
            person: signer.person.clone(),
            kind: signer.kind.map(|kind| kind.as_str().to_owned()),
        };
        Self {
            index: logged.index,
            received: logged.received,
            signers: logged.signers.iter().map(signer).collect(),
            note: logged.leaf.clone(),
        }
    }

    fn read<E: Error>(self) -> Result<LoggedUpdate, E> {
        let note = Note::parse_entry(self.note.as_bytes()).map_err(E::custom)?;
        let signer = |signer: SignerDocument| {
            let key = KeyName::parse(&signer.key).map_err(E::custom)?;
            let named = |name: String| {
                let kind = SshKeyKind::ALL.into_iter().find(|kind| kind.as_str() == name);
                kind.ok_or_else(|| E::custom(format!("{} is no kind of SSH key", quoted(&name))))
            };
            let kind = signer.kind.map(named).transpose()?;
            Ok(Signer { key, fingerprint: signer.fingerprint, person: signer.person, kind })
        };
        Ok(LoggedUpdate {
            index: self.index,
            update: Update::parse(note.text()).map_err(E::custom)?,
            signers: self.signers.into_iter().map(signer).collect::<Result<_, E>>()?,
            received: self.received,
            leaf: self.note,
        })
    }
}
