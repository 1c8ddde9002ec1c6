use outband_record::text::Origin;
use sha2::{Digest as _, Sha256};

/// The base32 alphabet of RFC 4648, in lower case.
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// An id in Statuspage's format: 12 lower-case letters and digits, which is all that some clients can store. It is the
/// first 60 bits, in base32, of SHA-256 over the object's type, the origin and the object's name, so it is permanent
/// and the same on every mirror.
///
/// ```text
/// outband statuspage incident⏎status.example.net⏎2013-09-03-core-network⏎
/// ```
pub(super) fn id(origin: &Origin, what: &str, name: &str) -> String {
    let digest = Sha256::digest(format!("outband statuspage {what}\n{origin}\n{name}\n"));
    let bits = digest.iter().take(8).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    let digit = |n: u32| BASE32.get(usize::try_from(bits >> (59 - 5 * n) & 31).unwrap_or_default());
    (0..12).filter_map(digit).map(|digit| char::from(*digit)).collect()
}

#[cfg(test)]
mod tests {
    use outband_record::text::Value as _;

    use super::*;

    /// By `printf … | sha256sum | cut -c1-16 | xxd -r -p | base32 | cut -c1-12 | tr A-Z a-z`.
    #[test]
    fn ids_are_what_other_tools_compute() {
        let origin = Origin::parse("status.example.net").unwrap();
        assert_eq!(id(&origin, "page", ""), "z7eyvr5w4wde");
        assert_eq!(id(&origin, "incident", "2013-09-03-core-network"), "zjvfbh3bz7mh");
        assert_eq!(id(&origin, "component", "exchange/us-east"), "xtkyigwbnb4l");
    }
}
