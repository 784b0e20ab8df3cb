//! The request for a user's segments, and how its answer is read. Rule: SPEC, section 11.2.

use serde_json::Value as Json;

use crate::json;

/// The identifier of a user.
pub const USER_ID: &str = "fs_user_id";

const QUERY: &str = "query($userId: String, $audiences: [String]) {customer(fs_user_id: $userId) \
    {audiences(subset: $audiences) {edges {node {name state}}}}}";

/// The body that asks which of the segments a user qualifies for.
#[must_use]
pub fn request(user_id: &str, segments: &[Box<str>]) -> Vec<u8> {
    let mut body = Vec::new();
    json::object(&mut body, |members| {
        members.text("query", QUERY);
        json::object(members.name("variables"), |variables| {
            variables.text("userId", user_id);
            json::list(variables.name("audiences"), segments, |out, segment| json::text(out, segment));
        });
    });
    body
}

/// The segments that an answer says the user qualifies for. The error says what is wrong with the answer and shows
/// nothing of it but the platform's own words for it.
pub fn answer(status: u16, body: &[u8]) -> Result<Vec<Box<str>>, String> {
    if status >= 400 {
        return Err(format!("the Data Platform answered with HTTP status {status}"));
    }
    let undecodable = || "the Data Platform's answer can't be read (decode error)".to_owned();
    let json: Json = serde_json::from_slice(body).map_err(|_| undecodable())?;
    if let Some(first) = json.get("errors").and_then(Json::as_array).and_then(|errors| errors.first()) {
        let word =
            |name: &str| first.pointer("/extensions").and_then(|all| all.get(name)).and_then(Json::as_str);
        return Err(match (word("code"), word("classification")) {
            (Some("INVALID_IDENTIFIER_EXCEPTION"), _) => {
                "the Data Platform does not know the user (invalid identifier)".to_owned()
            }
            (_, Some(classification)) => format!("the Data Platform refuses the request ({classification})"),
            _ => undecodable(),
        });
    }
    let edges =
        json.pointer("/data/customer/audiences/edges").and_then(Json::as_array).ok_or_else(undecodable)?;
    let mut segments = Vec::new();
    for node in edges.iter().filter_map(|edge| edge.get("node")) {
        let text = |name: &str| node.get(name).and_then(Json::as_str);
        if let (Some(name), Some("qualified")) = (text("name"), text("state")) {
            segments.push(name.into());
        }
    }
    Ok(segments)
}
