//! Values in documents, each in the form of its header line.

use std::fmt::Display;

use outband_record::text::Value;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

/// `#[serde(with = "text")]`
pub fn serialize<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// `#[serde(with = "text")]`
pub fn deserialize<'d, T: Value, D: Deserializer<'d>>(deserializer: D) -> Result<T, D::Error> {
    parse(&String::deserialize(deserializer)?)
}

fn parse<T: Value, E: Error>(text: &str) -> Result<T, E> {
    T::parse(text).ok_or_else(|| E::custom(format!("{} is not {}", outband_keys::quoted(text), T::EXPECTED)))
}

/// `#[serde(with = "text::maybe")]`: null if there is none.
pub mod maybe {
    use super::{Deserialize, Deserializer, Display, Serializer, Value, parse};

    /// The value, or null.
    pub fn serialize<S: Serializer>(value: &Option<impl Display>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_none(),
        }
    }

    /// The value; `None` if it is null or absent.
    pub fn deserialize<'d, T: Value, D: Deserializer<'d>>(deserializer: D) -> Result<Option<T>, D::Error> {
        Option::<String>::deserialize(deserializer)?.map(|text| parse(&text)).transpose()
    }
}

/// `#[serde(with = "text::list")]`
pub mod list {
    use super::{Deserialize, Deserializer, Display, Serializer, Value, parse};

    /// The values in order.
    pub fn serialize<'v, T: Display + 'v, S: Serializer, C>(
        values: &'v C,
        serializer: S,
    ) -> Result<S::Ok, S::Error>
    where
        &'v C: IntoIterator<Item = &'v T>,
    {
        serializer.collect_seq(values.into_iter().map(ToString::to_string))
    }

    /// The values in order.
    pub fn deserialize<'d, T: Value, D: Deserializer<'d>, C: FromIterator<T>>(
        deserializer: D,
    ) -> Result<C, D::Error> {
        Vec::<String>::deserialize(deserializer)?.iter().map(|text| parse(text)).collect()
    }
}
