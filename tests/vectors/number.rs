//! Are two JSON numbers equal? A whole number is compared exactly, whatever its size; any other as a double.

/// Does `got` equal the `expected` number, both as written?
///
/// A whole number in an expectation is exact: 9007199254740993 differs from 9007199254740992, and equals
/// 9007199254740993.0. One written with a fraction or an exponent stands for a double.
pub fn equal(expected: &str, got: &str) -> bool {
    if expected.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        return match (Decimal::read(expected), Decimal::read(got)) {
            (Some(expected), Some(got)) => expected == got,
            _ => false,
        };
    }
    match (expected.parse::<f64>(), got.parse::<f64>()) {
        #[expect(clippy::float_cmp, reason = "the vectors ask for the very same double")]
        (Ok(expected), Ok(got)) => expected == got,
        _ => false,
    }
}

/// A number as `digits * 10^exponent`, its digits without zeros at either end: equal numbers have equal forms.
#[derive(PartialEq)]
struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    fn read(text: &str) -> Option<Self> {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let kept = all.trim_end_matches('0');
        let shift = i64::try_from(all.len() - kept.len()).ok()? - i64::try_from(fraction.len()).ok()?;
        let digits = kept.trim_start_matches('0');
        if digits.is_empty() {
            return Some(Self { negative: false, digits: String::new(), exponent: 0 });
        }
        let exponent = power.parse::<i64>().ok()?.checked_add(shift)?;
        Some(Self { negative, digits: digits.to_owned(), exponent })
    }
}
