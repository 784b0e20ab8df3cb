//! The predictor that asks Optimizely's prediction service over HTTP, twice if need be.

use std::thread;
use std::time::Duration;

use super::answer;
use super::{Ask, PLACEHOLDER, Predictor};
use crate::transport::{Outcome, Request, Transport};

#[cfg(test)]
mod tests;

/// Wait before the second attempt. Rule: SPEC, section 4.9.
const PAUSE: Duration = Duration::from_millis(100);

/// Posts each question to an endpoint. Whatever goes wrong, client errors included, is tried once more.
pub struct HttpPredictor {
    transport: Box<dyn Transport>,
    /// The template before and after the rule id.
    parts: (Box<str>, Box<str>),
}

impl HttpPredictor {
    /// A predictor that posts to `template` with its first `%s` replaced by the rule id; one without gets the id at its
    /// end. The transport's time-outs bound each of the two attempts.
    #[must_use]
    pub fn new(transport: Box<dyn Transport>, template: &str) -> Self {
        let (before, after) = template.split_once(PLACEHOLDER).unwrap_or((template, ""));
        Self { transport, parts: (before.into(), after.into()) }
    }

    fn attempt(&self, url: &str, body: &str) -> Result<Box<str>, String> {
        match self.transport.post(&Request { url, headers: &[], body: body.as_bytes(), deadline: None }) {
            Outcome::Answered { status: 200..=299, text, .. } => answer::variation_id(&text)
                .map_err(|gist| format!("the prediction service's answer can't be used: {gist}")),
            Outcome::Answered { status, .. } => {
                Err(format!("the prediction service answered with HTTP status {status}"))
            }
            Outcome::Failed(reason) | Outcome::Cut(reason) | Outcome::Barred(reason) => {
                Err(format!("the prediction service gave no answer: {reason}"))
            }
        }
    }
}

impl Predictor for HttpPredictor {
    fn predict(&self, _user_id: &str, ask: &Ask) -> Result<Box<str>, String> {
        let (before, after) = &self.parts;
        let url = format!("{before}{}{after}", segment(&ask.rule_id));
        self.attempt(&url, &ask.body).or_else(|_| {
            thread::sleep(PAUSE);
            self.attempt(&url, &ask.body)
        })
    }

    fn is_concurrent(&self) -> bool {
        true
    }
}

/// A text as one segment of a path: what is not unreserved there is percent-encoded.
fn segment(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut segment = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            segment.push(char::from(byte));
        } else {
            let digits = [byte >> 4, byte & 15].map(|digit| char::from(DIGITS[usize::from(digit)]));
            segment.push('%');
            segment.extend(digits);
        }
    }
    segment
}
