//! The values of header lines. Each value prints to the same line that it parses from.

use std::fmt::{self, Display};

use outband_keys::{VerifierKey, is_forbidden, is_visible};

use super::words::{Certainty, Condition, DataKind, DataStatus};
use crate::log::{Hash, hash_text, parse_hash};
use crate::time::Time;

/// A value of a header line: `parse` accepts only what `Display` prints.
pub trait Value: Sized + Display {
    /// The expected form, for the error message "it must be …".
    const EXPECTED: &'static str;
    /// Its parts, for a synopsis, with placeholders in capitals; `None` if it has a single part that the header's name
    /// describes.
    const FORM: Option<&'static str> = None;
    /// Parses the value; `None` if it is not of this form.
    fn parse(text: &str) -> Option<Self>;
    /// What the value is about: no two lines of one header may have the same subject.
    fn subject(&self) -> String {
        self.to_string()
    }
}

impl Value for Time {
    const EXPECTED: &'static str = "a UTC time such as 2013-09-03T11:00:00Z";
    const FORM: Option<&'static str> = Some("TIME");
    fn parse(text: &str) -> Option<Self> {
        Time::parse(text)
    }
}

impl Value for u64 {
    const EXPECTED: &'static str = "a whole number without leading zeros";
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().filter(|number: &Self| number.to_string() == text)
    }
}

impl Value for VerifierKey {
    const EXPECTED: &'static str = "a verifier key: `<name>+<key id>+<base64>`, or for SSH `<name> <type> <base64>` with a type of ssh-ed25519, ecdsa-sha2-nistp256, sk-ssh-ed25519@openssh.com or sk-ecdsa-sha2-nistp256@openssh.com";
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().filter(|key: &Self| key.to_string() == text)
    }
    fn subject(&self) -> String {
        self.name().as_str().to_owned()
    }
}

/// The maximum length of an origin: it leaves 64 of the 255 bytes of a key name for `/<person>/<device>`.
const MAX_ORIGIN: usize = 191;

/// A value that is a single string of a checked form.
macro_rules! text_value {
    ($(#[$doc:meta])* $name:ident $(as $form:literal)?, $expected:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Value for $name {
            const EXPECTED: &'static str = $expected;
            $(const FORM: Option<&'static str> = Some($form);)?
            fn parse(text: &str) -> Option<Self> {
                let check: fn(&str) -> bool = $check;
                check(text).then(|| Self(text.to_owned()))
            }
        }
    };
}

text_value! {
    /// The permanent host name that identifies the log: `status.example.net`.
    Origin, "a host name in lower case of at most 191 characters, such as status.example.net", |s| {
        s.len() <= MAX_ORIGIN && is_host(s)
    }
}
text_value! {
    /// A host name: `www.example.net`.
    Host, "a host name in lower case, such as www.example.net", is_host
}
text_value! {
    /// A text's own random id: 128 bits in lower-case hexadecimal.
    Id as "ID", "32 lower-case hexadecimal digits, such as `openssl rand -hex 16` prints", |s| {
        s.len() == 32 && s.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    }
}
text_value! {
    /// The name of an incident, a maintenance or a notice in URLs: `2013-09-03-exchange`.
    Slug as "SLUG", "1 to 64 of the characters a-z, 0-9 and -", |s| {
        (1..=64).contains(&s.len()) && s.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    }
}
text_value! {
    /// The path of a component: `exchange/us-east`. The part before the last `/` is its parent.
    ComponentPath as "COMPONENT", "a component path of a-z, 0-9 and -, with / between parent and child, such as exchange/us-east", |s| {
        s.len() <= 128 && s.split('/').all(|part| {
            !part.is_empty() && part.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        })
    }
}
text_value! {
    /// A language tag, the subset of BCP 47 that pages need: `en`, `pt-BR`.
    Lang, "a language tag (BCP 47) such as en or pt-BR", |s| {
        s.len() <= 35 && s.split('-').enumerate().all(|(n, part)| {
            let letters = part.bytes().all(|b| b.is_ascii_alphabetic());
            let length = if n == 0 { 2..=3 } else { 1..=8 };
            length.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()) && (n > 0 || letters)
        })
    }
}
text_value! {
    /// A web address; https only, so that links from the page cannot be tampered with in transit.
    Url as "URL", "a link that begins with https:// and has no spaces, at most 500 characters", is_https
}
text_value! {
    /// How to reach the provider by means that work during the outage.
    Contact, "a contact: tel: and a number, mailto: and an address, or an https link, without spaces", |s| {
        let is_number = |n: &str| n.bytes().any(|b| b.is_ascii_digit()) && n.bytes().all(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'(' | b')'));
        let is_address = |a: &str| {
            let (address, _) = a.split_once('?').unwrap_or((a, ""));
            let parts = address.split_once('@').filter(|(local, _)| !local.is_empty());
            parts.is_some_and(|(_, host)| a.bytes().all(is_unquoted) && is_host(&host.to_ascii_lowercase()))
        };
        s.len() <= 500 && (is_https(s) || s.strip_prefix("tel:").is_some_and(is_number) || s.strip_prefix("mailto:").is_some_and(is_address))
    }
}

fn is_host(text: &str) -> bool {
    let label = |part: &str| {
        (1..=63).contains(&part.len())
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    text.len() <= 253 && text.split('.').all(label)
}

/// Characters that need no quoting or escaping in a link, in any output format.
fn is_unquoted(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'`')
}

fn is_https(text: &str) -> bool {
    let host = text.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#']).next());
    text.len() <= Url::MAX_BYTES
        && text.bytes().all(is_unquoted)
        && host.is_some_and(|host| match host.split_once(':') {
            Some((name, port)) => is_host(&name.to_ascii_lowercase()) && is_port(port),
            None => is_host(&host.to_ascii_lowercase()),
        })
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok_and(|port| port > 0 && port.to_string() == text)
}

impl Origin {
    /// The name of this origin's key `rest`: `status.example.net/alice/phone`.
    pub fn key_name(&self, rest: &str) -> String {
        format!("{self}/{rest}")
    }
}

impl ComponentPath {
    /// The parent component.
    pub fn parent(&self) -> Option<ComponentPath> {
        self.0.rsplit_once('/').map(|(parent, _)| ComponentPath(parent.to_owned()))
    }

    /// Whether this is `other` or one of its descendants.
    pub fn is_within(&self, other: &ComponentPath) -> bool {
        self.0.strip_prefix(other.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether one of the two is part of the other, so that what is said of one is about the other, too.
    pub fn concerns(&self, other: &ComponentPath) -> bool {
        self.is_within(other) || other.is_within(self)
    }
}

impl Url {
    /// The length of the longest link, in bytes.
    pub const MAX_BYTES: usize = 500;

    /// The host name in the link.
    pub fn host(&self) -> &str {
        let rest = self.0.strip_prefix("https://").unwrap_or_default();
        rest.split(['/', '?', '#', ':']).next().unwrap_or_default()
    }
}

/// One line of text, at most `MAX` characters (Unicode scalar values).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SingleLine<const MAX: usize>(String);

impl<const MAX: usize> SingleLine<MAX> {
    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> Display for SingleLine<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> Value for SingleLine<MAX> {
    const EXPECTED: &'static str = match MAX {
        80 => "one line of at most 80 characters, without a space at either end and with something to see",
        120 => "one line of at most 120 characters, without a space at either end and with something to see",
        _ => "one line of at most 200 characters, without a space at either end and with something to see",
    };
    fn parse(text: &str) -> Option<Self> {
        let fits = text.trim() == text
            && text.chars().count() <= MAX
            && text.contains(is_visible)
            && !text.contains(is_forbidden);
        fits.then(|| Self(text.to_owned()))
    }
}

/// A value of two parts separated by a space.
macro_rules! pair_value {
    ($name:ident $(as $form:literal)?, $first:ident, $second:ident, $expected:literal) => {
        impl Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{} {}", self.$first, self.$second)
            }
        }

        impl Value for $name {
            const EXPECTED: &'static str = $expected;
            $(const FORM: Option<&'static str> = Some($form);)?
            fn parse(text: &str) -> Option<Self> {
                let (first, second) = text.split_once(' ')?;
                Some(Self { $first: Value::parse(first)?, $second: Value::parse(second)? })
            }
            fn subject(&self) -> String {
                self.$first.to_string()
            }
        }
    };
}

pub(super) use pair_value;

/// `affects: <component path> <condition>`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affects {
    /// The component, including its descendants.
    pub component: ComponentPath,
    /// Its condition.
    pub condition: Condition,
}

pair_value!(
    Affects as "COMPONENT CONDITION",
    component,
    condition,
    "a component path and its condition (operational, degraded, partial, outage, maintenance or unknown), such as `exchange/us-east outage`"
);

/// `fault: ours suspected`: whose side the fault is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The provider's own.
    Ours(Certainty),
    /// On the customer's side.
    Customer(Certainty),
    /// A supplier's, by name.
    Upstream(SingleLine<80>, Certainty),
    /// Not known yet.
    Unknown,
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ours(c) => write!(f, "ours {c}"),
            Self::Customer(c) => write!(f, "customer {c}"),
            Self::Upstream(name, c) => write!(f, "upstream {name} {c}"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

impl Value for Fault {
    const EXPECTED: &'static str =
        "`unknown`, or one of `ours`, `customer`, `upstream <name>` followed by `suspected` or `confirmed`";
    fn parse(text: &str) -> Option<Self> {
        if text == "unknown" {
            return Some(Self::Unknown);
        }
        let (who, certainty) = text.rsplit_once(' ')?;
        let certainty = Certainty::parse(certainty)?;
        match who {
            "ours" => Some(Self::Ours(certainty)),
            "customer" => Some(Self::Customer(certainty)),
            _ => Some(Self::Upstream(SingleLine::parse(who.strip_prefix("upstream ")?)?, certainty)),
        }
    }
}

/// `data: loss none`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataStatement {
    /// The kind of harm.
    pub kind: DataKind,
    /// Its status.
    pub status: DataStatus,
}

impl Display for DataStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.status)
    }
}

impl Value for DataStatement {
    const EXPECTED: &'static str = "`loss`, `breach` or `integrity` with `none`, `investigating`, `confirmed` or `unknown`; or `delay` with `none`, `queued`, `clearing` or `cleared`";
    const FORM: Option<&'static str> = Some("KIND STATUS");
    fn parse(text: &str) -> Option<Self> {
        use DataStatus::{Cleared, Clearing, Confirmed, Investigating, None as Nothing, Queued, Unknown};
        let (kind, status) = text.split_once(' ')?;
        let (kind, status) = (DataKind::parse(kind)?, DataStatus::parse(status)?);
        let fits = match kind {
            DataKind::Delay => matches!(status, Nothing | Queued | Clearing | Cleared),
            DataKind::Loss | DataKind::Breach | DataKind::Integrity => {
                matches!(status, Nothing | Investigating | Confirmed | Unknown)
            }
        };
        fits.then_some(Self { kind, status })
    }
    fn subject(&self) -> String {
        self.kind.to_string()
    }
}

/// `window: 2013-09-07T04:00:00Z/2013-09-07T06:00:00Z`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// When the work begins.
    pub start: Time,
    /// When it ends.
    pub end: Time,
}

impl Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.start, self.end)
    }
}

impl Value for Window {
    const EXPECTED: &'static str = "two UTC times with / between them, the first the earlier";
    const FORM: Option<&'static str> = Some("START/END");
    fn parse(text: &str) -> Option<Self> {
        let (start, end) = text.split_once('/')?;
        let (start, end) = (Time::parse(start)?, Time::parse(end)?);
        (start < end).then_some(Self { start, end })
    }
}

/// `seen: 41 <base64 root hash>`: the newest checkpoint that the author's client had verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The number of entries in that log.
    pub size: u64,
    /// Its root hash.
    pub root: [u8; 32],
}

impl Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.size, hash_text(&Hash(self.root)))
    }
}

impl Value for Seen {
    const EXPECTED: &'static str = "a log's size and its root hash in base64, as its checkpoint has them";
    fn parse(text: &str) -> Option<Self> {
        let (size, root) = text.split_once(' ')?;
        Some(Self { size: Value::parse(size)?, root: parse_hash(root)?.0 })
    }
}
