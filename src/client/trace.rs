//! Notes of decisions and events as log lines. Keys of datafile entities stand in them, values and visitor ids never.

use crate::datafile::Rule;
use crate::decision;
use crate::error::shown;
use crate::event::{self, Part};
use crate::platform::{Log, LogLevel};

/// Renders the notes somebody listens to; the others cost a comparison.
pub(super) struct LogTrace<'l>(pub(super) &'l Log);

impl decision::Trace for LogTrace<'_> {
    fn condition(&mut self, attribute: &str, gist: &'static str) {
        self.0.write(LogLevel::Warning, format_args!("audience condition on attribute {attribute:?} {gist}"));
    }

    fn not_running(&mut self, rule: &Rule) {
        self.0.write(LogLevel::Info, format_args!("experiment {:?} is not running", rule.key));
    }

    fn whitelist_invalid(&mut self, rule: &Rule, variation_key: &str) {
        self.0.write(
            LogLevel::Warning,
            format_args!(
                "experiment {:?}: the whitelist names {variation_key:?}, which it does not have",
                rule.key
            ),
        );
    }

    fn bucketing_id_unusable(&mut self) {
        self.0.write(LogLevel::Warning, format_args!("$opt_bucketing_id is not a text; the user id is used"));
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
