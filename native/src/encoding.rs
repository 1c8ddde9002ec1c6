//! Compression of what readers get, by gzip (RFC 1952) or Brotli (RFC 7932), made once for each file.
//!
//! Each encoded form has a tag of its own (RFC 9110, 8.8.3): that of the file, marked with the coding, as the station
//! understands it when a client sends it back.

use std::collections::{BTreeMap, VecDeque};
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use brotli::CompressorWriter;
use flate2::Compression;
use flate2::write::GzEncoder;
use outband_station::{Request, Response};

/// A content coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Coding {
    Brotli,
    Gzip,
}

/// Dense enough, and made within milliseconds: a reader waits for it after each change.
const BROTLI_QUALITY: u32 = 5;
const BROTLI_WINDOW: u32 = 20;
const BUFFER: usize = 4096;

/// How many bytes of encoded files are kept.
const KEPT: usize = 16 << 20;

/// Encoded files, the oldest of which give way.
#[derive(Default)]
pub(crate) struct Encodings(Mutex<Kept>);

type Key = (String, Coding);

#[derive(Default)]
struct Kept {
    files: BTreeMap<Key, Arc<[u8]>>,
    order: VecDeque<Key>,
    bytes: usize,
}

impl Coding {
    const ALL: [Self; 2] = [Self::Brotli, Self::Gzip];

    fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// The coding that a client prefers (RFC 9110, 12.5.3): of those with the same weight, the denser one. `None` if it
    /// accepts none, or does not say.
    pub(crate) fn preferred(request: &Request) -> Option<Self> {
        let fields = request.headers.iter().filter(|(name, _)| name == "accept-encoding");
        let listed = fields.flat_map(|(_, list)| list.split(','));
        let weights: Vec<(String, f32)> = listed.map(weighted).collect();
        let weight = |coding: &Self| {
            let of = |name: &str| weights.iter().find(|(known, _)| known == name).map(|(_, weight)| *weight);
            of(coding.name()).or_else(|| of("*")).unwrap_or_default()
        };
        let accepted = Self::ALL.into_iter().filter(|coding| weight(coding) > 0.0);
        accepted.rev().max_by(|a, b| weight(a).total_cmp(&weight(b)))
    }

    fn encode(self, body: &[u8]) -> Vec<u8> {
        let mut encoded = Vec::new();
        let written = match self {
            Self::Brotli => {
                CompressorWriter::new(&mut encoded, BUFFER, BROTLI_QUALITY, BROTLI_WINDOW).write_all(body)
            }
            Self::Gzip => {
                let mut encoder = GzEncoder::new(&mut encoded, Compression::default());
                encoder.write_all(body).and_then(|()| encoder.try_finish())
            }
        };
        // Writing to memory cannot fail.
        debug_assert!(written.is_ok());
        encoded
    }
}

/// `gzip;q=0.8`. Without a weight it is 1; one that is not a number counts as 0.
fn weighted(item: &str) -> (String, f32) {
    let mut parts = item.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default().to_ascii_lowercase();
    let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
    (name, weight.map_or(1.0, |weight| weight.parse().unwrap_or_default()))
}

/// Media types of hashes, which nothing makes smaller, and of pictures that are compressed already.
const PACKED: [&str; 3] = ["application/octet-stream", "image/png", "image/vnd.microsoft.icon"];

impl Encodings {
    /// The response in this coding, if it is a text file, or says that the client has it.
    pub(crate) fn encode(&self, coding: Option<Coding>, mut response: Response) -> Response {
        let field = |name: &str| response.headers.iter().position(|(found, _)| found == name);
        let is_text = field("content-type")
            .and_then(|place| response.headers.get(place))
            .is_some_and(|(_, media_type)| !PACKED.contains(&media_type.as_str()));
        let Some(tag) = field("etag").filter(|_| is_text && matches!(response.status, 200 | 304)) else {
            return response;
        };
        response.headers.push(("vary".to_owned(), "accept-encoding".to_owned()));
        let Some(coding) = coding else { return response };
        let Some((_, etag)) = response.headers.get_mut(tag) else { return response };
        let whole = etag.clone();
        *etag = format!("{}-{}\"", whole.trim_end_matches('"'), coding.name());
        if response.status == 200 {
            response.headers.push(("content-encoding".to_owned(), coding.name().to_owned()));
        }
        // The answer to HEAD has none.
        if !response.body.is_empty() {
            response.body = self.encoded(&(whole, coding), &response.body).to_vec();
        }
        response
    }

    fn encoded(&self, key: &Key, body: &[u8]) -> Arc<[u8]> {
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(encoded) = kept().files.get(key) {
            return encoded.clone();
        }
        let encoded: Arc<[u8]> = key.1.encode(body).into();
        kept().keep(key, &encoded);
        encoded
    }
}

impl Kept {
    fn keep(&mut self, key: &Key, encoded: &Arc<[u8]>) {
        if encoded.len() > KEPT || self.files.insert(key.clone(), encoded.clone()).is_some() {
            return;
        }
        self.bytes += encoded.len();
        self.order.push_back(key.clone());
        while self.bytes > KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            let given_up = self.files.remove(&oldest);
            self.bytes -= given_up.map_or(0, |file| file.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn preferred(fields: &[&str]) -> Option<Coding> {
        let field = |value: &&str| ("accept-encoding".to_owned(), (*value).to_owned());
        Coding::preferred(&Request { headers: fields.iter().map(field).collect(), ..Request::default() })
    }

    #[test]
    fn a_client_gets_what_it_prefers() {
        for (fields, expected) in [
            (&[][..], None),
            (&[""][..], None),
            (&["identity"][..], None),
            (&["gzip"][..], Some(Coding::Gzip)),
            (&["gzip, deflate, br, zstd"][..], Some(Coding::Brotli)),
            (&["gzip", "br"][..], Some(Coding::Brotli)),
            (&["GZIP;Q=0.5"][..], Some(Coding::Gzip)),
            (&["br;q=0.5, gzip;q=0.8"][..], Some(Coding::Gzip)),
            (&["br;q=0, *"][..], Some(Coding::Gzip)),
            (&["*;q=0"][..], None),
            (&["gzip;q=0"][..], None),
            (&["gzip;q=much"][..], None),
            (&["gzipped"][..], None),
        ] {
            assert_eq!(preferred(fields), expected, "{fields:?}");
        }
    }

    fn file(status: u16, media_type: &str, etag: &str, body: &[u8]) -> Response {
        let headers = [("content-type", media_type), ("etag", etag)];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Response { status, headers, body: body.to_vec() }
    }

    fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
        response.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    #[test]
    fn each_form_of_a_file_is_itself_again_and_has_its_own_tag() {
        let (encodings, text) = (Encodings::default(), "Mail is down. ".repeat(500).into_bytes());
        let whole = file(200, "text/html; charset=utf-8", "\"abc\"", &text);
        for (coding, tag) in [(Coding::Gzip, "\"abc-gzip\""), (Coding::Brotli, "\"abc-br\"")] {
            for _ in 0..2 {
                let encoded = encodings.encode(Some(coding), whole.clone());
                assert!(encoded.body.len() < text.len() / 10);
                assert_eq!(header(&encoded, "etag"), Some(tag));
                assert_eq!(header(&encoded, "content-encoding"), Some(coding.name()));
                assert_eq!(header(&encoded, "vary"), Some("accept-encoding"));
                let mut decoded = Vec::new();
                match coding {
                    Coding::Gzip => flate2::read::GzDecoder::new(&encoded.body[..]).read_to_end(&mut decoded),
                    Coding::Brotli => {
                        brotli::Decompressor::new(&encoded.body[..], BUFFER).read_to_end(&mut decoded)
                    }
                }
                .unwrap();
                assert_eq!(decoded, text);
            }
        }
        let plain = encodings.encode(None, whole.clone());
        assert_eq!((header(&plain, "etag"), &plain.body), (Some("\"abc\""), &text));
        assert_eq!(header(&plain, "vary"), Some("accept-encoding"));
    }

    #[test]
    fn only_texts_are_encoded() {
        let encodings = Encodings::default();
        let fresh = encodings.encode(Some(Coding::Gzip), file(304, "text/html", "\"abc\"", b""));
        assert_eq!(
            (header(&fresh, "etag"), header(&fresh, "content-encoding")),
            (Some("\"abc-gzip\""), None)
        );
        for response in [
            file(200, "application/octet-stream", "\"abc\"", b"hashes"),
            Response { headers: Vec::new(), ..file(201, "", "", b"{}") },
        ] {
            assert_eq!(encodings.encode(Some(Coding::Gzip), response.clone()), response);
        }
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut kept = Kept::default();
        let file: Arc<[u8]> = vec![0; KEPT / 10].into();
        for number in 0..100 {
            kept.keep(&(number.to_string(), Coding::Gzip), &file);
            assert!(kept.bytes <= KEPT && kept.files.len() == kept.order.len());
        }
        assert_eq!(kept.files.len(), 10);
        assert!(kept.files.contains_key(&("99".to_owned(), Coding::Gzip)));
    }
}
