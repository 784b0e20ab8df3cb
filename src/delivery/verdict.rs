//! What an outcome means for the batch: a pure function. Rule: SPEC, section 7.7.

use std::time::Duration;

use crate::platform::{Defect, planted};
use crate::transport::Outcome;

/// What to do with a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The server has it.
    Delivered,
    /// Try again later; the server may have named the time.
    Retry(Option<Duration>),
    /// Something in it is refused: find out what.
    Split,
    /// Only a person can mend it: wait long between attempts.
    Hold,
}

pub(super) fn verdict(outcome: &Outcome) -> Verdict {
    match outcome {
        Outcome::Failed(_) | Outcome::Cut(_) => Verdict::Retry(None),
        Outcome::Barred(_) => Verdict::Hold,
        Outcome::Answered { status, retry_after, .. } => match status {
            200..=299 => Verdict::Delivered,
            400 | 413 | 422 => Verdict::Split,
            503 if planted(Defect::DeadLetterWhenBusy) => Verdict::Split,
            408 | 425 | 429 => Verdict::Retry(*retry_after),
            300..=499 => Verdict::Hold,
            // 5xx, and numbers that are no status of HTTP.
            _ => Verdict::Retry(*retry_after),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_a_verdict() {
        let after = Some(Duration::from_secs(2));
        for status in (0..=599).chain([600, 999]) {
            let outcome = Outcome::Answered { status, retry_after: after, text: String::new() };
            let expected = match status {
                200..=299 => Verdict::Delivered,
                400 | 413 | 422 => Verdict::Split,
                300..=407 | 409..=412 | 414..=421 | 423 | 424 | 426..=428 | 430..=499 => Verdict::Hold,
                // 408, 425, 429, 5xx, and what is no status at all.
                _ => Verdict::Retry(after),
            };
            assert_eq!(verdict(&outcome), expected, "{status}");
        }
        assert_eq!(verdict(&Outcome::Failed("reset".into())), Verdict::Retry(None));
        assert_eq!(verdict(&Outcome::Barred("expired".into())), Verdict::Hold);
    }
}
