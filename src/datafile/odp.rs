//! What a datafile says of the Optimizely Data Platform: where it is, and which segments its audiences ask for.
//! Rule: SPEC, sections 1.12 and 11.

use std::collections::HashSet;

use super::condition::Test;
use super::project::Audience;
use super::schema;
use super::tree::Node;

/// The name of its integration.
const KEY: &str = "odp";

/// The Data Platform of a project.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Odp {
    /// Its origin, such as `https://api.zaius.com`; empty if the project has none.
    pub host: Box<str>,
    /// The key that its requests carry; empty if the project has none.
    pub public_key: Box<str>,
    /// The segments that audiences ask for, each once, in the datafile's order.
    pub segments: Box<[Box<str>]>,
}

impl Odp {
    pub(super) fn of(integrations: &[schema::Integration<'_>], audiences: &[Audience]) -> Self {
        let is_odp =
            |wire: &&schema::Integration<'_>| wire.key.as_ref().is_some_and(|key| key.as_str() == KEY);
        let integration = integrations.iter().find(is_odp);
        let text = |text: Option<&str>| text.unwrap_or_default().into();
        Self {
            host: text(integration.map(|wire| wire.host.as_str().trim_end_matches('/'))),
            public_key: text(integration.map(|wire| wire.public_key.as_str())),
            segments: segments(audiences),
        }
    }

    /// Is there one?
    #[must_use]
    pub fn is_integrated(&self) -> bool {
        !self.host.is_empty() && !self.public_key.is_empty()
    }
}

fn segments(audiences: &[Audience]) -> Box<[Box<str>]> {
    let mut seen = HashSet::new();
    let nodes =
        audiences.iter().filter_map(|audience| audience.conditions.as_ref()).flat_map(|tree| &tree.nodes);
    let all = nodes.filter_map(|node| match node {
        Node::Leaf(condition) => match &condition.test {
            Test::Qualified(segment) => Some(segment),
            _ => None,
        },
        Node::Branch { .. } => None,
    });
    all.filter(|segment| seen.insert(&***segment)).cloned().collect()
}
