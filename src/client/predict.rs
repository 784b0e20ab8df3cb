//! Predictions for contextual bandits: from the cache, from the endpoint or the host's predictor, or from the caller.
//! Rule: SPEC, section 4.9.

use super::decide_options as option;
use super::session::Session;
use crate::cmab::{self, Ask, Question};
use crate::datafile::{Bandit, Kind, Rule};
use crate::decision::{Answer, Origin, Prediction};
use crate::json;
use crate::platform::LogLevel;
use crate::user::User;
use crate::value::Value;

/// What a caller who predicts is to be asked.
pub(super) type Needs = Vec<Ask>;

/// The attributes that a bandit's prediction is made from, as a JSON list in the datafile's order.
fn attributes(bandit: &Bandit, user: &User) -> String {
    let known = bandit.attributes.iter().filter_map(|(id, key)| {
        let value = user.attribute(key);
        // A null that was given says something to the model; an attribute that was not given is left out.
        let counts = value.is_event_attribute() || value == Value::Null && user.has_attribute(key);
        counts.then_some((id, value))
    });
    json::to_string(|out| {
        json::list(out, known, |out, (id, value)| {
            json::object(out, |members| {
                members.text("id", id);
                json::value(members.name("value"), value);
                members.text("type", "custom_attribute");
            });
        });
    })
}

impl<'c> Session<'c> {
    /// Gets what is known of these bandits' predictions, all at once. An error asks the caller for them.
    pub(super) fn predict(&mut self, rules: &[&'c Rule]) -> Result<(), Needs> {
        let attributes: Vec<String> = rules
            .iter()
            .map(|rule| match &rule.kind {
                Kind::Bandit(bandit) => attributes(bandit, self.user),
                Kind::Traffic => "[]".to_owned(),
            })
            .collect();
        let questions: Vec<Question<'_>> = rules
            .iter()
            .zip(&attributes)
            .map(|(rule, attributes)| Question { rule_id: &rule.id, attributes })
            .collect();
        self.prepare_cache(&questions);
        if self.caller_predicts || self.options.has(option::NO_WAIT) {
            return self.answer_without_waiting(&questions);
        }
        let uses_cache = !self.options.has(option::IGNORE_CMAB_CACHE);
        let answers = self.client.cmab.answers(self.user.id(), &questions, uses_cache);
        for (question, answer) in questions.iter().zip(answers) {
            let answer = match answer {
                Ok((answer, origin)) => predicted(answer, origin.into()),
                Err(why) => {
                    let message = format_args!("no prediction for rule {}: {why}", question.rule_id);
                    self.client.log.write(LogLevel::Error, message);
                    Answer::Failed
                }
            };
            self.predictions.push(Prediction { rule_id: question.rule_id.into(), answer });
        }
        Ok(())
    }

    /// What the options want of the cache before it is looked into, once a call.
    fn prepare_cache(&mut self, questions: &[Question<'_>]) {
        let cmab = &self.client.cmab;
        if self.options.has(option::IGNORE_CMAB_CACHE) {
            return;
        }
        if self.options.has(option::RESET_CMAB_CACHE) && !self.is_cache_prepared {
            cmab.reset();
        }
        self.is_cache_prepared = true;
        if self.options.has(option::INVALIDATE_USER_CMAB_CACHE) {
            for question in questions {
                cmab.forget(self.user.id(), question.rule_id);
            }
        }
    }

    /// Nobody waits here: what the cache does not have is passed over, or asked of the caller.
    fn answer_without_waiting(&mut self, questions: &[Question<'_>]) -> Result<(), Needs> {
        let (cmab, user_id) = (&self.client.cmab, self.user.id());
        let uses_cache = !self.options.has(option::IGNORE_CMAB_CACHE);
        let is_asked = self.caller_predicts && !self.options.has(option::NO_WAIT);
        let mut needs = Needs::new();
        for question in questions {
            let cached = uses_cache.then(|| cmab.cached(user_id, question)).flatten();
            let answer = match cached {
                Some(answer) => predicted(answer, Origin::Cache),
                None if is_asked => match cmab.ask(user_id, question) {
                    Some(ask) => {
                        needs.push(ask);
                        continue;
                    }
                    // Without randomness there is no uuid to ask by.
                    None => Answer::Failed,
                },
                None => Answer::NotAsked,
            };
            self.predictions.push(Prediction { rule_id: question.rule_id.into(), answer });
        }
        if needs.is_empty() { Ok(()) } else { Err(needs) }
    }

    /// Puts what the caller predicted into the cache. To be called once a call, when it has come to its end.
    pub(super) fn keep_predictions(&self) {
        if !self.caller_predicts || self.options.has(option::IGNORE_CMAB_CACHE) {
            return;
        }
        for prediction in &self.predictions {
            let Answer::Predicted { variation_id, cmab_uuid, origin: Origin::Host } = &prediction.answer
            else {
                continue;
            };
            let Some(bandit) = self.active.project.bandit(&prediction.rule_id) else { continue };
            let attributes = attributes(bandit, self.user);
            let question = Question { rule_id: &prediction.rule_id, attributes: &attributes };
            let answer = cmab::Answer { variation_id: variation_id.clone(), cmab_uuid: cmab_uuid.clone() };
            self.client.cmab.store(self.user.id(), &question, answer);
        }
    }
}

fn predicted(answer: cmab::Answer, origin: Origin) -> Answer {
    Answer::Predicted { variation_id: answer.variation_id, cmab_uuid: answer.cmab_uuid, origin }
}

impl From<cmab::Origin> for Origin {
    fn from(origin: cmab::Origin) -> Self {
        match origin {
            cmab::Origin::Cache => Self::Cache,
            cmab::Origin::Asked => Self::Asked,
            cmab::Origin::AskedAnew => Self::AskedAnew,
        }
    }
}
