//! Decisions forced on one user. Rule: SPEC, section 4.4.

/// What is forced, in order of setting. A handful at most, for tests and previews, so a list is the fastest map; and
/// without any a decision only sees that it is empty.
#[derive(Debug, Default)]
pub(super) struct ForcedDecisions(Vec<Forced>);

#[derive(Debug)]
struct Forced {
    flag: Box<str>,
    /// Empty for the flag itself.
    rule: Box<str>,
    variation: Box<str>,
}

impl ForcedDecisions {
    pub(super) fn set(&mut self, flag: &str, rule: &str, variation: &str) {
        match self.0.iter_mut().find(|forced| forced.is_for(flag, rule)) {
            Some(forced) => forced.variation = variation.into(),
            None => {
                self.0.push(Forced { flag: flag.into(), rule: rule.into(), variation: variation.into() });
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn get(&self, flag: &str, rule: &str) -> Option<&str> {
        self.0.iter().find(|forced| forced.is_for(flag, rule)).map(|forced| &*forced.variation)
    }

    pub(super) fn remove(&mut self, flag: &str, rule: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|forced| !forced.is_for(flag, rule));
        self.0.len() < before
    }
}

impl Forced {
    fn is_for(&self, flag: &str, rule: &str) -> bool {
        *self.flag == *flag && *self.rule == *rule
    }
}
