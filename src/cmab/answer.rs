//! How the prediction service's answer is read. Rule: SPEC, section 4.9.

use std::collections::HashMap;

use serde_json::value::RawValue;

use crate::text::is_digits;

/// Bytes of an answer that are looked at; a real one has some fifty.
const MAX_ANSWER: usize = 64 * 1024;

/// The variation that an answer predicts. The error says what is wrong with the answer and shows nothing of it, for
/// services repeat what they were asked.
pub(super) fn variation_id(answer: &str) -> Result<Box<str>, String> {
    if answer.len() > MAX_ANSWER {
        return Err(format!("the answer is longer than {MAX_ANSWER} bytes"));
    }
    let predictions = member(answer, "predictions", "the answer")?;
    let predictions: Vec<&RawValue> =
        serde_json::from_str(predictions.get()).map_err(|_| "predictions is no list")?;
    let first = predictions.first().ok_or("predictions is empty")?;
    let id = member(first.get(), "variation_id", "predictions[0]")?;
    id_text(id.get()).filter(|id| !id.is_empty()).ok_or_else(|| {
        "predictions[0].variation_id is no text with a character in it and no whole number".into()
    })
}

/// A member of an object; `what` names the object.
fn member<'a>(object: &'a str, name: &str, what: &str) -> Result<&'a RawValue, String> {
    let mut members: HashMap<String, &RawValue> = serde_json::from_str(object).map_err(|error| {
        if error.is_data() {
            return format!("{what} is no object");
        }
        format!("{what} is no JSON at line {}, column {}", error.line(), error.column())
    })?;
    members.remove(name).ok_or_else(|| format!("{what} has no {name}"))
}

/// A text, or a whole number as it is written: ids have more digits than a double keeps. `12.0` counts as `12`.
fn id_text(json: &str) -> Option<Box<str>> {
    if json.starts_with('"') {
        return serde_json::from_str(json).ok();
    }
    let (whole, fraction) = json.split_once('.').unwrap_or((json, "0"));
    let is_whole =
        is_digits(whole.strip_prefix('-').unwrap_or(whole)) && fraction.bytes().all(|byte| byte == b'0');
    is_whole.then(|| whole.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_prediction_counts_as_a_text_or_as_a_whole_number_of_any_length() {
        let long = "123456789012345678901234567890";
        for (json, id) in [
            (r#""v1""#, "v1"),
            (r#""a\"\u00e4""#, "a\"ä"),
            ("17", "17"),
            ("-3", "-3"),
            ("12.0", "12"),
            (long, long),
        ] {
            let answer = format!(
                r#"{{"more":[1,{{}}],"predictions":[{{"score":0.5,"variation_id":{json}}},{{"variation_id":"other"}}]}}"#
            );
            assert_eq!(variation_id(&answer).as_deref(), Ok(id), "{json}");
        }
    }

    #[test]
    fn what_is_no_answer_is_told_apart_and_not_shown() {
        for (answer, gist) in [
            ("", "the answer is no JSON at line 1, column 0"),
            ("<html>secret</html>", "the answer is no JSON at line 1, column 1"),
            (r#"{"predictions":[{"variation_id":"v""#, "the answer is no JSON at line 1, column 35"),
            (r#"{"predictions":[]} x"#, "the answer is no JSON at line 1, column 20"),
            ("[]", "the answer is no object"),
            ("null", "the answer is no object"),
            (r#"{"instances":["secret"]}"#, "the answer has no predictions"),
            (r#"{"predictions":{}}"#, "predictions is no list"),
            (r#"{"predictions":null}"#, "predictions is no list"),
            (r#"{"predictions":[]}"#, "predictions is empty"),
            (r#"{"predictions":["secret"]}"#, "predictions[0] is no object"),
            (r#"{"predictions":[{"variationId":"v"}]}"#, "predictions[0] has no variation_id"),
        ] {
            assert_eq!(variation_id(answer), Err(gist.to_owned()), "{answer}");
        }
        for id in ["null", "true", "\"\"", "1.5", "1e3", "[]", "{}"] {
            let answer = format!(r#"{{"predictions":[{{"variation_id":{id}}}]}}"#);
            let error = variation_id(&answer).expect_err(id);
            assert!(error.starts_with("predictions[0].variation_id is no text"), "{error}");
        }
    }

    #[test]
    fn hostile_answers_are_errors() {
        assert!(variation_id(&"[".repeat(MAX_ANSWER)).is_err());
        let deep = format!(r#"{{"predictions":{}"#, r#"[{"variation_id":"#.repeat(3000));
        assert!(variation_id(&deep).is_err());
        let long = format!(r#"{{"predictions":[{{"variation_id":"{}"}}]}}"#, "v".repeat(MAX_ANSWER));
        assert_eq!(variation_id(&long), Err("the answer is longer than 65536 bytes".to_owned()));
    }
}
