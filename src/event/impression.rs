//! An impression's record. Rule: SPEC, sections 4.10 and 7.4.

use super::record::{Body, IMPRESSION, Reader};
use super::{Trace, attributes};
use crate::datafile::Project;
use crate::decision::{Decision, Source};
use crate::user::User;

/// What an impression says beside its decision.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The flag; empty for a call that asks for an experiment.
    pub flag_key: &'a str,
    /// The bandit's prediction that decided.
    pub cmab_uuid: Option<&'a str>,
}

/// Writes the body of an impression; answers how many attributes were left out.
pub fn impression(
    body: &mut Body,
    project: &Project,
    decision: &Decision<'_>,
    asked: Asked<'_>,
    user: &User,
    trace: &mut impl Trace,
) -> u32 {
    body.byte(IMPRESSION);
    body.text(user.id());
    let ignored = attributes::write(body, project, user, trace);
    let (campaign_id, experiment_id, rule_key) =
        decision.rule.map_or(("", "", ""), |rule| (&*rule.campaign_id, &*rule.id, &*rule.key));
    let variation_id =
        decision.variation.filter(|variation| variation.has_wire_id).map(|variation| &*variation.id);
    let variation_key = decision.variation.map_or("", |variation| &variation.key);
    body.text(campaign_id);
    body.text(experiment_id);
    body.optional(variation_id);
    body.text(asked.flag_key);
    body.text(rule_key);
    body.byte(rule_type(decision.source));
    body.text(variation_key);
    // Activate always says enabled.
    body.byte(u8::from(decision.source == Source::Experiment || decision.is_enabled()));
    body.optional(asked.cmab_uuid);
    ignored
}

/// The sources in the order of their numbers in a record.
const SOURCES: [Source; 4] = [Source::Experiment, Source::FeatureTest, Source::Rollout, Source::Holdout];

fn rule_type(source: Source) -> u8 {
    match source {
        Source::Experiment => 0,
        Source::FeatureTest => 1,
        Source::Rollout => 2,
        Source::Holdout => 3,
    }
}

/// An impression as its record says it, after visitor and attributes.
pub(super) struct Stored<'a> {
    pub(super) campaign_id: &'a str,
    pub(super) experiment_id: &'a str,
    pub(super) variation_id: Option<&'a str>,
    pub(super) flag_key: &'a str,
    pub(super) rule_key: &'a str,
    pub(super) source: Source,
    pub(super) variation_key: &'a str,
    pub(super) is_enabled: bool,
    pub(super) cmab_uuid: Option<&'a str>,
}

pub(super) fn read<'a>(reader: &mut Reader<'a>) -> Option<Stored<'a>> {
    Some(Stored {
        campaign_id: reader.text()?,
        experiment_id: reader.text()?,
        variation_id: reader.optional()?,
        flag_key: reader.text()?,
        rule_key: reader.text()?,
        source: *SOURCES.get(usize::from(reader.byte()?))?,
        variation_key: reader.text()?,
        is_enabled: reader.byte()? == 1,
        cmab_uuid: reader.optional()?,
    })
}
