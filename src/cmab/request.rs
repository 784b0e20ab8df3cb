//! What a prediction is asked with. Rule: SPEC, section 4.9.

use crate::json;

/// The body that asks for one prediction. `attributes` is a JSON list already.
pub(super) fn body(user_id: &str, rule_id: &str, attributes: &str, cmab_uuid: &str) -> String {
    json::to_string(|out| {
        json::object(out, |request| {
            json::list(request.name("instances"), [()], |out, ()| {
                json::object(out, |instance| {
                    instance.text("visitorId", user_id);
                    instance.text("experimentId", rule_id);
                    instance.name("attributes").extend_from_slice(attributes.as_bytes());
                    instance.text("cmabUUID", cmab_uuid);
                });
            });
        });
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_names_the_user_the_rule_the_attributes_and_the_uuid() {
        let attributes = r#"[{"id":"7","value":null,"type":"custom_attribute"}]"#;
        assert_eq!(
            body("u\"1", "r", attributes, "0b7e5a52"),
            r#"{"instances":[{"visitorId":"u\"1","experimentId":"r","attributes":[{"id":"7","value":null,"type":"custom_attribute"}],"cmabUUID":"0b7e5a52"}]}"#
        );
        assert!(body("u", "r", "[]", "x").contains(r#""attributes":[],"#));
    }
}
