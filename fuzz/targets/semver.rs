//! Two or three versions: what is one, and how they compare, beside a reading of SPEC 2.5 written apart.
#![no_main]

use std::cmp::Ordering;

use libfuzzer_sys::fuzz_target;
use opttrack::fuzzing::{Version, compare_versions};
use opttrack_fuzz::Source;

/// A version as the specification splits it.
struct Naive {
    parts: Vec<String>,
    is_pre_release: bool,
    is_build: bool,
}

fn parse(text: &str) -> Option<Naive> {
    if text.is_empty() || text.contains(char::is_whitespace) {
        return None;
    }
    let place = |separator: char| text.find(separator).unwrap_or(usize::MAX);
    let (dash, plus) = (place('-'), place('+'));
    let cut = dash.min(plus);
    let prefix = if cut == usize::MAX { text } else { &text[..cut] };
    let mut parts: Vec<String> = prefix.split('.').map(str::to_owned).collect();
    if parts.len() > 3 || !parts.iter().all(|part| are_digits(part)) {
        return None;
    }
    if cut != usize::MAX {
        parts.push(text[cut + 1..].to_owned());
    }
    Some(Naive { parts, is_pre_release: dash < plus, is_build: plus < dash })
}

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_digit())
}

/// Digit by digit, the shorter one filled up with zeros.
fn compare_numbers(left: &str, right: &str) -> Ordering {
    let width = left.len().max(right.len());
    format!("{left:0>width$}").cmp(&format!("{right:0>width$}"))
}

fn compare(user: &Naive, target: &Naive) -> Ordering {
    for (at, wanted) in target.parts.iter().enumerate() {
        let Some(part) = user.parts.get(at) else {
            let has_suffix = target.is_pre_release || target.is_build;
            return if has_suffix { Ordering::Greater } else { Ordering::Less };
        };
        let found = match (are_digits(part), are_digits(wanted)) {
            (true, true) => compare_numbers(part, wanted),
            (true, false) => Ordering::Less,
            (false, _) => match part.as_bytes().cmp(wanted.as_bytes()) {
                Ordering::Less if target.is_pre_release && !user.is_pre_release => Ordering::Greater,
                Ordering::Greater if !target.is_pre_release && user.is_pre_release => Ordering::Less,
                found => found,
            },
        };
        if found != Ordering::Equal {
            return found;
        }
    }
    if user.is_pre_release && !target.is_pre_release { Ordering::Less } else { Ordering::Equal }
}

fuzz_target!(|data: &[u8]| {
    let mut source = Source::new(data);
    let texts = [source.text(), source.text(), source.rest_as_text()];
    let naive = texts.map(parse);
    let ours = texts.map(Version::parse);
    for at in 0..3 {
        assert_eq!(ours[at].is_some(), naive[at].is_some(), "is {:?} a version?", texts[at]);
    }
    for (left, right) in [(0, 1), (1, 0), (1, 2), (2, 0), (0, 0)] {
        let (Some(user), Some(target)) = (&ours[left], &ours[right]) else { continue };
        let (Some(naive_user), Some(naive_target)) = (&naive[left], &naive[right]) else { continue };
        let found = compare_versions(user, target);
        assert_eq!(found, compare(naive_user, naive_target), "{:?} against {:?}", texts[left], texts[right]);
        // Where neither has a suffix and both have as many numbers, it is an order as of numbers.
        let is_plain = |naive: &Naive| !naive.is_pre_release && !naive.is_build;
        let is_alike = naive_user.parts.len() == naive_target.parts.len();
        if is_plain(naive_user) && is_plain(naive_target) && is_alike {
            assert_eq!(found, compare_versions(target, user).reverse(), "not antisymmetric");
            if let (Some(third), Some(naive_third)) = (&ours[2], &naive[2]) {
                let is_third_alike =
                    is_plain(naive_third) && naive_third.parts.len() == naive_user.parts.len();
                if is_third_alike && found.is_le() && compare_versions(target, third).is_le() {
                    assert!(compare_versions(user, third).is_le(), "not transitive");
                }
            }
        }
        if left == right {
            assert_eq!(found, Ordering::Equal, "{:?} is not itself", texts[left]);
        }
    }
});
