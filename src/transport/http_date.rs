//! Dates as HTTP writes them, in the three forms that a recipient has to read. Rule: RFC 9110, section 5.6.7.

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const DAY: i64 = 86_400;

/// Seconds since 1970 UTC. The name of the weekday is not looked at.
pub(super) fn parse(text: &str) -> Option<i64> {
    let words: Vec<&str> = text.split(&[' ', '-'][..]).filter(|word| !word.is_empty()).collect();
    let (day, month, year, time) = match words[..] {
        // Sun, 06 Nov 1994 08:49:37 GMT, and Sunday, 06-Nov-94 08:49:37 GMT
        [weekday, day, month, year, time, "GMT"] if weekday.ends_with(',') => (day, month, year, time),
        // Sun Nov  6 08:49:37 1994
        [_, month, day, time, year] => (day, month, year, time),
        _ => return None,
    };
    let month = (1..).zip(MONTHS).find(|(_, known)| *known == month)?.0;
    let day = number(day, 31).filter(|day| *day > 0)?;
    let is_short = year.len() == 2;
    let year = match number(year, 9999)? {
        // A server that writes two digits means none before 1970.
        short if is_short => short + if short < 70 { 2000 } else { 1900 },
        year => year,
    };
    let mut clock = time.split(':');
    let mut next = |most| number(clock.next()?, most);
    // A leap second is the next one.
    let (hours, minutes, seconds) = (next(23)?, next(59)?, next(60)?);
    if clock.next().is_some() {
        return None;
    }
    Some(days(year, month, day) * DAY + hours * 3600 + minutes * 60 + seconds)
}

/// Digits and nothing else, up to a number.
fn number(text: &str, most: i64) -> Option<i64> {
    let is_number = !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| is_number && *number <= most)
}

/// Days since 1970. Years are counted from March, so that the day which comes every four years is a year's last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    /// Days before 1970, in years that begin with March.
    const BEFORE_1970: i64 = 719_468;
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * year + leap_days + (153 * month + 2) / 5 + day - 1 - BEFORE_1970
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_three_forms_are_read() {
        for text in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            assert_eq!(parse(text), Some(784_111_777), "{text}");
        }
    }

    #[test]
    fn the_calendar_is_right() {
        for (text, seconds) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600),
            ("Wed, 01 Mar 2000 00:00:00 GMT", 951_868_800),
            ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
            ("Mon, 01 Jan 1900 00:00:00 GMT", -2_208_988_800),
        ] {
            assert_eq!(parse(text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nix 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 1994 08:49:37:00 GMT",
            "Sun, 06 Nov +994 08:49:37 GMT",
            "Sun, 06 Nov 19940 08:49:37 GMT",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
