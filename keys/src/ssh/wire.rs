//! SSH's encoding (RFC 4251): a string is a u32-BE length and that many bytes.

/// Reads the parts of an encoding from its front. A part that is missing, too long or not canonical is `None`; nothing is
/// copied, so a claimed length costs nothing.
pub(super) struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    /// The next `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// A string of at most `limit` bytes.
    pub(super) fn string(&mut self, limit: usize) -> Option<&'b [u8]> {
        let length = usize::try_from(self.u32()?).ok().filter(|length| *length <= limit)?;
        let (string, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(string)
    }

    /// A string of at most `limit` characters of printable ASCII, without spaces.
    pub(super) fn word(&mut self, limit: usize) -> Option<&'b str> {
        let word = self.string(limit)?;
        core::str::from_utf8(word).ok().filter(|word| word.bytes().all(|byte| byte.is_ascii_graphic()))
    }

    /// An integer of at most 256 bits that is not negative, as a canonical mpint: big-endian, and before it one zero
    /// byte if, and only if, its top bit is set.
    pub(super) fn mpint(&mut self) -> Option<[u8; 32]> {
        let bytes = self.string(33)?;
        let digits = match bytes.split_first() {
            Some((0, digits)) if digits.first().is_some_and(|high| *high >= 0x80) => digits,
            Some((1..0x80, _)) | None => bytes,
            Some(_) => return None,
        };
        let mut integer = [0; 32];
        integer.get_mut(32_usize.checked_sub(digits.len())?..)?.copy_from_slice(digits);
        Some(integer)
    }

    /// `Some` if nothing is left.
    pub(super) fn end(self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

/// Appends a string.
pub(super) fn put_string(bytes: &mut Vec<u8>, string: &[u8]) {
    // All are far shorter than 4 GiB.
    bytes.extend(u32::try_from(string.len()).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend(string);
}

/// Appends an mpint.
pub(super) fn put_mpint(bytes: &mut Vec<u8>, integer: &[u8; 32]) {
    let zeros = integer.iter().take_while(|byte| **byte == 0).count();
    let digits = integer.get(zeros..).unwrap_or_default();
    let sign: &[u8] = if digits.first().is_some_and(|high| *high >= 0x80) { &[0] } else { &[] };
    put_string(bytes, &[sign, digits].concat());
}

#[cfg(test)]
mod tests {
    use super::{Reader, put_mpint, put_string};

    fn string(bytes: &[u8]) -> Vec<u8> {
        let mut string = Vec::new();
        put_string(&mut string, bytes);
        string
    }

    fn mpint(bytes: &[u8]) -> Option<[u8; 32]> {
        let string = string(bytes);
        let mut reader = Reader::new(&string);
        let integer = reader.mpint()?;
        reader.end()?;
        Some(integer)
    }

    #[test]
    fn an_mpint_has_one_form() {
        let largest = [&[0][..], &[0xff; 32]].concat();
        for good in [&[][..], &[1], &[0x7f], &[0, 0x80], &[0x7f; 32], &largest] {
            let mut printed = Vec::new();
            put_mpint(&mut printed, &mpint(good).unwrap());
            assert_eq!(printed, string(good));
        }
        let too_long = [&[1][..], &[0xff; 32]].concat();
        for bad in
            [&[0][..], &[0, 1], &[0, 0x7f], &[0, 0, 0x80], &[0x80], &[0xff; 32], &too_long, &[0x7f; 34]]
        {
            assert_eq!(mpint(bad), None, "{bad:02x?}");
        }
    }

    #[test]
    fn a_claimed_length_is_checked_against_what_is_there_and_against_the_limit() {
        assert_eq!(Reader::new(b"\xff\xff\xff\xffab").string(usize::MAX), None);
        assert_eq!(Reader::new(b"\0\0\0\x03ab").string(9), None);
        assert_eq!(Reader::new(b"\0\0\0\x02ab").string(1), None);
        assert_eq!(Reader::new(b"\0\0\0\x02ab").string(2), Some(&b"ab"[..]));
        assert_eq!(Reader::new(b"\0\0").u32(), None);
    }

    #[test]
    fn a_word_is_printable() {
        for (word, is_word) in [
            (&b"ssh:"[..], true),
            (b"", true),
            (&[b'a'; 64], true),
            (&[b'a'; 65], false),
            (b"a b", false),
            (b"a\0", false),
            ("é".as_bytes(), false),
            (b"\xff", false),
        ] {
            assert_eq!(Reader::new(&string(word)).word(64).is_some(), is_word, "{word:02x?}");
        }
    }
}
