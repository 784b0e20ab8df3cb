//! An Events API that has moods, and remembers everything.

use std::collections::HashMap;
use std::time::Duration;

use super::Dice;
use crate::transport::Outcome;

/// Seconds that a server asks to be left alone, at most.
const LONGEST_RETRY_AFTER: u64 = 60;

/// What a server does for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mood {
    /// Takes everything but poison.
    Well,
    /// 429 or 5xx, sometimes naming the time.
    Busy,
    /// Connections are reset before anything was read.
    Resetting,
    /// Takes everything, and its answers get lost.
    Silent,
    /// Takes every other post, after seconds.
    Slow,
    /// 401, 403, 404 and their like.
    Refusing,
    /// Sends posts elsewhere.
    Redirecting,
    /// 413 for everything that is longer than a few events.
    Small,
    /// 400 for everything.
    Mad,
    /// Any of these, for each post anew.
    Storm,
}

impl Mood {
    pub(crate) const ALL: [Self; 10] = [
        Self::Well,
        Self::Busy,
        Self::Resetting,
        Self::Silent,
        Self::Slow,
        Self::Refusing,
        Self::Redirecting,
        Self::Small,
        Self::Mad,
        Self::Storm,
    ];
}

/// An event as the server found it in a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Received<'b> {
    /// The visitor's id, which names the event in a simulation.
    pub(crate) visitor: &'b str,
    pub(crate) uuid: &'b str,
    /// The whole of it.
    pub(crate) content: &'b str,
}

/// What came of a post.
pub(crate) struct Answer {
    /// What the client sees.
    pub(crate) outcome: Outcome,
    /// When it sees it.
    pub(crate) after: Duration,
    /// Did the server take the events, whatever the client sees?
    pub(crate) is_taken: bool,
    /// How often the post came.
    pub(crate) times: u32,
}

/// The server behind one endpoint.
pub(crate) struct Server {
    mood: Mood,
    /// What it has taken: content by uuid.
    taken: HashMap<String, String>,
    /// Answers given in each mood.
    answered: [u64; Mood::ALL.len()],
    /// Posts that came twice.
    pub(crate) repeats: u64,
}

impl Default for Server {
    fn default() -> Self {
        Self { mood: Mood::Well, taken: HashMap::new(), answered: [0; Mood::ALL.len()], repeats: 0 }
    }
}

impl Server {
    pub(crate) fn set_mood(&mut self, mood: Mood) {
        self.mood = mood;
    }

    /// Answers given in a mood.
    pub(crate) fn answered(&self, mood: Mood) -> u64 {
        self.answered[mood as usize]
    }

    /// Takes a post, or not.
    pub(crate) fn post(&mut self, body: &str, dice: &Dice) -> Answer {
        let mood =
            if self.mood == Mood::Storm { dice.pick(&Mood::ALL[..Mood::Storm as usize]) } else { self.mood };
        self.answered[self.mood as usize] += 1;
        if mood != self.mood {
            self.answered[mood as usize] += 1;
        }
        let is_poisoned = events(body).any(|event| event.visitor.starts_with('p'));
        let taken = |status: u16| if is_poisoned { answer(400, None) } else { answer(status, None) };
        let quick = Duration::from_millis(1 + dice.below(300));
        let slow = Duration::from_millis(1 + dice.below(20_000));
        let times = if dice.chance(1, 50) { 2 } else { 1 };
        self.repeats += u64::from(times - 1);
        let of = |outcome: Outcome, after: Duration| {
            let is_taken = matches!(outcome, Outcome::Answered { status: 200..=299, .. });
            Answer { outcome, after, is_taken, times }
        };
        match mood {
            Mood::Well => of(taken(dice.pick(&[200, 202, 204])), quick),
            Mood::Busy => {
                let status = dice.pick(&[408, 425, 429, 500, 502, 503, 503, 503, 504, 599]);
                let seconds = dice.chance(1, 2).then(|| 1 + dice.below(LONGEST_RETRY_AFTER));
                of(answer(status, seconds), quick)
            }
            Mood::Resetting => of(Outcome::Failed("reset".into()), quick),
            Mood::Silent => {
                let Answer { is_taken, after, times, .. } = of(taken(204), slow);
                Answer { outcome: Outcome::Failed("timed out".into()), after, is_taken, times }
            }
            Mood::Slow => of(if dice.chance(1, 2) { taken(204) } else { answer(503, None) }, slow),
            Mood::Refusing => of(answer(dice.pick(&[401, 403, 404, 405, 410, 451]), None), quick),
            Mood::Redirecting => of(answer(dice.pick(&[301, 302, 307, 308]), None), quick),
            Mood::Small if events(body).nth(3).is_some() => of(answer(413, None), quick),
            Mood::Small => of(taken(204), quick),
            Mood::Mad | Mood::Storm => of(answer(dice.pick(&[400, 422]), None), quick),
        }
    }

    /// Keeps an event, or answers what it was when it came first, if that is not the same.
    pub(crate) fn keep(&mut self, event: Received<'_>) -> Result<(), String> {
        let first = self.taken.entry(event.uuid.to_owned()).or_insert_with(|| event.content.to_owned());
        if first == event.content { Ok(()) } else { Err(first.clone()) }
    }
}

fn answer(status: u16, seconds: Option<u64>) -> Outcome {
    Outcome::Answered {
        status,
        retry_after: seconds.map(Duration::from_secs),
        text: "said the server".into(),
    }
}

/// The events of a post. It is what the library writes, so that its order of fields may be relied on.
pub(crate) fn events(body: &str) -> impl Iterator<Item = Received<'_>> {
    const VISITOR: &str = "{\"visitor_id\":\"";
    const UUID: &str = "\"uuid\":\"";
    let text = |from: &'_ str, mark: &str| -> Option<(usize, usize)> {
        let start = from.find(mark)? + mark.len();
        Some((start, start + from[start..].find('"')?))
    };
    body.match_indices(VISITOR).filter_map(move |(start, _)| {
        let rest = &body[start..];
        // What follows an event is a comma, or the two characters that end the post.
        let content = match rest[1..].find(VISITOR) {
            Some(next) => &rest[..next],
            None => rest.strip_suffix("]}")?,
        };
        let visitor = text(content, VISITOR)?;
        let uuid = text(content, UUID)?;
        Some(Received { visitor: &content[visitor.0..visitor.1], uuid: &content[uuid.0..uuid.1], content })
    })
}
