//! What goes out to the servers of a world and what comes back.

use std::time::Duration;

use super::world::{Check, ENDPOINTS, World};
use crate::delivery::PulledRequest;
use crate::simulation::events;
use crate::transport::Outcome;

/// A post that has no answer yet.
pub(super) struct Flight {
    pub(super) process: u32,
    request: u64,
    endpoint: usize,
    events: u64,
    outcome: Outcome,
    pub(super) at: Duration,
    /// From then on the library counts it as failed.
    expires: Duration,
}

/// What a process has learned of a server.
pub(super) struct Manners {
    pub(super) process: u32,
    endpoint: usize,
    /// The server asked to be left alone until then.
    not_before: Duration,
    /// Attempts that failed one after the other, and when the first of them was made.
    failures: u32,
    since: Duration,
}

/// What an answer means: the same as SPEC, section 7.7, said once more and in another way.
struct Meaning {
    is_success: bool,
    is_refusal: bool,
    leave_alone: Option<Duration>,
}

impl Meaning {
    fn of(outcome: &Outcome) -> Self {
        let Outcome::Answered { status, retry_after, .. } = outcome else {
            return Self { is_success: false, is_refusal: false, leave_alone: None };
        };
        let may_name_time = matches!(status, 408 | 425 | 429 | 500..);
        Self {
            is_success: status / 100 == 2,
            is_refusal: [400, 413, 422].contains(status),
            leave_alone: retry_after.filter(|_| may_name_time),
        }
    }
}

impl World {
    /// A post goes out, and the server takes it or not.
    pub(super) fn send(&mut self, process: u32, request: &PulledRequest) -> Check {
        let now = self.now();
        let endpoint = ENDPOINTS.iter().position(|url| **url == *request.url).ok_or("a post to nowhere")?;
        let body = std::str::from_utf8(&request.body).map_err(|error| error.to_string())?;
        let is_known =
            self.identities.iter().any(|(_, identity)| request.body.starts_with(&identity.opening));
        if !is_known || !body.ends_with("]}") {
            return Err(format!("a request that is none: {body}"));
        }
        let numbers = self.truth.look_at(endpoint, body)?;
        if numbers.is_empty() {
            return Err("a post without events".to_owned());
        }
        self.mind_manners(process, endpoint, now)?;
        let server = &mut self.servers[endpoint];
        let answer = server.post(body, &self.dice);
        for _ in 0..if answer.is_taken { answer.times } else { 0 } {
            for event in events(body) {
                server
                    .keep(event)
                    .map_err(|first| format!("a repeat differs: {first}, then {}", event.content))?;
            }
            for number in &numbers {
                self.truth.facts[*number].is_received = true;
            }
        }
        let outcome = answer.outcome;
        self.say(|| {
            let taken = if answer.is_taken { "taken" } else { "not taken" };
            format!(
                "process {process} posts {numbers:?} to {endpoint}: {taken}, {outcome:?} after {:?}",
                answer.after
            )
        });
        let (at, expires) = (now + answer.after, now + request.timeout);
        let events = numbers.len() as u64;
        self.flights.push(Flight { process, request: request.id, endpoint, events, outcome, at, expires });
        Ok(())
    }

    fn manners(&mut self, process: u32, endpoint: usize) -> &mut Manners {
        let is_it = |it: &Manners| (it.process, it.endpoint) == (process, endpoint);
        let at = self.manners.iter().position(is_it).unwrap_or_else(|| {
            let zero = Duration::ZERO;
            self.manners.push(Manners { process, endpoint, not_before: zero, failures: 0, since: zero });
            self.manners.len() - 1
        });
        &mut self.manners[at]
    }

    /// A server that named the time is left alone, and one that fails is not stormed.
    fn mind_manners(&mut self, process: u32, endpoint: usize, now: Duration) -> Check {
        let manners = self.manners(process, endpoint);
        if now < manners.not_before {
            return Err(format!("{endpoint} asked to be left alone until {:?}", manners.not_before));
        }
        // With full jitter twenty delays come to far more than half a minute.
        if manners.failures >= 20 && now < manners.since + Duration::from_secs(30) {
            return Err(format!("{} posts to {endpoint} failed since {:?}", manners.failures, manners.since));
        }
        Ok(())
    }

    /// A host wants to have everything sent at once, and takes the attempts on itself.
    pub(super) fn forgive(&mut self, process: u32) {
        for manners in self.manners.iter_mut().filter(|manners| manners.process == process) {
            manners.failures = 0;
        }
    }

    /// An answer comes back.
    pub(super) fn complete(&mut self, at: usize) -> Check {
        let now = self.now();
        self.overtakings += u64::from(self.flights[..at].iter().any(|flight| flight.at <= now));
        let Flight { process, request, endpoint, events, outcome, expires, .. } = self.flights.remove(at);
        let Some(at) = self.clients.iter().position(|client| client.process == process) else {
            return Ok(());
        };
        let meaning = Meaning::of(&outcome);
        self.say(|| format!("process {process} hears from {endpoint}: {outcome:?}"));
        let before = self.clients[at].books();
        let is_heard = self.clients[at].complete(request, &outcome);
        let said = self.hear(at)?;
        if !self.machine.is_alive(process) {
            return Ok(());
        }
        if is_heard != (now < expires) {
            return Err(format!(
                "an answer at {now:?} to what was over at {expires:?} was taken: {is_heard}"
            ));
        }
        self.late_answers += u64::from(!is_heard);
        let manners = self.manners(process, endpoint);
        if is_heard {
            manners.not_before = meaning.leave_alone.map_or(manners.not_before, |time| now + time);
        }
        if is_heard && (meaning.is_success || meaning.is_refusal) {
            manners.failures = 0;
        } else {
            manners.since = if manners.failures == 0 { now } else { manners.since };
            manners.failures += 1;
        }
        let after = self.clients[at].books();
        let delivered = after.delivered - before.delivered;
        if delivered != if is_heard && meaning.is_success { events } else { 0 } {
            return Err(format!("{outcome:?} for {events} events made {delivered} delivered"));
        }
        let given_back = after.dropped.discarded + after.dropped.purged;
        let given_back = given_back - before.dropped.discarded - before.dropped.purged;
        let buried = after.dead_lettered - before.dead_lettered;
        let may_be_buried = is_heard && meaning.is_refusal && events == 1;
        if buried > u64::from(may_be_buried) || said > u64::from(may_be_buried) + given_back {
            return Err(format!(
                "{outcome:?} for {events} events made {buried} dead letters, {said} dropped"
            ));
        }
        let settled = delivered + buried + after.dropped.total() - before.dropped.total();
        if before.pending != after.pending + settled {
            return Err(format!(
                "{settled} events were settled, and pending went from {before:?} to {after:?}"
            ));
        }
        Ok(())
    }
}
