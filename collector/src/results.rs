//! What the events say: visitors, conversions and revenue per experiment and variation.
//!
//! A visitor counts for the variation of their first impression of an experiment. A conversion counts
//! for that variation if the first impression's timestamp is at or before the conversion's.

use std::collections::HashMap;
use std::fmt::Write as _;

use crate::json::{Json, Quoted};
use crate::store::Store;
use crate::view::{Sighting, text};

/// One experiment, rollout rule or holdout, in order of first arrival.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Experiment {
    /// Its id; empty for impressions without a rule, which are kept apart by flag.
    pub experiment_id: String,
    /// The campaign of its first impression.
    pub campaign_id: String,
    /// The rule's key.
    pub rule_key: String,
    /// The flag of its first impression; empty for an experiment that was activated.
    pub flag_key: String,
    /// `experiment`, `feature-test`, `rollout` or `holdout`.
    pub rule_type: String,
    /// Its variations, by key.
    pub variations: Vec<Variation>,
}

/// One variation of an experiment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Variation {
    /// Its id; empty if the impression carried none.
    pub variation_id: String,
    /// Its key; empty for "no variation".
    pub variation_key: String,
    /// Visitors whose first impression of the experiment was this variation.
    pub visitors: u64,
    /// How many of them converted at least once.
    pub converted_visitors: u64,
    /// All their conversions.
    pub conversions: u64,
    /// Sum of their conversions' revenue, in hundredths of the currency unit.
    pub revenue: i128,
    /// Sum of their conversions' values.
    pub value: f64,
}

impl Experiment {
    /// The name to show: the rule's key, or the flag's, or the campaign's id.
    #[must_use]
    pub fn name(&self) -> &str {
        [&self.rule_key, &self.flag_key, &self.campaign_id]
            .into_iter()
            .find(|name| !name.is_empty())
            .map_or("", |s| s)
    }
}

impl Variation {
    /// The share of visitors who converted, 0 to 1.
    #[must_use]
    pub fn rate(&self) -> f64 {
        if self.visitors == 0 { 0.0 } else { self.converted_visitors as f64 / self.visitors as f64 }
    }
}

struct Conversion {
    timestamp: i64,
    revenue: i64,
    value: f64,
}

/// An experiment while its impressions are read: each visitor's first one, as time and variation.
#[derive(Default)]
struct Tally {
    about: Experiment,
    first: HashMap<String, (i64, usize)>,
}

/// Computes the results from the unique events of `store`.
pub fn compute(store: &Store) -> Vec<Experiment> {
    let mut tallies: Vec<Tally> = Vec::new();
    let mut by_id: HashMap<(String, String), usize> = HashMap::new();
    let mut conversions: HashMap<String, Vec<Conversion>> = HashMap::new();
    store.each_event(|event, _| match event.decision() {
        Some(decision) => {
            let index = *by_id.entry(identity(decision)).or_insert_with(|| {
                tallies.push(Tally { about: describe(decision), first: HashMap::new() });
                tallies.len() - 1
            });
            tallies[index].see(event, decision);
        }
        None => conversions.entry(event.visitor_id().to_owned()).or_default().push(Conversion {
            timestamp: event.timestamp(),
            revenue: event.revenue(),
            value: event.value(),
        }),
    });
    tallies.into_iter().map(|tally| tally.finish(&conversions)).collect()
}

/// What makes two impressions belong together: the experiment; without one, the flag.
fn identity(decision: &Json) -> (String, String) {
    let experiment = text(decision, "experiment_id");
    let flag = if experiment.is_empty() { text(metadata(decision), "flag_key") } else { "" };
    (experiment.to_owned(), flag.to_owned())
}

fn describe(decision: &Json) -> Experiment {
    let metadata = metadata(decision);
    Experiment {
        experiment_id: text(decision, "experiment_id").to_owned(),
        campaign_id: text(decision, "campaign_id").to_owned(),
        rule_key: text(metadata, "rule_key").to_owned(),
        flag_key: text(metadata, "flag_key").to_owned(),
        rule_type: text(metadata, "rule_type").to_owned(),
        variations: Vec::new(),
    }
}

fn metadata<'n, 'a>(decision: &'n Json<'a>) -> &'n Json<'a> {
    decision.get("metadata").unwrap_or(&Json::Null)
}

impl Tally {
    fn see(&mut self, event: &Sighting, decision: &Json) {
        let variation =
            self.variation(text(decision, "variation_id"), text(metadata(decision), "variation_key"));
        let timestamp = event.timestamp();
        let first = self.first.entry(event.visitor_id().to_owned()).or_insert((timestamp, variation));
        if timestamp < first.0 {
            *first = (timestamp, variation);
        }
    }

    fn variation(&mut self, id: &str, key: &str) -> usize {
        let variations = &mut self.about.variations;
        let same = |variation: &Variation| variation.variation_id == id && variation.variation_key == key;
        variations.iter().position(same).unwrap_or_else(|| {
            let new = Variation {
                variation_id: id.to_owned(),
                variation_key: key.to_owned(),
                ..Variation::default()
            };
            variations.push(new);
            variations.len() - 1
        })
    }

    fn finish(self, conversions: &HashMap<String, Vec<Conversion>>) -> Experiment {
        let Tally { mut about, first } = self;
        for (visitor, (since, variation)) in first {
            let variation = &mut about.variations[variation];
            variation.visitors += 1;
            let all = conversions.get(&visitor).map_or(&[][..], Vec::as_slice);
            let mut counted = all.iter().filter(|conversion| conversion.timestamp >= since).peekable();
            variation.converted_visitors += u64::from(counted.peek().is_some());
            for conversion in counted {
                variation.conversions += 1;
                variation.revenue += i128::from(conversion.revenue);
                variation.value += conversion.value;
            }
        }
        let order = |variation: &Variation| (variation.variation_key.clone(), variation.variation_id.clone());
        about.variations.sort_by_key(order);
        about
    }
}

/// The results as one JSON object; revenue in hundredths, rate from 0 to 1.
pub fn to_json(experiments: &[Experiment]) -> String {
    let mut out = String::from("{\"experiments\":[");
    for (index, experiment) in experiments.iter().enumerate() {
        write_experiment(&mut out, index == 0, experiment).expect("a String takes every write");
    }
    out + "]}"
}

fn write_experiment(out: &mut String, first: bool, experiment: &Experiment) -> std::fmt::Result {
    let fields = [
        ("experiment_id", &experiment.experiment_id),
        ("campaign_id", &experiment.campaign_id),
        ("rule_key", &experiment.rule_key),
        ("flag_key", &experiment.flag_key),
        ("rule_type", &experiment.rule_type),
    ];
    out.push_str(if first { "{" } else { ",{" });
    for (key, value) in fields {
        write!(out, "\"{key}\":{},", Quoted(value))?;
    }
    out.push_str("\"variations\":[");
    for (index, variation) in experiment.variations.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        write!(out, "{comma}{{\"variation_id\":{},", Quoted(&variation.variation_id))?;
        write!(
            out,
            "\"variation_key\":{},\"visitors\":{},",
            Quoted(&variation.variation_key),
            variation.visitors
        )?;
        write!(out, "\"converted_visitors\":{},", variation.converted_visitors)?;
        write!(out, "\"conversions\":{},\"rate\":{},", variation.conversions, variation.rate())?;
        // A sum of finite values may not be finite; JSON has no word for that but null.
        let value = Some(variation.value).filter(|value| value.is_finite());
        let value = value.map_or_else(|| "null".to_owned(), |value| value.to_string());
        write!(out, "\"revenue\":{},\"value\":{value}}}", variation.revenue)?;
    }
    out.push_str("]}");
    Ok(())
}
