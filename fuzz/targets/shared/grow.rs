//! Conditions grown from choices, so that most of them are ones that can be evaluated.

use opttrack_fuzz::Source;

const MATCHES: [&str; 16] = [
    "exact",
    "exists",
    "substring",
    "gt",
    "ge",
    "lt",
    "le",
    "semver_eq",
    "semver_gt",
    "semver_ge",
    "semver_lt",
    "semver_le",
    "qualified",
    "",
    "near",
    "Exact",
];
const NAMES: [&str; 5] = ["a", "b", "", "ключ", "nobody"];
const TYPES: [&str; 4] =
    ["custom_attribute", "third_party_dimension", "custom_attribute", "custom_dimension"];
const NUMBERS: [&str; 14] = [
    "0",
    "-0",
    "1",
    "1.0",
    "1.5",
    "-2.5",
    "1e3",
    "9007199254740992",
    "9007199254740993",
    "9007199254740993.0",
    "-1e400",
    "123456789012345678901234567890",
    "5e-324",
    "2",
];

/// A tree of conditions as JSON, now and then inside a text.
pub fn conditions(source: &mut Source<'_>) -> String {
    let mut out = String::new();
    let is_inside_text = source.below(8) == 1;
    tree(source, &mut out, 5);
    if is_inside_text { quoted(&out) } else { out }
}

fn tree(source: &mut Source<'_>, out: &mut String, levels: usize) {
    if levels == 0 || source.is_empty() || source.below(3) == 0 {
        leaf(source, out);
        return;
    }
    out.push('[');
    let operator = source.pick(&["\"and\"", "\"or\"", "\"not\"", "\"AND\"", ""]);
    out.push_str(operator);
    for at in 0..source.below(4) {
        if at > 0 || !operator.is_empty() {
            out.push(',');
        }
        tree(source, out, levels - 1);
    }
    out.push(']');
}

fn leaf(source: &mut Source<'_>, out: &mut String) {
    match source.below(24) {
        0 => out.push_str(source.pick(&["null", "1", "\"and\"", "{}", "true"])),
        odd => {
            let mut members =
                vec![("type", quoted(source.pick(&TYPES))), ("name", quoted(source.pick(&NAMES)))];
            if odd > 2 {
                members.push(("match", quoted(source.pick(&MATCHES))));
            }
            if odd != 3 {
                members.push(("value", value(source)));
            }
            if odd == 4 {
                members.push(("match", source.pick(&["null", "1", "[]"]).to_owned()));
            }
            let members: Vec<String> =
                members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
            out.push_str(&format!("{{{}}}", members.join(",")));
        }
    }
}

fn value(source: &mut Source<'_>) -> String {
    match source.below(8) {
        0 => source.pick(&["true", "false", "null", "[1]", "{}"]).to_owned(),
        1..4 => source.pick(&NUMBERS).to_owned(),
        4 => quoted(source.pick(&["1.2.3", "2", "2.1-beta", "2.1+7", "vip", "a"])),
        _ => quoted(source.text()),
    }
}

/// A text as JSON.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\0'..' ' => out.push_str(&format!("\\u{:04x}", u32::from(letter))),
            _ => out.push(letter),
        }
    }
    out.push('"');
    out
}
