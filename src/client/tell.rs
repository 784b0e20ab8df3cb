//! Tells listeners what calls came to. Rule: SPEC, sections 9.1 to 9.3.

use super::decision::{Decision, EventStatus};
use super::lifecycle::Client;
use super::variables;
use crate::decision::Source;
use crate::error::{Error, Result, Status};
use crate::event::Tags;
use crate::json::{self, Members};
use crate::notification::{Listener, Notification, Topic};
use crate::platform::milliseconds;
use crate::user::User;

/// Which call made a decision.
#[derive(Clone, Copy)]
pub(super) enum Call<'a> {
    /// One on a user context.
    Decide,
    /// One by the key of an experiment.
    Experiment(&'a str),
    /// Is the flag on?
    Feature,
    /// One variable.
    Variable(&'a str),
    /// All variables.
    AllVariables,
}

impl Client {
    /// Adds a listener; answers the id by which it is removed.
    pub fn add_listener(&self, topics: u32, listener: std::sync::Arc<dyn Listener>) -> u64 {
        self.listeners.add(topics, listener)
    }

    /// Removes a listener; was it there?
    pub fn remove_listener(&self, id: u64) -> bool {
        self.listeners.remove(id)
    }

    /// The oldest notification of the queue, waiting for one until the time-out.
    pub fn next_notification(&self, timeout_ms: u32) -> Result<Notification> {
        let queue = &self.room().queue;
        queue.pull(milliseconds(timeout_ms)).ok_or_else(|| {
            if queue.is_closed() {
                return Error::new(Status::Closed, "the client is closed, and no notification is left");
            }
            Error::new(Status::Timeout, "no notification came")
        })
    }

    fn tell(&self, notification: Notification) {
        self.log.calling_out(|| self.listeners.tell(&notification));
        self.room().queue.push(notification);
    }

    #[inline]
    pub(super) fn tell_decision(&self, user: &User, decision: &Decision, call: Call<'_>) {
        if self.listeners.want(Topic::Decision) {
            self.tell_wanted_decision(user, decision, call);
        }
    }

    #[cold]
    fn tell_wanted_decision(&self, user: &User, decision: &Decision, call: Call<'_>) {
        if is_told(decision, call) {
            let notification = decision_made(user, decision, call);
            self.tell(notification);
        }
    }

    pub(super) fn tell_track(&self, user: &User, event_key: &str, tags: &Tags<'_>) {
        if self.listeners.want(Topic::Track) {
            let notification = tracked(user, event_key, tags);
            self.tell(notification);
        }
    }
}

/// Error decisions are told to nobody, but that a flag is not on for want of a prediction. Rule: SPEC, section 4.9.
pub(super) fn is_told(decision: &Decision, call: Call<'_>) -> bool {
    decision.status() == Status::Ok || matches!(call, Call::Feature)
}

/// The notification of a decision.
pub(super) fn decision_made(user: &User, decision: &Decision, call: Call<'_>) -> Notification {
    let kind = match call {
        Call::Decide => "flag",
        Call::Experiment(_) if decision.is_feature_test() => "feature-test",
        Call::Experiment(_) => "ab-test",
        Call::Feature => "feature",
        Call::Variable(_) => "feature-variable",
        Call::AllVariables => "all-feature-variables",
    };
    let key = match call {
        Call::Experiment(key) => key,
        _ => decision.flag_key().unwrap_or_default(),
    };
    let payload = json::to_string(|out| {
        json::object(out, |members| {
            members.text("type", kind);
            about_user(members, user);
            json::object(members.name("decisionInfo"), |info| match call {
                Call::Decide => flag_info(info, decision),
                Call::Experiment(key) => {
                    info.text("experimentKey", key);
                    info.text_or_null("variationKey", decision.variation_key());
                }
                Call::Feature => feature_info(info, decision),
                Call::Variable(key) => {
                    feature_info(info, decision);
                    info.text("variableKey", key);
                    if let Some((kind, text)) = decision.variable_text(key) {
                        info.text("variableType", kind.name());
                        // The text as it is, where it can't be read.
                        let out = info.name("variableValue");
                        match decision.variable(key, None) {
                            Ok(value) => variables::write(out, Some(value)),
                            Err(_) => json::text(out, text),
                        }
                    }
                }
                Call::AllVariables => {
                    feature_info(info, decision);
                    info.name("variableValues").extend_from_slice(decision.variables_json().as_bytes());
                }
            });
        });
    });
    Notification { topic: Topic::Decision, key: key.into(), payload }
}

fn flag_info(info: &mut Members<'_>, decision: &Decision) {
    info.text_or_null("flagKey", decision.flag_key());
    info.boolean("enabled", decision.enabled());
    info.name("variables").extend_from_slice(decision.variables_json().as_bytes());
    info.text_or_null("variationKey", decision.variation_key());
    info.text_or_null("ruleKey", decision.rule_key());
    json::list(info.name("reasons"), decision.reasons(), |out, reason| json::text(out, reason));
    let is_dispatched = !matches!(decision.event_status(), EventStatus::Suppressed | EventStatus::Closed);
    info.boolean("decisionEventDispatched", is_dispatched);
    info.text_or_null("experimentId", decision.rule_id());
    info.text_or_null("variationId", decision.variation_id());
}

fn feature_info(info: &mut Members<'_>, decision: &Decision) {
    info.text_or_null("featureKey", decision.flag_key());
    info.boolean("featureEnabled", decision.enabled());
    let source = if decision.status() == Status::Ok { decision.source().rule_type() } else { "" };
    info.text("source", source);
    let is_told = matches!(decision.source(), Source::FeatureTest | Source::Holdout);
    json::object(info.name("sourceInfo"), |source| {
        if is_told {
            source.text_or_null("experimentKey", decision.rule_key());
            source.text_or_null("variationKey", decision.variation_key());
        }
    });
}

fn about_user(members: &mut Members<'_>, user: &User) {
    members.text("userId", user.id());
    json::object(members.name("attributes"), |attributes| {
        for (key, value) in user.attributes() {
            json::value(attributes.name(key), value);
        }
    });
}

/// The notification of a conversion.
pub(super) fn tracked(user: &User, event_key: &str, tags: &Tags<'_>) -> Notification {
    let payload = json::to_string(|out| {
        json::object(out, |members| {
            members.text("eventKey", event_key);
            about_user(members, user);
            json::object(members.name("eventTags"), |all| {
                tags.distinct(|key, value| json::value(all.name(key), value));
            });
        });
    });
    Notification { topic: Topic::Track, key: event_key.into(), payload }
}
