//! Retry-After and Date as servers write them: what is waited is inside the clamp, and what was said by those who read
//! dates apart from the library.
#![no_main]

use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use opttrack::fuzzing::parse_retry_after;
use opttrack_fuzz::Source;

const LONGEST: u64 = 300;

/// Do spaces and hyphens stand where a date has them? Who reads dates here looks at the places between them alone.
fn is_separated(text: &str) -> bool {
    let marks: String = text.chars().filter(|letter| !letter.is_ascii_alphanumeric()).collect();
    [",    :: ", ", -- :: ", "    :: ", "   :: "].contains(&&*marks)
}

fuzz_target!(|data: &[u8]| {
    let mut source = Source::new(data);
    // Until the year 9999, the last that such a date can name.
    let moment = |seconds: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds % 253_402_300_800);
    let (kind, now, other) = (source.below(4), source.u64(), source.u64());
    let written = httpdate::fmt_http_date(moment(other));
    let far = httpdate::fmt_http_date(moment(now.wrapping_add(other % 1000)));
    let first = source.text();
    let (text, date) = match kind {
        0 => (first, Some(source.rest_as_text())),
        1 => (first, None),
        2 => (&*far, Some(first)),
        _ => (&*far, Some(&*written)),
    };
    let since = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs();
    let found = parse_retry_after(text, date, since(moment(now)) as i64);
    assert!(found.is_none_or(|wait| wait <= Duration::from_secs(LONGEST)), "{text:?} gives {found:?}");

    let trimmed = text.trim();
    if !trimmed.is_empty() && trimmed.chars().all(|letter| letter.is_ascii_digit()) {
        let significant = trimmed.trim_start_matches('0');
        let seconds =
            if significant.len() > 3 { LONGEST } else { format!("0{significant}").parse().expect("digits") };
        assert_eq!(found, Some(Duration::from_secs(seconds.min(LONGEST))), "{text:?}");
        return;
    }
    // A date is as far off as it is from the answer's own, or from ours where that has none. Here dates before 1970 are
    // none, so that of those nothing is known.
    let own = date.map(|date| httpdate::parse_http_date(date.trim()));
    let are_dates = is_separated(trimmed) && date.is_none_or(|date| is_separated(date.trim()));
    if let (true, Ok(until), None | Some(Ok(_))) = (are_dates, httpdate::parse_http_date(trimmed), &own) {
        let from = own.and_then(Result::ok).map_or_else(|| since(moment(now)), since);
        let wait = since(until).saturating_sub(from).min(LONGEST);
        assert_eq!(found, Some(Duration::from_secs(wait)), "{text:?} with {date:?}");
    }
});
