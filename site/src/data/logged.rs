//! Updates in documents, each as its note and what the log adds. Reading parses the note again.

use std::collections::BTreeMap;

use outband_keys::{KeyName, Note, SshKeyKind, quoted};
use outband_record::text::{Update, Value};
use outband_record::time::Time;
use outband_record::timeline::{LoggedUpdate, Names, Said, Signer};
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
    #[serde(with = "text")]
    listed: Time,
    #[serde(default, skip_serializing_if = "NamesDocument::is_empty")]
    names: NamesDocument,
    signers: Vec<SignerDocument>,
    note: String,
}

/// What it refers to, as it was called when it was received: by path, slug and id.
#[derive(Default, Serialize, Deserialize)]
struct NamesDocument {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    components: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    incidents: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    updates: BTreeMap<String, SaidDocument>,
}

#[derive(Serialize, Deserialize)]
struct SaidDocument {
    #[serde(with = "text")]
    time: Time,
    title: String,
}

impl NamesDocument {
    fn is_empty(&self) -> bool {
        self.components.is_empty() && self.incidents.is_empty() && self.updates.is_empty()
    }

    fn of(names: &Names) -> Self {
        let said = |said: &Said| SaidDocument { time: said.time, title: said.title.clone() };
        Self {
            components: by_text(&names.components, String::clone),
            incidents: by_text(&names.incidents, String::clone),
            updates: by_text(&names.updates, said),
        }
    }

    fn read<E: Error>(self) -> Result<Names, E> {
        let said = |said: SaidDocument| Said { time: said.time, title: said.title };
        Ok(Names {
            components: by_value(self.components, |name| name)?,
            incidents: by_value(self.incidents, |title| title)?,
            updates: by_value(self.updates, said)?,
        })
    }
}

fn by_text<K: ToString, V, W>(map: &BTreeMap<K, V>, value: impl Fn(&V) -> W) -> BTreeMap<String, W> {
    let mut texts = BTreeMap::new();
    texts.extend(map.iter().map(|(key, of)| (key.to_string(), value(of))));
    texts
}

fn by_value<K: Value + Ord, V, W, E: Error>(
    map: BTreeMap<String, V>,
    value: impl Fn(V) -> W,
) -> Result<BTreeMap<K, W>, E> {
    let mut values = BTreeMap::new();
    for (key, of) in map {
        let key =
            K::parse(&key).ok_or_else(|| E::custom(format!("{} is not {}", quoted(&key), K::EXPECTED)))?;
        values.insert(key, value(of));
    }
    Ok(values)
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
            listed: logged.listed,
            names: NamesDocument::of(&logged.names),
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
            listed: self.listed,
            names: self.names.read()?,
            leaf: self.note,
        })
    }
}
