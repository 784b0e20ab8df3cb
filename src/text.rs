//! Rules about text that several parts share: digits, and numbers written as text.

/// One or more ASCII digits and nothing else?
#[must_use]
pub fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The finite number that a text is as a whole: decimal or exponent form, white space around it allowed.
/// Rule: SPEC, section 6.4, the tag `value`.
#[must_use]
pub fn decimal(text: &str) -> Option<f64> {
    let text = text.trim();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    // Rust also reads "inf", "nan" and "infinity"; none of them starts with a digit or a point.
    if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_ascii_and_at_least_one() {
        assert!(is_digits("0") && is_digits("000123"));
        for text in ["", "-1", "1.0", " 1", "١", "1a"] {
            assert!(!is_digits(text), "{text:?}");
        }
    }

    #[test]
    fn a_decimal_is_a_number_as_a_whole() {
        for (text, number) in [("12", 12.0), ("-4.5", -4.5), ("1e3", 1000.0), (" 7\n", 7.0), ("+.5", 0.5)] {
            assert_eq!(decimal(text), Some(number), "{text:?}");
        }
        for text in ["", "12abc", "1,000", "0x10", "inf", "-inf", "NaN", "1e400", "infinity", "1 2", "."] {
            assert_eq!(decimal(text), None, "{text:?}");
        }
    }
}
