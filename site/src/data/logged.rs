//! Updates in documents, each as its note and what the log adds. Reading parses the note again.

use outband_keys::{KeyName, Note, SshKeyKind, quoted};
use outband_record::text::{Update, Value};
use outband_record::time::Time;
use outband_record::timeline::{LoggedUpdate, Names, Said, Signer};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value as Json, json};

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
    /// Whether it is not in the log yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pending: bool,
}

/// What it refers to, as it was called when it was received: by path, slug and id.
#[derive(Default, Serialize, Deserialize)]
struct NamesDocument {
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    components: Map<String, Json>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    incidents: Map<String, Json>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    updates: Map<String, Json>,
}

impl NamesDocument {
    fn is_empty(&self) -> bool {
        self.components.is_empty() && self.incidents.is_empty() && self.updates.is_empty()
    }

    fn of(names: &Names) -> Self {
        let said = |said: &Said| json!({ "time": said.time.to_string(), "title": said.title });
        let components = names.components.iter().map(|(path, name)| (path.to_string(), json!(name)));
        let incidents = names.incidents.iter().map(|(slug, title)| (slug.to_string(), json!(title)));
        let updates = names.updates.iter().map(|(id, update)| (id.to_string(), said(update)));
        Self { components: components.collect(), incidents: incidents.collect(), updates: updates.collect() }
    }

    fn read<E: Error>(&self) -> Result<Names, E> {
        let mut names = Names::default();
        for (path, name) in &self.components {
            names.components.push((value(path)?, text_of(Some(name))?.to_owned()));
        }
        for (slug, title) in &self.incidents {
            names.incidents.push((value(slug)?, text_of(Some(title))?.to_owned()));
        }
        for (id, said) in &self.updates {
            let time = value(text_of(said.get("time"))?)?;
            let title = text_of(said.get("title"))?.to_owned();
            names.updates.push((value(id)?, Said { time, title }));
        }
        Ok(names)
    }
}

fn value<T: Value, E: Error>(text: &str) -> Result<T, E> {
    T::parse(text).ok_or_else(|| E::custom(format!("{} is not {}", quoted(text), T::EXPECTED)))
}

fn text_of<E: Error>(json: Option<&Json>) -> Result<&str, E> {
    json.and_then(Json::as_str).ok_or_else(|| E::custom("a name is not a text"))
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
            pending: logged.is_pending,
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
            is_pending: self.pending,
        })
    }
}
