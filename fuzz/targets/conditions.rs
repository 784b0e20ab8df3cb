//! A user's attributes and an audience's conditions, made or as they come: three-valued truth, beside an evaluator
//! written apart after SPEC 2.3 and 2.4.
#![no_main]

mod shared;

use libfuzzer_sys::fuzz_target;
use opttrack::fuzzing::{
    Decider, DecisionNote, Inputs, Note, Scratch, Source as From, Trace, Truth, experiment, parse,
};
use opttrack::user::User;
use opttrack_fuzz::{Given, Source, json};
use shared::conditions::{Visitor, truth};
use shared::grow::conditions;

/// Remembers what the audience came to, and counts what was compared for it.
#[derive(Default)]
struct Watch {
    truth: Option<Truth>,
    compared: usize,
}

impl Trace for Watch {
    fn note(&mut self, note: DecisionNote<'_>) {
        match note {
            DecisionNote::Audience(Note::Audience { truth, .. }) => self.truth = Some(truth),
            DecisionNote::Audience(Note::Condition { .. }) => self.compared += 1,
            _ => {}
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let mut source = Source::new(data);
    let is_made = source.bool();
    let mut visitor = Visitor::default();
    let mut user = User::new("somebody");
    for _ in 0..source.below(4) {
        let (key, value): (_, Given<'_>) = (source.pick(&["a", "b", "", "ключ"]), source.value());
        user.set_attribute(key, value.value());
        visitor.attributes.retain(|(known, _)| *known != key);
        visitor.attributes.push((key, value));
    }
    if source.bool() {
        visitor.segments = vec![source.pick(&["a", "vip", ""]), source.text()];
        user.set_qualified_segments(&visitor.segments);
    }
    let made;
    let text = if is_made {
        made = conditions(&mut source);
        &made
    } else {
        source.rest_as_text()
    };
    let Some(read) = json::read(text, 700) else { return };

    let datafile = format!(
        r#"{{"version":"4","typedAudiences":[{{"id":"1","name":"a","conditions":{text}}}],"experiments":[{{"id":"2","key":"e",
        "status":"Running","audienceIds":["1"],"variations":[{{"id":"3","key":"v"}}],
        "trafficAllocation":[{{"entityId":"3","endOfRange":10000}}]}}]}}"#
    );
    let project = parse(datafile, 1).expect("conditions never refuse a datafile").project;
    let mut watch = Watch::default();
    let mut decider = Decider {
        project: &project,
        user: &user,
        inputs: Inputs { forced: None, reads_forced_decisions: false, profile: None, predictions: &[] },
        scratch: &mut Scratch::default(),
        trace: &mut watch,
    };
    let rule = project.experiment("e").expect("an experiment");
    let decision = experiment(&mut decider, rule, From::Experiment).expect("no bandit");
    let expected = truth(&read, &visitor);
    let found = watch.truth.map(|truth| match truth {
        Truth::True => Some(true),
        Truth::False => Some(false),
        Truth::Unknown => None,
    });
    assert_eq!(found, Some(expected), "{text} for {:?}", visitor.attributes);
    let has_variation = decision.is_some_and(|decision| decision.variation.is_some());
    assert_eq!(has_variation, expected == Some(true), "only who is in gets a variation");
    // No condition is looked at twice; each takes more letters than this.
    assert!(watch.compared <= text.len() / 2 + 1, "{} comparisons", watch.compared);
});
