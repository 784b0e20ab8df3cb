//! The header Retry-After, which servers write in many ways.

use std::time::Duration;

use super::http_date;

/// Longest time a server may ask for.
const LONGEST: Duration = Duration::from_secs(300);

/// How long a server asks to be left alone: seconds, or a date, which is taken against the answer's own Date header so
/// that a wrong clock here does no harm; without one against `now`, in seconds since 1970. Clamped to 5 minutes; nonsense
/// counts as nothing said.
#[must_use]
pub fn parse(retry_after: &str, date: Option<&str>, now: i64) -> Option<Duration> {
    let text = retry_after.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are simply a long time.
        let seconds = text.parse().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(LONGEST));
    }
    let until = http_date::parse(text)?;
    let from = date.and_then(|date| http_date::parse(date.trim())).unwrap_or(now);
    let seconds = u64::try_from(until.saturating_sub(from)).unwrap_or_default();
    Some(Duration::from_secs(seconds).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_it() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        for (text, expected) in [
            ("0", seconds(0)),
            ("1", seconds(1)),
            (" 7 ", seconds(7)),
            ("1000000000", seconds(300)),
            (&"9".repeat(10_240), seconds(300)),
            ("Sun, 06 Nov 1994 08:49:40 GMT", seconds(3)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", seconds(0)),
            ("Mon, 01 Jan 1900 00:00:00 GMT", seconds(0)),
            ("-5", None),
            ("1.5", None),
            ("", None),
            ("soon", None),
        ] {
            assert_eq!(parse(text, date, 0), expected, "{text:.20}");
        }
        assert_eq!(parse("Thu, 01 Jan 1970 00:01:40 GMT", None, 90), seconds(10), "without a Date header");
    }
}
