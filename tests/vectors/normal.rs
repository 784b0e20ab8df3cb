//! Puts into one order what the wire format leaves open: a visitor's attributes, and payloads of unordered calls.

use crate::json::Json;

/// Sorts the attributes of every visitor by their key, in a payload or in whatever holds payloads.
pub fn sort_attributes(value: &mut Json) {
    match value {
        Json::List(items) => items.iter_mut().for_each(sort_attributes),
        Json::Object(members) => {
            for (name, member) in members {
                match member {
                    Json::List(visitors) if name == "visitors" => {
                        visitors.iter_mut().for_each(sort_of_visitor);
                    }
                    _ => sort_attributes(member),
                }
            }
        }
        _ => {}
    }
}

fn sort_of_visitor(visitor: &mut Json) {
    let Json::Object(members) = visitor else { return };
    for (name, member) in members {
        if let ("attributes", Json::List(attributes)) = (name.as_str(), member) {
            attributes.sort_by(|one, other| key_of(one).cmp(key_of(other)));
        }
    }
}

/// Sorts payloads, as `{"url", "body"}`, by flag key, rule type and rule key of their one decision.
pub fn sort_by_decision(payloads: &mut [Json]) {
    payloads.sort_by_key(|payload| {
        let metadata = first_decision(payload).and_then(|decision| decision.get("metadata"));
        ["flag_key", "rule_type", "rule_key"].map(|name| {
            metadata.and_then(|metadata| metadata.get(name)?.as_text()).unwrap_or_default().to_owned()
        })
    });
}

fn first_decision(payload: &Json) -> Option<&Json> {
    let visitor = payload.get("body")?.get("visitors")?.items().first()?;
    visitor.get("snapshots")?.items().first()?.get("decisions")?.items().first()
}

fn key_of(attribute: &Json) -> &str {
    attribute.get("key").and_then(Json::as_text).unwrap_or_default()
}
