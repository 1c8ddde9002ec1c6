//! The name servers of a host name: the one question that the system's resolver does not answer.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

/// How long to wait for an answer, how often to ask, and how many answers to other questions to read.
const PATIENCE: Duration = Duration::from_secs(2);
const ATTEMPTS: usize = 2;
const MAX_OTHERS: usize = 16;

const NS: u16 = 2;
const INTERNET: u16 = 1;
const MAX_MESSAGE: usize = 4096;
/// A name has at most 127 labels (RFC 1035, 3.1), so a longer one is a loop of pointers.
const MAX_STEPS: usize = 255;

/// The name servers of the zone that contains `host`, without final dots, as the resolver knows them. A top-level
/// domain's are left out: they serve everybody.
pub(super) fn name_servers(resolver: SocketAddr, host: &str) -> Result<Vec<String>> {
    let mut zone = host;
    loop {
        let found = ask(resolver, zone).with_context(|| format!("the name servers of {zone}"))?;
        match zone.split_once('.') {
            Some((_, parent)) if found.is_empty() && parent.contains('.') => zone = parent,
            _ => return Ok(found),
        }
    }
}

fn ask(resolver: SocketAddr, zone: &str) -> Result<Vec<String>> {
    let any = if resolver.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(any)?;
    socket.connect(resolver)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    let mut id = [0; 2];
    getrandom::fill(&mut id).context("the operating system returned no random bytes")?;
    let query = query(u16::from_be_bytes(id), zone).context("it is not a host name")?;
    let mut buffer = [0; MAX_MESSAGE];
    for _ in 0..ATTEMPTS {
        socket.send(&query)?;
        // An answer to another question may be a late one, or forged.
        for _ in 0..MAX_OTHERS {
            let Ok(length) = socket.recv(&mut buffer) else { break };
            let answer = buffer.get(..length).unwrap_or_default();
            if answer.get(..2) == Some(&id) {
                return read(answer).context("the answer cannot be read")?;
            }
        }
    }
    bail!("{resolver} did not answer")
}

/// A question for a zone's name servers (RFC 1035, 4.1).
fn query(id: u16, zone: &str) -> Option<Vec<u8>> {
    let recursion_desired = 0x0100;
    let header = [id, recursion_desired, 1, 0, 0, 0];
    let mut query: Vec<u8> = header.iter().flat_map(|word| word.to_be_bytes()).collect();
    for label in zone.split('.') {
        query.push(u8::try_from(label.len()).ok().filter(|length| (1..64).contains(length))?);
        query.extend(label.as_bytes());
    }
    query.push(0);
    query.extend([NS, INTERNET].iter().flat_map(|word| word.to_be_bytes()));
    Some(query)
}

/// The name servers in an answer: none, if there is no such zone. `None` if it is cut short.
fn read(answer: &[u8]) -> Option<Result<Vec<String>>> {
    let mut reader = Reader { message: answer, at: 2 };
    let [flags, questions, records] = [reader.word()?, reader.word()?, reader.word()?];
    reader.take(4)?;
    for _ in 0..questions {
        reader.name()?;
        reader.take(4)?;
    }
    let mut servers = Vec::new();
    for _ in 0..records {
        reader.name()?;
        let kind = reader.word()?;
        reader.take(6)?;
        let length = reader.word()?.into();
        match kind {
            NS => servers.push(reader.name()?),
            _ => drop(reader.take(length)?),
        }
    }
    servers.sort();
    Some(match flags & 0x800f {
        0x8000 | 0x8003 => Ok(servers),
        _ => refused(flags & 0x000f),
    })
}

fn refused(code: u16) -> Result<Vec<String>> {
    ensure!(code != 0, "the answer is not one");
    bail!("the resolver refused the question (code {code})")
}

struct Reader<'m> {
    message: &'m [u8],
    at: usize,
}

impl<'m> Reader<'m> {
    fn take(&mut self, length: usize) -> Option<&'m [u8]> {
        let taken = self.message.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn word(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes([self.byte()?, self.byte()?]))
    }

    /// A name, which may end with a pointer to an earlier one (RFC 1035, 4.1.4).
    fn name(&mut self) -> Option<String> {
        let (mut labels, mut after) = (Vec::new(), None);
        for _ in 0..MAX_STEPS {
            match self.byte()? {
                0 => {
                    self.at = after.unwrap_or(self.at);
                    return Some(labels.join("."));
                }
                length @ 1..64 => {
                    let label = self.take(length.into())?;
                    labels.push(String::from_utf8_lossy(label).to_ascii_lowercase());
                }
                high @ 192.. => {
                    let to = u16::from_be_bytes([high & 0x3f, self.byte()?]);
                    after.get_or_insert(self.at);
                    self.at = to.into();
                }
                _ => return None,
            }
        }
        None
    }
}

/// The first resolver in `/etc/resolv.conf`.
pub(super) fn system_resolver() -> Result<SocketAddr> {
    let unknown = "this machine's resolver is not known; name one with --resolver";
    let settings = std::fs::read_to_string("/etc/resolv.conf").context(unknown)?;
    let mut named = settings.lines().filter_map(|line| line.trim().strip_prefix("nameserver "));
    named.find_map(|address| parse_resolver(address.trim()).ok()).context(unknown)
}

/// `9.9.9.9` or `127.0.0.1:5353`
pub(super) fn parse_resolver(text: &str) -> Result<SocketAddr> {
    let port = 53;
    let address = text.parse().or_else(|_| text.parse().map(|address| SocketAddr::new(address, port)));
    address.with_context(|| format!("it must be an address, such as {}", Ipv4Addr::new(9, 9, 9, 9)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An answer for example.net with these records, whose names may point to byte 12, `example.net`.
    fn answer(flags: u16, records: &[(u16, &[u8])]) -> Vec<u8> {
        let mut answer = query(7, "example.net").unwrap();
        answer[2..4].copy_from_slice(&flags.to_be_bytes());
        answer[7] = u8::try_from(records.len()).unwrap();
        for (kind, data) in records {
            answer.extend([0xc0, 12]);
            answer.extend(kind.to_be_bytes());
            answer.extend([0, 1, 0, 0, 0, 60]);
            answer.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
            answer.extend(*data);
        }
        answer
    }

    #[test]
    fn name_servers_are_read_with_and_without_pointers() {
        let records: [(u16, &[u8]); 3] =
            [(NS, b"\x03ns2\xc0\x0c"), (5, b"\x01x\0"), (NS, b"\x02NS\x07example\x03com\0")];
        let found = read(&answer(0x8180, &records)).unwrap().unwrap();
        assert_eq!(found, ["ns.example.com", "ns2.example.net"]);
        assert!(read(&answer(0x8183, &[])).unwrap().unwrap().is_empty(), "there is no such zone");
    }

    #[test]
    fn refusals_and_questions_are_no_answers() {
        for flags in [0x8182, 0x8185, 0x0100] {
            assert!(read(&answer(flags, &[])).unwrap().is_err(), "{flags:04x}");
        }
    }

    #[test]
    fn an_answer_that_is_cut_short_or_points_in_a_circle_is_refused() {
        let whole = answer(0x8180, &[(NS, b"\x02ns\xc0\x0c")]);
        for length in 0..whole.len() {
            assert!(read(&whole[..length]).is_none(), "{length}");
        }
        let here = u8::try_from(whole.len() - 2).unwrap();
        let mut circle = whole.clone();
        *circle.last_mut().unwrap() = here;
        assert!(read(&circle).is_none(), "a circle");
        *circle.last_mut().unwrap() = 255;
        assert!(read(&circle).is_none(), "beyond the end");
    }

    #[test]
    fn a_question_has_valid_labels() {
        assert_eq!(query(0x0102, "a.bc").unwrap()[..4], [1, 2, 1, 0]);
        assert_eq!(query(0, "a.bc").unwrap()[12..], *b"\x01a\x02bc\0\0\x02\0\x01");
        for name in ["", "a..b", "a.", &"x".repeat(64)] {
            assert!(query(0, name).is_none(), "{name}");
        }
    }

    #[test]
    fn a_resolver_is_an_address_with_or_without_a_port() {
        for (text, expected) in
            [("9.9.9.9", "9.9.9.9:53"), ("127.0.0.1:5353", "127.0.0.1:5353"), ("::1", "[::1]:53")]
        {
            assert_eq!(parse_resolver(text).unwrap().to_string(), expected);
        }
        assert!(parse_resolver("dns.example").is_err());
    }
}
