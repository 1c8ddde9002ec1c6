//! Near misses: what somebody may have meant by a word that is not known.

/// `; did you mean exchange?`, or nothing if no known word is near.
pub(crate) fn did_you_mean<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> String {
    match nearest(word, known).as_slice() {
        [] => String::new(),
        [one] => format!("; did you mean {one}?"),
        [first, second, ..] => format!("; did you mean {first} or {second}?"),
    }
}

/// The known words that are near, the nearest first.
pub(crate) fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Vec<&'w str> {
    let word = word.to_lowercase();
    let likeness = |known: &'w str| {
        let other = known.to_lowercase();
        let contains = word.len() > 2 && (other.contains(&word) || word.contains(&other));
        let likeness = strsim::jaro_winkler(&word, &other);
        (if contains { likeness.max(NEAR) } else { likeness }, known)
    };
    let mut near: Vec<_> =
        known.into_iter().map(likeness).filter(|(likeness, _)| *likeness >= NEAR).collect();
    near.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    near.into_iter().map(|(_, known)| known).take(3).collect()
}

/// As alike as two words must be; swapped, missing and doubled letters are.
const NEAR: f64 = 0.8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_misses_are_named() {
        let known = ["exchange", "voice", "files", "exchange/us-east", "portal"];
        for (word, expected) in [
            ("exchnage", "; did you mean exchange or exchange/us-east?"),
            ("Voice", "; did you mean voice?"),
            ("us-east", "; did you mean exchange/us-east?"),
            ("printer", ""),
        ] {
            assert_eq!(did_you_mean(word, known), expected, "{word}");
        }
    }
}
