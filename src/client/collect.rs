//! Collects the notes of one decision: as reasons, and as what an explanation shows. Only where they were asked for.
//! Rule: SPEC, section 4.12.

use super::decide_options::{self as option, DecideOptions};
use super::explain::{Audience, Condition, Draw, Range, Tried};
use crate::decision::{AudienceNote, BanditOutcome, Fault, Note, Origin, Part, Trace, Truth};
use crate::json;

/// What was noted so far.
pub(super) struct Collector {
    user_id: String,
    flag_key: String,
    options: DecideOptions,
    pub(super) reasons: Vec<String>,
    pub(super) tried: Vec<Tried>,
    /// What stands before the first rule.
    pub(super) first: Vec<String>,
    /// Conditions of the audience that is being evaluated.
    conditions: Vec<Condition>,
}

impl Collector {
    pub(super) fn new(user_id: &str, flag_key: &str, options: DecideOptions) -> Self {
        Self {
            user_id: user_id.to_owned(),
            flag_key: flag_key.to_owned(),
            options,
            reasons: Vec::new(),
            tried: Vec::new(),
            first: Vec::new(),
            conditions: Vec::new(),
        }
    }

    /// A sentence for the reasons and, below the rule it is about, for the explanation.
    fn reason(&mut self, text: String) {
        self.step(text.clone());
        self.reasons.push(text);
    }

    fn step(&mut self, text: String) {
        match self.tried.last_mut() {
            Some(tried) => tried.steps.push(text),
            None => self.first.push(text),
        }
    }

    fn draw(&mut self, draw: Draw) {
        if let Some(tried) = self.tried.last_mut() {
            tried.draws.push(draw);
        }
    }

    fn audience(&mut self, note: AudienceNote<'_>) {
        match note {
            AudienceNote::Condition { condition, value, truth, fault } => {
                let problem = fault.map(Fault::gist);
                if let Some(problem) = problem {
                    self.reasons
                        .push(format!("audience condition on attribute {:?} {problem}", condition.attribute));
                }
                self.conditions.push(Condition {
                    attribute: condition.attribute.to_string(),
                    matcher: condition.test.match_name(),
                    expected: condition
                        .test
                        .operand()
                        .map(|value| json::to_string(|out| json::value(out, value))),
                    actual: json::to_string(|out| json::value(out, value)),
                    truth,
                    problem,
                });
            }
            AudienceNote::Audience { id, truth, is_usable } => {
                if !is_usable {
                    self.reasons.push(format!("the conditions of audience {id} can't be used"));
                }
                let conditions = std::mem::take(&mut self.conditions);
                if let Some(tried) = self.tried.last_mut() {
                    let problem = (!is_usable).then_some("its conditions can't be used");
                    tried.audiences.push(Audience { id: id.to_owned(), truth, conditions, problem });
                }
            }
            AudienceNote::UnknownAudience { id } => {
                self.reasons.push(format!("the datafile has no audience {id:?}"));
                if let Some(tried) = self.tried.last_mut() {
                    let problem = Some("the datafile does not have it");
                    let (id, truth) = (id.to_owned(), Truth::Unknown);
                    tried.audiences.push(Audience { id, truth, conditions: Vec::new(), problem });
                }
            }
        }
    }

    /// What the options made of the cache of predictions before a bandit was looked up in it.
    fn cache(&mut self, key: &str) {
        let user = self.user_id.clone();
        if self.options.has(option::IGNORE_CMAB_CACHE) {
            self.reason(format!(
                "the cache of predictions is ignored for experiment {key:?} and user {user:?}"
            ));
            return;
        }
        if self.options.has(option::RESET_CMAB_CACHE) {
            self.reason(format!("the cache of predictions was emptied before experiment {key:?}"));
        }
        if self.options.has(option::INVALIDATE_USER_CMAB_CACHE) {
            self.reason(format!(
                "the cached prediction for experiment {key:?} and user {user:?} was forgotten"
            ));
        }
    }

    fn bandit(&mut self, key: &str, outcome: BanditOutcome<'_>) {
        if !matches!(outcome, BanditOutcome::Needed) {
            self.cache(key);
        }
        let user = self.user_id.clone();
        let text = match outcome {
            BanditOutcome::Needed => return,
            BanditOutcome::PassedOver => {
                format!("experiment {key:?} needs a prediction for user {user:?}, which is not waited for")
            }
            BanditOutcome::Failed => format!("no prediction could be had for experiment {key:?}"),
            BanditOutcome::Unknown(id) => {
                format!(
                    "experiment {key:?}: the prediction for user {user:?} names the unknown variation id {id:?}"
                )
            }
            BanditOutcome::Predicted(variation, origin) => {
                let origin = match origin {
                    Origin::Cache => "the cache has it",
                    Origin::Asked => "asked for",
                    Origin::AskedAnew => "asked for anew, for the attributes have changed",
                    Origin::Host => "given by the host",
                };
                format!(
                    "user {user:?} is predicted into variation {:?} of experiment {key:?}: {origin}",
                    variation.key
                )
            }
        };
        self.reason(text);
    }

    fn targeting(&mut self, key: &str, is_in: bool) {
        let user = &self.user_id;
        let Some(tried) = self.tried.last_mut() else { return };
        tried.is_in = Some(is_in);
        let meets = if is_in { "meets" } else { "does not meet" };
        let combined = format!("the audiences of {key:?} come to {is_in}");
        let text = match tried.part {
            Part::Delivery { is_last: true, .. } => {
                format!("user {user:?} {meets} the conditions of the last rule, for everyone else")
            }
            Part::Delivery { number, .. } => {
                format!("user {user:?} {meets} the conditions of targeting rule {number}")
            }
            Part::Experiment => format!("user {user:?} {meets} the conditions to be in experiment {key:?}"),
            Part::Holdout | Part::LocalHoldout => {
                format!("user {user:?} {meets} the conditions of holdout {key:?}")
            }
        };
        self.reasons.push(combined);
        self.reasons.push(text);
    }
}

impl Trace for Collector {
    fn note(&mut self, note: Note<'_>) {
        let user = self.user_id.clone();
        match note {
            Note::Rule { rule, part } => {
                // A rule is looked at again after its holdouts, which then stand before it. Nothing further back is
                // looked at, so that many rules take no more than their number.
                let last = self.tried.iter().rposition(|tried| tried.part != Part::LocalHoldout);
                let is_it = |at: &usize| self.tried[*at].part == part && *self.tried[*at].id == *rule.id;
                let again = last.filter(is_it).map(|at| self.tried.remove(at));
                self.tried.push(again.unwrap_or_else(|| Tried::new(part, rule)));
            }
            Note::Audience(note) => self.audience(note),
            Note::Targeting { rule, is_in } => self.targeting(&rule.key, is_in),
            Note::ForcedDecision { rule, variation_key, is_valid } => {
                let of = rule.map_or(String::new(), |rule| format!(", rule {:?}", rule.key));
                let flag = &self.flag_key;
                let what = if is_valid { "is forced" } else { "is forced but not in the datafile" };
                self.reason(format!(
                    "variation {variation_key:?} {what} for flag {flag:?}{of} and user {user:?}"
                ));
            }
            Note::NotRunning(rule) => self.reason(format!("experiment {:?} is not running", rule.key)),
            Note::ForcedVariation { rule, variation } => self.reason(match variation {
                Some(variation) => {
                    format!(
                        "variation {:?} of experiment {:?} is forced on user {user:?}",
                        variation.key, rule.key
                    )
                }
                None => format!(
                    "the variation forced on user {user:?} is no longer in experiment {:?}",
                    rule.key
                ),
            }),
            Note::Whitelist { rule, variation_key, is_valid } => {
                let what = if is_valid { "whitelisted" } else { "whitelisted, but not in the datafile," };
                self.reason(format!(
                    "user {user:?} is {what} into variation {variation_key:?} of experiment {:?}",
                    rule.key
                ));
            }
            Note::Stored { rule, variation_id, variation } => self.reason(match variation {
                Some(variation) => format!(
                    "user {user:?} was bucketed before into variation {:?} of experiment {:?}",
                    variation.key, rule.key
                ),
                None => format!(
                    "user {user:?} was bucketed before into variation id {variation_id:?} of experiment {:?}, \
                     but no matching variation was found",
                    rule.key
                ),
            }),
            Note::BucketingIdUnusable(rule) => {
                self.reason(format!("the bucketing id of user {user:?} is not a text, for {:?}", rule.key));
            }
            Note::Group { rule, group, bucket, chosen } => {
                self.draw(Draw::group(group, bucket));
                let is_in = chosen == Some(&*rule.id);
                let what = if is_in { "is in" } else { "is not in" };
                self.reason(format!("user {user:?} {what} experiment {:?} of group {:?}", rule.key, group.id));
            }
            Note::Bucket { rule, bucket, variation } => {
                self.draw(Draw::traffic(rule, bucket));
                let what = match self.tried.last().map(|tried| tried.part) {
                    Some(Part::Holdout | Part::LocalHoldout) => "holdout",
                    Some(Part::Delivery { .. }) => "delivery rule",
                    _ => "experiment",
                };
                self.reason(match variation {
                    Some(variation) => format!(
                        "user {user:?} is in variation {:?} of {what} {:?}, by bucket {bucket}",
                        variation.key, rule.key
                    ),
                    None => {
                        format!("user {user:?} is in no variation of {what} {:?}, by bucket {bucket}", rule.key)
                    }
                });
            }
            Note::BanditTraffic { rule, bandit, bucket } => {
                let is_hit = i64::from(bucket) < bandit.end_of_range;
                let range = Range { from: 0, end: bandit.end_of_range, entity: None, is_hit };
                self.draw(Draw { parent: rule.id.to_string(), of: "prediction", bucket, ranges: vec![range] });
                let what = if is_hit { "is" } else { "is not" };
                self.reason(format!(
                    "user {user:?} {what} in the traffic of experiment {:?} that gets predictions, by bucket {bucket}",
                    rule.key
                ));
            }
            Note::Bandit { rule, outcome } => self.bandit(&rule.key, outcome),
            // Its audience and its traffic have said so already.
            Note::Holdout { .. } => {}
            Note::NoRollout { rollout_id } => {
                let (flag, of) = (&self.flag_key, "no delivery rules: rollout");
                let text = format!("flag {flag:?} has {of} {rollout_id:?} is not in the datafile or empty");
                self.reasons.push(text.clone());
                self.step(text);
            }
        }
    }
}
