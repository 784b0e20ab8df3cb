//! What really happened, on books that no process can lose: every event that a host asked for, and what became of it.

use std::collections::HashMap;

use crate::simulation::{Received, events};

/// What the host was told of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// It is safe.
    Accepted,
    /// It was never taken.
    Refused,
    /// Nothing: the process died over it, or the disk neither took it nor let it be taken back.
    Nothing,
}

/// An event that a host asked for.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Fact {
    pub(super) told: Told,
    pub(super) is_poison: bool,
    /// Where it goes, by number.
    pub(super) endpoint: usize,
    /// Its uuid, as soon as anybody has seen it.
    pub(super) uuid: Option<String>,
    /// All of it as it was posted first.
    content: Option<String>,
    /// A server has it.
    pub(super) is_received: bool,
    /// The library has said that it will never be delivered.
    pub(super) is_buried: bool,
    /// And that there is a letter of it.
    pub(super) has_letter: bool,
    /// It may be missed: the power was lost before it had to be safe from that, or the host has taken it back.
    pub(super) is_excused: bool,
}

impl Fact {
    pub(super) fn is_settled(&self) -> bool {
        self.is_received || self.is_buried
    }
}

/// All events, by their numbers.
#[derive(Default)]
pub(super) struct Truth {
    pub(super) facts: Vec<Fact>,
    numbers: HashMap<String, usize>,
}

impl Truth {
    /// The visitor's id of the next event, which names it in every post.
    pub(super) fn next_visitor(&self, is_poison: bool) -> String {
        format!("{}{}", if is_poison { 'p' } else { 'v' }, self.facts.len())
    }

    /// Notes what the host was told of the next event.
    pub(super) fn note(
        &mut self,
        told: Told,
        is_poison: bool,
        endpoint: usize,
        uuid: Option<String>,
    ) -> usize {
        if let Some(uuid) = &uuid {
            self.numbers.insert(uuid.clone(), self.facts.len());
        }
        self.facts.push(Fact {
            told,
            is_poison,
            endpoint,
            uuid,
            content: None,
            is_received: false,
            is_buried: false,
            has_letter: false,
            is_excused: false,
        });
        self.facts.len() - 1
    }

    /// Looks at every event of a post: it was asked for and not refused, it goes where it belongs, and if it comes again
    /// it is the same. Answers their numbers.
    pub(super) fn look_at(&mut self, endpoint: usize, body: &str) -> Result<Vec<usize>, String> {
        events(body).map(|event| self.look_at_event(endpoint, event)).collect()
    }

    fn look_at_event(&mut self, endpoint: usize, event: Received<'_>) -> Result<usize, String> {
        let Received { visitor, uuid, content } = event;
        let number: Option<usize> = visitor.get(1..).and_then(|number| number.parse().ok());
        let Some((number, fact)) = number.and_then(|number| Some((number, self.facts.get_mut(number)?)))
        else {
            return Err(format!("{visitor} was posted, and nobody ever asked for it"));
        };
        if fact.told == Told::Refused {
            return Err(format!("{visitor} was posted, and had been refused"));
        }
        if fact.endpoint != endpoint {
            return Err(format!("{visitor} was posted to {endpoint}, and belongs to {}", fact.endpoint));
        }
        match &fact.uuid {
            Some(known) if known != uuid => {
                return Err(format!("{visitor} has uuid {known} and was posted with {uuid}"));
            }
            Some(_) => {}
            None => {
                fact.uuid = Some(uuid.to_owned());
                if let Some(other) = self.numbers.insert(uuid.to_owned(), number) {
                    return Err(format!("{visitor} has the uuid of event {other}"));
                }
            }
        }
        match &fact.content {
            Some(known) if known != content => {
                return Err(format!("{visitor} was posted as {known} and as {content}"));
            }
            Some(_) => {}
            None => fact.content = Some(content.to_owned()),
        }
        Ok(number)
    }

    /// The library says that it has buried an event.
    pub(super) fn bury(&mut self, uuid: &str, has_letter: bool) -> Result<(), String> {
        let fact = self.numbers.get(uuid).and_then(|number| self.facts.get_mut(*number));
        let fact = fact.ok_or_else(|| format!("{uuid} was buried, and is no event"))?;
        fact.is_buried = true;
        fact.has_letter |= has_letter;
        Ok(())
    }

    /// These events may be missed from now on.
    pub(super) fn excuse(&mut self, numbers: impl IntoIterator<Item = usize>) {
        for number in numbers {
            self.facts[number].is_excused = true;
        }
    }

    /// Events that were accepted and are nowhere.
    pub(super) fn missing(&self) -> Vec<usize> {
        let is_missing = |fact: &Fact| fact.told == Told::Accepted && !fact.is_settled() && !fact.is_excused;
        (0..self.facts.len()).filter(|number| is_missing(&self.facts[*number])).collect()
    }
}
