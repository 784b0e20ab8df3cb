//! Notes of decisions and events as log lines. Keys of datafile entities stand in them, values and visitor ids never.

use super::collect::Collector;
use crate::decision::{AudienceNote, BanditOutcome, Note, Trace};
use crate::error::shown;
use crate::event::{self, Part};
use crate::platform::{Log, LogLevel};

/// Renders the notes somebody listens to; the others cost a comparison.
pub(super) struct LogTrace<'l>(pub(super) &'l Log);

impl Trace for LogTrace<'_> {
    #[inline]
    fn note(&mut self, note: Note<'_>) {
        match note {
            Note::Audience(AudienceNote::Condition { condition, fault: Some(fault), .. }) => {
                let (attribute, gist) = (&condition.attribute, fault.gist());
                self.0.write(
                    LogLevel::Warning,
                    format_args!("audience condition on attribute {attribute:?} {gist}"),
                );
            }
            Note::Audience(_)
            | Note::Rule { .. }
            | Note::Targeting { .. }
            | Note::Group { .. }
            | Note::Bucket { .. }
            | Note::BanditTraffic { .. }
            | Note::NoRollout { .. } => {}
            // Not rare where there are holdouts, and hardly ever listened to.
            Note::Holdout { .. } if !self.0.passes(LogLevel::Info) => {}
            rare => self.rare(rare),
        }
    }
}

impl LogTrace<'_> {
    #[cold]
    fn rare(&self, note: Note<'_>) {
        let say = |level, text: std::fmt::Arguments<'_>| self.0.write(level, text);
        match note {
            Note::NotRunning(rule) => {
                say(LogLevel::Info, format_args!("experiment {:?} is not running", rule.key));
            }
            Note::Holdout { holdout, is_in: false, .. } => {
                say(LogLevel::Info, format_args!("holdout {:?}: its conditions are not met", holdout.key));
            }
            Note::Holdout { holdout, variation: None, .. } => say(
                LogLevel::Info,
                format_args!("holdout {:?}: its conditions are met, and it gives no variation", holdout.key),
            ),
            Note::Holdout { holdout, variation: Some(variation), .. } => say(
                LogLevel::Info,
                format_args!(
                    "holdout {:?}: its conditions are met, and it gives variation {:?}",
                    holdout.key, variation.key
                ),
            ),
            Note::Whitelist { rule, variation_key, is_valid: false } => say(
                LogLevel::Warning,
                format_args!(
                    "experiment {:?}: the whitelist names {variation_key:?}, which it does not have",
                    rule.key
                ),
            ),
            Note::Stored { rule, variation: None, .. } => say(
                LogLevel::Warning,
                format_args!(
                    "experiment {:?}: a stored profile names a variation that it does not have",
                    rule.key
                ),
            ),
            Note::ForcedDecision { variation_key, is_valid: false, .. } => say(
                LogLevel::Info,
                format_args!("a forced decision names the variation {variation_key:?}, which the flag lacks"),
            ),
            Note::BucketingIdUnusable(_) => {
                say(LogLevel::Warning, format_args!("$opt_bucketing_id is not a text; the user id is used"));
            }
            Note::Bandit { rule, outcome: BanditOutcome::Failed } => {
                say(LogLevel::Error, format_args!("Failed to fetch CMAB data for experiment {}.", rule.key));
            }
            Note::Bandit { rule, outcome: BanditOutcome::Unknown(id) } => say(
                LogLevel::Warning,
                format_args!(
                    "experiment {:?}: the prediction names the variation id {}, which it does not have",
                    rule.key,
                    shown(id)
                ),
            ),
            _ => {}
        }
    }
}

/// Who listens to a decision: the log, and a collector where reasons were asked for.
pub(super) struct Tracer<'l> {
    pub(super) log: LogTrace<'l>,
    pub(super) collector: Option<Box<Collector>>,
}

impl Trace for Tracer<'_> {
    #[inline]
    fn note(&mut self, note: Note<'_>) {
        self.log.note(note);
        if let Some(collector) = &mut self.collector {
            collector.note(note);
        }
    }
}

impl event::Trace for LogTrace<'_> {
    fn ignored(&mut self, part: Part, key: &str) {
        let part = match part {
            Part::Attribute => "attribute",
            Part::Tag => "event tag",
        };
        let what = "its value can't be sent; texts, booleans and finite numbers can";
        self.0.write(LogLevel::Warning, format_args!("{part} {} is left out: {what}", shown(key)));
    }

    fn metric_refused(&mut self, name: &str) {
        self.0
            .write(LogLevel::Warning, format_args!("event tag {name:?} is no number that metrics can take"));
    }
}
