//! Conditions evaluated as the specification reads, without regard to speed: SPEC 2.3, 2.4 and 2.6.

use opttrack::fuzzing::{Version, compare_versions};
use opttrack_fuzz::Given;
use opttrack_fuzz::json::{self, Json};

/// Lists and objects that conditions may nest; deeper ones can't be used.
const LEVELS: usize = 512;

/// Levels that the fields of a condition may nest which nobody reads: 64 are taken in a datafile, a condition is at 3.
const UNREAD_LEVELS: usize = 61;

const BOUND: f64 = 9_007_199_254_740_992.0;

/// True, false, or nobody can tell.
pub type Truth = Option<bool>;

#[derive(Default)]
pub struct Visitor<'a> {
    pub attributes: Vec<(&'a str, Given<'a>)>,
    pub segments: Vec<&'a str>,
}

/// What the conditions of an audience come to.
pub fn truth(conditions: &Json<'_>, visitor: &Visitor<'_>) -> Truth {
    match conditions {
        // A text that holds the conditions.
        Json::Text(text) => {
            let inner = text.said.as_deref()?;
            match json::read(inner, 700)? {
                tree @ (Json::List(_) | Json::Object(_)) => whole_tree(&tree, visitor),
                _ => None,
            }
        }
        Json::List(_) | Json::Object(_) => whole_tree(conditions, visitor),
        _ => None,
    }
}

fn whole_tree(conditions: &Json<'_>, visitor: &Visitor<'_>) -> Truth {
    if conditions.depth() > LEVELS { None } else { tree(conditions, visitor) }
}

fn tree(node: &Json<'_>, visitor: &Visitor<'_>) -> Truth {
    let Json::List(items) = node else { return leaf(node, visitor) };
    let operator = items.first().and_then(Json::text).filter(|text| ["and", "or", "not"].contains(text));
    let operands = if operator.is_some() { &items[1..] } else { &items[..] };
    let values: Vec<Truth> = operands.iter().map(|operand| tree(operand, visitor)).collect();
    match operator {
        Some("not") => values.first().copied().flatten().map(|truth| !truth),
        Some("and") if values.contains(&Some(false)) => Some(false),
        Some("and") => (!values.contains(&None)).then_some(true),
        _ if values.contains(&Some(true)) => Some(true),
        _ => (!values.contains(&None)).then_some(false),
    }
}

fn leaf(node: &Json<'_>, visitor: &Visitor<'_>) -> Truth {
    let Json::Object(members) = node else { return None };
    for (name, value) in members {
        let name = name.said.as_deref()?;
        if !["name", "type", "match", "value"].contains(&name) && value.depth() > UNREAD_LEVELS {
            return None;
        }
    }
    // Null is as good as nothing.
    let field = |name| node.get(name).filter(|value| **value != Json::Null);
    if !matches!(field("type")?.text(), Some("custom_attribute" | "third_party_dimension")) {
        return None;
    }
    let matcher = match field("match") {
        None => "exact",
        Some(matcher) => matcher.text()?,
    };
    let name = field("name").and_then(Json::text).unwrap_or_default();
    let attribute =
        visitor.attributes.iter().find(|(key, _)| *key == name).map_or(Given::Null, |(_, value)| *value);
    let value = field("value").unwrap_or(&Json::Null);
    match matcher {
        "exists" => Some(!matches!(attribute, Given::Null)),
        "qualified" => Some(visitor.segments.contains(&value.text()?)),
        "exact" => match (value, attribute) {
            (Json::Text(text), Given::Text(given)) => Some(text.said.as_deref()? == given),
            (Json::Bool(boolean), Given::Bool(given)) => Some(*boolean == given),
            (Json::Number(number), _) => Some(wanted(number)? == given_number(attribute)?),
            _ => None,
        },
        "substring" => {
            let (part, Given::Text(text)) = (value.text()?.as_bytes(), attribute) else { return None };
            Some(part.is_empty() || text.as_bytes().windows(part.len()).any(|window| window == part))
        }
        "gt" | "ge" | "lt" | "le" => {
            let (wanted, given) = (wanted(value.number()?)?, given_number(attribute)?);
            Some(match matcher {
                "gt" => given > wanted,
                "ge" => given >= wanted,
                "lt" => given < wanted,
                _ => given <= wanted,
            })
        }
        // How versions compare is for the target `semver`.
        "semver_eq" | "semver_gt" | "semver_ge" | "semver_lt" | "semver_le" => {
            let (target, Given::Text(text)) = (value.text()?, attribute) else { return None };
            let ordering = compare_versions(&Version::parse(text)?, &Version::parse(target)?);
            Some(match matcher {
                "semver_eq" => ordering.is_eq(),
                "semver_gt" => ordering.is_gt(),
                "semver_ge" => ordering.is_ge(),
                "semver_lt" => ordering.is_lt(),
                _ => ordering.is_le(),
            })
        }
        _ => None,
    }
}

/// The number of a condition, the bound checked as it is written.
fn wanted(number: &str) -> Option<f64> {
    if number.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit()) {
        let integer: i128 = number.parse().ok()?;
        return (integer.unsigned_abs() <= 1 << 53).then_some(integer as f64);
    }
    number.parse().ok().filter(|number: &f64| number.abs() <= BOUND)
}

fn given_number(value: Given<'_>) -> Option<f64> {
    match value {
        Given::Int(integer) => (integer.unsigned_abs() <= 1 << 53).then_some(integer as f64),
        Given::Double(number) => (number.abs() <= BOUND).then_some(number),
        _ => None,
    }
}
