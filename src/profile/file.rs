//! What stands in a profile's file: a line that says how to tell it from a damaged one, and the profile.

use crc32fast::hash as crc32;

/// Starts every file; the number is the version of the format.
const MARK: &str = "opttrack-profile 1";

/// Bytes that the first line takes at most.
pub(super) const MAX_HEAD: usize = 64;

/// Bytes of a profile at most: some hundred thousand experiments.
pub(super) const MAX_PROFILE: usize = 16 * 1024 * 1024;

/// A file's content.
pub(super) fn write(profile: &str) -> Vec<u8> {
    let head = format!("{MARK} {} {:08x}\n", profile.len(), crc32(profile.as_bytes()));
    [head.as_bytes(), profile.as_bytes()].concat()
}

/// The profile in a file's content; the error says how it is damaged.
pub(super) fn read(content: &[u8]) -> Result<&str, &'static str> {
    let end = content.iter().take(MAX_HEAD).position(|byte| *byte == b'\n').ok_or("it has no first line")?;
    let (head, profile) = (&content[..end], &content[end + 1..]);
    let fields = head.strip_prefix(MARK.as_bytes()).and_then(|rest| rest.strip_prefix(b" "));
    let fields = fields.and_then(|fields| std::str::from_utf8(fields).ok());
    let (length, checksum) = fields
        .and_then(|fields| fields.split_once(' '))
        .ok_or("its first line is none of a profile of version 1")?;
    if length.parse() != Ok(profile.len()) {
        return Err("its length is not the one in its first line");
    }
    if u32::from_str_radix(checksum, 16) != Ok(crc32(profile)) {
        return Err("its checksum is not the one in its first line");
    }
    std::str::from_utf8(profile).map_err(|_| "it is not UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILE: &str = r#"{"user_id":"ä","experiment_bucket_map":{}}"#;

    #[test]
    fn what_was_written_is_read() {
        for profile in [PROFILE, "", "\n", &"x".repeat(100_000)] {
            assert_eq!(read(&write(profile)), Ok(profile));
        }
        assert_eq!(write("123456789"), b"opttrack-profile 1 9 cbf43926\n123456789");
        assert!(write(&"x".repeat(MAX_PROFILE)).len() - MAX_PROFILE <= MAX_HEAD);
    }

    #[test]
    fn a_file_cut_at_any_length_is_damaged() {
        let whole = write(PROFILE);
        for length in 0..whole.len() {
            assert!(read(&whole[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn a_file_with_any_byte_changed_is_damaged_or_still_says_the_same() {
        let whole = write(PROFILE);
        for at in 0..whole.len() {
            for change in [1, 0x20, 0x80, 0xff] {
                let mut damaged = whole.clone();
                damaged[at] ^= change;
                // A hexadecimal digit has two cases.
                assert!(matches!(read(&damaged), Err(_) | Ok(PROFILE)), "{at} {change}");
                assert!(read(&damaged).is_err() || damaged.eq_ignore_ascii_case(&whole), "{at} {change}");
            }
        }
    }

    #[test]
    fn another_version_or_more_than_the_profile_is_damaged() {
        let text = String::from_utf8(write(PROFILE)).expect("a text");
        for other in [
            text.replace("profile 1", "profile 2"),
            text.replace("profile 1", "profile 11"),
            format!("{text} "),
            format!("\n{text}"),
            PROFILE.to_owned(),
            "x".repeat(1000),
        ] {
            assert!(read(other.as_bytes()).is_err(), "{other}");
        }
    }

    #[test]
    fn the_published_check_values_come_out() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b"The quick brown fox jumps over the lazy dog"), 0x414f_a339);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn what_is_no_text_is_damaged_even_with_its_checksum() {
        let head = format!("{MARK} 1 {:08x}\n", crc32(b"\xff"));
        assert_eq!(read(&[head.as_bytes(), b"\xff"].concat()), Err("it is not UTF-8"));
    }
}
