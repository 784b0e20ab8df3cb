//! Comparison of semantic versions. Rule: SPEC, section 2.5.

use std::cmp::Ordering;

use crate::datafile::version::{Part, Suffix, Version};

/// Compares a user's version to a target over the target's parts: a target with fewer parts equals every version
/// beneath it.
pub fn compare(user: &Version<'_>, target: &Version<'_>) -> Ordering {
    let mut user_parts = user.parts();
    let is_pre_release = |version: &Version<'_>| version.kind == Suffix::PreRelease;
    for target_part in target.parts() {
        let Some(user_part) = user_parts.next() else {
            return if target.kind == Suffix::None { Ordering::Less } else { Ordering::Greater };
        };
        let ordering = match (user_part, target_part) {
            (Part::Digits(left), Part::Digits(right)) => compare_digits(left, right),
            (Part::Digits(_), Part::Text(_)) => Ordering::Less,
            (Part::Text(text), _) => match text.cmp(target_part.as_str()) {
                Ordering::Less if is_pre_release(target) && !is_pre_release(user) => Ordering::Greater,
                Ordering::Greater if !is_pre_release(target) && is_pre_release(user) => Ordering::Less,
                plain => plain,
            },
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
    if is_pre_release(user) && !is_pre_release(target) { Ordering::Less } else { Ordering::Equal }
}

/// Compares numbers of any length; leading zeros don't count.
fn compare_digits(left: &str, right: &str) -> Ordering {
    let (left, right) = (left.trim_start_matches('0'), right.trim_start_matches('0'));
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(user: &str, target: &str) -> Ordering {
        compare(&Version::parse(user).expect("a version"), &Version::parse(target).expect("a version"))
    }

    #[test]
    fn versions_of_the_official_tests() {
        for (user, expected, target) in [
            ("2.0.0", Ordering::Equal, "2"),
            ("2.9.9", Ordering::Equal, "2"),
            ("3.7.1", Ordering::Greater, "3.7.0"),
            ("2.1.2-beta", Ordering::Equal, "2.1.2-beta"),
            ("2.1.2-release", Ordering::Greater, "2.1.2-beta"),
            ("2.1.3-beta+1.2.3", Ordering::Greater, "2.1.3-beta+1"),
            ("2.1.3+build-1", Ordering::Less, "2.1.3+build-1.2.3"),
            ("3.7.0-prerelease", Ordering::Less, "3.7.0"),
            ("3.7.0-prerelease", Ordering::Less, "3.7.0-prerelease+build"),
            ("2.1.2", Ordering::Greater, "2.1.2-beta"),
            ("2.5.1", Ordering::Equal, "2"),
            ("2", Ordering::Less, "2.1"),
            ("2.1.3-1", Ordering::Less, "2.1.3-beta"),
            ("18446744073709551616", Ordering::Greater, "18446744073709551615"),
            ("007", Ordering::Equal, "7"),
        ] {
            assert_eq!(order(user, target), expected, "{user} against {target}");
        }
    }

    #[test]
    fn what_is_no_version() {
        for text in ["", "-", "+build", "2.", ".2.2", "3.7.2.2", "3.x", "1 2", "1.\u{a0}2", "٣", "."] {
            assert_eq!(Version::parse(text), None, "{text:?}");
        }
    }
}
