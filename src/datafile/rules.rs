//! Rules of the wire, compiled: variations and traffic indexed, audiences resolved, a bandit's attributes looked up.

use std::sync::Arc;

use super::build::{Warnings, index};
use super::project::{AudienceRef, Bandit, Index, Kind, Lookup, Rule, Targeting, TrafficRange, Variation};
use super::schema;
use super::tree::{self, Node, Op, RawLeaf, Tree};
use super::variable::{VariableKind, VariableText};
use crate::order;
use crate::text::is_digits;

/// Comparisons that take less time than an index.
const FEW: usize = 256;

/// What is known of each variable id over all flags.
pub(super) type VariableIds<'d> = Lookup<&'d str, VariableId<'d>>;

/// A variable id.
pub(super) struct VariableId<'d> {
    /// Its number.
    pub number: u32,
    /// The type of the first variable that has it.
    pub kind: VariableKind,
    /// The default of all variables that have it; none if they have several.
    default: Option<&'d str>,
}

/// Numbers the variables of all flags.
pub(super) fn variable_ids<'d>(flags: &'d [schema::Flag<'_>]) -> VariableIds<'d> {
    let mut ids = VariableIds::default();
    for wire in flags.iter().flat_map(|flag| &flag.variables) {
        let (number, default) = (ids.len() as u32, wire.default_value.as_str());
        let known = ids.entry(wire.id.as_str()).or_insert_with(|| VariableId {
            number,
            kind: kind_of(wire).unwrap_or(VariableKind::Text),
            default: Some(default),
        });
        known.default = known.default.filter(|known| *known == default);
    }
    ids
}

pub(super) fn kind_of(wire: &schema::Variable<'_>) -> Option<VariableKind> {
    VariableKind::of(wire.kind.as_str(), wire.sub_kind.as_str())
}

/// What rules refer to.
pub(super) struct RuleCompiler<'p> {
    /// Index of each audience by its id.
    pub audience_ids: &'p Index<u32>,
    /// Key of each attribute by its id.
    pub attribute_keys: &'p Lookup<&'p str, &'p str>,
    /// Variables by their id.
    pub variables: &'p VariableIds<'p>,
}

impl RuleCompiler<'_> {
    /// Consumes the wire's shape, so that its memory is given back before the next one is indexed.
    #[expect(clippy::needless_pass_by_value, reason = "dropping it here is the point")]
    pub(super) fn rule(&self, wire: schema::Rule<'_>, group: Option<u32>, warnings: &mut Warnings) -> Rule {
        let variations: Box<[Variation]> = wire.variations.iter().map(|wire| self.variation(wire)).collect();
        let by_id = (variations.len() * wire.traffic_allocation.len() > FEW)
            .then(|| index(variations.iter().map(|variation| &variation.id)));
        let find = |id: &str| match &by_id {
            Some(by_id) => by_id.get(id).copied(),
            None => variations.iter().rposition(|variation| *variation.id == *id).map(|at| at as u32),
        };
        let traffic = wire.traffic_allocation.iter().map(|range| TrafficRange {
            end: range.end_of_range.0,
            variation: find(range.entity_id.as_str()),
        });
        let layer = wire.layer_id.as_str();
        Rule {
            id: wire.id.as_str().into(),
            key: wire.key.as_str().into(),
            campaign_id: if layer.is_empty() { wire.id.as_str() } else { layer }.into(),
            is_running: matches!(wire.status.as_str(), "Running" | ""),
            kind: wire.cmab.as_ref().map_or(Kind::Traffic, |cmab| self.bandit(cmab)),
            traffic: traffic.collect(),
            variations,
            targeting: self.targeting(&wire, warnings),
            whitelist: wire
                .forced_variations
                .0
                .iter()
                .map(|(user, variation)| (user.as_str().into(), variation.as_str().into()))
                .collect(),
            group,
            is_feature_test: false,
            index: 0,
            holdouts: Arc::default(),
        }
    }

    fn variation(&self, wire: &schema::Variation<'_>) -> Variation {
        // An id that no flag has can't be asked for.
        let known = wire
            .variables
            .iter()
            .filter_map(|value| Some((self.variables.get(value.id.as_str())?, value.value.as_str())));
        let mut known: Vec<(&VariableId<'_>, &str)> = known.collect();
        // Of several values for one variable the last counts; the order keeps it before the others.
        known.reverse();
        let by_number = |left: usize, right: usize| known[left].0.number.cmp(&known[right].0.number);
        let order = order::places(known.len(), &by_number);
        let mut values: Vec<_> = order.into_iter().map(|place| known[place as usize]).collect();
        values.dedup_by_key(|(id, _)| id.number);
        // One that says what the default says is not kept: variations list all variables, and change few.
        let values = values.into_iter().filter(|(id, text)| id.default != Some(*text));
        let values = values.map(|(id, text)| (id.number, VariableText::new(text, id.kind)));
        Variation {
            place: (0, 0),
            id: wire.id.as_str().into(),
            has_wire_id: is_digits(wire.id.as_str()),
            key: wire.key.as_str().into(),
            feature_enabled: wire.feature_enabled.unwrap_or(false),
            values: values.collect(),
        }
    }

    fn bandit(&self, wire: &schema::Cmab<'_>) -> Kind {
        let known = wire.attribute_ids.iter().filter_map(|id| {
            let key = self.attribute_keys.get(id.as_str())?;
            Some((id.as_str().into(), (*key).into()))
        });
        Kind::Bandit(Box::new(Bandit {
            end_of_range: wire.traffic_allocation.0,
            attributes: known.collect(),
        }))
    }

    /// A holdout has no layer, whatever the datafile says. Rule: SPEC, section 7.4.
    pub(super) fn holdout(&self, wire: schema::Rule<'_>, warnings: &mut Warnings) -> Rule {
        let mut rule = self.rule(wire, None, warnings);
        rule.campaign_id = rule.id.clone();
        rule
    }

    /// Rule: SPEC, section 2.2.
    fn targeting(&self, wire: &schema::Rule<'_>, warnings: &mut Warnings) -> Targeting {
        let Some(json) = wire.audience_conditions.0 else { return self.by_ids(&wire.audience_ids) };
        let is_targeted = match json.as_bytes().first() {
            Some(b'[') => json[1..].trim_start() != "]",
            Some(b'"') => json != "\"\"",
            _ => false,
        };
        if !is_targeted {
            return Targeting::Everyone;
        }
        let tree = tree::compile(json, |leaf| match leaf {
            RawLeaf::Text(id) => self.audience(&id),
            RawLeaf::Scalar(id) => self.audience(id),
            RawLeaf::Object(_) => AudienceRef::Unknown("".into()),
        });
        Targeting::Audiences(tree.unwrap_or_else(|| {
            warnings
                .push(format!("experiment {:?}: its audience conditions nest too deep", wire.key.as_str()));
            Tree { nodes: Box::new([Node::Leaf(AudienceRef::Unknown("".into()))]) }
        }))
    }

    /// A list of ids is a tree too: a leading operator counts. Rule: SPEC, S-56.
    fn by_ids(&self, ids: &[schema::Id<'_>]) -> Targeting {
        let Some(first) = ids.first() else { return Targeting::Everyone };
        let operator = tree::operator(first.as_str());
        let leaves = if operator.is_some() { &ids[1..] } else { ids };
        let root = Node::Branch { op: operator.unwrap_or(Op::Or), end: leaves.len() as u32 + 1 };
        let leaves = leaves.iter().map(|id| Node::Leaf(self.audience(id.as_str())));
        Targeting::Audiences(Tree::of(std::iter::once(root).chain(leaves).collect()))
    }

    fn audience(&self, id: &str) -> AudienceRef {
        match self.audience_ids.get(id) {
            Some(index) => AudienceRef::Known(*index),
            None => AudienceRef::Unknown(id.into()),
        }
    }
}
